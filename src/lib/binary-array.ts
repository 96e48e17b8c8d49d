/**
 * Arrays in PostgreSQL's binary form (array_recv), in which node-postgres sends a parameter that is a Buffer: nothing is
 * quoted here and nothing parsed there.
 */

/** What a value of each type is. Times are milliseconds since the epoch; a bigint may be decimal text, as beyond 2^53. */
interface Values {
  uuid: string;
  text: string;
  jsonb: string;
  bytea: Buffer;
  boolean: boolean;
  smallint: number;
  integer: number;
  bigint: number | string;
  date: string;
  timestamptz: number;
}
export type BinaryType = keyof Values;
export type BinaryValue = Values[BinaryType];

/** The types' numbers in pg_type, the same in every database, and how an element is written. */
const TYPES: { readonly [T in BinaryType]: { oid: number; write: (value: Values[T]) => void } } = {
  uuid: { oid: 2950, write: writeUuid },
  text: { oid: 25, write: writeText },
  jsonb: { oid: 3802, write: writeJson },
  bytea: { oid: 17, write: writeBytes },
  boolean: { oid: 16, write: writeBoolean },
  smallint: { oid: 21, write: (value) => writeWhole(value, 2) },
  integer: { oid: 23, write: (value) => writeWhole(value, 4) },
  bigint: { oid: 20, write: writeBigint },
  date: { oid: 1082, write: writeDate },
  timestamptz: { oid: 1184, write: writeTime },
};

export const isBinaryType = (type: string): type is BinaryType => Object.hasOwn(TYPES, type);

/** What is written to first, and what is kept for the next array: a batch of large bodies is not to hold its memory for good. */
const FIRST_BYTES = 16 * 1024;
const KEPT_BYTES = 1024 * 1024;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const JSONB_VERSION = 1;
/** Longer texts are left to Node: below this the call costs more than the copying. */
const SHORT_TEXT = 40;
const MOST_BYTES_A_CHARACTER = 3;
const UINT32 = 0x1_0000_0000;
/** PostgreSQL counts days and microseconds from 1 January 2000. */
const EPOCH_MS = 946_684_800_000;
const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** Value of a character code as hex digit; 255 for any other. */
const HEX = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit++) {
  const character = digit.toString(16);
  HEX[character.charCodeAt(0)] = digit;
  HEX[character.toUpperCase().charCodeAt(0)] = digit;
}
/** Where the 16 bytes of a UUID begin in its text. */
const UUID_BYTES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** What is being written. An array is written at one go and copied out of here, so that writing costs no allocation but that. */
let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
let at = 0;

/**
 * One value of each row as an array. A type's name says how its values are written.
 * @throws RangeError, as PostgreSQL does when it is sent as text, for what is no value of the type
 */
export function binaryArray<T>(type: BinaryType, rows: readonly T[], valueOf: (row: T) => BinaryValue | null): Buffer {
  const { oid, write } = TYPES[type] as { oid: number; write: (value: BinaryValue) => void };
  let hasNull = 0;
  at = HEADER_BYTES;
  for (const row of rows) {
    const value = valueOf(row);
    const start = at;
    room(LENGTH_BYTES);
    at += LENGTH_BYTES;
    if (value === null) {
      hasNull = 1;
      bytes.writeInt32BE(NULL_LENGTH, start);
      continue;
    }
    write(value);
    bytes.writeInt32BE(at - start - LENGTH_BYTES, start);
  }
  // Dimensions, whether there are NULLs, the elements' type; of each dimension its length and first index.
  bytes.writeInt32BE(rows.length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(hasNull, 4);
  bytes.writeInt32BE(oid, 8);
  if (rows.length === 0) at = 12;
  else {
    bytes.writeInt32BE(rows.length, 12);
    bytes.writeInt32BE(1, 16);
  }
  const array = Buffer.from(bytes.subarray(0, at));
  if (bytes.length > KEPT_BYTES) bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  return array;
}

/** Ids for `= ANY($1::uuid[])`. */
export const uuids = (ids: readonly string[]): Buffer => binaryArray('uuid', ids, (id) => id);

function room(more: number): void {
  if (at + more <= bytes.length) return;
  const grown = Buffer.allocUnsafeSlow(2 * (at + more));
  bytes.copy(grown, 0, 0, at);
  bytes = grown;
}

function refuse(type: BinaryType, value: unknown): never {
  throw new RangeError(`invalid input for type ${type}: ${JSON.stringify(value)}`);
}

function writeUuid(text: string): void {
  room(16);
  let digits = 0;
  for (const start of UUID_BYTES) {
    const high = HEX[text.charCodeAt(start)] ?? 255;
    const low = HEX[text.charCodeAt(start + 1)] ?? 255;
    digits |= high | low;
    bytes[at++] = (high << 4) | low;
  }
  if (digits > 15 || text.length !== 36) refuse('uuid', text);
}

function writeText(text: string): void {
  const { length } = text;
  room(length * MOST_BYTES_A_CHARACTER);
  if (length <= SHORT_TEXT) {
    const start = at;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        at = start;
        break;
      }
      bytes[at++] = code;
    }
    if (at - start === length) return;
  }
  at += bytes.write(text, at, 'utf8');
}

function writeJson(text: string): void {
  room(1);
  bytes[at++] = JSONB_VERSION;
  writeText(text);
}

function writeBytes(value: Buffer): void {
  room(value.length);
  at += value.copy(bytes, at);
}

function writeBoolean(value: boolean): void {
  room(1);
  bytes[at++] = value ? 1 : 0;
}

function writeWhole(value: number, size: 2 | 4): void {
  room(size);
  if (!Number.isInteger(value)) refuse(size === 2 ? 'smallint' : 'integer', value);
  at = bytes.writeIntBE(value, at, size);
}

function writeBigint(value: number | string): void {
  room(8);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) refuse('bigint', value);
    writeSafe(value);
  } else at = bytes.writeBigInt64BE(BigInt(value), at);
}

/** A whole number within ±2^53, in eight bytes. */
function writeSafe(value: number): void {
  bytes.writeInt32BE(Math.floor(value / UINT32), at);
  at = bytes.writeUInt32BE(value >>> 0, at + 4);
}

function writeDate(text: string): void {
  const days = DATE.test(text) ? (Date.parse(text) - EPOCH_MS) / DAY_MS : Number.NaN;
  // 30 February is parsed as 2 March.
  if (Number.isNaN(days) || new Date(days * DAY_MS + EPOCH_MS).getUTCDate() !== Number(text.slice(8))) refuse('date', text);
  room(4);
  at = bytes.writeInt32BE(days, at);
}

function writeTime(ms: number): void {
  room(8);
  const whole = Math.trunc(ms) - EPOCH_MS;
  if (Number.isSafeInteger(whole * 1_000)) writeSafe(whole * 1_000);
  else if (Number.isFinite(whole)) at = bytes.writeBigInt64BE(BigInt(whole) * 1_000n, at);
  else refuse('timestamptz', ms);
}
