import type pg from 'pg';
import { bounded, ms } from '../lib/sql.js';
import { cidToUuid } from '../lib/ids.js';

/**
 * Clicks as postbacks need them, found and locked. The statements carry scalar bounds beside the array: without them a
 * generic plan reads every partition.
 */

/** A click as a postback needs it; `click` is what its conversions keep for reports, as JSON text. */
export interface ClickRow {
  clickId: string;
  clickedAt: number;
  offerId: string;
  offerSourceId: string | null;
  click: string;
}

/** Click ids of imported clicks. $1 foreign cids. */
export const FIND_IMPORTED = {
  name: 'find-imported',
  text: `SELECT imported_cid AS cid, click_id AS "clickId" FROM imported_cids WHERE imported_cid = ANY($1::text[])`,
};

/** What a click's conversions keep of it, by the name under which they keep it. */
const KEPT = [
  ['country', 'country'],
  ['region', 'region'],
  ['city', 'city'],
  ['isp', 'isp'],
  ['device', 'device'],
  ['os', 'os'],
  ['browser', 'browser'],
  ['language', 'language'],
  ['referrerDomain', 'referrer_domain'],
  ['externalId', 'external_id'],
  ['source', 'source'],
  ['keyword', 'keyword'],
  ['subs', 'subs'],
] as const;
/** As JSON text without what is NULL, joined by hand: json_build_object and json_strip_nulls take three times as long. */
const KEPT_JSON = `'{' || concat_ws(',', ${KEPT.map(([name, column]) => `'"${name}":' || to_json(${column})::text`).join(', ')}) || '}'`;

/** $1 ids, $2 least, $3 greatest. */
export const READ_CLICKS = {
  name: 'read-clicks',
  text: `SELECT click_id AS "clickId", ${ms('created_at')} AS "clickedAt", offer_id AS "offerId", offer_source_id AS "offerSourceId", ${KEPT_JSON} AS click
    FROM clicks WHERE click_id = ANY($1::uuid[]) AND click_id BETWEEN $2 AND $3 ORDER BY click_id`,
};
/** S2: everything a click decides is under this lock, taken in id order. */
export const LOCK_CLICKS = { name: 'lock-clicks', text: `${READ_CLICKS.text} FOR NO KEY UPDATE` };
/** For clicks whose partition is gone: their conversions keep the attribution. $1 ids, $2 least, $3 greatest. */
export const READ_KEPT_CLICKS = {
  name: 'read-kept-clicks',
  text: `SELECT click_id AS "clickId", ${ms('clicked_at')} AS "clickedAt", offer_id AS "offerId", offer_source_id AS "offerSourceId", click::text AS click
    FROM conversions WHERE click_id = ANY($1::uuid[]) AND click_id BETWEEN $2 AND $3 ORDER BY click_id, key`,
};
/** S2 for those: the conversions are locked instead. */
export const LOCK_KEPT_CLICKS = { name: 'lock-kept-clicks', text: `${READ_KEPT_CLICKS.text} FOR NO KEY UPDATE` };

/**
 * S2: the clicks that these cids name, by cid. A cid is ours, else what an imported click came with; a click whose
 * partition is gone is found by its conversions, which keep its attribution.
 */
export async function findClicks(client: pg.ClientBase, cids: Iterable<string>, lock: boolean): Promise<Map<string, ClickRow>> {
  const ids = new Map<string, string>();
  const asked = new Set(cids);
  for (const cid of asked) {
    const id = cidToUuid(cid);
    if (id !== null) ids.set(cid, id);
  }
  const clicks = new Map<string, ClickRow>();
  const read = async (statement: { name: string; text: string }, wanted: string[]): Promise<void> => {
    if (wanted.length === 0) return;
    const { rows } = await client.query<ClickRow>({ ...statement, values: bounded(wanted) });
    for (const row of rows) clicks.set(row.clickId, row);
  };
  await read(lock ? LOCK_CLICKS : READ_CLICKS, [...new Set(ids.values())]);
  const strangers = [...asked].filter((cid) => !clicks.has(ids.get(cid) ?? ''));
  if (strangers.length > 0) {
    const imported = await client.query<{ cid: string; clickId: string }>({ ...FIND_IMPORTED, values: [strangers] });
    for (const { cid, clickId } of imported.rows) ids.set(cid, clickId);
    await read(
      lock ? LOCK_CLICKS : READ_CLICKS,
      imported.rows.map((r) => r.clickId).filter((id) => !clicks.has(id)),
    );
    await read(
      lock ? LOCK_KEPT_CLICKS : READ_KEPT_CLICKS,
      [...new Set(ids.values())].filter((id) => !clicks.has(id)),
    );
  }
  const byCid = new Map<string, ClickRow>();
  for (const [cid, id] of ids) {
    const click = clicks.get(id);
    if (click !== undefined) byCid.set(cid, click);
  }
  return byCid;
}
