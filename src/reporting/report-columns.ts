import { BUCKETS } from '../offer-sources/vocabulary.js';

/**
 * What a report may be grouped and filtered by and which columns it has (tracking.md, Reports), as data: every name a
 * request may use leads to SQL that stands here, and nothing of a request becomes SQL itself.
 */

/** Where figures are read: counters answer most reports, raw rows the rest. */
export type Source = 'counters' | 'clicks' | 'conversions';

/** Something to group or filter by. */
export interface Dimension {
  /** Its value on a row of each source; null where the source does not know it. `$1` is the time zone. */
  from: Readonly<Record<Source, string | null>>;
  /** The value as a report's key shows it. */
  key: (value: string) => string;
  /** What to sort by in place of the value. */
  order?: (value: string) => string;
  filter: 'text' | 'uuid' | null;
  /** All values there are, when it is a closed set. */
  words?: readonly string[];
}

const NIL = "'00000000-0000-0000-0000-000000000000'";
const itself = (value: string): string => value;

/** The time a fact counts at, on the clock of the report's zone. Conversions come with `counted_at`, the time of the click or of the conversion. */
function time(part: (local: string) => string, key: (value: string) => string): Dimension {
  const of = (column: string): string => part(`(${column} AT TIME ZONE $1)`);
  return { from: { counters: of('quarter'), clicks: of('created_at'), conversions: of('counted_at') }, key, filter: null };
}

function named(column: string, table: string, counters: string): Dimension {
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
const ofConversion = (expression: string, words?: readonly string[]): Dimension => ({
  from: { counters: null, clicks: null, conversions: expression },
  key: itself,
  filter: 'text',
  ...(words === undefined ? {} : { words }),
});
const many = (count: number, name: string, dimension: (name: string) => Dimension): Record<string, Dimension> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i + 1}`, dimension(`${name}${i + 1}`)]));

export const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  offer: named('offer_id', 'offers', 'offer_id'),
  offerSource: named('offer_source_id', 'offer_sources', `nullif(offer_source_id, ${NIL})`),
  month: time((t) => `date_trunc('month', ${t})`, (v) => `to_char(${v}, 'YYYY-MM')`),
  day: time((t) => `date_trunc('day', ${t})`, (v) => `to_char(${v}, 'YYYY-MM-DD')`),
  hour: time((t) => `date_trunc('hour', ${t})`, (v) => `to_char(${v}, 'YYYY-MM-DD"T"HH24:MI')`),
  // ISO 8601: 1 is Monday.
  weekday: time((t) => `extract(isodow FROM ${t})::int`, itself),
  country: ofClick('country', 'country'),
  region: ofClick('region', 'region'),
  city: ofClick('city', 'city'),
  isp: ofClick('isp', 'isp'),
  device: ofClick('device', 'device'),
  os: ofClick('os', 'os'),
  browser: ofClick('browser', 'browser'),
  language: ofClick('language', 'language'),
  referrerDomain: ofClick('referrer_domain', 'referrerDomain'),
  ...many(20, 'sub', (name) => ({ from: { counters: null, clicks: `subs->>'${name}'`, conversions: `click->'subs'->>'${name}'` }, key: itself, filter: 'text' })),
  status: ofConversion('status', BUCKETS),
  currency: ofConversion('currency'),
  ...many(20, 'param', (name) => ofConversion(`params->>'${name}'`)),
};
export const DIMENSION_NAMES = Object.keys(DIMENSIONS);
export const FILTER_NAMES = DIMENSION_NAMES.filter((name) => DIMENSIONS[name]?.filter !== null);

/** A figure that is added up. */
export interface Measure {
  /** As counters name it. */
  column: string;
  of: 'clicks' | 'conversions';
  /** What one raw row adds. */
  raw: string;
}

const paid = (condition: string, amount: string): string => `CASE WHEN ${condition} AND payout_base IS NOT NULL THEN ${amount} ELSE 0 END`;

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

/** Ratios have 6 places; a division by zero is null. */
const ratio = (dividend: string, divisor: string): string => `round((${dividend})::numeric / nullif(${divisor}, 0), 6)`;
const text = (value: string): string => `trim_scale(${value})::text`;

/** A report's columns over its measures, in the order of the answer: whole numbers, and decimals that are shown as text. */
export const COLUMNS: Readonly<Record<string, { value: string; shown: string }>> = Object.fromEntries(
  Object.entries({
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
  })
    .map(([name, value]) => [name, { value, shown: value }])
    .concat(
      Object.entries({
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
      }).map(([name, value]) => [name, { value, shown: text(value) }]),
    ) as [string, { value: string; shown: string }][],
);
export const COLUMN_NAMES = Object.keys(COLUMNS);

const QUARTER_MS = 900_000;

/** Which source a report is read from: counters when they know all it asks for, and it begins and ends where quarters do. */
export function sourcesOf(names: readonly string[], from: number, to: number): readonly Source[] {
  const known = (source: Source): boolean => names.every((name) => typeof DIMENSIONS[name]?.from[source] === 'string');
  if (known('counters') && from % QUARTER_MS === 0 && to % QUARTER_MS === 0) return ['counters'];
  return known('clicks') ? ['clicks', 'conversions'] : ['conversions'];
}
