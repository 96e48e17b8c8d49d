import type { Conversion, Postback, Rules } from './conversion.js';
import { add, compare, divide, isZero, multiply, significant } from '../lib/money.js';
import type { Rate, Rates } from '../rates/rate-table.js';
import type { Warning } from './results.js';

/** The money of a conversion: docs/reference.md#money. Functions that take a `draft` write to it; it is the caller's own copy. */

const BASE_PLACES = 6;
/** Of amounts in their own currency. */
const PLACES = 18;
const DIGITS = 15;
/** So many that a product of an amount and one in the base currency is exact. */
const EXACT = PLACES + BASE_PLACES;
const DAY_MS = 86_400_000;
const OLD_RATE_MS = 7 * DAY_MS;

/** An amount without sign and its currency; null for a code that could not be read. */
export interface Amount {
  amount: string;
  currency: string | null;
}

/** An amount converted; `rate` and `base` are null while its rate is not known. */
export interface Priced extends Amount {
  rate: Rate | null;
  base: string | null;
}

/**
 * What the request itself offers to pay, null when nothing that counts. `amount` is its payout as the sign rule left it.
 * Under `fixed` a payout only says that something is paid; how much is the offer's matter.
 */
export function askedAmount(amount: string | null, postback: Postback, rules: Rules): Amount | null {
  if (amount === null) return null;
  if (rules.payoutMode === 'fixed') return offerAmount(rules);
  if (postback.warnings.includes('bad_currency')) return { amount, currency: null };
  return { amount, currency: postback.values.currency ?? rules.defaultCurrency ?? rules.baseCurrency };
}

export function offerAmount(rules: Rules): Amount | null {
  if (rules.offerPayout === null) return null;
  return { amount: rules.offerPayout, currency: rules.offerCurrency ?? rules.defaultCurrency ?? rules.baseCurrency };
}

/** Converts at the rate frozen for this postback, else that of its day of receipt. Adds `fx_pending`, `fx_old` or `bad_currency`. */
export function price({ amount, currency }: Amount, postback: Postback, rules: Rules, rates: Rates, warnings: Set<Warning>): Priced {
  if (currency === null) {
    warnings.add('bad_currency');
    return { amount, currency, rate: null, base: null };
  }
  const frozen = postback.frozenRate;
  const rate = frozen && (frozen.currency ?? currency) === currency ? frozen : rates.find(currency, utcDay(postback.receivedAt));
  if (rate === null) {
    warnings.add('fx_pending');
    return { amount, currency, rate: null, base: null };
  }
  if (currency !== rules.baseCurrency && isOld(rate, postback.receivedAt)) warnings.add('fx_old');
  return { amount, currency, rate, base: multiply(amount, rate.rate, BASE_PLACES) };
}

/** The day asked for last: nearly all postbacks of a batch came on one. */
let lastDay = { start: Number.NaN, text: '' };
function utcDay(at: number): string {
  const start = Math.floor(at / DAY_MS) * DAY_MS;
  if (start !== lastDay.start) lastDay = { start, text: new Date(start).toISOString().slice(0, 10) };
  return lastDay.text;
}

/** Days are counted from midnight to midnight: the rate of the 1st is old on the 9th, not on the 8th. */
function isOld(rate: Rate, at: number): boolean {
  return at - (at % DAY_MS) - Date.parse(rate.date) > OLD_RATE_MS;
}

/** The stored payout says the same already and is converted: its frozen rate stays. */
export function isPaid(conversion: Conversion, asked: Amount): boolean {
  return conversion.payoutBase !== null && isSame(conversion, asked);
}

function isSame(conversion: Conversion, { amount, currency }: Amount): boolean {
  return conversion.payout !== null && conversion.currency === currency && compare(conversion.payout, amount) === 0;
}

