import type pg from 'pg';
import { PartitionsService } from '../src/db/partitions.service.js';
import { GRAINS, TOTALS } from '../src/reporting/counter-grains.js';
import { MEASURES } from '../src/reporting/report-columns.js';

/** Ninety days of clicks and conversions, written by SQL: 200 offers of four sources, countries and ten subs as skewed as they are in life. */

const DAY_MS = 86_400_000;
const DAYS = 90;
const CHUNK = 500_000;
const CONVERSIONS = 0.02;
const OFFERS = 200;
const NIL = "'00000000-0000-0000-0000-000000000000'::uuid";
/** That of the offer with the most clicks. */
export const LARGE_SOURCE = '01900000-0000-7000-8000-000000000000';

const offerId = (n: string): string => `('01900000-0000-7000-8000-0000000009' || lpad(to_hex((${n})), 2, '0'))::uuid`;
const sourceId = (n: string): string => `('01900000-0000-7000-8000-00000000000' || ((${n}) % 4))::uuid`;
/** One of `count`, the first ones by far the most often: the cube of a uniform number is skewed about as Zipf's law. */
const skewed = (count: number): string => `floor(${count} * power(random(), 3))::int`;
const oneOf = (...words: string[]): string => `(ARRAY[${words.map((word) => `'${word}'`).join(', ')}])[1 + ${skewed(words.length)}]`;

/** How many values each sub has: campaigns, banners, zones (as many as push and pop networks have), sites, creatives and what else links carry. */
const WIDTHS = [20, 500, 50_000, 5_000, 2_000, 300, 1_000, 1, 10, 100];
const SUBS = `jsonb_build_object(${WIDTHS.map((width, i) => `'sub${i + 1}', '${['campaign', 'banner', 'zone', 'site', 'creative', 'placement', 'word', 'account', 'bid', 'feed'][i]}-' || ${skewed(width)}`).join(', ')})`;

/** How many clicks of it a database has that was filled for a measure before. */
const filled = new WeakMap<pg.Pool, number>();

/** All of it at once, counted: made by the first measure of a run that asks for it, and there for the next. */
export async function fillHistory(db: pg.Pool, clicks: number): Promise<void> {
  if (filled.get(db) === clicks) return;
  await prepareHistory(db);
  await makeHistory(db, 0, clicks);
  await countHistory(db);
  filled.set(db, clicks);
}

/** Partitions, offers and user agents. */
export async function prepareHistory(db: pg.Pool): Promise<void> {
  await new PartitionsService(db).ensure('clicks', Date.now() - (DAYS + 1) * DAY_MS, Date.now());
  await db.query(
    `INSERT INTO offers (id, key, name, url, offer_source_id, link_builder, payout_mode, tags, status, version)
     SELECT ${offerId('n')}, 'many' || n, 'Many ' || n, 'https://shop.example/?c={clickid}', ${sourceId('n')}, '{}', 'auto', '{}', 'active', 1 FROM generate_series(0, ${OFFERS - 1}) AS n`,
  );
  await db.query(
    `INSERT INTO user_agents (id, user_agent) SELECT n, 'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || n || '.0.0.0 Mobile Safari/537.36' FROM generate_series(0, 1999) AS n`,
  );
}

