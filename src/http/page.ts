import { decodeCursor, encodeCursor } from '../lib/cursor.js';
import { Problem } from './problem.js';

/** A page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** Of `limit + 1` rows read, the page; the row too many says that there is a next one. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => readonly string[],
  answer: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { data: shown.map(answer), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
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

/** Milliseconds of a checked ISO 8601 text (page.dto.ts); without an offset it is UTC. */
export function utcMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return Date.parse(/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);
}

/** A cursor's part that is an id. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The same as text for PostgreSQL. */
export function utcIso(text: string | undefined): string | undefined {
  const ms = utcMs(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
