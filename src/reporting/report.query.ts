import { SET_BY_INDEX } from '../db/connection.js';
import { uuidAt } from '../lib/ids.js';
import { folded, foldCase } from '../lib/sql.js';
import { offsetsOf } from '../lib/zones.js';
import { coarsestGrain, GRAINS, TOTALS, spansOf } from './counter-grains.js';
import {
  COLUMNS,
  DIMENSIONS,
  MEASURES,
  measuresOf,
  shownOf,
  sourcesOf,
  valueOf as valueOfColumn,
  type Column,
  type Dimension,
  type Measure,
  type Source,
} from './report-columns.js';

/** A report, all its names checked. Times in milliseconds, `from ≤ t < to`. */
export interface ReportRequest {
  groupBy: readonly string[];
  columns: readonly string[];
  /** Values by dimension; the empty text stands for "none". Of tags the offers that have them. */
  filters: ReadonlyMap<string, readonly string[]>;
  attribution: 'click' | 'conversion';
  tz: string;
  from: number;
  to: number;
  /** The period to compare with, which ends at `from`; `length` on the clock of the zone. */
  previous: { from: number; length: number } | null;
  /** A column, or a dimension of groupBy. */
  sort: { name: string; descending: boolean };
}

/** A statement for pg. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** What the page's statement answers: one row. */
export interface ReportPage {
  rows: Record<string, unknown>[];
  totals: Record<string, unknown>;
}

/** One page and the totals in one statement: one snapshot, whatever is being written or folded at the moment. */
export function pageStatement(r: ReportRequest, limit: number, offset: number): Statement {
  const { text: facts, values } = factsOf(r);
  const bind = (value: number): string => `$${values.push(value)}::int`;
  const text = `${facts}
    SELECT (SELECT row_to_json(t) FROM (${totals(r)}) AS t) AS totals,
      (SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM (${rows(r, ` LIMIT ${bind(limit)} OFFSET ${bind(offset)}`)}) AS r) AS rows`;
  return { text, values };
}

/** All rows, one by one. */
export function exportStatement(r: ReportRequest): Statement {
  const { text: facts, values } = factsOf(r);
  return { text: `${facts} SELECT row_to_json(r) AS row FROM (${rows(r, '')}) AS r`, values };
}

/** What PostgreSQL has to give where copies answer for the rest, as columns of text: keys as reports show them, sums as decimals. */
export interface PartColumns {
  keys: readonly string[];
  sums: readonly { name: string; measure: Measure }[];
}
export const partColumns = (r: ReportRequest): PartColumns => ({
  keys: r.groupBy.map((_, i) => `k${i}`),
  sums: (r.previous === null ? [''] : ['', PRIOR]).flatMap((prefix) =>
    summed(r).map((measure) => ({ name: `${prefix}${measure.column}`, measure })),
  ),
});

/** Those that PostgreSQL is asked for: none of clicks where copies answer for all of them. */
export const askedSums = (r: ReportRequest, clicks: readonly unknown[]): PartColumns['sums'] =>
  partColumns(r).sums.filter(({ measure }) => clicks.length > 0 || measure.of !== 'clicks');

/** The groups of all conversions and of the clicks of some spans, at most `limit`. */
export function partStatement(r: ReportRequest, clicks: readonly { from: number; to: number }[], limit: number): Statement {
  const { text: facts, values } = factsOf(r, clicks);
  const keys = r.groupBy.map((name, i) => `${NAMED_BY_ID.includes(name) ? `k${i}` : dimension(name).key(`k${i}`)}::text AS k${i}`);
  const sums = askedSums(r, clicks).map(({ name }) => `${name}::text AS ${name}`);
  return { text: `${facts} SELECT ${[...keys, ...sums].join(', ')} FROM facts LIMIT ${limit}`, values };
}

/**
 * For the transaction of that statement. It reads a range of click ids or times, and rows of one day stand near each other; the
 * planner, who takes them for strewn over the table, would rather read the whole of it, with helpers.
 * @param isBusy so that ingestion needs the processors more than a report does
 */
