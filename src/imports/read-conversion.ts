import { PARAMETERS } from '../offer-sources/vocabulary.js';
import type { ParsedPostback } from '../postbacks/parse-postback.js';
import { inUnit, valuesOf, type FieldTable } from './columns.js';
import { withoutExponent } from '../lib/exponent.js';
import { brokenId } from './read-number.js';
import { readTime, type Moment, type TimeFormat } from './read-time.js';

/** Lines of conversions and statements, as networks and other trackers export them, read as the postbacks they stand for. */

export const CONVERSION_FORMATS = ['csv', 'keitaro', 'binom'] as const;
export type ConversionFormat = (typeof CONVERSION_FORMATS)[number];
export const CONVERSION_FIELDS: ReadonlySet<string> = new Set(Object.keys(PARAMETERS));

/** Headers that no postback has, in the languages of the networks. */
const HEADERS: Record<string, string> = {
  cid: 'click, sub id, id клика, клик, klick id, id de clic, id del clic',
  payout:
    'commission, payout amount, earnings, income, reward, выплата, вознаграждение, сумма, доход, betrag, provision, auszahlung, importe, comisión, pago, montant, gain, valor, comissão, importo, kwota, prowizja',
  status: 'conversion status, state, статус, состояние, zustand, estado, statut, stato',
  txid: 'order, order number, transaction, id транзакции, номер заказа, transaktions id, bestellnummer, id de transacción, id transacción, pedido, commande, ordine, zamówienie',
  conversion_id: 'network conversion id',
  currency: 'currency code, payout currency, валюта, währung, moneda, divisa, devise, moeda, valuta, waluta',
  ts: 'conversion time, conversion date, converted at, conversion timestamp, datetime, date, time, timestamp, created at, created, postback datetime, postback timestamp, дата, время, дата конверсии, datum, zeit, fecha, hora, heure, data, ora',
};

/**
 * The columns of conversions: parameters of postbacks and their aliases, a source's own first.
 * @param aliases the source's own, lower-case alias → parameter
 */
export function conversionTable(aliases: Readonly<Record<string, string>> = {}): FieldTable {
  return Object.fromEntries(
    Object.entries(PARAMETERS).map(([field, names]) => [
      field,
      [...Object.keys(aliases).filter((alias) => aliases[alias] === field), ...names, ...(HEADERS[field]?.split(', ') ?? [])],
    ]),
  );
}

/** A line as a postback's query without its time, and its time. */
export interface ConversionLine {
  query: string;
  time: Moment | null;
}

const AMOUNT = /^(?:payout|(?:add_)?event\d+)$/;
const IDS: ReadonlySet<string> = new Set(['cid', 'txid', 'conversion_id']);

/**
 * A row of a file, or what is wrong with it.
 * @param unit currency that the header of the amounts names
 */
export function readConversion(
  fields: readonly (string | null)[],
  row: readonly string[],
  format: TimeFormat,
  unit: string | null = null,
): ConversionLine | string {
  // A line that was cut off must not be taken for a sale: nobody knows what its status was.
  if (row.length < fields.length && fields.indexOf('status') >= row.length) return 'the line ends before its status';
  const parts: string[] = [];
  let time: Moment | null = null;
  const values = valuesOf(fields, row);
  const wrong = inUnit(values, 'payout', 'currency', unit);
  if (wrong !== null) return wrong;
  for (const [name, value] of Object.entries(values)) {
    if (name === 'ts') {
      time = readTime(value, format);
      if (time === null) return notATime(value);
      continue;
    }
    const broken = IDS.has(name) ? brokenId(name, value) : null;
    if (broken !== null) return broken;
    parts.push(`${name}=${encodeURIComponent((AMOUNT.test(name) ? withoutExponent(value) : value).toWellFormed())}`);
  }
  return { query: parts.join('&'), time };
}

const CLOCK_SKEW_MS = 300_000;
const DAY_MS = 86_400_000;

/** What is wrong with what a line says, whatever its click: what cannot be read is no empty value. null when nothing is. */
export function wrongIn(parsed: Pick<ParsedPostback, 'warnings'>, query: string, time: Moment | null, now: number): string | null {
  if (time !== null && time.at > now + CLOCK_SKEW_MS) return `its time ${new Date(time.at).toISOString()} lies in the future`;
  const values = new URLSearchParams(query);
  if (parsed.warnings.includes('bad_payout')) return `payout "${values.get('payout')?.slice(0, 40)}" is no amount`;
  if (parsed.warnings.includes('bad_currency'))
    return `currency "${values.get('currency') ?? values.get('payout')}" is none, or not that of the amount`;
  return parsed.warnings.includes('bad_event') ? 'an event is no amount' : null;
}

/**
 * A conversion's time held against its click's; a text says what is wrong. A day that the click is of stands for the
 * time of the click.
 * @param clickedAt null while the click is not known
 */
export function placeTime({ at, isDay }: Moment, clickedAt: number | null): number | string {
  if (clickedAt === null || at >= clickedAt - CLOCK_SKEW_MS) return at;
  if (isDay && clickedAt < at + DAY_MS) return clickedAt;
  return `its time ${new Date(at).toISOString()} lies before its click of ${new Date(clickedAt).toISOString()}`;
}

export const notATime = (text: string): string =>
  `"${text.slice(0, 40)}" is no time: write ISO 8601, 20.11.2026 10:00, Unix seconds, or one kind of 11/20/2026 and 20/11/2026 in the whole file`;

const KEITARO = ['cid', 'payout', 'txid', 'status'];
const PAIR = /^\s*([A-Za-z_][\w-]*)\s*=(.*)$/s;

const queryOf = (names: readonly string[], values: readonly string[]): string =>
  names
    .flatMap((name, i) =>
      (values[i] ?? '').trim() === '' ? [] : [`${name}=${encodeURIComponent((values[i] ?? '').trim().toWellFormed())}`],
    )
    .join('&');

/**
 * A line of Keitaro's (`subid,payout,tid,status`, what follows the first may be missing) or Binom's form
 * (`clickid:payout=10&status=sale`; pairs may be joined by `&`, `;`, `,` or `:`) as a postback's query; null when it is neither.
 */
export function queryOfLine(format: Exclude<ConversionFormat, 'csv'>, line: string): string | null {
  if (format === 'keitaro') {
    const row = line.split(/[,;\t]/);
    return row.length > KEITARO.length ? null : queryOf(KEITARO, row);
  }
  const colon = line.indexOf(':');
  const cid = (colon === -1 ? line : line.slice(0, colon)).trim();
  const pairs =
    colon === -1
      ? []
      : line
          .slice(colon + 1)
          .split(/[&;,:]/)
          .filter((text) => text.trim() !== '')
          .map((text) => PAIR.exec(text));
  if (pairs.includes(null)) return null;
  return queryOf(['cid', ...pairs.map((pair) => pair?.[1] ?? '')], [cid, ...pairs.map((pair) => pair?.[2] ?? '')]);
}
