import { createHash } from 'node:crypto';
import { round } from '../lib/money.js';
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

/** Parameters beyond these are not read: a request of more is a mistake or an attack. */
const MAX_PARAMETERS = 100;
const MAX_STATUS = 64;
const MAX_TXID = 191;
const MAX_PARAM = 255;
const MAX_RETURN = 64;
const AMOUNT_PLACES = 6;
const MAX_AMOUNT = 1_000_000_000n;

const CID = /^[A-Za-z0-9_.-]{1,128}$/;
const CURRENCY = /^[A-Za-z0-9]{3,10}$/;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** Wholly one macro in any network's delimiters, or a placeholder word (spec, section 2). */
const UNRESOLVED = /^(?:REPLACE|OPTIONAL|\$?\{[^{}]*\}|\{\{[^{}]*\}\}|\[[^[\]]*\]|\[\[\[[^[\]]*\]\]\]|#[^#]+#|##[^#]+##|%[^%]+%|<[^<>]*>)$/;
/** What Postgres cannot hold. */
// oxlint-disable-next-line no-control-regex
const UNSTORABLE = /[\0\ud800-\udfff]/;

/** Canonical names with their aliases, which count in this order. */
export const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  cid: ['clickid', 'click_id', 'subid', 'sub_id', 'cnv_id', 'externalid'],
  payout: ['revenue', 'sum', 'amount', 'profit'],
  status: ['cnv_status', 'goal', 'type', 'et'],
  txid: ['tid', 'transaction_id', 'transactionid', 'order_id'],
  currency: ['cur', 'cnv_currency'],
  conversion_id: [],
  ts: ['event_time'],
  return: [],
  disable_forward: ['disable_forwards', 'disable_postback', 'disable_postbacks'],
  ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`param${i + 1}`, []])),
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`event${i + 1}`, [`event_${i + 1}`]])),
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`add_event${i + 1}`, [`add_event_${i + 1}`]])),
};

/** Name → what it stands for; rank 0 is the canonical name, then the aliases from left to right. */
const NAMES = new Map(
  Object.entries(PARAMETERS).flatMap(([canonical, aliases]) => [canonical, ...aliases].map((name, rank) => [name, { canonical, rank }] as const)),
);

/** One value as found, before its rules are looked at. */
interface Found {
  value: string;
  rank: number;
}

/** Collects what a request says, canonical names first and the last scalar of each name. */
class Parameters {
  readonly found = new Map<string, Found>();
  readonly warnings = new Set<Warning>();
  private count = 0;

  constructor(private readonly aliases: Readonly<Record<string, string>> | undefined) {}

  /** Adds what a later source says, which wins over what is there. */
  add(pairs: Iterable<readonly [string, string]>): void {
    const here = new Map<string, Found>();
    const seen = new Set<string>();
    for (const [rawName, rawValue] of pairs) {
      if (++this.count > MAX_PARAMETERS) return this.merge(here);
      const value = this.clean(rawValue).trim();
      let name = this.clean(rawName).toLowerCase();
      const bracket = name.indexOf('[');
      if (bracket > 0) name = name.slice(0, bracket);
      if (seen.has(name)) this.warnings.add('repeated_param');
      seen.add(name);
      if (value === '') continue;
      const own = this.aliases?.[name];
      const known = own === undefined ? NAMES.get(name) : { canonical: own, rank: 0.5 };
      const { canonical, rank } = known ?? { canonical: `?${name}`, rank: 0 };
      const present = here.get(canonical);
      if (present === undefined || rank <= present.rank) here.set(canonical, { value, rank });
    }
    this.merge(here);
  }

  private merge(here: Map<string, Found>): void {
    for (const [name, found] of here) this.found.set(name, found);
  }

  /** NUL and lone surrogates become the replacement character: Postgres holds neither. */
  private clean(text: string): string {
    if (text.includes('\ufffd')) this.warnings.add('invalid_encoding');
    if (!UNSTORABLE.test(text)) return text;
    const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
    if (clean !== text) this.warnings.add('invalid_encoding');
    return clean;
  }
}

/**
 * Reads a request: names, aliases, repeats, encodings and the form of each value (spec, postbacks.md section 2). Never throws.
 * @param aliases the source's own, lower-case alias → canonical name
 */
