/**
 * Time zones, by the one table that this process has (the runtime's): reports, lists and every database they read take
 * local clocks from here, so that two tables never disagree. Times in milliseconds; a local time is written as if it
 * were UTC.
 */

const SECOND = 1_000;
const DAY = 86_400_000;
/** No offset is further from UTC than 15 hours, and none changes twice within this time. */
const REACH = 1.5 * DAY;

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that is not known */
function formatOf(tz: string): Intl.DateTimeFormat {
  let format = formats.get(tz);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' });
    formats.set(tz, format);
  }
  return format;
}

/** Whether it is the name of a zone, as IANA has them; an offset such as +02:00 is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What a zone's clock is ahead of UTC at a moment. */
export function offsetAt(tz: string, at: number): number {
  const text = formatOf(tz)
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text ?? '') ?? [];
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * SECOND;
  return sign === '-' ? -offset : offset;
}

/** The first moment after `from` at which another offset holds than then; `to` has it already. */
function changeBetween(tz: string, from: number, to: number): number {
  const before = offsetAt(tz, from);
  let [least, most] = [Math.floor(from / SECOND), Math.ceil(to / SECOND)];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (offsetAt(tz, middle * SECOND) === before) least = middle;
    else most = middle;
  }
  return most * SECOND;
}

/** From `from` on the clock is `offset` ahead of UTC. */
export interface Offset {
  from: number;
  offset: number;
}

/** The offsets of a zone in a range, in order; the first holds from its beginning. */
export function offsetsOf(tz: string, from: number, to: number): Offset[] {
  const offsets = [{ from, offset: offsetAt(tz, from) }];
  for (let at = from; at < to; at += DAY) {
    const next = Math.min(at + DAY, to);
    const offset = offsetAt(tz, next);
    if (offset !== offsets.at(-1)?.offset) offsets.push({ from: changeBetween(tz, at, next), offset });
  }
  return offsets;
}

export const localOf = (tz: string, at: number): number => at + offsetAt(tz, at);

/** The moment a clock shows a local time: the first where it comes twice, the next moment where it is left out. */
export function instantOf(tz: string, local: number): number {
  const [before, after] = [offsetAt(tz, local - REACH), offsetAt(tz, local + REACH)];
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(tz, local - offset) === offset) return local - offset;
  }
  return changeBetween(tz, local - REACH, local + REACH);
}
