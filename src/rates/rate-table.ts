import { divideTo, significant } from '../lib/money.js';

/** What every rate is computed from. See docs/reference.md#money. */

/** A rate as frozen on a conversion. */
export interface Rate {
  rate: string;
  date: string;
  source: string;
}
export interface Rates {
  /** The rate of the UTC day `day` (YYYY-MM-DD), else the last known before it; null when there is none. The base currency itself is rate 1. */
  find(currency: string, day: string): Rate | null;
}

/** The first wins over the others of the same currency and day; a newer day wins over them all. */
export const RATE_SOURCES = ['manual', 'csv', 'ecb', 'bundled'] as const;
export type RateSource = (typeof RATE_SOURCES)[number];

/** One rate as its source states it, so that what is stored can be held against the source. */
export interface RateRow {
  /** Upper case. */
  currency: string;
  /** UTC day `YYYY-MM-DD`. */
  day: string;
  /** Decimal text above 0: of `ecb` and `bundled` units of `currency` for 1 EUR, of `manual` and `csv` units of the base currency for 1 `currency`. */
  rate: string;
  source: RateSource;
}

export interface RateTable extends Rates {
  /** Every currency that converts on some day, the base included, in order of the alphabet. */
  currencies(): string[];
  /** The newest day of a published or imported rate, null when there is none. A manual one says nothing of the others' age. */
  newestDay(): string | null;
  /** Whole days from newestDay to `today` (`YYYY-MM-DD`), 0 when it is not before it, null without one. */
  ageDays(today: string): number | null;
}

/** A rate as people and files give it. */
export const RATE = /^(?!0+(?:\.0+)?$)\d{1,15}(?:\.\d{1,30})?$/;
export const RATE_MESSAGE = 'rate must be a decimal above 0 with at most 15 digits before the point and 30 behind it';

/** Significant digits of a rate (docs/reference.md#money). */
const RATE_DIGITS = 18;
/** Of a rate as it is written: none is so small that they would not do. */
const RATE_PLACES = 40;
const DAY_MS = 86_400_000;

/** The rates of one currency, oldest first. */
type Series = Rate[];

/**
 * All rates in the base currency, converted once, here. Rates quoted in EUR cross over the base's own of the same day
 * and source: a base that the ECB does not quote has only its direct rates. `rows` may come in any order.
 * @throws RangeError for a rate that is 0 or no decimal
 */
export function createRateTable(base: string, rows: Iterable<RateRow>): RateTable {
  const all = [...rows];
  const series = seriesOf(convert(base, all));
  series.delete(base);
  const newestDay = all.reduce<string | null>(
    (newest, { source, day }) => (source !== 'manual' && (newest === null || day > newest) ? day : newest),
    null,
  );

  return {
    find(currency, day) {
      if (currency === base) return { rate: '1', date: day, source: 'base' };
      const rates = series.get(currency);
      return rates === undefined ? null : lastUntil(rates, day);
    },
    currencies: () => [base, ...series.keys()].toSorted(),
    newestDay: () => newestDay,
    ageDays: (today) => (newestDay === null ? null : Math.max(0, (Date.parse(today) - Date.parse(newestDay)) / DAY_MS)),
  };
}

function isPerEur({ source }: RateRow): boolean {
  return source === 'ecb' || source === 'bundled';
}

/** The rows with `rate` in base units for one unit of the currency. What rounds to nothing is no rate: it would make any amount 0. */
function* convert(base: string, rows: readonly RateRow[]): Iterable<RateRow> {
  const eurInBase = new Map<string, string>();
  for (const row of rows) if (isPerEur(row) && row.currency === base) eurInBase.set(row.source + row.day, row.rate);

  for (const row of rows) {
    const converted = convertRow(row, base, base === 'EUR' ? '1' : eurInBase.get(row.source + row.day));
    if (converted !== null && converted.rate !== '0') yield converted;
  }
}

/** @param eurInBase of the row's day and source */
function convertRow(row: RateRow, base: string, eurInBase: string | undefined): RateRow | null {
  if (!isPerEur(row)) return { ...row, rate: significant(row.rate, RATE_DIGITS, RATE_PLACES) };
  if (row.currency === base) return { ...row, currency: 'EUR', rate: significant(row.rate, RATE_DIGITS, RATE_PLACES) };
  return eurInBase === undefined ? null : { ...row, rate: divideTo(eurInBase, row.rate, RATE_DIGITS) };
}

function seriesOf(rows: Iterable<RateRow>): Map<string, Series> {
  const best = new Map<string, Map<string, RateRow>>();
  for (const row of rows) {
    const days = best.get(row.currency) ?? new Map<string, RateRow>();
    best.set(row.currency, days);
    const present = days.get(row.day);
    if (present === undefined || RATE_SOURCES.indexOf(row.source) < RATE_SOURCES.indexOf(present.source)) days.set(row.day, row);
  }
  const series = new Map<string, Series>();
  for (const [currency, days] of best) {
    const rates = Array.from(days.values(), ({ rate, day, source }): Rate => ({ rate, date: day, source }));
    series.set(
      currency,
      rates.toSorted((a, b) => (a.date < b.date ? -1 : 1)),
    );
  }
  return series;
}

function lastUntil(rates: Series, day: string): Rate | null {
  const newest = rates.at(-1);
  // Nearly every look-up is of today.
  if (newest !== undefined && newest.date <= day) return newest;
  let low = 0;
  let high = rates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rates[middle]?.date ?? '') <= day) low = middle + 1;
    else high = middle;
  }
  return rates[low - 1] ?? null;
}
