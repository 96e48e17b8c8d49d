import { instantOf, isTimeZone, localOf } from '../lib/zones.js';

/**
 * Times as people's programs write them (docs/recipes.md#how-a-file-is-read). A time without a zone is on the clock of
 * the file's zone. Milliseconds.
 */

/** Which of the two comes first in dates such as 03/04/2026. */
export type DateOrder = 'dmy' | 'mdy';

export interface TimeFormat {
  /** The name of a zone, or an offset such as `+02:00`. */
  tz: string;
  /** null where no date of the file needs it. */
  order: DateOrder | null;
}

export interface Moment {
  at: number;
  /** Only the day was said: the moment is its beginning. */
  isDay: boolean;
}

const NUMBER = /^\d{5,14}(?:[.,]\d+)?$/;
const MILLISECONDS_FROM = 1e11;
const SECONDS_FROM = 1e8;
/** Excel counts days from the end of 1899; these are the years 1954 to 2119. */
const EXCEL_DAYS = { from: 20_000, to: 80_000 };
const EXCEL_EPOCH = Date.UTC(1899, 11, 30);
const DAY_MS = 86_400_000;

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(Z|[+-]\d\d:?\d\d)?$/i;
const CLOCK =
  /^(?:[T,]|\s)\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?m\.?)?\s*(?:(Z|UTC|GMT)?([+-]\d\d?(?::?\d\d)?)?)$/i;
const OFFSET = /^([+-])(\d\d?)(?::?(\d\d))?$/;

/** What a date says of the order of the file's dates; `either` could be both, null is no such date. */
export function orderOf(text: string): DateOrder | 'either' | null {
  const [, first, separator, second] = YEAR_LAST.exec(text) ?? [];
  if (first === undefined || separator === '.' || Number(first) === Number(second)) return null;
  const [isFirstDay, isSecondDay] = [Number(first) > 12, Number(second) > 12];
  if (isFirstDay && isSecondDay) return null;
  return isFirstDay ? 'dmy' : isSecondDay ? 'mdy' : 'either';
}

/** A wish such as `DD/MM/YYYY`, `mdy` or `%d.%m.%Y`; null when it is none. */
export function readOrder(text: string): DateOrder | null {
  const letters = text
    .toLowerCase()
    .replaceAll(/[^dmy]/g, '')
    .replaceAll(/(.)\1+/g, '$1');
  return letters === 'dmy' || letters === 'mdy' ? letters : null;
}

/** Whether a file's times can be told by it: an IANA name or an offset. */
export const isZone = (text: string): boolean => offsetOf(text) !== null || isTimeZone(text);

/** A time in any of the forms, or null: ISO 8601, day first with dots, either order with slashes, Unix, Excel's days. */
export function readTime(text: string, format: TimeFormat): Moment | null {
  if (NUMBER.test(text)) {
    const number = Number(text.replace(',', '.'));
    if (number >= SECONDS_FROM && !COMPACT.test(text))
      return { at: Math.trunc(number >= MILLISECONDS_FROM ? number : number * 1_000), isDay: false };
    if (number >= EXCEL_DAYS.from && number < EXCEL_DAYS.to) {
      const local = EXCEL_EPOCH + Math.round(number * 86_400) * 1_000;
      return { at: momentOf(local, format.tz), isDay: Number.isInteger(number) };
    }
  }
  const compact = COMPACT.exec(text);
  if (compact !== null) {
    const [, year, month, day, hours, minutes, seconds, zone] = compact;
    return momentFrom([year, month, day], hours === undefined ? null : [hours, minutes, seconds], zone, format.tz);
  }
  const date = dateOf(text, format.order);
  if (date === null) return null;
  const rest = text.slice(date.length);
  if (rest.trim() === '') return momentFrom(date.parts, null, undefined, format.tz);
  const [clock, hours, minutes, seconds, fraction, half, utc, offset] = CLOCK.exec(rest) ?? [];
  if (clock === undefined || hours === undefined) return null;
  if (half !== undefined && (Number(hours) < 1 || Number(hours) > 12)) return null;
  const hour = half === undefined ? hours : String((Number(hours) % 12) + (half.toLowerCase() === 'p' ? 12 : 0));
  return momentFrom(date.parts, [hour, minutes, seconds, fraction], offset ?? utc, format.tz);
}

function dateOf(text: string, order: DateOrder | null): { parts: (string | undefined)[]; length: number } | null {
  const byYear = YEAR_FIRST.exec(text);
  if (byYear !== null) return { parts: [byYear[1], byYear[3], byYear[4]], length: byYear[0].length };
  const match = YEAR_LAST.exec(text);
  if (match === null) return null;
  const [{ length }, first, separator, second, end = ''] = match;
  const year = end.length === 2 ? `20${end}` : end;
  const isDayFirst = separator === '.' || first === second ? true : order === null ? orderOf(text) === 'dmy' : order === 'dmy';
  if (!isDayFirst && order === null && orderOf(text) !== 'mdy') return null;
  return { parts: isDayFirst ? [year, second, first] : [year, first, second], length };
}

function momentFrom(
  date: readonly (string | undefined)[],
  clock: readonly (string | undefined)[] | null,
  zone: string | undefined,
  tz: string,
): Moment | null {
  const [year = 0, month = 0, day = 0] = date.map(Number);
  const [hours = 0, minutes = 0, seconds = 0] = (clock ?? []).slice(0, 3).map((part) => Number(part ?? 0));
  const ms = Number((clock?.[3] ?? '').slice(0, 3).padEnd(3, '0'));
  const start = Date.UTC(year, month - 1, day);
  // Date.UTC takes the 30th of February for a day of March.
  const written = new Date(start);
  if (year < 1900 || written.getUTCMonth() !== month - 1 || written.getUTCDate() !== day) return null;
  if (zone !== undefined && offsetOf(zone) === null) return null;
  if (hours > 24 || minutes > 59 || seconds > 60 || (hours === 24 && minutes + seconds + ms > 0)) return null;
  const local = start + ((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms;
  return { at: momentOf(local, zone ?? tz), isDay: clock === null };
}

/** Files are sorted by time and clocks change at quarter-hours, so that most rows need no look into the table of zones. */
let last = { tz: '', quarter: Number.NaN, offset: 0 };
const QUARTER_MS = 900_000;

function momentOf(local: number, tz: string): number {
  const offset = offsetOf(tz);
  if (offset !== null) return local - offset;
  const quarter = Math.floor(local / QUARTER_MS);
  if (last.quarter !== quarter || last.tz !== tz) {
    const start = quarter * QUARTER_MS;
    const at = instantOf(tz, start);
    // Of a quarter that the clock leaves out each moment is the next there is.
    if (instantOf(tz, start + 1) === at) return at;
    last = { tz, quarter, offset: start - at };
  }
  return local - last.offset;
}

/** The day on the clock of a zone that a moment lies in: `from ≤ t < to`. */
export function dayAround(at: number, tz: string): { from: number; to: number } {
  const start = Math.floor((offsetOf(tz) === null ? localOf(tz, at) : at + (offsetOf(tz) ?? 0)) / DAY_MS) * DAY_MS;
  return { from: momentOf(start, tz), to: momentOf(start + DAY_MS, tz) };
}

function offsetOf(zone: string): number | null {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 0;
  const [, sign, hours, minutes = '0'] = OFFSET.exec(zone) ?? [];
  if (hours === undefined || Number(hours) > 14 || Number(minutes) > 59) return null;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -offset : offset;
}
