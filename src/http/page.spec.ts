import { describe, expect, it } from '@jest/globals';
import { encodeCursor } from '../lib/cursor.js';
import { cursorParts, pageOf, utcMs, UUID } from './page.js';

describe('pages', () => {
  it('end where there is no row too many', () => {
    expect(
      pageOf(
        [1, 2],
        2,
        (n) => [String(n)],
        (n) => n * 10,
      ),
    ).toEqual({ data: [10, 20], nextCursor: null });
    expect(
      pageOf(
        [1, 2, 3],
        2,
        (n) => [String(n)],
        (n) => n * 10,
      ),
    ).toEqual({ data: [10, 20], nextCursor: encodeCursor(['2']) });
    expect(
      pageOf(
        [],
        2,
        () => [],
        (n) => n,
      ),
    ).toEqual({ data: [], nextCursor: null });
  });

  it('go on from their own cursors only', () => {
    const id = '01a20742-6058-7844-9236-9b555c6ebe5c';
    expect(cursorParts(encodeCursor([id]), [UUID])).toEqual([id]);
    expect(cursorParts(undefined, [UUID])).toBeUndefined();
    for (const cursor of ['', 'x', encodeCursor([]), encodeCursor([id, id]), encodeCursor(["' OR 1"])])
      expect(() => cursorParts(cursor, [UUID])).toThrow('wrong');
  });
});

it('times without an offset are UTC', () => {
  const noon = Date.UTC(2026, 10, 23, 12);
  expect(utcMs('2026-11-23T12:00')).toBe(noon);
  expect(utcMs('2026-11-23T12:00:00.000Z')).toBe(noon);
  expect(utcMs('2026-11-23T17:30+05:30')).toBe(noon);
  expect(utcMs('2026-11-23')).toBe(noon - 12 * 3_600_000);
  expect(utcMs(undefined)).toBeUndefined();
});
