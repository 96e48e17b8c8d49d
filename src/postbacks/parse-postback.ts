import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readAmount } from '../lib/amount.js';
import { currencyCode, isNoCurrency } from '../lib/currency-signs.js';
import { withoutExponent } from '../lib/exponent.js';
import { bytesOf, readBytes, readLegacy } from '../lib/legacy-text.js';
import { mendedName } from '../lib/mended-name.js';
import { isUnresolved } from '../lib/unresolved.js';
import type { PostbackValues } from '../conversions/conversion.js';
import type { Refusal, Warning } from '../conversions/results.js';
import { parameterName } from '../offer-sources/parameter-names.js';

/** A request as stored in the inbox: nothing in it can make storing or parsing fail. */
export interface RawPostback {
  /** The query string as it came, percent-encoded, without `?`. */
  query: string;
  /**
   * Lower-case media type, or null when there is no body. Multipart bodies are turned into urlencoded ones at the edge;
   * `multipart/form-data` is left on one of which something was lost. With `; content-encoding=…` behind it the body is in
   * an encoding that could not be undone.
   */
  contentType: string | null;
  body: Buffer | null;
}

/** What a source says of how its requests are read. */
export interface ParseRules {
  /** Its own aliases, lower case → canonical name; the first of two counts. */
  aliases?: Readonly<Record<string, string>>;
  /** Of bytes that are no UTF-8; null: guessed. */
  legacyEncoding?: string | null;
  /** Of amounts that come without one. */
  currency?: string | null;
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

const CID = /^[A-Za-z0-9_.-]{1,128}$/;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** A macro that must not be percent-decoded: `%affid%` begins like a byte. */
const PERCENT_MACRO = /^(%%?)[A-Za-z_][\w.-]*\1$/;
/** What Postgres cannot hold, and what may be half of it. */
// oxlint-disable-next-line no-control-regex
const UNSTORABLE = /[\0\ud800-\udfff]/;
/** What the name of a form's field does not hold: other kinds of text have it before their first `=`. */
// oxlint-disable-next-line no-control-regex
const NO_FIELD = /^$|[\0-\x1f\x7f<>{}"\s]/;

/** The same parameter in the body ranks behind all names in the query. */
const BODY_RANK = 10_000;

/** What a request says before the rules of each value are looked at. */
interface Reading {
  rules: ParseRules;
  /** By canonical name; unknown ones begin with `?`. */
  found: Map<string, { value: string; rank: number; repeated: boolean }>;
  warnings: Set<Warning>;
  count: number;
  /** The macros that were left in place, for explanations; noted only where this is set. */
  unresolved?: { name: string; text: string }[];
}

/**
 * Reads a request: names, aliases, repeats, encodings and the form of each value (docs/reference.md#parameters). Never throws.
 *
 * Beyond those rules: parameters beyond the first 100 are not read, the query's coming before the body's; a name said more
 * than once warns `repeated_param` even when it says the same, if it is the one that counts; a macro left in place lets an alias
 * or an earlier repeat count, except for cid.
 */
export function parsePostback(raw: RawPostback, rules: ParseRules = {}): ParsedPostback {
  const reading: Reading = { rules, found: new Map(), warnings: new Set(), count: 0 };
  readAll(raw, reading);
  const { found, warnings } = reading;
  const values: PostbackValues = {
    cid: null,
    payout: null,
    status: null,
    txid: null,
    currency: currencyOf(found.get('currency')?.value, warnings),
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
  found.forEach(({ value, repeated }, name) => {
    if (repeated) warnings.add('repeated_param');
    let read: string | null = null;
    switch (name) {
      case 'cid':
        if (isUnresolved(value)) refusal = 'unresolved_macro';
        else if (CID.test(value)) values.cid = value;
        else refusal = 'bad_cid';
        return;
      case 'ts':
        values.ts = readTime(value);
        if (values.ts === null) warnings.add('bad_ts');
        return;
      case 'return':
        if (value.length <= MAX_RETURN && PRINTABLE.test(value)) values.return = value;
        return;
      case 'currency':
        // Below: the payout may say it as well.
        return;
      case 'payout':
        readPayout(value, values, rules, warnings);
        read = values.payout;
        break;
      case 'status':
        read = values.status = cut(value, MAX_STATUS, warnings);
        break;
      case 'txid':
        values.txid = value.length > MAX_TXID ? createHash('sha256').update(value).digest('hex') : value;
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
        read = readAmount(value)?.amount ?? null;
        if (read === null) warnings.add('bad_event');
        else if (name.startsWith('add_')) values.addEvents[name.slice('add_'.length)] = read;
        else values.events[name] = read;
    }
    const text = read ?? value;
    // With their lengths two different lists never make the same text, whatever the names and values hold.
    identity.push(`${name.length}:${name}=${text.length}:${text}`);
  });
  const currency = values.currency ?? found.get('currency')?.value;
  if (currency !== undefined) identity.push(`currency=${currency}`);
  // oxlint-disable-next-line unicorn/no-array-sort -- it is this call's own, and made for every postback
  return { values, refusal, warnings: [...warnings], identity: identity.sort().join('&') };
}

/** What a request says under each canonical name, as it was written, and the macros left in place: to tell people, not to decide. */
export function readTexts(
  raw: RawPostback,
  rules: ParseRules = {},
): { texts: Record<string, string>; unresolved: { name: string; text: string }[] } {
  const unresolved: { name: string; text: string }[] = [];
  const reading: Reading = { rules, found: new Map(), warnings: new Set(), count: 0, unresolved };
  readAll(raw, reading);
  const texts: Record<string, string> = {};
  for (const [name, { value }] of reading.found) {
    if (name === 'cid' && isUnresolved(value)) unresolved.push({ name, text: value });
    else if (!name.startsWith('?')) texts[name] = value;
  }
  return { texts, unresolved };
}

function readAll({ query, contentType, body }: RawPostback, reading: Reading): void {
  readQuery(mendQuestionMarks(query, reading), 0, reading);
  if (body !== null && body.length > 0) readBody(body, contentType ?? '', reading);
}

function currencyOf(text: string | undefined, warnings: Set<Warning>): string | null {
  if (text === undefined) return null;
  const code = currencyCode(text);
  if (code === null) warnings.add('bad_currency');
  return code;
}

/** The payout, and the currency where the amount says it. */
function readPayout(value: string, values: PostbackValues, rules: ParseRules, warnings: Set<Warning>): void {
  const read = readAmount(value, values.currency, rules.currency ?? null);
  if (read === null) {
    warnings.add('bad_payout');
    return;
  }
  if (read.ambiguous) warnings.add('ambiguous_amount');
  if (read.badCurrency) warnings.add('bad_currency');
  // A code that could not be read, or that the amount contradicts, leaves the currency unknown: nobody can say which is meant.
  else if (!warnings.has('bad_currency')) values.currency = read.currency;
  values.payout = read.amount;
}

/** `payout=7?status=hold` was meant to be `payout=7&status=hold`: a `?` before a known name and `=` begins another parameter. */
function mendQuestionMarks(query: string, reading: Reading): string {
  if (!query.includes('?')) return query;
  return query.replace(/\?(?=([^&=?]+)=)/g, (mark, name: string) => {
    if (parameterName(mendedName(decode(name, reading).trim()), reading.rules.aliases) === null) return mark;
    reading.warnings.add('repaired_url');
    return '&';
  });
}

/** `a=b&c=d`, percent-encoded. Returns whether it looks like a form. */
function readQuery(query: string, rank: number, reading: Reading): boolean {
  let fieldFirst: boolean | null = null;
  let anyValue = false;
  for (let start = 0; start < query.length && reading.count < MAX_PARAMETERS; ) {
    const and = query.indexOf('&', start);
    const end = and === -1 ? query.length : and;
    const equals = query.indexOf('=', start);
    if (end > start) {
      const hasValue = equals !== -1 && equals < end;
      const name = decode(query.slice(start, hasValue ? equals : end), reading);
      fieldFirst ??= !NO_FIELD.test(name);
      anyValue ||= hasValue;
      say(name, hasValue ? decode(query.slice(equals + 1, end), reading) : '', rank, reading);
    }
    start = end + 1;
  }
  return anyValue && fieldFirst === true;
}

/** A JSON text's strings, and its numbers outside of them. Linear, whatever the text: a string may lack its end. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\[^][^"\\]*)*"?|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const MULTIPART = 'multipart/form-data';

/** A form or a flat JSON object. What is lost of a body is said: nobody knows whether it was the status. */
function readBody(body: Buffer, contentType: string, reading: Reading): void {
  const { warnings, rules } = reading;
  if (contentType.includes(';')) {
    warnings.add('unreadable_body');
    return;
  }
  const utf8 = isUtf8(body);
  const json = (utf8 ? body.toString('utf8') : body.toString('latin1')).replace(/^\ufeff/, '').trimStart();
  if (json === '') return;
  if (JSON_TYPE.test(contentType) || json.startsWith('{') || json.startsWith('[')) {
    if (!utf8) warnings.add('invalid_encoding');
    return readJson(utf8 ? json : readBytes(body, rules.legacyEncoding ?? null), reading);
  }
  // A byte that is no UTF-8 is read as if it had come percent-encoded.
  const form = utf8 ? json : json.replace(/[\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  if (contentType === MULTIPART) warnings.add('unreadable_body');
  if (contentType === MULTIPART && form.startsWith('--')) return;
  const text = form.trimEnd();
  if (isBase64(text) || !readQuery(mendQuestionMarks(text, reading), BODY_RANK, reading)) warnings.add('unreadable_body');
}

const BASE64 = /^[A-Za-z0-9+/]+={1,2}$/;
// oxlint-disable-next-line no-control-regex
const PLAIN_TEXT = /^[\t\n\r\x20-\x7e]+$/;

/** A text in base64 looks like a form whose one field is empty. */
const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && BASE64.test(text) && PLAIN_TEXT.test(Buffer.from(text, 'base64').toString('latin1'));

function readJson(text: string, reading: Reading): void {
  let json: unknown;
  try {
    // Numbers are read as the text they are: as doubles, long ids would lose their last digits. An exponent is the encoder's doing.
    json = JSON.parse(text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${withoutExponent(token)}"`)));
  } catch {
    json = null;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    reading.warnings.add('unreadable_body');
    return;
  }
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === 'object' && value !== null) reading.warnings.add('unreadable_body');
    else if (reading.count < MAX_PARAMETERS && value !== null) say(name, String(value), BODY_RANK, reading);
  }
}

/** Takes one parameter in, if it counts at least as much as what was said of the same before. */
function say(rawName: string, rawValue: string, sourceRank: number, reading: Reading): void {
  reading.count++;
  const { warnings, found, rules } = reading;
  const value = storable(rawValue, warnings).trim();
  if (value === '') return;
  const given = storable(rawName, warnings).trim().toLowerCase();
  const name = mendedName(given);
  if (name !== given) warnings.add('repaired_url');
  const known = parameterName(name, rules.aliases);
  if (known !== null && known.canonical !== 'cid' && (isUnresolved(value) || (known.canonical === 'currency' && isNoCurrency(value)))) {
    warnings.add('unresolved_macro');
    reading.unresolved?.push({ name: known.canonical, text: value });
    return;
  }
  const canonical = known === null ? `?${name}` : known.canonical;
  const rank = sourceRank + (known === null ? 0 : known.rank);
  const before = found.get(canonical);
  if (before === undefined || rank <= before.rank) found.set(canonical, { value, rank, repeated: rank === before?.rank });
}

/** NUL and lone surrogates become the replacement character: Postgres holds neither. */
function storable(text: string, warnings: Set<Warning>): string {
  if (!UNSTORABLE.test(text)) return text;
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (clean !== text) warnings.add('invalid_encoding');
  return clean;
}

/** `+` is a space. Bytes that are no UTF-8 are read as the source's old encoding, so that two words never become one. */
function decode(text: string, { warnings, rules }: Reading): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%') || PERCENT_MACRO.test(spaced)) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    warnings.add('invalid_encoding');
    const bytes = bytesOf(spaced);
    return isUtf8(bytes) ? bytes.toString('utf8') : readLegacy(bytes, rules.legacyEncoding ?? null);
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
