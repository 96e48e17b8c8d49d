/** Time-ordered ids: UUIDv7 (RFC 9562) and their short form, the click id that networks carry. */

const POOL_BYTES = 4096;
const RANDOM_BYTES = 8;
const SEED_BYTES = 2;
const MAX_COUNTER = 0xfff;
/** A clock that steps back by less than this is waited out; by more, it is believed. */
const ROLLBACK_MS = 10_000;
const MAX_MS = 2 ** 48 - 1;

const HEX = Buffer.from('0123456789abcdef');
/** Crockford's alphabet: no i, l, o, u. */
const BASE32 = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const CID_LENGTH = 26;
const UUID_LENGTH = 36;

/** Value of a character code as hex digit or as base32 character of either case; NONE for any other. */
const NONE = 0xff;
const HEX_VALUE = valuesOf(HEX);
const BASE32_VALUE = valuesOf(BASE32);
/** Where the 16 bytes begin in the text form. */
const BYTE_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/**
 * A maker of UUIDv7 texts that only ever grow within the process (RFC 9562 section 6.2, method 1).
 *
 * The first id of a millisecond has 74 random bits. Each later one counts up in the 12 bits of `rand_a` and draws the
 * other 62 afresh, so that an id says nothing of its neighbour's. When the 12 bits are used up the next millisecond is
 * borrowed. A clock stepping back under 10 s is waited out the same way; a longer step (a corrected clock) is
 * followed, as an hour of wrong click times would cost more than the order it keeps.
 *
 * @param now milliseconds since the epoch; fractions are cut
 * @param random n bytes of a cryptographic source; asked for 4 KiB at a time
 */
export function createIdMaker(now: () => number, random: (n: number) => Uint8Array): () => string {
  // The text is kept between calls: within a millisecond only its counter and its random part are written anew.
  const text = Buffer.alloc(UUID_LENGTH, '-');
  let pool = random(POOL_BYTES);
  let used = 0;
  let lastMs = -1;
  let counter = 0;

  const startMillisecond = (ms: number): void => {
    lastMs = ms;
    counter = (((pool[used] as number) << 8) | (pool[used + 1] as number)) & MAX_COUNTER;
    used += SEED_BYTES;
    writeTime(text, ms);
  };

  return () => {
    if (used + SEED_BYTES + RANDOM_BYTES > POOL_BYTES) {
      pool = random(POOL_BYTES);
      used = 0;
    }
    const ms = Math.trunc(now());
    if (ms > lastMs || ms < lastMs - ROLLBACK_MS) startMillisecond(ms);
    else if (counter === MAX_COUNTER) startMillisecond(lastMs + 1);
    else counter++;

    text[14] = 0x37;
    text[15] = HEX[counter >> 8] as number;
    text[16] = HEX[(counter >> 4) & 15] as number;
    text[17] = HEX[counter & 15] as number;
    writeByte(text, 19, ((pool[used] as number) & 0x3f) | 0x80);
    for (let i = 1; i < RANDOM_BYTES; i++) writeByte(text, BYTE_AT[8 + i] as number, pool[used + i] as number);
    used += RANDOM_BYTES;
    return text.toString('latin1');
  };
}

/** The 26 lower-case Crockford base32 characters of a UUID; their order is the ids'. */
export function uuidToCid(uuid: string): string {
  const cid = Buffer.allocUnsafe(CID_LENGTH);
  // 26 characters hold 130 bits: two zero bits stand before the 128, so the first character is 0 to 7.
  let bits = 0;
  let held = 2;
  let at = 0;
  for (const start of BYTE_AT) {
    bits = (bits << 8) | hexByte(uuid, start);
    held += 8;
    while (held >= 5) {
      held -= 5;
      cid[at++] = BASE32[(bits >> held) & 31] as number;
    }
    bits &= (1 << held) - 1;
  }
  return cid.toString('latin1');
}

/** What cidToUuid writes to: only its hex digits change. */
const SCRATCH = Buffer.alloc(UUID_LENGTH, '-');

/**
 * The UUID of a click id in any letter case; null when it cannot be one of ours: another length or character, a value
 * over 128 bits, not a UUIDv7 (so that most ULIDs of other trackers, alike in form, are told apart without a look-up).
 */
export function cidToUuid(cid: string): string | null {
  if (cid.length !== CID_LENGTH) return null;
  const first = BASE32_VALUE[cid.charCodeAt(0)] ?? NONE;
  if (first > 7) return null;
  const text = SCRATCH;
  let bits = first;
  let held = 3;
  let byte = 0;
  for (let i = 1; i < CID_LENGTH; i++) {
    const value = BASE32_VALUE[cid.charCodeAt(i)] ?? NONE;
    if (value === NONE) return null;
    bits = (bits << 5) | value;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    writeByte(text, BYTE_AT[byte++] as number, bits >> held);
    bits &= (1 << held) - 1;
  }
  const isVersion7 = text[14] === 0x37;
  const isRfcVariant = ((HEX_VALUE[text[19] as number] as number) & 0b1100) === 0b1000;
  return isVersion7 && isRfcVariant ? text.toString('latin1') : null;
}

/** Milliseconds since the epoch that a UUIDv7 carries. */
export function uuidTime(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8), 16) * 0x10000 + Number.parseInt(uuid.slice(9, 13), 16);
}

/**
 * The least or the greatest UUIDv7 of a millisecond: bounds of partitions and of look-ups by time.
 * @throws RangeError when ms is not a whole number of 48 bits
 */
export function uuidAt(ms: number, fill: 'min' | 'max'): string {
  if (!Number.isInteger(ms) || ms < 0 || ms > MAX_MS) throw new RangeError(`${ms} is not a time of a UUIDv7`);
  const time = ms.toString(16).padStart(12, '0');
  const rest = fill === 'min' ? '7000-8000-000000000000' : '7fff-bfff-ffffffffffff';
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest}`;
}

function valuesOf(alphabet: Buffer): Uint8Array {
  const values = new Uint8Array(128).fill(NONE);
  alphabet.forEach((code, value) => {
    values[code] = value;
    values[String.fromCharCode(code).toUpperCase().charCodeAt(0)] = value;
  });
  return values;
}

function writeByte(text: Buffer, at: number, byte: number): void {
  text[at] = HEX[byte >> 4] as number;
  text[at + 1] = HEX[byte & 15] as number;
}

function writeTime(text: Buffer, ms: number): void {
  const high = Math.floor(ms / 0x10000);
  const low = ms % 0x10000;
  writeByte(text, 0, high >>> 24);
  writeByte(text, 2, (high >>> 16) & 0xff);
  writeByte(text, 4, (high >>> 8) & 0xff);
  writeByte(text, 6, high & 0xff);
  writeByte(text, 9, low >> 8);
  writeByte(text, 11, low & 0xff);
}

function hexByte(text: string, at: number): number {
  return ((HEX_VALUE[text.charCodeAt(at)] as number) << 4) | (HEX_VALUE[text.charCodeAt(at + 1)] as number);
}
