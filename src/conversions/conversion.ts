import type { Bucket, DuplicateMode, StatusMeaning, TransitionPolicy } from '../offer-sources/vocabulary.js';
import type { Rate } from '../rates/rate-table.js';
import type { Result, Warning } from './results.js';

/** The terms of a decision: what a postback says, what its click has, what the rules are, and what came of it. */

/** What a postback says, under canonical names. Absent ones are null; times are milliseconds since the epoch; amounts are canonical decimals such as `-12.6`. */
export interface PostbackValues {
  cid: string | null;
  payout: string | null;
  /** The network's word, trimmed, case kept, at most 64 characters. */
  status: string | null;
  txid: string | null;
  /** Upper case. */
  currency: string | null;
  conversionId: string | null;
  /** `{ param1: 'x' }` */
  params: Record<string, string>;
  /** Set events: `{ event1: '5' }` */
  events: Record<string, string>;
  /** Added events, keyed by the event's name: `add_event1=2` is `{ event1: '2' }`. */
  addEvents: Record<string, string>;
  /** The sender's own time; whether it is plausible is decided with the click at hand. */
  ts: number | null;
  return: string | null;
  disableForward: boolean;
}

/** The values of a request without parameters. */
export const NO_VALUES: PostbackValues = {
  cid: null,
  payout: null,
  status: null,
  txid: null,
  currency: null,
  conversionId: null,
  params: {},
  events: {},
  addEvents: {},
  ts: null,
  return: null,
  disableForward: false,
};

/** A conversion as decided; money as decimal text, times in milliseconds. */
export interface Conversion {
  /** See conversion-key.ts; unique within the click. */
  key: string;
  txid: string | null;
  networkConversionId: string | null;
  status: Bucket;
  rawStatus: string | null;
  /** The explicit `ts` of the postback that set the status, null when that one had none. A later one that only says the same status again moves it forward by its own `ts`. */
  statusTs: number | null;
  payout: string | null;
  currency: string | null;
  /** Base-currency units for one unit of `currency`, 18 significant digits, frozen. */
  rate: string | null;
  /** UTC day `YYYY-MM-DD` the rate stands for. */
  rateDate: string | null;
  rateSource: string | null;
  /** In the base currency, 6 places; null while fx_pending or without payout. Never set without `rate`. */
  payoutBase: string | null;
  /** Part of the payout taken back while the conversion stays approved, in `currency`; '0' when none, and always when not approved. */
  payoutReversed: string;
  /** The same in the base currency; '0' when none. */
  payoutReversedBase: string;
  /** Its click already had a conversion when this one was made. */
  upsell: boolean;
  /** Order time of the first postback applied; never moves. */
  convertedAt: number;
  params: Record<string, string>;
  events: Record<string, string>;
  /**
   * Order of the last postback considered for this conversion: a postback that stands before it is late and the click is
   * folded again. One that is a duplicate whatever came before it (`duplicate`, `duplicate_request`) leaves it, so that a
   * storm of retries writes nothing.
   */
  lastAt: number;
  lastSeq: number;
}

/** Everything a click's postbacks have made of it so far. */
export interface ClickState {
  conversions: Conversion[];
  /**
   * Of a click with very many conversions only those are loaded that the postbacks at hand can concern; this counts the
   * others. None of them may be asked for: see `hotSelection` of hot-click.ts.
   */
  beyond?: { conversions: number; withTxid: number };
  /**
   * What came before any conversion: events that wait for the first one, and the order of the last postback considered.
   * `events` is empty when that one came to nothing (`click_expired`, say): a late arrival
   * before it could make the conversion that it would then have concerned.
   */
  waiting: { events: Record<string, string>; lastAt: number; lastSeq: number } | null;
  /**
   * Applied requests within the retry window whose repetition would add again. Loaded only when the postback at hand
   * isRetryGuarded: the history rows of the click with its hash and a result in RETRY_GUARDING, received at most
   * `retryWindowSeconds` before or after it. `key` is the conversion each concerned.
   */
  recent: { hash: string; receivedAt: number; key?: string | null }[];
}

/** What a decision needs to know of the click itself. */
export interface ClickFacts {
  /** Milliseconds. */
  clickedAt: number;
}

/**
 * Begins the hash of a line of a file. A file is imported again days later by mistake: its lines count once for ever, where a
 * network's repetition is a retry only within the window.
 */
export const FILE_MARK = 'f:';

/** One postback, parsed, its click found and its status word looked up. */
export interface Postback {
  id: string;
  /** Receipt sequence. */
  seq: number;
  receivedAt: number;
  values: PostbackValues;
  /** Bucket of the status word by the maps of resolve-status.ts, or null when the request carries no word. */
  meaning: StatusMeaning | null;
  warnings: Warning[];
  /** Hash of source and identity (parse-postback.ts); of a line of a file begun with FILE_MARK, and of its time as well. */
  hash: string;
  /** Of a click without a source: the rules of the source whose token it came with. Without them those of the click hold. */
  rules?: Rules;
  /** The rate frozen when this postback was first applied (from the history), so that folding again never moves money. */
  frozenRate?: (Rate & { /** What it converts: a rate is not used for another currency. */ currency?: string }) | null;
  /**
   * Set for an entry made by an admin: it beats the guards. `key` names the conversion; one that a late arrival has
   * since folded into another is found by its txid, else as the only one there is. With `create` a new one is made, of the
   * values' txid and currency; otherwise only the values' `ts` is read, which is set where a network's clock is ahead.
   */
  manual?: { key?: string; status: Bucket | null; payout: string | null; note: string; create?: true };
  /** Of an admin's entry that is folded again: the request that made its conversion. Under other rules it may stand under another key. */
  madeBy?: string;
}

/** The rules in force: those of a source, overridden by the offer's. */
export interface Rules {
  duplicateMode: DuplicateMode;
  transitionPolicy: TransitionPolicy;
  amountSign: 'absolute' | 'signed';
  retryWindowSeconds: number;
  clickExpiryDays: number | null;
  eventMakesConversion: boolean;
  defaultStatus: StatusMeaning;
  defaultCurrency: string | null;
  baseCurrency: string;
  payoutMode: 'auto' | 'fixed';
  offerPayout: string | null;
  offerCurrency: string | null;
}

/** One row of the history. */
export interface HistoryEntry {
  postbackId: string;
  /** Conversion concerned, or null (waiting events, ignored, not counted). */
  key: string | null;
  result: Result;
  from: Bucket | null;
  /** The status after it; of a `stale_status` the one asked for and refused. */
  to: Bucket | null;
  /** The request's own amount as sent, whether it was used or not; without one the offer's, if that was used. */
  payout: string | null;
  /** Of the amount that was converted for this request; null when none was. */
  currency: string | null;
  note: string | null;
  /** The postback's own and those of the decision, none twice. */
  warnings: Warning[];
  /** Rate used for this request's amount or for the offer's in its place; null when nothing was converted. To be given back as `frozenRate`. */
  rate: Rate | null;
}

export interface Verdict {
  state: ClickState;
  entry: HistoryEntry;
}