export const partSettings = (isBusy: boolean): Statement => ({
  text: SET_BY_INDEX + (isBusy ? '; SET LOCAL max_parallel_workers_per_gather = 0' : ''),
  values: [],
});

/** Counters of all offers together do not know these. */
const BY_ENTITY = ['offer', 'offerSource', 'offerTag'];
/** Their keys are objects. */
export const NAMED_BY_ID = ['offer', 'offerSource'];

/** Whether copies can answer a part of it: raw clicks are read, by facts that copies have. */
export const fitsCopies = (r: ReportRequest): boolean =>
  readFrom(r).includes('clicks') && [...r.groupBy, ...r.filters.keys()].every((name) => dimension(name).copies !== null);

/**
 * The groups with what was added up for each, `prior_…` in the previous period: a WITH clause.
 * @param clickSpans the only clicks that are read; all with undefined
 */
function factsOf(r: ReportRequest, clickSpans?: readonly { from: number; to: number }[]): Statement {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const time = (ms: number): string => `${bind(new Date(ms).toISOString())}::timestamptz`;
  const measures = summed(r);
  const sources = readFrom(r);
  const asked = sources.filter((source) => source !== 'clicks' || clickSpans?.length !== 0);
  const since = r.previous?.from ?? r.from;
  // Bound where they are used: PostgreSQL refuses a parameter that no expression gives a type.
  const within = (column: string): string => `${column} >= ${time(since)} AND ${column} < ${time(r.to)}`;
  const previous = r.previous === null ? null : { until: time(r.from), length: `interval '${r.previous.length} milliseconds'` };
  const offsets = offsetsOf(r.tz, since, r.to);
  const wanted = [...r.filters].map(([name, list]) => {
    const some = list.filter((v) => v !== '');
    const compared = dimension(name).caseless === true ? some.map(foldCase) : some;
    return { name, some: some.length > 0 ? bind(compared) : null, none: list.includes('') };
  });

  /** A moment on the clock of the report's zone. */
  const localOf = (at: string): string => {
    const ahead = (offset: number): string => `interval '${offset} milliseconds'`;
    const changes = offsets.slice(1).toReversed();
    const first = ahead(offsets[0]?.offset ?? 0);
    const later = changes.map(({ from, offset }) => `WHEN ${at} >= ${time(from)} THEN ${ahead(offset)}`).join(' ');
    return `(${at} AT TIME ZONE 'UTC' + ${later === '' ? first : `CASE ${later} ELSE ${first} END`})`;
  };

  /** What the dimensions of time read (report-columns.ts), and whether a row is of the previous period. */
  const times = (at: string): string => {
    const local = localOf(at);
    if (previous === null) return `${local} AS local, ${local} AS aligned, false AS prior`;
    return `${local} AS local, CASE WHEN ${at} < ${previous.until} THEN ${local} + ${previous.length} ELSE ${local} END AS aligned, ${at} < ${previous.until} AS prior`;
  };
  const rowsOf = (source: Source): string => {
    // A click's time is its id's.
    const ofClicks = (from: number, to: number): string =>
      `click_id >= ${bind(uuidAt(from, 'min'))}::uuid AND click_id < ${bind(uuidAt(to, 'min'))}::uuid`;
    if (source === 'clicks') {
      const spans = (clickSpans ?? [{ from: since, to: r.to }]).map(({ from, to }) => `(${ofClicks(from, to)})`);
      return `SELECT *, ${times('created_at')} FROM clicks WHERE ${spans.join(' OR ')}`;
    }
    if (source === 'conversions') {
      if (r.attribution === 'click') return `SELECT *, ${times('clicked_at')} FROM conversions WHERE ${ofClicks(since, r.to)}`;
      return `SELECT *, ${times('converted_at')} FROM conversions WHERE ${within('converted_at')}`;
    }
    const figuresOf = MEASURES.map((m) => m.column).join(', ');
    const read = ({ table, column }: { table: string; column: string }, from: string, to: string): string => {
      const of = table === TOTALS.table ? 'NULL::uuid AS offer_id, NULL::uuid AS offer_source_id' : 'offer_id, offer_source_id';
      return `SELECT axis, ${column} AS at, ${of}, ${figuresOf} FROM ${table} WHERE axis IN ('click'${r.attribution === 'conversion' ? `, 'conversion'` : ''}) AND ${column} >= ${from} AND ${column} < ${to}`;
    };
    const together = ![...r.groupBy, ...r.filters.keys()].some((name) => BY_ENTITY.includes(name));
    const fits = coarsestGrain(r.groupBy, offsets, r.previous === null ? 0 : r.to - r.from);
    const coarsest = together && fits === 'day' ? 'hour' : fits;
    const spans = [...spansOf(since, r.from, coarsest), ...spansOf(r.from, r.to, coarsest)].map(({ grain, from, to }) =>
      read(together && grain === 'hour' ? TOTALS : GRAINS[grain], time(from), time(to)),
    );
    return `SELECT *, ${times('at')} FROM (${[...spans, read({ table: 'counter_deltas', column: 'quarter' }, time(since), time(r.to))].join(' UNION ALL ')}) AS c`;
  };
  const part = (source: Source): string => {
    const groups = r.groupBy.map((name, i) => `${valueOf(name, source)} AS k${i}`);
    const shares = measures.map((measure) => `${share(measure, source, sources, r.attribution)} AS ${measure.column}`);
    const conditions = wanted.map(({ name, some, none }) => {
      const value = valueOf(name, source);
      const parts = [
        ...(some === null
          ? []
          : [
              `${dimension(name).caseless === true ? folded(value) : value} = ANY(${some}::${dimension(name).ofOffer === true ? 'uuid' : dimension(name).filter}[])`,
            ]),
        ...(none ? [`${value} IS NULL`] : []),
      ];
      return ` AND (${parts.join(' OR ')})`;
    });
    return `SELECT ${[...groups, ...shares, 'prior'].join(', ')} FROM (${rowsOf(source)}) AS ${source} WHERE true${conditions.join('')}`;
  };

  const periods =
    previous === null
      ? [['', '']]
      : [
          ['', ' FILTER (WHERE NOT prior)'],
          [PRIOR, ' FILTER (WHERE prior)'],
        ];
  const sums = periods.flatMap(([prefix, filter]) => measures.map((m) => sum(r, m, `sum(${m.column})${filter}`, `${prefix}${m.column}`)));
  const keys = r.groupBy.map((_, i) => `k${i}`);
  // Counters keep groups that have come to nothing; raw rows would not show them.
  const grouping =
    keys.length === 0
      ? ''
      : `GROUP BY ${keys.join(', ')} HAVING ${sources[0] === 'counters' ? EXISTING.map((name) => `sum(${name}) <> 0`).join(' OR ') : 'true'}`;
  return {
    text: `WITH facts AS MATERIALIZED (SELECT ${[...keys, ...sums].join(', ')} FROM (${asked.map(part).join(' UNION ALL ')}) AS f ${grouping})`,
    values,
  };
}

