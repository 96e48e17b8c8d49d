import type { RateRow } from './rate-table.js';

/**
 * The euro reference rates of one day, as the European Central Bank published them, so that a machine with no network
 * converts: with the warning `fx_old`, which says that they are of this day. They are in memory only, never stored.
 * What the ECB does not quote is not here either. USDT, for one, is not pegged to USD: it stays `fx_pending` until
 * somebody sets its rate, as a peg would be our claim about somebody's money.
 */
export const BUNDLED_DAY = '2026-04-13';

/** Units of the currency for 1 EUR. */
const PER_EUR: Record<string, string> = {
  USD: '1.1684',
  JPY: '186.75',
  CZK: '24.378',
  DKK: '7.4727',
  GBP: '0.87058',
  HUF: '366.90',
  PLN: '4.2543',
  RON: '5.0920',
  SEK: '10.8920',
  CHF: '0.9242',
  ISK: '143.20',
  NOK: '11.0980',
  TRY: '52.2478',
  AUD: '1.6610',
  BRL: '5.8740',
  CAD: '1.6177',
  CNY: '7.9827',
  HKD: '9.1507',
  IDR: '20082.05',
  ILS: '3.5787',
  INR: '109.0470',
  KRW: '1740.86',
  MXN: '20.3203',
  MYR: '4.6444',
  NZD: '2.0081',
  PHP: '70.356',
  SGD: '1.4912',
  THB: '37.728',
  ZAR: '19.3849',
};

export const BUNDLED_RATES: readonly RateRow[] = Object.entries(PER_EUR).map(([currency, rate]) => ({
  currency,
  day: BUNDLED_DAY,
  rate,
  source: 'bundled',
}));