/** Replaces the payout. What was taken back of another amount goes with it: a new amount is a new settlement. */
export function setPayout(draft: Conversion, priced: Priced): void {
  const same = isSame(draft, priced);
  draft.payout = priced.amount;
  draft.currency = priced.currency;
  setRate(draft, priced.rate, priced.base);
  if (same) draft.payoutReversedBase = baseOfPart(draft, draft.payoutReversed);
  else takeNothingBack(draft);
}

/**
 * Adds to the payout (mode `sum`); base amounts are added as they were converted, each at its own rate.
 * - One currency: the payout is the sum, the rate shown is the latest one.
 * - Two currencies: from then on payout and currency are shown in the base currency, at rate 1.
 * - A part whose rate is not known leaves `payoutBase` null until the click is folded again with the rate; of two
 *   currencies the payout then shows the parts in the first one.
 */
export function addPayout(draft: Conversion, added: Priced, baseCurrency: string): void {
  if (draft.payout === null) return setPayout(draft, added);
  const base = draft.payoutBase !== null && added.base !== null ? add(draft.payoutBase, added.base) : null;
  const rate = base === null ? null : added.rate;
  if (draft.currency !== null && draft.currency === added.currency) {
    draft.payout = add(draft.payout, added.amount);
    setRate(draft, rate, base);
  } else if (base !== null && rate !== null) {
    draft.payout = base;
    draft.currency = baseCurrency;
    draft.payoutReversed = draft.payoutReversedBase;
    setRate(draft, { ...rate, rate: '1' }, base);
  } else {
    setRate(draft, null, null);
  }
}

function setRate(draft: Conversion, rate: Rate | null, base: string | null): void {
  draft.rate = rate?.rate ?? null;
  draft.rateDate = rate?.date ?? null;
  draft.rateSource = rate?.source ?? null;
  draft.payoutBase = base;
}

/** What a request takes back when it is less than the whole payout. */
export interface PartialReversal {
  payoutReversed: string;
  payoutReversedBase: string;
  /** Set when the request's amount was in another currency than the conversion's. */
  priced: Priced | null;
}

/**
 * The partial reversal that a reversal of `amount` is, or null for a full one: no amount, 0, the payout or more, or an
 * amount that cannot be compared (no rate, bad code). Without a currency of its own the amount is in the conversion's:
 * a refund speaks of what was paid.
 */
export function partialReversal(
  conversion: Conversion,
  amount: string | null,
  postback: Postback,
  rules: Rules,
  rates: Rates,
  warnings: Set<Warning>,
): PartialReversal | null {
  const { payout, payoutBase } = conversion;
  if (amount === null || payout === null || rules.payoutMode === 'fixed' || isZero(amount)) return null;
  if (postback.warnings.includes('bad_currency')) return null;

  const currency = postback.values.currency ?? conversion.currency;
  if (currency === conversion.currency) {
    if (compare(amount, payout) >= 0) return null;
    return { payoutReversed: amount, payoutReversedBase: baseOfPart(conversion, amount), priced: null };
  }
  const priced = price({ amount, currency }, postback, rules, rates, warnings);
  if (payoutBase === null) warnings.add('fx_pending');
  if (priced.base === null || payoutBase === null || compare(priced.base, payoutBase) >= 0) return null;
  const payoutReversed = significant(divide(multiply(priced.base, payout, EXACT), payoutBase, EXACT), DIGITS, PLACES);
  return { payoutReversed, payoutReversedBase: priced.base, priced };
}

export function takeNothingBack(draft: Conversion): void {
  draft.payoutReversed = '0';
  draft.payoutReversedBase = '0';
}

/** A part of the payout in the base currency. A sum of several rates has no one rate: there the part is taken in proportion. */
function baseOfPart({ payout, payoutBase, rate }: Conversion, part: string): string {
  if (payout === null || payoutBase === null || rate === null) return '0';
  if (compare(multiply(payout, rate, BASE_PLACES), payoutBase) === 0) return multiply(part, rate, BASE_PLACES);
  return divide(multiply(payoutBase, part, EXACT), payout, BASE_PLACES);
}
