import { currenciesOf, hasNoDecimals, saysNothing } from './currency-signs.js';
import { abs, compare, significant } from './money.js';

/** Amounts as networks, traffic sources and files write them (docs/reference.md#parameters). */

export interface Amount {
  /** Canonical decimal such as `-12.6`. */
  amount: string;
  /** The currency given, else the one its sign or code says; null when neither does. */
  currency: string | null;
  /** Its sign or code is of another currency than the one given, or of several: the amount is known, the currency is not. */
  badCurrency: boolean;
  /** A dot or comma was taken to group thousands because the currency has no decimals. */
  ambiguous: boolean;
}

/** An amount as the admin API takes it. */
export const PAYOUT = /^(?:0|[1-9]\d{0,14})(?:\.\d{1,18})?$/;
export const PAYOUT_MESSAGE =
  'payout must be a decimal as text such as "12.5", not negative, with at most 15 digits before the point and 18 behind it';

/** Amounts beyond these are mistakes. */
const MAX_AMOUNT = '1000000000000000';
/** A double, which most senders compute in, is true to so many digits: `12.600000000000001` is 12.6. */
const DIGITS = 15;
const PLACES = 18;
/** Longer texts are no amounts, and are not looked at any closer. */
const MAX_TEXT = 400;

/** What nearly all senders send: sign, whole part, at most 6 places and zeros behind them. */
const PLAIN = /^(-?)(0|[1-9]\d{0,8})(?:\.(\d{0,6}?)0*)?$/;
const DOT = 46;
/** White space of any kind, and what shows nowhere. */
const SPACE = /[\s\u200b-\u200f\u2060]/g;
const MINUS = /\u2212/g;
/** What stands before the number, the number, what stands behind it. */
const PARTS = /^([^\d]*?)((?:[.,]?\d)(?:[\d.,]*))([^\d.,][^\d]*)?$/;
const BEFORE = /^([+-]?)(\(?)([^+()-]*)([+-]?)(\(?)$/;
const AFTER = /^(\)?)([+-]?)([^+()-]*)([+-]?)(\)?)$/;
/** The whole part of an amount with both kinds of separator; India groups by two but for the last. */
const GROUPED = { ',': /^\d{1,3}(?:,\d{2,3})*(?:,\d{3})$/, '.': /^\d{1,3}(?:\.\d{2,3})*(?:\.\d{3})$/ };
/** Thousands grouped by one kind of separator and nothing behind them. */
const THOUSANDS = /^[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+)$/;
const DECIMAL = /^(\d*)(?:\.(\d*))?$/;

/**
 * Reads a strict decimal: spaces are stripped; the sign may stand before or behind, before or after a currency's sign, as
 * U+2212 or as parentheses; of two kinds of separator the last is the decimal one; a lone dot is decimal; a lone comma is,
 * unless exactly three digits follow. In a currency without decimals both group thousands there. Kept are 15 significant
 * digits and 18 places. null: not an amount (no exponents, no hex, no NaN), or one over 10¹⁵.
 * @param currency code given beside it
 * @param otherwise code that holds when nobody says one
 */
export function readAmount(text: string, currency: string | null = null, otherwise: string | null = null): Amount | null {
  const plain = PLAIN.exec(text);
  if (plain !== null && !(text.charCodeAt(text.length - 4) === DOT && hasNoDecimals(currency ?? otherwise))) {
    const [, sign = '', whole = '', places = ''] = plain;
    const amount = places !== '' ? `${sign}${whole}.${places}` : whole === '0' ? '0' : sign + whole;
    return { amount, currency, badCurrency: false, ambiguous: false };
  }
  if (text.length > MAX_TEXT) return null;
  const [, before = '', number = '', after = ''] = PARTS.exec(text.replace(SPACE, '').replace(MINUS, '-')) ?? [];
  const front = BEFORE.exec(before);
  const back = AFTER.exec(after);
  if (number === '' || front === null || back === null) return null;
  const negative = signOf([front[1], front[4], back[2], back[4]], [front[2], front[5]], [back[1], back[5]]);
  if (negative === null) return null;
  const said = saidCurrency(front[3] ?? '', back[3] ?? '', number, currency ?? otherwise);
  if (said === null) return null;
  const resolved = resolve(said, currency, otherwise);
  const read = readNumber(number, hasNoDecimals(resolved.currency ?? otherwise));
  if (read === null) return null;
  const amount = significant(`${negative ? '-' : ''}${read.decimal}`, DIGITS, PLACES);
  return compare(abs(amount), MAX_AMOUNT) > 0 ? null : { amount, ...resolved, ambiguous: read.ambiguous };
}

/** Whether it is below zero; null for more than one sign, or parentheses that do not match. */
function signOf(signs: (string | undefined)[], open: (string | undefined)[], close: (string | undefined)[]): boolean | null {
  const [written = '', ...more] = signs.filter(Boolean);
  const opened = open.filter(Boolean).length;
  if (more.length > 0 || opened > 1 || opened !== close.filter(Boolean).length || (opened === 1 && written !== '')) return null;
  return written === '-' || opened === 1;
}

/** The currencies that what stands beside the number can mean; empty when it says nothing, null when it is no currency. */
function saidCurrency(before: string, after: string, number: string, also: string | null): readonly string[] | null {
  // `Rs.500`: the dot is the abbreviation's or the number's, and nobody can tell.
  if (/\p{L}$/u.test(before) && /^[.,]/.test(number)) return null;
  let said: readonly string[] | null = null;
  for (const text of [before, after]) {
    if (text === '') continue;
    const meant = currenciesOf(text, also);
    if (meant === null) return null;
    const both: readonly string[] = said === null ? meant : said.filter((code) => code !== '?' && meant.includes(code));
    if (both.length === 0) return null;
    said = both;
  }
  return said === null || saysNothing(before + after) ? [] : said;
}

function resolve(said: readonly string[], currency: string | null, otherwise: string | null): Pick<Amount, 'currency' | 'badCurrency'> {
  if (said.length === 0) return { currency, badCurrency: false };
  if (currency !== null) return said.includes(currency) ? { currency, badCurrency: false } : { currency: null, badCurrency: true };
  if (said[0] !== '?') return { currency: said[0] as string, badCurrency: false };
  return otherwise !== null && said.includes(otherwise)
    ? { currency: otherwise, badCurrency: false }
    : { currency: null, badCurrency: true };
}

function readNumber(text: string, noDecimals: boolean): { decimal: string; ambiguous: boolean } | null {
  if (noDecimals && THOUSANDS.test(text)) {
    const digits = text.replace(/[.,]/g, '');
    // Two groups can be nothing else.
    return { decimal: digits, ambiguous: text.length - digits.length === 1 };
  }
  const dot = text.lastIndexOf('.');
  const comma = text.lastIndexOf(',');
  let plain = text;
  if (dot !== -1 && comma !== -1) {
    const grouping = dot > comma ? ',' : '.';
    const at = Math.max(dot, comma);
    const whole = text.slice(0, at);
    if (!GROUPED[grouping].test(whole)) return null;
    plain = `${whole.replaceAll(grouping, '')}.${text.slice(at + 1)}`;
  } else if (comma !== -1) {
    if (text.length - comma - 1 === 3) return null;
    plain = text.replace(',', '.');
  }
  const [, whole = '', fraction = ''] = DECIMAL.exec(plain) ?? [];
  return whole === '' && fraction === '' ? null : { decimal: `${whole || '0'}.${fraction || '0'}`, ambiguous: false };
}