export const PRIOR = 'prior_';
/** A group with none of these has nothing. */
const EXISTING = ['clicks', 'bots', 'conversions'];
const summed = ({ columns, sort }: ReportRequest): readonly Measure[] => measuresOf([...EXISTING, ...columns, sort.name]);

function readFrom(r: ReportRequest): readonly Source[] {
  return sourcesOf(
    [...r.groupBy, ...r.filters.keys()],
    r.previous?.from ?? r.from,
    r.to,
    offsetsOf(r.tz, r.previous?.from ?? r.from, r.to),
    summed(r).some(({ of }) => of === 'events'),
  );
}

/** No click has a status, a currency or a param of a conversion: figures of clicks are then unknown, not 0. */
function sum(r: ReportRequest, { of }: Measure, expression: string, name: string): string {
  const unknown = of === 'clicks' && readFrom(r).every((source) => source === 'conversions');
  return `${unknown ? 'NULL::numeric' : `coalesce(${expression}, 0)`} AS ${name}`;
}

/** The rows of a report in order, `slice` being a LIMIT. */
function rows(r: ReportRequest, slice: string): string {
  const key = r.groupBy.map((name, i) => `'${name}', ${dimension(name).key(`k${i}`)}`).join(', ');
  return `SELECT json_build_object(${key}) AS key, ${figures(r)} FROM (SELECT * FROM ${shownGroups(r)} ORDER BY ${order(r)}${slice}) AS page`;
}

