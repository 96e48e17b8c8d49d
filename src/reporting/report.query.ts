import { uuidAt } from '../lib/ids.js';
import { iso } from '../lib/sql.js';
import { COLUMNS, DIMENSIONS, MEASURES, sourcesOf, type Dimension, type Source } from './report-columns.js';

/** A report, all its names checked. Times in milliseconds, `from ≤ t < to`. */
export interface ReportRequest {
  groupBy: readonly string[];
  /** Values by dimension; the empty text stands for "none". */
  filters: ReadonlyMap<string, readonly string[]>;
  attribution: 'click' | 'conversion';
  tz: string;
  from: number;
  to: number;
  /** A column, or a dimension of groupBy. */
  sort: { name: string; descending: boolean };
  limit: number;
  offset: number;
}

/** What the statement answers: one row. */
export interface ReportRows {
  rows: Record<string, unknown>[];
  totals: Record<string, unknown>;
}

/**
 * The range in instants. $1 time zone, $2 and $3 from and to or null, $4 and $5 whether they carry an offset of their own.
 * Without from and to: today in the zone and the six days before it.
 */
export const RANGE = `
  WITH given AS (
    SELECT CASE WHEN $4::boolean THEN $2::text::timestamptz ELSE $2::text::timestamp AT TIME ZONE $1 END AS given_from,
      coalesce(CASE WHEN $5::boolean THEN $3::text::timestamptz ELSE $3::text::timestamp AT TIME ZONE $1 END,
        (date_trunc('day', now() AT TIME ZONE $1) + interval '1 day') AT TIME ZONE $1) AS until
  ), range AS (
    SELECT coalesce(given_from, ((until AT TIME ZONE $1) - interval '7 days') AT TIME ZONE $1) AS since, until FROM given
  )
  SELECT ${iso('since')} AS "from", ${iso('until')} AS "to" FROM range`;

/** Rows and totals of a report in one statement: one snapshot, whatever is being written or folded at the moment. */
export function reportStatement(r: ReportRequest): { text: string; values: unknown[] } {
  const values: unknown[] = [r.tz];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const names = [...new Set([...r.groupBy, ...r.filters.keys()])];
  const sources = sourcesOf(names, r.from, r.to);
  const from = bind(new Date(r.from).toISOString());
  const to = bind(new Date(r.to).toISOString());
  const wanted = [...r.filters].map(([name, list]) => ({ name, some: list.some((v) => v !== '') ? bind(list.filter((v) => v !== '')) : null, none: list.includes('') }));

  const part = (source: Source): string => {
    const groups = r.groupBy.map((name, i) => `${valueOf(name, source)} AS k${i}`);
    const conditions = wanted.map(({ name, some, none }) => {
      const value = valueOf(name, source);
      const parts = [...(some === null ? [] : [`${value} = ANY(${some}::${dimension(name).filter}[])`]), ...(none ? [`${value} IS NULL`] : [])];
      return ` AND (${parts.join(' OR ')})`;
    });
    return `SELECT ${[...groups, ...measures(source, r.attribution)].join(', ')} FROM ${rowsOf(source)}${conditions.join('')}`;
  };
  const rowsOf = (source: Source): string => {
    if (source === 'clicks') return `clicks WHERE click_id >= ${bind(uuidAt(r.from, 'min'))}::uuid AND click_id < ${bind(uuidAt(r.to, 'min'))}::uuid`;
    if (source === 'conversions') {
      const at = r.attribution === 'click' ? 'clicked_at' : 'converted_at';
      return `(SELECT *, ${at} AS counted_at FROM conversions WHERE ${at} >= ${from}::timestamptz AND ${at} < ${to}::timestamptz) AS conversions WHERE true`;
    }
    const columns = ['axis', 'quarter', 'offer_id', 'offer_source_id', ...MEASURES.map((m) => m.column)].join(', ');
    const inRange = `axis IN ('click'${r.attribution === 'conversion' ? `, 'conversion'` : ''}) AND quarter >= ${from}::timestamptz AND quarter < ${to}::timestamptz`;
    return `(SELECT ${columns} FROM counters WHERE ${inRange} UNION ALL SELECT ${columns} FROM counter_deltas WHERE ${inRange}) AS counted WHERE true`;
  };

  const hasClicks = sources.some((source) => source !== 'conversions');
  const sum = ({ column, of }: (typeof MEASURES)[number]): string => (of === 'clicks' && !hasClicks ? `NULL::numeric AS ${column}` : `coalesce(sum(${column}), 0) AS ${column}`);
  const sums = MEASURES.map(sum).join(', ');
  const keys = r.groupBy.map((_, i) => `k${i}`);
  // Counters keep groups that have come to nothing; raw rows would not show them.
  const grouping = keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')} HAVING ${sources[0] === 'counters' ? 'sum(clicks) <> 0 OR sum(bots) <> 0 OR sum(conversions) <> 0' : 'true'}`;
  const shown = Object.entries(COLUMNS).map(([name, { shown: value }]) => `'${name}', ${value}`).join(', ');
  const key = r.groupBy.map((name, i) => `'${name}', ${dimension(name).key(`k${i}`)}`).join(', ');

  // `$1` is named once for the reports that use no time zone: PostgreSQL wants every parameter to have a type.
  const text = `
    WITH facts AS MATERIALIZED (SELECT ${[...keys, sums].join(', ')} FROM (${sources.map(part).join(' UNION ALL ')}) AS f ${grouping})
    SELECT $1::text AS tz,
      (SELECT json_build_object(${shown}) FROM (SELECT ${sums} FROM facts) AS t) AS totals,
      (SELECT coalesce(json_agg(json_build_object('key', json_build_object(${key}), ${shown})), '[]')
        FROM (SELECT * FROM facts ORDER BY ${order(r)} LIMIT ${bind(r.limit)}::int OFFSET ${bind(r.offset)}::int) AS page) AS rows,
      ${from}::timestamptz AS since, ${to}::timestamptz AS until`;
  return { text, values };
}

function dimension(name: string): Dimension {
  const found = DIMENSIONS[name];
  if (found === undefined) throw new RangeError(`no dimension ${name}`);
  return found;
}

function valueOf(name: string, source: Source): string {
  const value = dimension(name).from[source];
  if (value === null) throw new RangeError(`${source} does not know ${name}`);
  return value;
}

/** By conversion time a counter row of the click's axis gives its clicks only, one of the conversion's axis (whose clicks are 0) the rest. */
function measures(source: Source, attribution: ReportRequest['attribution']): string[] {
  return MEASURES.map(({ column, of, raw }) => {
    if (source !== 'counters') return `${of === source ? raw : '0'} AS ${column}`;
    return of === 'conversions' && attribution === 'conversion' ? `CASE axis WHEN 'conversion' THEN ${column} ELSE 0 END AS ${column}` : column;
  });
}

/** A total order: groups with equal values stand by their keys. */
function order({ groupBy, sort }: ReportRequest): string {
  const at = groupBy.indexOf(sort.name);
  const value = at === -1 ? COLUMNS[sort.name]?.value : (dimension(sort.name).order?.(`k${at}`) ?? `k${at}`);
  if (value === undefined) throw new RangeError(`no column ${sort.name}`);
  return [`${value} ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST`, ...groupBy.map((_, i) => `k${i}`)].join(', ');
}