export function parsePostback(raw: RawPostback, aliases?: Readonly<Record<string, string>>): ParsedPostback {
  const parameters = new Parameters(aliases);
  if (raw.body !== null) parameters.add(bodyPairs(raw, parameters.warnings));
  parameters.add(queryPairs(raw.query, parameters.warnings));
  const { found, warnings } = parameters;

  const values: PostbackValues = { cid: null, payout: null, status: null, txid: null, currency: null, conversionId: null, params: {}, events: {}, addEvents: {}, ts: null, return: null, disableForward: false };
  let refusal: ParsedPostback['refusal'] = found.has('cid') ? null : 'missing_cid';
  const identity: string[] = [];
  for (const [name, { value }] of found) {
    if (name !== 'cid' && name !== 'ts' && name !== 'return') identity.push(`${name}=${value}`);
    if (UNRESOLVED.test(value)) {
      if (name === 'cid') refusal = 'unresolved_macro';
      else if (!name.startsWith('?')) warnings.add('unresolved_macro');
      continue;
    }
    switch (name) {
      case 'cid':
        if (CID.test(value)) values.cid = value;
        else refusal = 'bad_cid';
        break;
      case 'payout':
        values.payout = readAmount(value);
        if (values.payout === null) warnings.add('bad_payout');
        break;
      case 'status':
        values.status = cut(value, MAX_STATUS, warnings);
        break;
      case 'txid':
        values.txid = value.length > MAX_TXID ? createHash('sha256').update(value).digest('hex') : value;
        break;
      case 'currency':
        if (CURRENCY.test(value)) values.currency = value.toUpperCase();
        else warnings.add('bad_currency');
        break;
      case 'conversion_id':
        values.conversionId = cut(value, MAX_PARAM, warnings);
        break;
      case 'ts':
        values.ts = readTime(value);
        if (values.ts === null) warnings.add('bad_ts');
        break;
      case 'return':
        if (value.length <= MAX_RETURN && PRINTABLE.test(value)) values.return = value;
        break;
      case 'disable_forward':
        values.disableForward = value === '1' || value.toLowerCase() === 'true';
        break;
      default:
        if (name.startsWith('param')) values.params[name] = cut(value, MAX_PARAM, warnings);
        else if (name.startsWith('event') || name.startsWith('add_event')) {
          const amount = readAmount(value);
          if (amount === null) warnings.add('bad_event');
          else if (name.startsWith('event')) values.events[name] = amount;
          else values.addEvents[name.slice('add_'.length)] = amount;
        }
    }
  }
  return { values, refusal, warnings: [...warnings], identity: identity.toSorted().join('&') };
}

function cut(value: string, length: number, warnings: Set<Warning>): string {
  if (value.length <= length) return value;
  warnings.add('too_long');
  return value.slice(0, length).toWellFormed();
}

function* queryPairs(query: string, warnings: Set<Warning>): Iterable<readonly [string, string]> {
  if (query === '') return;
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    yield equals === -1 ? [decode(part, warnings), ''] : [decode(part.slice(0, equals), warnings), decode(part.slice(equals + 1), warnings)];
  }
}

/** `+` is a space; what cannot be decoded is decoded as far as it goes, bad bytes becoming the replacement character. */
function decode(text: string, warnings: Set<Warning>): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    warnings.add('invalid_encoding');
    return spaced.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));
  }
}

function* bodyPairs({ contentType, body }: RawPostback, warnings: Set<Warning>): Iterable<readonly [string, string]> {
  const text = body?.toString('utf8') ?? '';
  if (contentType !== 'application/json') {
    yield* queryPairs(text.trim(), warnings);
    return;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === 'string') yield [name, value];
    else if (typeof value === 'number' || typeof value === 'boolean') yield [name, plainNumber(value)];
  }
}

/** JSON numbers as plain decimals: 1e21 stays as it is and is refused by the field's own rule. */
const plainNumber = (value: number | boolean): string => String(value);

const AMOUNT = /^[+-]?[\d.,]*\d[\d.,]*$/;

/**
 * A strict decimal in the ways networks write it, canonical, at most 6 places: spaces and one currency sign are stripped; of two
 * kinds of separator the last is the decimal one; a lone dot is decimal; a lone comma is, unless exactly three digits follow.
 * null: not an amount.
 */
function readAmount(value: string): string | null {
  let text = value.replace(/[\s\u00a0\u202f']/g, '').replace(/^([+-]?)\p{Sc}|\p{Sc}$/u, '$1');
  if (!AMOUNT.test(text)) return null;
  const dot = text.lastIndexOf('.');
  const comma = text.lastIndexOf(',');
  if (dot !== -1 && comma !== -1) {
    const [decimal, grouping] = dot > comma ? ['.', ','] : [',', '.'];
    if (text.indexOf(decimal) !== text.lastIndexOf(decimal)) return null;
    const [whole = '', fraction = ''] = text.split(decimal);
    if (!new RegExp(`^[+-]?\\d{1,3}(\\${grouping}\\d{3})*$`).test(whole)) return null;
    text = `${whole.replaceAll(grouping, '')}.${fraction}`;
  } else if (comma !== -1) {
    if (text.indexOf(',') !== comma || text.length - comma - 1 === 3) return null;
    text = text.replace(',', '.');
  } else if (dot !== -1 && text.indexOf('.') !== dot) {
    return null;
  }
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (whole.length + fraction.length === 0 || whole.length > 12 || fraction.length > 400) return null;
  const rounded = round(`${sign === '-' ? '-' : ''}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`, AMOUNT_PLACES);
  const magnitude = rounded.replace('-', '');
  const units = BigInt(magnitude.split('.')[0] ?? '0');
  return units > MAX_AMOUNT || (units === MAX_AMOUNT && magnitude.includes('.')) ? null : rounded;
}

const SECONDS = /^\d{1,17}(?:\.\d+)?$/;
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
/** From here on a number is milliseconds. */
const MILLISECONDS_FROM = 1e11;

/** Milliseconds, or null when it is no time. A time without a zone is UTC. */
function readTime(value: string): number | null {
  if (SECONDS.test(value)) {
    const n = Number(value);
    return n >= MILLISECONDS_FROM ? Math.trunc(n) : Math.trunc(n * 1_000);
  }
  const match = ISO.exec(value);
  if (match === null) return null;
  const zone = match[1];
  const text = value.replace(/\s*(Z|[+-]\d{2}:?\d{2})$/i, '').replace(' ', 'T').replace(',', '.');
  const at = Date.parse(`${text.includes('T') ? text : `${text}T00:00`}${zone === undefined ? 'Z' : zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(at) ? null : at;
}
