import type { Offset } from '../lib/zones.js';
import { BUCKETS } from '../offer-sources/vocabulary.js';

/**
 * What a report may be grouped and filtered by and which columns it has, as data: every name a
 * request may use leads to SQL that stands here, and nothing of a request becomes SQL itself.
 */

/** Where figures are read: counters answer most reports, raw rows the rest. */
export type Source = 'counters' | 'clicks' | 'conversions';
/** What a report is answered by: PostgreSQL, or DuckDB over the column copies of clicks (columns/). */
export type Engine = 'postgres' | 'duckdb';

/** Something to group or filter by. */
export interface Dimension {
  /** Its value on a row of each source; null where the source does not know it. */
  from: Readonly<Record<Source, string | null>>;
  /**
   * Its value on a row of a column copy; null when copies do not have it. A value of a click is copied by `from.clicks` into
   * a column of this name.
   */
  copies: string | null;
  /** The value that copies are grouped by, as the text that `key` shows. */
  copiedKey: (value: string) => string;
  /** The value as a report's key shows it. */
  key: (value: string) => string;
  /** What to sort by in place of the value. */
  order?: (value: string) => string;
  filter: 'text' | 'uuid' | null;
  /** Facts name the offer, of which this is one of several: rows count under each of them, totals once. */
  ofOffer?: true;
  /** Filters ignore letter case, since who sees the values does not know how we write them. */
  caseless?: boolean;
  /** All values there are, when it is a closed set. */
  words?: readonly string[];
}

const NIL = "'00000000-0000-0000-0000-000000000000'";
const itself = (value: string): string => value;

/**
 * The time a fact counts at, on the clock of the report's zone: `local`, which every row comes with, or `aligned`, for
 * which the previous period's facts stand where the period's own do.
 */
const time = (value: string, key: (value: string) => string, format: string | null): Dimension => ({
  from: { counters: value, clicks: value, conversions: value },
  copies: value,
  copiedKey: (copied) => (format === null ? `${copied}::VARCHAR` : `strftime(${copied}, '${format}')`),
  key,
  filter: null,
});

function entity(column: string, table: string, counters: string): Dimension {
  const name = (value: string): string => `(SELECT n.name FROM ${table} n WHERE n.id = ${value})`;
  return {
    from: { counters, clicks: column, conversions: column },
    copies: column,
    copiedKey: (value) => `${value}::VARCHAR`,
    key: (value) => `CASE WHEN ${value} IS NOT NULL THEN json_build_object('id', ${value}, 'name', ${name(value)}) END`,
    order: (value) => `lower(${name(value)})`,
    filter: 'uuid',
  };
}