/** Clicks number `from` to `from + count` in the order of their times, as they come in life, and of two in a hundred a conversion. */
export async function makeHistory(db: pg.Pool, from: number, count: number): Promise<void> {
  const now = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS).toISOString();
  for (let done = 0; done < count; done += CHUNK) {
    await db.query(
      `WITH c AS (
         INSERT INTO clicks (click_id, created_at, offer_id, offer_source_id, is_unique, cost, cost_currency, cost_base, country, device, os, browser, language,
           external_id, source, keyword, subs, referrer, referrer_domain, ip, user_agent_id, landing_url)
         SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid, at, ${offerId('o')}, ${sourceId('o')}, n % 5 < 4, 0.05, 'USD', 0.05,
           ${oneOf('DE', 'US', 'FR', 'GB', 'BR', 'IN', 'PL', 'ES', 'IT', 'NL', 'SE', 'CZ')}, ${oneOf('mobile', 'desktop', 'tablet')}, ${oneOf('Android', 'iOS', 'Windows', 'macOS')},
           ${oneOf('Chrome Mobile', 'Mobile Safari', 'Chrome', 'Firefox')}, 'en', 'e' || n || '-' || substr(h, 1, 6), 'push', 'kw' || ${skewed(1_000)},
           ${SUBS},
           CASE WHEN n % 2 = 0 THEN 'https://news-' || n % 50 || '.example/page' END, CASE WHEN n % 2 = 0 THEN 'news-' || n % 50 || '.example' END, '203.0.' || n % 250 || '.' || n % 249,
           ${skewed(2_000)}, 'https://shop.example/offer-' || o || '?click=01m8499xe9em7v1skpzn71hcxr&s=push&p=campaign-7-banner-' || n % 500
         FROM (SELECT n, md5(n::text) AS h, ${skewed(OFFERS)} AS o, $3::timestamptz - ${DAYS} * (1 - (n - $4::bigint) / $5::float8) * interval '1 day' AS at FROM generate_series($1::bigint, $2::bigint) AS n) AS u
         RETURNING *
       )
       INSERT INTO conversions (click_id, key, cid, offer_id, offer_source_id, clicked_at, click, status, payout, currency, payout_base, payout_reversed, payout_reversed_base, upsell, converted_at, updated_at,
         params, events, last_at, last_seq, version)
       SELECT click_id, '', 'history', offer_id, offer_source_id, created_at, 
         json_strip_nulls(json_build_object('country', country, 'device', device, 'os', os, 'browser', browser, 'language', language, 'referrerDomain', referrer_domain,
           'externalId', external_id, 'source', source, 'keyword', keyword, 'subs', subs))::jsonb, ${oneOf('approved', 'pending', 'rejected', 'reversed', 'trash')}, 10, 'USD', 10, 0, 0, false,
         created_at + interval '1 hour', created_at, '{}', '{}', 0, 0, 1
       FROM c WHERE random() < ${CONVERSIONS}`,
      [from + done, from + Math.min(count, done + CHUNK) - 1, now, from, count],
    );
  }
}

/**
 * The log and the history of as many requests, an hour after the clicks of the same numbers: one in a hundred without a click, one in
 * two hundred with a word that nobody has mapped, refused ones, pings and dead letters.
 */
