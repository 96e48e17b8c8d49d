import type { RateRow } from './rate-table.js';

/** Rates of a CSV file: currency, day, rate in units of the base currency. */

const HEADERS: Record<string, 'currency' | 'day' | 'rate'> = {
  currency: 'currency',
  code: 'currency',
  day: 'day',
  date: 'day',
  rate: 'rate',
  value: 'rate',
};
const CURRENCY = /^[A-Za-z0-9]{3,10}$/;
const RATE = /^(?!0+(?:\.0+)?$)\d{1,9}(?:\.\d{1,10})?$/;

/** Whether a text is a day of the calendar `YYYY-MM-DD`, not after `today`. */
export function isDay(text: string, today: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text && text <= today;
}

export interface ReadRates {
  rows: RateRow[];
  errors: { line: number; message: string }[];
}

/**
 * What the records of a file say; the first names the columns. A currency and day that comes twice is an error, as
 * nobody can say which is meant.
 * @throws RangeError without the three columns
 */
export function readRates(records: readonly (readonly string[])[], today: string): ReadRates {
  const columns = (records[0] ?? []).map((header) => HEADERS[header.trim().toLowerCase()] ?? null);
  const missing = (['currency', 'day', 'rate'] as const).filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new RangeError(`The file has no column for ${missing.join(', ')}. Its first line must name the columns currency, day and rate.`);
  const rows: RateRow[] = [];
  const errors: ReadRates['errors'] = [];
  const seen = new Set<string>();
  for (const [i, record] of records.entries()) {
    if (i === 0) continue;
    const of = (name: 'currency' | 'day' | 'rate'): string => (record[columns.indexOf(name)] ?? '').trim();
    const [currency, day, rate] = [of('currency').toUpperCase(), of('day'), of('rate')];
    const key = `${currency} ${day}`;
    const wrong = !CURRENCY.test(currency)
      ? 'currency must be 3 to 10 letters or digits'
      : !isDay(day, today)
        ? 'day must be YYYY-MM-DD and not after today'
        : !RATE.test(rate)
          ? 'rate must be a decimal above 0 with at most 10 places'
          : seen.has(key)
            ? `${key} stands twice in the file`
            : null;
    seen.add(key);
    if (wrong === null) rows.push({ currency, day, rate, source: 'csv' });
    else errors.push({ line: i + 1, message: wrong });
  }
  return { rows, errors };
}