/** A fact of the click; its conversions carry a copy. */
const ofClick = (column: string, name: string): Dimension => ({
  from: { counters: null, clicks: column, conversions: `click->>'${name}'` },
  copies: `"${name}"`,
  copiedKey: itself,
  key: itself,
  filter: 'text',
});
/** One that we name: senders and users choose the others, whose letters are compared as they are. */
const ours = (column: string, name: string): Dimension => ({ ...ofClick(column, name), caseless: true });
const ofConversion = (expression: string): Dimension => ({
  from: { counters: null, clicks: null, conversions: expression },
  copies: null,
  copiedKey: itself,
  key: itself,
  filter: 'text',
});
const many = (count: number, name: string, dimension: (name: string) => Dimension): Record<string, Dimension> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i + 1}`, dimension(`${name}${i + 1}`)]));

export const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  offer: entity('offer_id', 'offers', 'offer_id'),
  offerSource: entity('offer_source_id', 'offer_sources', `nullif(offer_source_id, ${NIL})`),
  // One may have many, or none.
  offerTag: {
    from: { counters: 'offer_id', clicks: 'offer_id', conversions: 'offer_id' },
    copies: 'offer_id',
    copiedKey: (copied) => `${copied}::VARCHAR`,
    key: itself,
    filter: 'text',
    ofOffer: true,
  },
  month: time(`date_trunc('month', aligned)`, (v) => `to_char(${v}, 'YYYY-MM')`, '%Y-%m'),
  day: time(`date_trunc('day', aligned)`, (v) => `to_char(${v}, 'YYYY-MM-DD')`, '%Y-%m-%d'),
  hour: time(`date_trunc('hour', aligned)`, (v) => `to_char(${v}, 'YYYY-MM-DD"T"HH24:MI')`, '%Y-%m-%dT%H:%M'),
  // ISO 8601: 1 is Monday. A Monday is compared with the Mondays before.
  weekday: time('extract(isodow FROM local)::int', itself, null),
  country: ours('country', 'country'),
  region: ours('region', 'region'),
  city: ours('city', 'city'),
  isp: ours('isp', 'isp'),
  device: ours('device', 'device'),
  os: ours('os', 'os'),
  browser: ours('browser', 'browser'),
  language: ours('language', 'language'),
  referrerDomain: ours('referrer_domain', 'referrerDomain'),
  source: ofClick('source', 'source'),
  keyword: ofClick('keyword', 'keyword'),
  // Who a visitor is: no copy has it.
  externalId: { ...ofClick('external_id', 'externalId'), copies: null },
  ...many(20, 'sub', (name) => ({
    from: { counters: null, clicks: `subs->>'${name}'`, conversions: `click->'subs'->>'${name}'` },
    copies: name,
    copiedKey: itself,
    key: itself,
    filter: 'text',
  })),
  status: { ...ofConversion('status'), caseless: true, words: BUCKETS },
  currency: { ...ofConversion('currency'), caseless: true },
  ...many(20, 'param', (name) => ofConversion(`params->>'${name}'`)),
};
export const DIMENSION_NAMES = Object.keys(DIMENSIONS);
export const FILTER_NAMES = DIMENSION_NAMES.filter((name) => DIMENSIONS[name]?.filter !== null);

/** A figure that is added up. */
export interface Measure {
  /** As counters name it. */
  column: string;
  of: 'clicks' | 'conversions' | 'events';
  /** What one raw row adds. */
  raw: string;
  /** How many decimals its values can have; copies hold whole numbers of the last one. */
  places: 0 | 6 | 12;
}

const paid = (condition: string, amount: string): string => `CASE WHEN ${condition} AND payout_base IS NOT NULL THEN ${amount} ELSE 0 END`;

const count = (column: string, of: Measure['of'], raw: string): Measure => ({ column, of, raw, places: 0 });
const money = (column: string, of: Measure['of'], raw: string): Measure => ({ column, of, raw, places: 6 });

/** What counters hold. */
export const MEASURES: readonly Measure[] = [
  count('clicks', 'clicks', '(bot IS NULL)::int'),
  count('unique_clicks', 'clicks', 'is_unique::int'),
  count('bots', 'clicks', '(bot IS NOT NULL)::int'),
  money('cost', 'clicks', 'coalesce(cost_base, 0)'),
  count('conversions', 'conversions', '1'),
  ...BUCKETS.map((bucket) => count(bucket, 'conversions', `(status = '${bucket}')::int`)),
  count('upsells', 'conversions', 'upsell::int'),
  money('revenue', 'conversions', paid(`status = 'approved'`, 'payout_base - payout_reversed_base')),
  money('revenue_hold', 'conversions', paid(`status IN ('pending', 'unmapped')`, 'payout_base')),
  money(
    'revenue_reversed',
    'conversions',
    `CASE WHEN payout_base IS NULL THEN 0 WHEN status = 'approved' THEN payout_reversed_base WHEN status = 'reversed' THEN payout_base ELSE 0 END`,
  ),
];

const EVENTS = Array.from({ length: 30 }, (_, i) => `event${i + 1}`);
const amount = (name: string): string => `coalesce((events->>'${name}')::numeric, 0)`;

/** Sums of a conversion's events. Counters do not hold them, sixty columns for what few reports ask: conversions do. */
const EVENT_MEASURES: readonly Measure[] = EVENTS.flatMap((name): Measure[] => [
  { column: name, of: 'events', raw: amount(name), places: 12 },
  count(`${name}_count`, 'events', `(${amount(name)} > 0)::int`),
]);

/** A column over the measures, as a sum (`-` in front subtracts) or the ratio of two. Whole numbers are shown as such, decimals as text. */
export interface Column {
  shown: 'whole' | 'decimal';
  sum: readonly string[];
  divisor: readonly string[] | null;
}
const whole = (...sum: string[]): Column => ({ shown: 'whole', sum, divisor: null });
const decimal = (...sum: string[]): Column => ({ shown: 'decimal', sum, divisor: null });
const ratio = (sum: string[], divisor: string[]): Column => ({ shown: 'decimal', sum, divisor });

/** A report's columns in the order of the answer. */
export const COLUMNS: Readonly<Record<string, Column>> = {
  clicks: whole('clicks'),
  uniqueClicks: whole('unique_clicks'),
  bots: whole('bots'),
  conversions: whole('conversions'),
  approved: whole('approved'),
  pending: whole('pending'),
  rejected: whole('rejected'),
  trash: whole('trash'),
  reversed: whole('reversed'),
  unmapped: whole('unmapped'),
  upsells: whole('upsells'),
  cr: ratio(['conversions', '-upsells'], ['clicks']),
  approvalRate: ratio(['approved'], ['approved', 'rejected', 'trash', 'reversed']),
  revenue: decimal('revenue'),
  revenueHold: decimal('revenue_hold'),
  revenueReversed: decimal('revenue_reversed'),
  cost: decimal('cost'),
  profit: decimal('revenue', '-cost'),
  roi: ratio(['revenue', '-cost'], ['cost']),
  epc: ratio(['revenue'], ['clicks']),
  cpc: ratio(['cost'], ['clicks']),
  cpa: ratio(['cost'], ['approved']),
  averagePayout: ratio(['revenue'], ['approved']),
  ...Object.fromEntries(
    EVENTS.flatMap((name) => [
      [name, decimal(name)],
      [`${name}Count`, whole(`${name}_count`)],
    ]),
  ),
};
export const COLUMN_NAMES = Object.keys(COLUMNS);
export const EVENT_COLUMNS = EVENTS.flatMap((name) => [name, `${name}Count`]);
/** The columns of a report that names none. */
export const DEFAULT_COLUMNS = COLUMN_NAMES.filter((name) => !EVENT_COLUMNS.includes(name));

const ALL_MEASURES = [...MEASURES, ...EVENT_MEASURES];
const named = (term: string): string => term.replace(/^-/, '');

/** What has to be added up for these columns. */
export function measuresOf(columns: readonly string[]): readonly Measure[] {
  const words = new Set(columns.flatMap((name) => [...(COLUMNS[name]?.sum ?? []), ...(COLUMNS[name]?.divisor ?? [])].map(named)));
  return ALL_MEASURES.filter(({ column }) => words.has(column));
}

/** How many decimals the terms of a sum have, which are the same for all. */
export const placesOf = (terms: readonly string[]): number =>
  ALL_MEASURES.find(({ column }) => column === named(terms[0] ?? ''))?.places ?? 0;

/** Ratios have so many places; a division by zero is null. */
export const RATIO_PLACES = 6;

/** Terms added up in SQL, `of` being what stands for a measure. */
export const sumOf = (terms: readonly string[], of: (measure: string) => string = (measure) => measure): string =>
  `(${terms.map((term, i) => (term.startsWith('-') ? `- ${of(named(term))}` : i === 0 ? of(term) : `+ ${of(term)}`)).join(' ')})`;

/**
 * A column's value in SQL. A ratio is rounded half away from zero in whole numbers, so that every engine and this program
 * come to the same. DuckDB has whole numbers of the last decimal (`places`), PostgreSQL decimals.
 * @param n its sum, and `d` its divisor, where they are not to be added up from the measures
 */
export function valueOf({ sum, divisor }: Column, engine: Engine, n = sumOf(sum), d = divisor === null ? '' : sumOf(divisor)): string {
  if (divisor === null) return n;
  if (engine === 'postgres') {
    const halves = `(abs(${n}::numeric) * 2000000 + abs(${d}))`;
    return `sign(${n}::numeric) * sign(${d}::numeric) * div(${halves}, 2 * nullif(abs(${d}), 0)::numeric) * 0.000001`;
  }
  const factor = 10 ** (RATIO_PLACES - placesOf(sum) + placesOf(divisor));
  // Twice a sum of millionths times a million is beyond 64 bits.
  return `sign(${n}) * sign(${d}) * ((2 * abs(${n}::HUGEINT) * ${factor} + abs(${d})) // (2 * nullif(abs(${d}::HUGEINT), 0)))`;
}

/** The same as the report shows it. */
export function shownOf(column: Column): string {
  const value = valueOf(column, 'postgres');
  return column.shown === 'whole' ? value : `trim_scale(${value})::text`;
}

const QUARTER_MS = 900_000;

/**
 * Which sources a report is read from: counters when they know all it is grouped and filtered by, and it begins and ends
 * where quarters do, as do the changes of its zone's clock. Events are in conversions only: beside counters these give nothing else.
 */
export function sourcesOf(
  names: readonly string[],
  from: number,
  to: number,
  offsets: readonly Offset[],
  withEvents: boolean,
): readonly Source[] {
  const known = (source: Source): boolean => names.every((name) => typeof DIMENSIONS[name]?.from[source] === 'string');
  const edges = [from, to, ...offsets.flatMap(({ from: since, offset }) => [since, offset])];
  if (known('counters') && edges.every((at) => at % QUARTER_MS === 0)) return withEvents ? ['counters', 'conversions'] : ['counters'];
  return known('clicks') ? ['clicks', 'conversions'] : ['conversions'];
}