export async function makeLog(db: pg.Pool, from: number, count: number): Promise<void> {
  await new PartitionsService(db).ensure('postbacks', Date.now() - (DAYS + 1) * DAY_MS, Date.now());
  const now = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS).toISOString();
  const id = (at: string): string =>
    `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid`;
  for (let done = 0; done < count; done += CHUNK) {
    await db.query(
      `WITH requests AS (
         SELECT *, ${id('at')} AS click, ${id('received')} AS id, CASE WHEN n % 200 = 1 THEN 'odd' || n % 23 ELSE 'sale' END AS word,
           CASE WHEN n % 100 = 50 THEN 'click_not_found' WHEN n % 1000 IN (9, 10) THEN 'rejected' WHEN n % 1000 = 13 THEN 'source_disabled'
             WHEN n % 1000 = 14 THEN 'ignored_status' WHEN n % 10000 = 12 THEN 'failed' WHEN n % 20 = 2 THEN 'duplicate' WHEN n % 10 = 3 THEN 'updated' ELSE 'created' END AS result
         FROM (SELECT *, md5(n::text) AS h, ${skewed(OFFERS)} AS o, at + interval '1 hour' AS received
           FROM (SELECT n, $3::timestamptz - ${DAYS} * (1 - (n - $4::bigint) / $5::float8) * interval '1 day' AS at FROM generate_series($1::bigint, $2::bigint) AS n) AS u) AS u
       ), logged AS (
         INSERT INTO postbacks (id, seq, received_at, decided_at, offer_source_id, cid, click_id, conversion_key, method, query, ip, result, reason, warnings)
         SELECT id, n, received, received, ${sourceId('o')}, substr(h, 1, 26), CASE WHEN result IN ('created', 'updated', 'duplicate') THEN click END, CASE WHEN result IN ('created', 'updated', 'duplicate') THEN '' END,
           'GET', 'cid=' || substr(h, 1, 26) || '&payout=10.50&currency=USD&txid=T' || n || '&status=' || word, '198.51.100.' || n % 200, result,
           CASE WHEN n % 1000 = 9 THEN 'token_required' WHEN n % 1000 = 10 THEN 'ip_denied' END, CASE WHEN n % 200 = 1 THEN 'unmapped_status' END
         FROM requests
       )
       INSERT INTO conversion_history (click_id, postback_id, seq, at, received_at, offer_source_id, conversion_key, result, to_status, payout, currency, warnings, hash, request)
       SELECT click, id, n, received, received, ${sourceId('o')}, '', result, 'approved', 10.5, 'USD', CASE WHEN n % 200 = 1 THEN 'unmapped_status' END, substr(h, 1, 22),
         json_build_object('values', json_build_object('payout', '10.50', 'status', word), 'meaning', CASE WHEN n % 200 = 1 THEN 'unmapped' ELSE 'approved' END)
       FROM requests WHERE result IN ('created', 'updated', 'duplicate')`,
      [from + done, from + Math.min(count, done + CHUNK) - 1, now, from, count],
    );
  }
}

/** The counters of all rows there are, counted anew, and the tables as autovacuum would leave them. */
export async function countHistory(db: pg.Pool): Promise<void> {
  const columns = MEASURES.map((m) => m.column).join(', ');
  const raw = (axis: 'click' | 'conversion', of: 'clicks' | 'conversions', time: string): string =>
    `SELECT '${axis}' AS axis, date_bin('15 minutes', ${time}, 'epoch') AS quarter, offer_id, coalesce(offer_source_id, ${NIL}) AS source, ${MEASURES.map((m) => `${m.of === of ? m.raw : '0'} AS ${m.column}`).join(', ')} FROM ${of}`;
  await db.query('TRUNCATE counter_deltas, counters, counters_hourly, counters_daily, counters_totals');
  await db.query(
    `INSERT INTO counters (axis, quarter, offer_id, offer_source_id, ${columns}) SELECT axis, quarter, offer_id, source, ${MEASURES.map((m) => `sum(${m.column})`).join(', ')}
     FROM (${[raw('click', 'clicks', 'created_at'), raw('click', 'conversions', 'clicked_at'), raw('conversion', 'conversions', 'converted_at')].join(' UNION ALL ')}) AS r GROUP BY 1, 2, 3, 4`,
  );
  for (const grain of ['hour', 'day'] as const) {
    const { table, column } = GRAINS[grain];
    await db.query(
      `INSERT INTO ${table} (axis, ${column}, offer_id, offer_source_id, ${columns}) SELECT axis, date_trunc('${grain}', quarter, 'UTC'), offer_id, offer_source_id, ${MEASURES.map((m) => `sum(${m.column})`).join(', ')} FROM counters GROUP BY 1, 2, 3, 4`,
    );
  }
  await db.query(
    `INSERT INTO ${TOTALS.table} (axis, hour, ${columns}) SELECT axis, hour, ${MEASURES.map((m) => `sum(${m.column})`).join(', ')} FROM ${GRAINS.hour.table} GROUP BY 1, 2`,
  );
  await db.query('VACUUM ANALYZE');
}

/** Of all partitions, indexes included. */
export async function bytesOfClicks(db: pg.Pool): Promise<number> {
  const { rows } = await db.query<{ bytes: string | number }>(
    `SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) AS bytes FROM pg_inherits WHERE inhparent = 'clicks'::regclass`,
  );
  return Number(rows[0]?.bytes);
}
