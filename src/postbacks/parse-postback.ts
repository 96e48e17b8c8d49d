import type { Refusal, Warning } from './results.js';

/** A request as stored in the inbox: nothing in it can make storing or parsing fail. */
export interface RawPostback {
  /** The query string as it came, percent-encoded, without `?`. */
  query: string;
  /** Lower-case media type without parameters, or null when there is no body. Multipart bodies are turned into urlencoded ones at the edge. */
  contentType: string | null;
  body: Buffer | null;
}

/** The canonical values. Absent ones are null; times are milliseconds since the epoch; amounts are canonical decimals such as `-12.6`. */
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

export interface ParsedPostback {
  values: PostbackValues;
  /** Set when the request is answered 400. */
  refusal: Extract<Refusal, 'missing_cid' | 'unresolved_macro' | 'bad_cid'> | null;
  warnings: Warning[];
  /** Two requests of one source are identical when this text is (names and values after parsing, without ts and return). */
  identity: string;
}