/** The groups that rows are made of: those of the facts, but for an offer's tags, of which each has a row. */
function shownGroups(r: ReportRequest): string {
  const at = r.groupBy.findIndex((name) => dimension(name).ofOffer === true);
  if (at === -1) return 'facts';
  const keys = r.groupBy.map((_, i) => (i === at ? `tag AS k${i}` : `k${i}`));
  return `(SELECT ${[...keys, ...sumsOfGroups(r)].join(', ')} FROM facts LEFT JOIN (${OFFER_TAGS}) AS t ON t.offer_id = k${at} GROUP BY ${r.groupBy.map((_, i) => (i === at ? 'tag' : `k${i}`)).join(', ')}) AS tagged`;
}
/** Offers and their tags. */
export const OFFER_TAGS = 'SELECT o.id AS offer_id, unnest(o.tags) AS tag FROM offers o';

function totals(r: ReportRequest): string {
  return `SELECT ${figures(r)} FROM (SELECT ${sumsOfGroups(r).join(', ')} FROM facts) AS t`;
}

const sumsOfGroups = (r: ReportRequest): string[] =>
  (r.previous === null ? [''] : ['', PRIOR]).flatMap((prefix) =>
    summed(r).map((m) => sum(r, m, `sum(${prefix}${m.column})`, `${prefix}${m.column}`)),
  );

/** The columns asked for, and `previous` with the same. */
function figures(r: ReportRequest): string {
  const shown = r.columns.map((name) => `${shownOf(columnOf(name))} AS "${name}"`).join(', ');
  if (r.previous === null) return shown;
  const before = summed(r)
    .map((measure) => `${PRIOR}${measure.column} AS ${measure.column}`)
    .join(', ');
  return `${shown}, (SELECT row_to_json(p) FROM (SELECT ${shown} FROM (SELECT ${before}) AS b) AS p) AS previous`;
}

function columnOf(name: string): Column {
  const found = COLUMNS[name];
  if (found === undefined) throw new RangeError(`no column ${name}`);
  return found;
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

/** What a row of a source adds to a measure. */
function share(
  { column, of, raw }: Measure,
  source: Source,
  sources: readonly Source[],
  attribution: ReportRequest['attribution'],
): string {
  if (source === 'counters') {
    // By conversion time a row of the click's axis gives its clicks only, one of the conversion's axis (whose clicks are 0) the rest.
    if (of === 'conversions' && attribution === 'conversion') return `CASE axis WHEN 'conversion' THEN ${column} ELSE 0 END`;
    return of === 'events' ? '0' : column;
  }
  if (source === 'clicks') return of === 'clicks' ? raw : '0';
  return of === 'events' || (of === 'conversions' && !sources.includes('counters')) ? raw : '0';
}

/** A total order: groups with equal values stand by their keys. Texts stand by their bytes, as every engine can. */
function order({ groupBy, sort }: ReportRequest): string {
  const keys = groupBy.map((name, i) => (dimension(name).filter === 'text' ? `k${i} COLLATE "C"` : `k${i}`));
  const at = groupBy.indexOf(sort.name);
  const value = at === -1 ? valueOfColumn(columnOf(sort.name), 'postgres') : (dimension(sort.name).order?.(`k${at}`) ?? keys[at]);
  return [`${value} ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST`, ...keys].join(', ');
}
