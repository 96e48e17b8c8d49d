import { isDay } from '../rates/day.js';
import { RATE, RATE_MESSAGE, type RateRow } from '../rates/rate-table.js';
import { valuesOf, type FieldTable } from './columns.js';
import { withoutExponent } from '../lib/exponent.js';
import { readTime, type TimeFormat } from './read-time.js';
import { namedCurrency } from '../lib/currency-signs.js';

/** Rates of a file: currency, day, rate in units of the base currency. */

export const RATE_FIELDS = ['currency', 'day', 'rate'] as const;
export const RATE_TABLE: FieldTable = {
  currency: ['code', 'currency code', 'валюта', 'währung', 'moneda', 'devise'],
  day: ['date', 'дата', 'datum', 'fecha', 'data'],
  rate: ['value', 'exchange rate', 'course', 'курс', 'kurs', 'tasa', 'taux'],
};
const CURRENCY = /^[A-Za-z0-9]{3,10}$/;

/**
 * A row of a file, or what is wrong with it. A currency and day that comes twice is wrong, as nobody can say which is meant.
 * @param seen what came before in the file
 */
export function readRate(
  fields: readonly (string | null)[],
  row: readonly string[],
  format: TimeFormat,
  today: string,
  seen: Set<string>,
): RateRow | string {
  const values = valuesOf(fields, row);
  const currency = namedCurrency(values['currency'] ?? '');
  const at = readTime(values['day'] ?? '', { ...format, tz: 'UTC' })?.at;
  const day = at === undefined ? '' : new Date(at).toISOString().slice(0, 10);
  // Rates have no thousands to group: a comma is decimal.
  const rate = withoutExponent(values['rate'] ?? '').replace(',', '.');
  if (!CURRENCY.test(currency)) return 'currency must be 3 to 10 letters or digits';
  if (!isDay(day, today)) return 'day must be a day of the calendar such as 2026-11-20 and not after today';
  if (!RATE.test(rate)) return RATE_MESSAGE;
  const key = `${currency} ${day}`;
  if (seen.has(key)) return `${key} stands twice in the file`;
  seen.add(key);
  return { currency, day, rate, source: 'csv' };
}
