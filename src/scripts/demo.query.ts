import { MEASURES } from '../reporting/report-columns.js';

/** What belongs to the demo data, and how it goes. $1 are the ids of its offers, $2 those of its sources. */

const columns = MEASURES.map(({ column }) => column);

/** Whether anything of anybody else's is there. */
export const IS_SHARED = `
  SELECT EXISTS (SELECT 1 FROM offers WHERE NOT id = ANY($1::uuid[])) OR EXISTS (SELECT 1 FROM offer_sources WHERE NOT id = ANY($2::uuid[]))
    OR EXISTS (SELECT 1 FROM counters WHERE NOT offer_id = ANY($1::uuid[])) OR EXISTS (SELECT 1 FROM counter_deltas WHERE NOT offer_id = ANY($1::uuid[])) AS shared`;

/** Since when there are demo clicks, by their quarter-hours. $1 offers. */
export const SINCE = `
  SELECT min(quarter) AS since FROM (SELECT quarter FROM counters WHERE axis = 'click' AND offer_id = ANY($1::uuid[])
    UNION ALL SELECT quarter FROM counter_deltas WHERE axis = 'click' AND offer_id = ANY($1::uuid[])) AS q`;

/** Sources that offers of somebody's own use by now stay. */
export const OWN_SOURCES = `
  SELECT id FROM offer_sources s WHERE id = ANY($2::uuid[])
    AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.offer_source_id = s.id AND NOT o.id = ANY($1::uuid[]))`;

/** Its clicks, and those whose partition is gone. $1 offers. */
export const COLLECT = [
  'CREATE TEMP TABLE demo_clicks (click_id uuid PRIMARY KEY) ON COMMIT DROP',
  `INSERT INTO demo_clicks SELECT click_id FROM clicks WHERE offer_id = ANY($1::uuid[])`,
  `INSERT INTO demo_clicks SELECT DISTINCT click_id FROM conversions WHERE offer_id = ANY($1::uuid[]) ON CONFLICT DO NOTHING`,
];

/** Taken off the counters as a delta, so that totals without offers lose it as well. $1 offers. */
export const TAKE_OFF = `
  INSERT INTO counter_deltas (axis, quarter, offer_id, offer_source_id, ${columns.join(', ')})
  SELECT axis, quarter, offer_id, offer_source_id, ${columns.map((column) => `-sum(${column})`).join(', ')}
  FROM (SELECT axis, quarter, offer_id, offer_source_id, ${columns.join(', ')} FROM counters WHERE offer_id = ANY($1::uuid[])
    UNION ALL SELECT axis, quarter, offer_id, offer_source_id, ${columns.join(', ')} FROM counter_deltas WHERE offer_id = ANY($1::uuid[])) AS c
  GROUP BY 1, 2, 3, 4`;

/** Facts, and what is kept beside them. $1 offers, $2 sources that go. */
export const DELETE_FACTS: readonly (readonly [what: string, sql: string])[] = [
  ['history', 'DELETE FROM conversion_history h USING demo_clicks d WHERE h.click_id = d.click_id'],
  ['conversions', 'DELETE FROM conversions WHERE offer_id = ANY($1::uuid[])'],
  ['events', 'DELETE FROM waiting_events w USING demo_clicks d WHERE w.click_id = d.click_id'],
  ['imported', 'DELETE FROM imported_cids i USING demo_clicks d WHERE i.click_id = d.click_id'],
  ['tests', 'DELETE FROM test_clicks WHERE offer_id = ANY($1::uuid[])'],
  ['visitors', 'DELETE FROM visitors v USING demo_clicks d WHERE v.visitor = d.click_id'],
  [
    'postbacks',
    `DELETE FROM postbacks p WHERE token_offer_id = ANY($1::uuid[]) OR token_source_id = ANY($2::uuid[]) OR offer_source_id = ANY($2::uuid[])
       OR EXISTS (SELECT 1 FROM demo_clicks d WHERE d.click_id = p.click_id)`,
  ],
  ['waiting', 'DELETE FROM inbox WHERE token_offer_id = ANY($1::uuid[]) OR token_source_id = ANY($2::uuid[])'],
  ['clicks', 'DELETE FROM clicks WHERE offer_id = ANY($1::uuid[])'],
  ['offers', 'DELETE FROM offers WHERE id = ANY($1::uuid[])'],
  ['sources', 'DELETE FROM offer_sources WHERE id = ANY($2::uuid[])'],
];
/** User agents that no other click names. $1 ids. */
export const DELETE_AGENTS =
  'DELETE FROM user_agents a WHERE id = ANY($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM clicks c WHERE c.user_agent_id = a.id)';
/** Nobody misses rates again, if only the demo data had other currencies. */
export const FORGET_CURRENCIES = `
  UPDATE base_currency b SET other_seen_at = NULL WHERE NOT EXISTS (SELECT 1 FROM conversions c WHERE c.currency <> b.currency)`;

export const LEFT_DELTAS = 'SELECT count(*)::int AS n FROM counter_deltas WHERE offer_id = ANY($1::uuid[])';
/** Counters that are nothing by now. $1 offers. */
export const DELETE_COUNTERS = ['counters', 'counters_hourly', 'counters_daily'].map(
  (table) => `DELETE FROM ${table} WHERE offer_id = ANY($1::uuid[])`,
);
export const DELETE_EMPTY_TOTALS = `DELETE FROM counters_totals WHERE ${columns.map((column) => `${column} = 0`).join(' AND ')}`;
