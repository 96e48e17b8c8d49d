import type { PostbackValues } from './parse-postback.js';
import type { Bucket, DuplicateMode, Result, StatusMeaning, TransitionPolicy, Warning } from './results.js';

/** A conversion as decided; money as decimal text, times in milliseconds. */
export interface Conversion {
  /** See conversion-key.ts; unique within the click. */
  key: string;
  txid: string | null;
  networkConversionId: string | null;
  status: Bucket;
  rawStatus: string | null;
  /** The explicit `ts` of the postback that set the status, null when that one had none. */
  statusTs: number | null;
  payout: string | null;
  currency: string | null;
  /** Base-currency units for one unit of `currency`, 10 places, frozen. */
  rate: string | null;
  /** UTC day `YYYY-MM-DD` the rate stands for. */
  rateDate: string | null;
  rateSource: string | null;
  /** In the base currency, 6 places; null while fx_pending or without payout. */
  payoutBase: string | null;
  /** Part of the payout taken back while the conversion stays approved, in `currency`; '0' when none. */
  payoutReversed: string;
  /** The same in the base currency; '0' when none. */
  payoutReversedBase: string;
  /** Its click already had a conversion when this one was made. */
  upsell: boolean;
  /** Order time of the first postback applied; never moves. */
  convertedAt: number;
  params: Record<string, string>;
  events: Record<string, string>;
  /** Order of the last postback considered for this conversion: a postback that stands before it is late and the click is folded again. */
  lastAt: number;
  lastSeq: number;
}

/** Everything a click's postbacks have made of it so far. */
export interface ClickState {
  conversions: Conversion[];
  /** Events of postbacks that came before any conversion, with the order of the last of them. */
  waiting: { events: Record<string, string>; lastAt: number; lastSeq: number } | null;
  /** Applied requests within the retry window whose repetition would add again (modes `new` and `sum`, `add_eventN`). Loaded only when the postback at hand is such a one. */
  recent: { hash: string; receivedAt: number }[];
}

/** What the decision needs to know of the click itself. */
export interface ClickFacts {
  /** Milliseconds. */
  clickedAt: number;
}

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
  /** Hash of source and identity (parse-postback.ts). */
  hash: string;
  /** The rate frozen when this postback was first applied (from the history), so that folding again never moves money. */
  frozenRate?: Rate | null;
  /** Set for an entry made by an admin: it beats the guards. */
  manual?: { status: Bucket | null; payout: string | null; note: string };
}

/** The rules in force for the click: its source's, overridden by its offer's. */
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
  to: Bucket | null;
  payout: string | null;
  note: string | null;
  warnings: Warning[];
  /** Rate used for this request's amount, null when it carried none. */
  rate: Rate | null;
}

export interface Verdict {
  state: ClickState;
  entry: HistoryEntry;
}
