import { uuids } from './binary-array.js';

/** Pieces of SQL text. */

/** A condition with `?` where its value stands; it is left out while the value is undefined. */
export type Condition = readonly [sql: string, value: unknown];

/**
 * Joins conditions by AND; `?` becomes the value's number, however often it stands in one condition. Nothing to ask is `true`.
 * @param first number of the first value
 */
export function where(conditions: readonly Condition[], first = 1): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const parts = conditions
    .filter(([, value]) => value !== undefined)
    .map(([sql, value]) => {
      values.push(value);
      return sql.replaceAll('?', `$${first + values.length - 1}`);
    });
  return { sql: parts.join(' AND ') || 'true', values };
}

/**
 * Any of several values; the empty text stands for none. One value alone is compared as it is, so that an index in its order still serves.
 * @param type of the column
 */
export function anyOf(column: string, given: readonly string[] | undefined, type: 'text' | 'uuid' = 'text'): Condition {
  const values = given?.filter((value) => value !== '');
  if (given === undefined || values === undefined) return [column, undefined];
  if (values.length < given.length) return [`(${column} = ANY(?::${type}[]) OR ${column} IS NULL)`, values];
  return values.length === 1 ? [`${column} = ?::${type}`, values[0]] : [`${column} = ANY(?::${type}[])`, values];
}

/** A timestamptz as RFC 3339 text in UTC with milliseconds. */
export const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** A numeric as decimal text without trailing zeros. */
export const decimal = (column: string): string => `trim_scale(${column})::text`;

/**
 * A text without regard to the case of the letters A to Z. Of other alphabets the case counts: what databases take for
 * the small letter of one differs by their version and locale.
 */
export const folded = (column: string): string => `lower(${column} COLLATE "C")`;

/**
 * A regular expression that finds a text in any case of its letters, of every alphabet: both cases stand in it, so that the
 * database need not know them.
 */
export const inAnyCase = (text: string): string =>
  [...text]
    .map((letter) => [...new Set([letter, letter.toLowerCase(), letter.toUpperCase()])].map(asWritten).join('|'))
    .map((ways) => (ways.includes('|') && ways.length > 2 ? `(?:${ways})` : ways))
    .join('');
const asWritten = (text: string): string => text.replace(/[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/g, '\\$&');

/** The same as `folded` in this program. */
export const foldCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** A timestamptz as milliseconds since the epoch. */
export const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`;

/**
 * Ids with the least and the greatest of them. A statement that names both beside the array reads only the partitions
 * between them. There must be at least one id.
 */
export function bounded(ids: readonly string[]): [ids: Buffer, least: string, greatest: string] {
  let least = ids[0] as string;
  let greatest = least;
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  return [uuids(ids), least, greatest];
}
