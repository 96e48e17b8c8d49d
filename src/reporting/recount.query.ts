import { decimal, iso } from '../lib/sql.js';
import { GRAINS, TOTALS } from './counter-grains.js';
import { MEASURES } from './report-columns.js';

/** The first moment of which all clicks are kept: where the oldest partition begins; null when there is none. */
export const KEPT_SINCE = `
  SELECT to_char(to_date(right(min(inhrelid::regclass::text), 7), 'YYYY_MM'), 'YYYY-MM-DD"T00:00:00Z"') AS since
  FROM pg_inherits WHERE inhparent = 'clicks'::regclass`;

const NIL = `'00000000-0000-0000-0000-000000000000'::uuid`;
const KEY = ['axis', 'quarter', 'offer_id', 'offer_source_id'];
const QUARTER = (time: string): string => `date_bin('15 minutes', ${time}, 'epoch')`;

const raw = (axis: 'click' | 'conversion', of: 'clicks' | 'conversions', time: string): string =>
  `SELECT '${axis}' AS axis, ${QUARTER(time)} AS quarter, offer_id, coalesce(offer_source_id, ${NIL}) AS offer_source_id,
     ${MEASURES.map((m) => `${m.of === of ? m.raw : '0'} AS ${m.column}`).join(', ')} FROM ${of}`;
const columns = [...KEY, ...MEASURES.map((m) => m.column)].join(', ');
/** Clicks before $1 are gone with their partition while their counters stay. */
const kept = ({ column, of }: (typeof MEASURES)[number]): string =>
  of === 'clicks' ? `CASE WHEN quarter >= $1::timestamptz THEN ${column} ELSE 0 END` : column;

const names = (side: 'raw' | 'counted'): string => MEASURES.map((m) => `${side}_${m.column}`).join(', ');
const figures = (side: 'raw' | 'counted'): string =>
  MEASURES.map((m) => `'${m.column}', ${decimal(`${side}_${m.column}::numeric`)}`).join(', ');

/** Raw rows counted again beside the counters, by key. $1 KEPT_SINCE. Conversions have no retention and are counted whole. */
const COMPARISON = `
  WITH recounted AS (
    SELECT ${columns}, 1 AS sign FROM (${[raw('click', 'clicks', 'created_at'), raw('click', 'conversions', 'clicked_at'), raw('conversion', 'conversions', 'converted_at')].join(' UNION ALL ')}) AS r
    UNION ALL SELECT ${columns}, -1 FROM counters
    UNION ALL SELECT ${columns}, -1 FROM counter_deltas
  ), compared AS (
    SELECT ${KEY.join(', ')}, ${MEASURES.map((m) => `sum((${kept(m)}) * greatest(sign, 0)) AS raw_${m.column}, sum((${kept(m)}) * least(sign, 0)) * -1 AS counted_${m.column}`).join(', ')}
    FROM recounted GROUP BY ${KEY.join(', ')}
  )`;
const DIFFER = `(${names('raw')}) <> (${names('counted')})`;

/** Every key at which raw rows and counters differ. $1 KEPT_SINCE. */
export const DIFFERENCES = `${COMPARISON}
  SELECT axis, ${iso('quarter')} AS quarter, offer_id AS "offerId", nullif(offer_source_id, ${NIL}) AS "offerSourceId",
    json_build_object(${figures('raw')}) AS raw, json_build_object(${figures('counted')}) AS counted
  FROM compared WHERE ${DIFFER} ORDER BY compared.quarter, axis, offer_id, offer_source_id`;

/**
 * What the counters lack, appended as deltas. Run on the snapshot that was compared: what is written meanwhile brings its
 * own deltas, so nobody has to wait. $1 KEPT_SINCE.
 */
export const REPAIR_COUNTERS = `${COMPARISON}
  INSERT INTO counter_deltas (${columns}) SELECT ${[...KEY, ...MEASURES.map((m) => `raw_${m.column} - counted_${m.column}`)].join(', ')} FROM compared WHERE ${DIFFER}`;

