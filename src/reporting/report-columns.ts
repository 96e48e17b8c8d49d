import type { Offset } from '../lib/zones.js';
import { BUCKETS } from '../offer-sources/vocabulary.js';

/**
 * What a report may be grouped and filtered by and which columns it has (tracking.md, Reports), as data: every name a
 * request may use leads to SQL that stands here, and nothing of a request becomes SQL itself.
 */

/** Where figures are read: counters answer most reports, raw rows the rest. */
export type Source = 'counters' | 'clicks' | 'conversions';

/** Something to group or filter by. */
export interface Dimension {
  /** Its value on a row of each source; null where the source does not know it. */
  from: Readonly<Record<Source, string | null>>;
  /** The value as a report's key shows it. */
  key: (value: string) => string;
  /** What to sort by in place of the value. */
  order?: (value: string) => string;
  filter: 'text' | 'uuid' | null;
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
const time = (value: string, key: (value: string) => string): Dimension => ({
  from: { counters: value, clicks: value, conversions: value },
  key,
  filter: null,
});

function entity(column: string, table: string, counters: string): Dimension {
  const name = (value: string): string => `(SELECT n.name FROM ${table} n WHERE n.id = ${value})`;
  return {
    from: { counters, clicks: column, conversions: column },
    key: (value) => `CASE WHEN ${value} IS NOT NULL THEN json_build_object('id', ${value}, 'name', ${name(value)}) END`,
    order: (value) => `lower(${name(value)})`,
    filter: 'uuid',
  };
}

/** A fact of the click; its conversions carry a copy. */
const ofClick = (column: string, name: string): Dimension => ({
  from: { counters: null, clicks: column, conversions: `click->>'${name}'` },
  key: itself,
  filter: 'text',
});
/** One that we name: senders and users choose the others, whose letters are compared as they are. */
const named = (column: string, name: string): Dimension => ({ ...ofClick(column, name), caseless: true });
const ofConversion = (expression: string): Dimension => ({
  from: { counters: null, clicks: null, conversions: expression },
  key: itself,
  filter: 'text',
});
const many = (count: number, name: string, dimension: (name: string) => Dimension): Record<string, Dimension> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i + 1}`, dimension(`${name}${i + 1}`)]));

export const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  offer: entity('offer_id', 'offers', 'offer_id'),
  offerSource: entity('offer_source_id', 'offer_sources', `nullif(offer_source_id, ${NIL})`),
  month: time(`date_trunc('month', aligned)`, (v) => `to_char(${v}, 'YYYY-MM')`),
  day: time(`date_trunc('day', aligned)`, (v) => `to_char(${v}, 'YYYY-MM-DD')`),
  hour: time(`date_trunc('hour', aligned)`, (v) => `to_char(${v}, 'YYYY-MM-DD"T"HH24:MI')`),
  // ISO 8601: 1 is Monday. A Monday is compared with the Mondays before.
  weekday: time('extract(isodow FROM local)::int', itself),
  country: named('country', 'country'),
  region: named('region', 'region'),
  city: named('city', 'city'),
  isp: named('isp', 'isp'),
  device: named('device', 'device'),
  os: named('os', 'os'),
  browser: named('browser', 'browser'),
  language: named('language', 'language'),
  referrerDomain: named('referrer_domain', 'referrerDomain'),
  source: ofClick('source', 'source'),
  keyword: ofClick('keyword', 'keyword'),
  externalId: ofClick('external_id', 'externalId'),
  ...many(20, 'sub', (name) => ({
    from: { counters: null, clicks: `subs->>'${name}'`, conversions: `click->'subs'->>'${name}'` },
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
}

const paid = (condition: string, amount: string): string => `CASE WHEN ${condition} AND payout_base IS NOT NULL THEN ${amount} ELSE 0 END`;

/** What counters hold. */
export const MEASURES: readonly Measure[] = [
  { column: 'clicks', of: 'clicks', raw: '(bot IS NULL)::int' },
  { column: 'unique_clicks', of: 'clicks', raw: 'is_unique::int' },
  { column: 'bots', of: 'clicks', raw: '(bot IS NOT NULL)::int' },
  { column: 'cost', of: 'clicks', raw: 'coalesce(cost_base, 0)' },
  { column: 'conversions', of: 'conversions', raw: '1' },
  ...BUCKETS.map((bucket): Measure => ({ column: bucket, of: 'conversions', raw: `(status = '${bucket}')::int` })),
  { column: 'upsells', of: 'conversions', raw: 'upsell::int' },
  { column: 'revenue', of: 'conversions', raw: paid(`status = 'approved'`, 'payout_base - payout_reversed_base') },
  { column: 'revenue_hold', of: 'conversions', raw: paid(`status IN ('pending', 'unmapped')`, 'payout_base') },
  {
    column: 'revenue_reversed',
    of: 'conversions',
    raw: `CASE WHEN payout_base IS NULL THEN 0 WHEN status = 'approved' THEN payout_reversed_base WHEN status = 'reversed' THEN payout_base ELSE 0 END`,
  },
];

const EVENTS = Array.from({ length: 30 }, (_, i) => `event${i + 1}`);
const amount = (name: string): string => `coalesce((events->>'${name}')::numeric, 0)`;

/** Sums of a conversion's events. Counters do not hold them, sixty columns for what few reports ask: conversions do. */
const EVENT_MEASURES: readonly Measure[] = EVENTS.flatMap((name): Measure[] => [
  { column: name, of: 'events', raw: amount(name) },
  { column: `${name}_count`, of: 'events', raw: `(${amount(name)} > 0)::int` },
]);

/** Ratios have 6 places; a division by zero is null. */
const ratio = (dividend: string, divisor: string): string => `round((${dividend})::numeric / nullif(${divisor}, 0), 6)`;
const text = (value: string): string => `trim_scale(${value})::text`;

const whole = (columns: Record<string, string>): [string, Column][] =>
  Object.entries(columns).map(([name, value]) => [name, { value, shown: value }]);
const decimals = (columns: Record<string, string>): [string, Column][] =>
  Object.entries(columns).map(([name, value]) => [name, { value, shown: text(value) }]);

/** A column over the measures: what to sort by, and how it is shown: whole numbers as they are, decimals as text. */
interface Column {
  value: string;
  shown: string;
}

/** A report's columns in the order of the answer. */
export const COLUMNS: Readonly<Record<string, Column>> = Object.fromEntries([
  ...whole({
    clicks: 'clicks',
    uniqueClicks: 'unique_clicks',
    bots: 'bots',
    conversions: 'conversions',
    approved: 'approved',
    pending: 'pending',
    rejected: 'rejected',
    trash: 'trash',
    reversed: 'reversed',
    unmapped: 'unmapped',
    upsells: 'upsells',
  }),
  ...decimals({
    cr: ratio('conversions - upsells', 'clicks'),
    approvalRate: ratio('approved', 'approved + rejected + trash + reversed'),
    revenue: 'revenue',
    revenueHold: 'revenue_hold',
    revenueReversed: 'revenue_reversed',
    cost: 'cost',
    profit: '(revenue - cost)',
    roi: ratio('revenue - cost', 'cost'),
    epc: ratio('revenue', 'clicks'),
    cpc: ratio('cost', 'clicks'),
    cpa: ratio('cost', 'approved'),
    averagePayout: ratio('revenue', 'approved'),
  }),
  ...EVENTS.flatMap((name) => [...decimals({ [name]: name }), ...whole({ [`${name}Count`]: `${name}_count` })]),
]);
export const COLUMN_NAMES = Object.keys(COLUMNS);
export const EVENT_COLUMNS = EVENTS.flatMap((name) => [name, `${name}Count`]);
/** The columns of a report that names none. */
export const DEFAULT_COLUMNS = COLUMN_NAMES.filter((name) => !EVENT_COLUMNS.includes(name));

/** What has to be added up for these columns. */
export function measuresOf(columns: readonly string[]): readonly Measure[] {
  const words = new Set(columns.flatMap((name) => COLUMNS[name]?.value.match(/[a-z_0-9]+/g) ?? []));
  return [...MEASURES, ...EVENT_MEASURES].filter(({ column }) => words.has(column));
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
