import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { abs, compare, round } from '../lib/money.js';
import type { PostbackValues } from '../conversions/conversion.js';
import type { Refusal, Warning } from '../conversions/results.js';
import { PARAMETERS } from '../offer-sources/vocabulary.js';

/** A request as stored in the inbox: nothing in it can make storing or parsing fail. */
export interface RawPostback {
  /** The query string as it came, percent-encoded, without `?`. */
  query: string;
  /** Lower-case media type without parameters, or null when there is no body. Multipart bodies are turned into urlencoded ones at the edge. */
  contentType: string | null;
  body: Buffer | null;
}

export interface ParsedPostback {
  values: PostbackValues;
  /** Set when the request is answered 400. */
  refusal: Extract<Refusal, 'missing_cid' | 'unresolved_macro' | 'bad_cid'> | null;
  warnings: Warning[];
  /** Two requests of one source about one click are identical when this text is: names and values after parsing, without cid, ts and return. */
  identity: string;
}

/** Parameters beyond these are not read: a request of more is a mistake or an attack. */
const MAX_PARAMETERS = 100;
const MAX_STATUS = 64;
const MAX_TXID = 191;
const MAX_PARAM = 255;
const MAX_RETURN = 64;
/** Longer texts are no amounts, and are not looked at any closer. */
const MAX_AMOUNT_TEXT = 400;
const MAX_AMOUNT = '1000000000';
const AMOUNT_PLACES = 6;

