import { MEASURES } from '../reporting/report-columns.js';

/** Test clicks and what became of them, taken out of the tables and out of the counters in one transaction. $1 ids, $2 least, $3 greatest. */

const THESE = 'click_id = ANY($1::uuid[]) AND click_id BETWEEN $2 AND $3';
const NIL = `'00000000-0000-0000-0000-000000000000'::uuid`;
const KEY = 'axis, quarter, offer_id, offer_source_id';
const COLUMNS = MEASURES.map(({ column }) => column).join(', ');

const part = (axis: 'click' | 'conversion', of: 'clicks' | 'conversions', time: string): string =>
  `SELECT '${axis}' AS axis, date_bin('15 minutes', ${time}, 'epoch') AS quarter, offer_id, coalesce(offer_source_id, ${NIL}) AS offer_source_id,
     ${MEASURES.map((m) => `${m.of === of ? m.raw : '0'} AS ${m.column}`).join(', ')} FROM ${of} WHERE ${THESE}`;

export const CLAIM_TEST_CLICKS = 'SELECT click_id AS id FROM test_clicks ORDER BY click_id LIMIT $1 FOR UPDATE SKIP LOCKED';
/** As postbacks lock them, so that none is decided meanwhile. */
export const LOCKS = [
  `SELECT 1 FROM clicks WHERE ${THESE} ORDER BY click_id FOR UPDATE`,
  `SELECT 1 FROM conversions WHERE ${THESE} ORDER BY click_id, key FOR UPDATE`,
];
/** What they have added to the counters, taken from them: the same terms as `recount --check` counts by. */
export const UNCOUNT = `
  INSERT INTO counter_deltas (${KEY}, ${COLUMNS})
  SELECT ${KEY}, ${MEASURES.map(({ column }) => `-sum(${column})`).join(', ')} FROM (
    ${[part('click', 'clicks', 'created_at'), part('click', 'conversions', 'clicked_at'), part('conversion', 'conversions', 'converted_at')].join(' UNION ALL ')}
  ) AS r GROUP BY ${KEY}`;
export const DELETE_CONVERSIONS = `DELETE FROM conversions WHERE ${THESE}`;
export const DELETE_CLICKS = `DELETE FROM clicks WHERE ${THESE}`;
export const DELETE_REST = ['conversion_history', 'waiting_events', 'test_clicks'].map((table) => `DELETE FROM ${table} WHERE ${THESE}`);
