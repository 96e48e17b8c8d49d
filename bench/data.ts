import type pg from 'pg';
import { createIdMaker, uuidTime, uuidToCid } from '../src/lib/ids.js';
import { createRandom, randomBytes } from './mix.js';

/** The same offers and clicks in every database that is measured. */

const SOURCES = Array.from({ length: 4 }, (_, i) => ({ id: `01900000-0000-7000-8000-00000000000${i}`, name: `Network ${i}` }));
export const OFFERS = Array.from({ length: 20 }, (_, i) => ({
  id: `01900000-0000-7000-8000-0000000001${String(i).padStart(2, '0')}`,
  key: `bench${i}`,
  name: `Offer ${i}`,
  offerSourceId: SOURCES[i % SOURCES.length]?.id ?? null,
  /** As it is sent: the macros most links have. */
  url: `https://shop.example/offer-${i}?click={clickid}&s={source}&p={sub1}-{sub2}`,
}));
/** Clicks are spread over this time before now. */
const AGE_MS = 6 * 3_600_000;
const BATCH = 5_000;

/** Sources and offers, before the processes start, since they hold them in memory. */
export async function insertCatalogue(db: pg.Pool): Promise<void> {
  await db.query(
    `INSERT INTO offer_sources (id, name, template, cid_parameter, offer_url_template, link_builder, status_map, default_status, duplicate_mode, retry_window_seconds,
       transition_policy, amount_sign, event_makes_conversion, allowed_ips, require_token, parameter_aliases, enabled, version)
     SELECT id, name, 'custom', 'click', '{url}', '{}', '{}', 'approved', 'update', 600, 'guarded', 'absolute', false, '{}', false, '{}', true, 1 FROM unnest($1::uuid[], $2::text[]) AS u(id, name)`,
    [SOURCES.map((s) => s.id), SOURCES.map((s) => s.name)],
  );
  await db.query(
    `INSERT INTO offers (id, key, name, url, offer_source_id, link_builder, payout_mode, payout, currency, tags, status, version)
     SELECT id, key, name, url, source, '{}', 'auto', 10, 'USD', '{}', 'active', 1 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[]) AS u(id, key, name, url, source)`,
    [
      OFFERS.map((o) => o.id),
      OFFERS.map((o) => o.key),
      OFFERS.map((o) => o.name),
      OFFERS.map((o) => o.url),
      OFFERS.map((o) => o.offerSourceId),
    ],
  );
  await db.query(
    `INSERT INTO change_versions AS v (name, version) VALUES ('catalog', 1) ON CONFLICT (name) DO UPDATE SET version = v.version + 1`,
  );
  await db.query(`SELECT pg_notify('cidra_changes', 'catalog')`);
}

export interface Click {
  id: string;
  cid: string;
  at: number;
  offer: (typeof OFFERS)[number];
}

/** `count` clicks of the last hours, in order of time. Another seed gives others. */
export function makeClicks(count: number, seed: number): Click[] {
  const random = createRandom(seed);
  const start = Date.now() - AGE_MS;
  let made = 0;
  const makeId = createIdMaker(() => start + (AGE_MS * made) / count, randomBytes(random));
  return Array.from({ length: count }, () => {
    const id = makeId();
    made++;
    return { id, cid: uuidToCid(id), at: uuidTime(id), offer: OFFERS[Math.floor(random() * OFFERS.length)] as Click['offer'] };
  });
}

export async function insertClicks(db: pg.Pool, clicks: Click[]): Promise<void> {
  await inBatches(clicks, (batch) =>
    db.query(
      `INSERT INTO clicks (click_id, created_at, offer_id, offer_source_id, is_unique, country, device, os, browser, language, source, keyword, subs, ip)
       SELECT id, to_timestamp(at / 1000.0), offer, source, true, 'DE', 'mobile', 'Android', 'Chrome Mobile', 'de', 'push', 'shoes', '{"sub1":"campaign-1","sub2":"banner-7"}', '203.0.113.7'
       FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[]) AS u(id, at, offer, source)`,
      [batch.map((c) => c.id), batch.map((c) => c.at), batch.map((c) => c.offer.id), batch.map((c) => c.offer.offerSourceId)],
    ),
  );
  await db.query('VACUUM ANALYZE clicks');
}

/** The naive design's table of the same. */
export async function insertNaiveClicks(db: pg.Pool, clicks: Click[]): Promise<void> {
  await inBatches(clicks, (batch) =>
    db.query(
      `INSERT INTO click (cid, "createdAt", "offerId", country, device, os, browser, "sub1", "sub2", ip)
       SELECT cid, to_timestamp(at / 1000.0), offer, 'DE', 'mobile', 'Android', 'Chrome Mobile', 'campaign-1', 'banner-7', '203.0.113.7' FROM unnest($1::text[], $2::bigint[], $3::uuid[]) AS u(cid, at, offer)`,
      [batch.map((c) => c.cid), batch.map((c) => c.at), batch.map((c) => c.offer.id)],
    ),
  );
  await db.query('VACUUM ANALYZE click');
}

async function inBatches(clicks: Click[], insert: (batch: Click[]) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < clicks.length; i += BATCH) await insert(clicks.slice(i, i + BATCH));
}
