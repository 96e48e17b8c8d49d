import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { createIdMaker, uuidTime, uuidToCid } from '../../src/lib/ids.js';

export const makeId = createIdMaker(() => Date.now(), randomBytes);

/** Stores an offer (given or new) and `count` clicks of it; returns their cids. */
export async function insertClicks(db: pg.Pool | pg.Client, count: number, offerId?: string): Promise<string[]> {
  const id = offerId ?? makeId();
  if (offerId === undefined) {
    await db.query(
      `INSERT INTO offers (id, key, name, url, link_builder, payout_mode, tags, status, version) VALUES ($1, $2, 'Test', 'https://shop.example/?c={clickid}', '{}', 'auto', '{}', 'active', 1)`,
      [id, id.slice(-12)],
    );
    await db.query(
      `INSERT INTO change_versions AS v (name, version) VALUES ('catalog', 1) ON CONFLICT (name) DO UPDATE SET version = v.version + 1`,
    );
    await db.query(`SELECT pg_notify('cidra_changes', 'catalog')`);
  }
  const ids = Array.from({ length: count }, makeId);
  await db.query(
    `INSERT INTO clicks (click_id, created_at, offer_id, is_unique) SELECT c, to_timestamp(t / 1000.0), $2, false FROM unnest($1::uuid[], $3::bigint[]) AS u(c, t)`,
    [ids, id, ids.map(uuidTime)],
  );
  return ids.map(uuidToCid);
}