const CID = /^[A-Za-z0-9_.-]{1,128}$/;
const CURRENCY = /^[A-Za-z0-9]{3,10}$/;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** Wholly one macro in any network's delimiters, or a placeholder word (spec, section 2). `[=x=]` is one of `[x]`. */
const UNRESOLVED = /^(?:REPLACE|OPTIONAL|\$?\{[^{}]*\}|\{\{[^{}]*\}\}|\[[^[\]]*\]|\[\[\[[^[\]]*\]\]\]|#[^#]+#|##[^#]+##|%[^%]+%|<[^<>]*>)$/;
/** A macro that must not be percent-decoded: `%affid%` begins like a byte. */
const PERCENT_MACRO = /^%[A-Za-z_][\w.-]*%$/;
/** What Postgres cannot hold, and what may be half of it. */
// oxlint-disable-next-line no-control-regex
const UNSTORABLE = /[\0\ud800-\udfff]/;

/** What a name stands for. The lowest rank counts: the canonical name, a source's own aliases, ours from left to right; the same again in the body. */
interface Known {
  canonical: string;
  rank: number;
}
const OWN_RANK = 1;
const ALIAS_RANK = 1_000;
const BODY_RANK = 10_000;

const NAMES = new Map<string, Known>(
  Object.entries(PARAMETERS).flatMap(([canonical, aliases]) => [
    [canonical, { canonical, rank: 0 }],
    ...aliases.map((alias, i): [string, Known] => [alias, { canonical, rank: ALIAS_RANK + i }]),
  ]),
);

/** What a request says before the rules of each value are looked at. */
interface Reading {
  aliases: Readonly<Record<string, string>> | undefined;
  /** By canonical name; unknown ones begin with `?`. */
  found: Map<string, { value: string; rank: number; repeated: boolean }>;
  warnings: Set<Warning>;
  count: number;
  /** Where macros left in place are noted for people. */
  unresolved?: { name: string; text: string }[];
}

/**
 * Reads a request: names, aliases, repeats, encodings and the form of each value (spec, postbacks.md section 2). Never throws.
 *
 * Where the spec is silent: parameters beyond the first 100 are not read, the query's coming before the body's; a name said more
 * than once warns `repeated_param` even when it says the same, if it is the one that counts; a macro left in place lets an alias
 * or an earlier repeat count, except for cid.
 * @param aliases the source's own, lower-case alias → canonical name; the first of two counts
 */
export function parsePostback(raw: RawPostback, aliases?: Readonly<Record<string, string>>): ParsedPostback {
  const reading: Reading = { aliases, found: new Map(), warnings: new Set(), count: 0 };
  readQuery(raw.query, 0, reading);
  if (raw.body !== null) readBody(raw.body, raw.contentType, reading);

  const { found, warnings } = reading;
  const values: PostbackValues = {
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
  let refusal: ParsedPostback['refusal'] = found.has('cid') ? null : 'missing_cid';
  const identity: string[] = [];
  for (const [name, { value, repeated }] of found) {
    if (repeated) warnings.add('repeated_param');
    let read: string | null = null;
    switch (name) {
      case 'cid':
        if (UNRESOLVED.test(value)) refusal = 'unresolved_macro';
        else if (CID.test(value)) values.cid = value;
        else refusal = 'bad_cid';
        continue;
      case 'ts':
        values.ts = readTime(value);
        if (values.ts === null) warnings.add('bad_ts');
        continue;
      case 'return':
        if (value.length <= MAX_RETURN && PRINTABLE.test(value)) values.return = value;
        continue;
      case 'payout':
        read = values.payout = readAmount(value);
        if (read === null) warnings.add('bad_payout');
        break;
      case 'status':
        read = values.status = cut(value, MAX_STATUS, warnings);
        break;
      case 'txid':
        values.txid = value.length > MAX_TXID ? createHash('sha256').update(value).digest('hex') : value;
        break;
      case 'currency':
        if (CURRENCY.test(value)) read = values.currency = value.toUpperCase();
        else warnings.add('bad_currency');
        break;
      case 'conversion_id':
        read = values.conversionId = cut(value, MAX_PARAM, warnings);
        break;
      case 'disable_forward':
        values.disableForward = value === '1' || value.toLowerCase() === 'true';
        break;
      default:
        if (name.startsWith('?')) break;
        if (name.startsWith('param')) {
          read = values.params[name] = cut(value, MAX_PARAM, warnings);
          break;
        }
        read = readAmount(value);
        if (read === null) warnings.add('bad_event');
        else if (name.startsWith('add_')) values.addEvents[name.slice('add_'.length)] = read;
        else values.events[name] = read;
    }
    const text = read ?? value;
    // With their lengths two different lists never make the same text, whatever the names and values hold.
    identity.push(`${name.length}:${name}=${text.length}:${text}`);
  }
  return { values, refusal, warnings: [...warnings], identity: identity.toSorted().join('&') };
}

/** What a request says under each canonical name, as it was written, and the macros left in place: to tell people, not to decide. */
export function readTexts(
  raw: RawPostback,
  aliases?: Readonly<Record<string, string>>,
): { texts: Record<string, string>; unresolved: { name: string; text: string }[] } {
  const unresolved: { name: string; text: string }[] = [];
  const reading: Reading = { aliases, found: new Map(), warnings: new Set(), count: 0, unresolved };
  readQuery(raw.query, 0, reading);
  if (raw.body !== null) readBody(raw.body, raw.contentType, reading);
  const texts: Record<string, string> = {};
  for (const [name, { value }] of reading.found) {
    if (name === 'cid' && UNRESOLVED.test(value)) unresolved.push({ name, text: value });
    else if (!name.startsWith('?')) texts[name] = value;
  }
  return { texts, unresolved };
}

/** `a=b&c=d`, percent-encoded. */
function readQuery(query: string, rank: number, reading: Reading): void {
  for (let start = 0; start < query.length && reading.count < MAX_PARAMETERS; ) {
    const and = query.indexOf('&', start);
    const end = and === -1 ? query.length : and;
    const equals = query.indexOf('=', start);
    if (end > start) {
      const hasValue = equals !== -1 && equals < end;
      const name = decode(query.slice(start, hasValue ? equals : end), reading.warnings);
      say(name, hasValue ? decode(query.slice(equals + 1, end), reading.warnings) : '', rank, reading);
    }
    start = end + 1;
  }
}

/** A JSON text's strings, and its numbers outside of them. Linear, whatever the text: a string may lack its end. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\[^][^"\\]*)*"?|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A form or a flat JSON object; anything else says nothing. */
function readBody(body: Buffer, contentType: string | null, reading: Reading): void {
  if (!isUtf8(body)) reading.warnings.add('invalid_encoding');
  const text = body.toString('utf8').trim();
  if (contentType !== 'application/json') return readQuery(text, BODY_RANK, reading);
  let json: unknown;
  try {
    // Numbers are read as the text they are: as doubles, long ids would lose their last digits and 0.0000001 would get an exponent.
    json = JSON.parse(text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`)));
  } catch {
    return;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
  for (const [name, value] of Object.entries(json)) {
    if (reading.count >= MAX_PARAMETERS) return;
    if (typeof value === 'string') say(name, value, BODY_RANK, reading);
    else if (typeof value === 'boolean') say(name, String(value), BODY_RANK, reading);
  }
}

/** Takes one parameter in, if it counts at least as much as what was said of the same before. */
function say(rawName: string, rawValue: string, sourceRank: number, reading: Reading): void {
  reading.count++;
  const value = storable(rawValue, reading.warnings).trim();
  if (value === '') return;
  const name = storable(rawName, reading.warnings).toLowerCase();
  const known = lookUp(name, reading.aliases);
  if (known !== undefined && known.canonical !== 'cid' && UNRESOLVED.test(value)) {
    reading.warnings.add('unresolved_macro');
    reading.unresolved?.push({ name: known.canonical, text: value });
    return;
  }
  const canonical = known === undefined ? `?${name}` : known.canonical;
  const rank = sourceRank + (known === undefined ? 0 : known.rank);
  const before = reading.found.get(canonical);
  if (before === undefined || rank <= before.rank) reading.found.set(canonical, { value, rank, repeated: rank === before?.rank });
}

/** `cid[]` and `cid[0]` are how some languages write a repeated name. */
const LIST_NAME = /^([^[]+)\[\d*\]$/;

function lookUp(name: string, aliases: Reading['aliases']): Known | undefined {
  const known = NAMES.get(name);
  if (known?.rank === 0) return known;
  if (aliases !== undefined && Object.hasOwn(aliases, name)) {
    const canonical = aliases[name];
    if (canonical !== undefined) return { canonical, rank: OWN_RANK + Object.keys(aliases).indexOf(name) };
  }
  if (known !== undefined || !name.endsWith(']')) return known;
  const item = LIST_NAME.exec(name)?.[1];
  return item === undefined ? undefined : lookUp(item, aliases);
}

/** NUL and lone surrogates become the replacement character: Postgres holds neither. */
function storable(text: string, warnings: Set<Warning>): string {
  if (!UNSTORABLE.test(text)) return text;
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (clean !== text) warnings.add('invalid_encoding');
  return clean;
}

/** `+` is a space; what cannot be decoded is decoded as far as it goes, bad bytes becoming the replacement character. */
function decode(text: string, warnings: Set<Warning>): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%') || PERCENT_MACRO.test(spaced)) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    warnings.add('invalid_encoding');
    return spaced.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));
  }
}

function cut(value: string, length: number, warnings: Set<Warning>): string {
  if (value.length <= length) return value;
  warnings.add('too_long');
  // Half a surrogate pair at the cut goes as well.
  return value
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}

/** What nearly all senders send: sign, whole part, at most 6 places and zeros behind them. */
const PLAIN = /^(-?)(0|[1-9]\d{0,8})(?:\.(\d{0,6}?)0*)?$/;
const SIGN_DIGITS_SEPARATORS = /^[+-]?[\d.,]+$/;
/** The whole part of an amount with both kinds of separator; India groups by two but for the last. */
const GROUPED = { ',': /^[+-]?\d{1,3}(?:,\d{2,3})*(?:,\d{3})$/, '.': /^[+-]?\d{1,3}(?:\.\d{2,3})*(?:\.\d{3})$/ };
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/**
 * A strict decimal in the ways networks write it, canonical, at most 6 places: spaces and one currency sign are stripped; of two
 * kinds of separator the last is the decimal one; a lone dot is decimal; a lone comma is, unless exactly three digits follow.
 * null: not an amount, or one over 10⁹.
 */
function readAmount(value: string): string | null {
  if (value.length > MAX_AMOUNT_TEXT) return null;
  const plain = PLAIN.exec(value);
  if (plain !== null) {
    const [, sign = '', whole = '', places = ''] = plain;
    if (places !== '') return `${sign}${whole}.${places}`;
    return whole === '0' ? '0' : sign + whole;
  }
  let text = value.replace(/\s/g, '').replace(/^([+-]?)\p{Sc}|\p{Sc}$/u, '$1');
  if (!SIGN_DIGITS_SEPARATORS.test(text)) return null;
  const dot = text.lastIndexOf('.');
  const comma = text.lastIndexOf(',');
  if (dot !== -1 && comma !== -1) {
    const grouping = dot > comma ? ',' : '.';
    const at = Math.max(dot, comma);
    const whole = text.slice(0, at);
    if (!GROUPED[grouping].test(whole)) return null;
    text = `${whole.replaceAll(grouping, '')}.${text.slice(at + 1)}`;
  } else if (comma !== -1) {
    if (text.length - comma - 1 === 3) return null;
    text = text.replace(',', '.');
  }
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === '' && fraction === '') return null;
  const amount = round(`${sign === '-' ? '-' : ''}${whole || '0'}.${fraction || '0'}`, AMOUNT_PLACES);
  return compare(abs(amount), MAX_AMOUNT) > 0 ? null : amount;
}

const UNIX = /^\d{1,17}(?:\.\d+)?$/;
/** Date, time, zone. The zone's `+` may have come as a space, since few senders encode it. */
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?))? ?(?:Z|(?<= )(\d\d:?\d\d)|([+-]\d\d(?::?\d\d)?))?$/i;
/** From here on a number is milliseconds. */
const MILLISECONDS_FROM = 1e11;
const LAST_DATE = 8.64e15;

/** Milliseconds, or null when it is no time. A time without a zone is UTC. */
function readTime(value: string): number | null {
  if (UNIX.test(value)) {
    const number = Number(value);
    const at = Math.trunc(number >= MILLISECONDS_FROM ? number : number * 1_000);
    return at <= LAST_DATE ? at : null;
  }
  const [, date, time = '00:00', spaced, signed] = ISO.exec(value) ?? [];
  if (date === undefined) return null;
  // Date.parse takes 30 February for 2 March.
  if (new Date(Date.parse(date)).getUTCDate() !== Number(date.slice(8))) return null;
  const zone = spaced === undefined ? signed : `+${spaced}`;
  const at = Date.parse(`${date}T${time.replace(',', '.')}${zone === undefined ? 'Z' : zoneOffset(zone)}`);
  return Number.isNaN(at) ? null : at;
}

/** `+02`, `+0200` or `+02:00` as the last. */
function zoneOffset(zone: string): string {
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
}