interface Rollup {
  table: string;
  column: string;
  grain: 'hour' | 'day';
  of: readonly string[];
}
const OFFER = ['offer_id', 'offer_source_id'];
const ROLLUPS: readonly Rollup[] = [
  { ...GRAINS.hour, grain: 'hour', of: OFFER },
  { ...GRAINS.day, grain: 'day', of: OFFER },
  { ...TOTALS, grain: 'hour', of: [] },
];

/** What a roll-up lacks of its counters, by key; only where it lacks something. */
const lacking = ({ table, column, grain, of }: Rollup): string => {
  const key = ['axis', 'at', ...of].join(', ');
  const rest = ['', ...of].join(', ');
  return `
    SELECT ${key}, ${MEASURES.map((m) => `sum(${m.column})`).join(', ')} FROM (
      SELECT axis, date_trunc('${grain}', quarter, 'UTC') AS at${rest}, ${MEASURES.map((m) => m.column).join(', ')} FROM counters
      UNION ALL SELECT axis, ${column}${rest}, ${MEASURES.map((m) => `-${m.column}`).join(', ')} FROM ${table}
    ) AS c GROUP BY ${key} HAVING (${MEASURES.map((m) => `sum(${m.column})`).join(', ')}) <> (${MEASURES.map(() => '0').join(', ')})`;
};
const apart = (rollup: Rollup): string => `SELECT '${rollup.table} that differ from the counters', count(*) FROM (${lacking(rollup)}) AS d`;

/** What each roll-up lacks, added to it. */
export const REPAIR_ROLLUPS = ROLLUPS.map((rollup) => {
  const key = ['axis', rollup.column, ...rollup.of].join(', ');
  return `INSERT INTO ${rollup.table} (${key}, ${MEASURES.map((m) => m.column).join(', ')}) ${lacking(rollup)}
    ON CONFLICT (${key}) DO UPDATE SET ${MEASURES.map((m) => `${m.column} = ${rollup.table}.${m.column} + EXCLUDED.${m.column}`).join(', ')}`;
});

/** How much was compared. $1 KEPT_SINCE. */
export const COMPARED = `
  SELECT (SELECT count(*) FROM clicks WHERE created_at >= $1::timestamptz)::bigint AS clicks, (SELECT count(*) FROM conversions)::bigint AS conversions,
    (SELECT count(*) FROM counters)::bigint AS counters, (SELECT count(*) FROM counter_deltas)::bigint AS deltas`;

/** Rows that contradict others, by kind: those that refer to a row that is not there, and sums that are wrong. $1 KEPT_SINCE. */
export const CONTRADICTIONS = `
  SELECT kind, rows FROM (
    SELECT 'conversions whose click is missing' AS kind, count(*) AS rows FROM conversions c
      WHERE clicked_at >= $1::timestamptz AND NOT EXISTS (SELECT 1 FROM clicks k WHERE k.click_id = c.click_id)
    UNION ALL
    SELECT 'history entries whose conversion is missing', count(*) FROM conversion_history h
      WHERE conversion_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM conversions c WHERE c.click_id = h.click_id AND c.key = h.conversion_key)
    UNION ALL
    SELECT 'conversions without history', count(*) FROM conversions c
      WHERE NOT EXISTS (SELECT 1 FROM conversion_history h WHERE h.click_id = c.click_id AND h.conversion_key = c.key)
    ${ROLLUPS.map((rollup) => `UNION ALL ${apart(rollup)}`).join(' ')}
  ) AS o WHERE rows > 0`;

export interface Difference {
  axis: 'click' | 'conversion';
  quarter: string;
  offerId: string;
  offerSourceId: string | null;
  /** Decimal text by measure. */
  raw: Record<string, string>;
  counted: Record<string, string>;
}
