import { decodeCursor, encodeCursor } from '../lib/cursor.js';
import { endOf, momentOf, rangeOfPeriod, type Period } from '../lib/period.js';
import { isTimeZone } from '../lib/zones.js';
import { Problem } from './problem.js';

/** A page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/**
 * Of `limit + 1` rows read, the page; the row too many says that there is a next one.
 * @param edge the row at which looking ended before there were enough (looked.ts): the next page goes on from there
 */
export function pageOf<Row, T, K extends keyof Row = keyof Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Pick<Row, K>) => readonly string[],
  answer: (row: Row) => T,
  edge: Pick<Row, K> | null = null,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : edge;
  return { data: shown.map(answer), nextCursor: last === null || last === undefined ? null : encodeCursor(cursorOf(last)) };
}

/**
 * The parts of a cursor, undefined without one.
 * @param shape what each part must look like
 * @throws Problem 400 when it is not one of ours
 */
export function cursorParts(cursor: string | undefined, shape: readonly RegExp[]): string[] | undefined {
  if (cursor === undefined) return undefined;
  const parts = decodeCursor(cursor);
  if (parts === null || parts.length !== shape.length || !parts.every((part, i) => shape[i]?.test(part))) {
    throw Problem.invalid([{ pointer: '/cursor', message: 'cursor must be the nextCursor of a page of this list' }]);
  }
  return parts;
}

/** What is known of a range: each end in milliseconds, undefined where nothing was said. */
export interface AskedRange {
  from?: number;
  to?: number;
}

/**
 * The range that a query asks for, `from ≤ t < to`, and the zone it is read in.
 * @param now milliseconds
 * @throws Problem 400 for a zone nobody knows, and for a period beside from or to
 */
export function rangeOf(
  { from, to, period, tz }: { from?: string; to?: string; period?: Period; tz?: string },
  defaultZone: string,
  now: number,
): AskedRange & { tz: string } {
  const zone = tz ?? defaultZone;
  if (!isTimeZone(zone))
    throw Problem.invalid([{ pointer: '/tz', message: `there is no time zone ${zone}; use an IANA name such as Europe/Berlin` }]);
  if (period === undefined)
    return { tz: zone, from: from === undefined ? undefined : momentOf(from, zone), to: to === undefined ? undefined : endOf(to, zone) };
  if (from !== undefined || to !== undefined)
    throw Problem.invalid([{ pointer: '/period', message: 'period stands in place of from and to: give one or the other' }]);
  return { tz: zone, ...rangeOfPeriod(period, zone, now) };
}

/** A cursor's part that is an id. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Milliseconds as text for PostgreSQL. */
export function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** Milliseconds of a checked ISO 8601 text (page.dto.ts); without an offset it is UTC. */
export function utcMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : momentOf(text, 'UTC');
}

export const utcIso = (text: string | undefined): string | undefined => isoOf(utcMs(text));
