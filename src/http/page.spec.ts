import { describe, expect, it } from '@jest/globals';
import { encodeCursor } from '../lib/cursor.js';
import { cursorParts, isoOf, pageOf, rangeOf, UUID } from './page.js';

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

describe('ranges', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  const shown = (query: Parameters<typeof rangeOf>[0]): (string | undefined)[] => {
    const { from, to, tz } = rangeOf(query, 'Asia/Kolkata', now);
    return [isoOf(from), isoOf(to), tz];
  };

  it('are read on the clock of their zone, by default the account’s', () => {
    expect(shown({})).toEqual([undefined, undefined, 'Asia/Kolkata']);
    expect(shown({ from: '2026-11-23T12:00', to: '2026-11-23' })).toEqual([
      '2026-11-23T06:30:00.000Z',
      '2026-11-23T18:30:00.000Z',
      'Asia/Kolkata',
    ]);
    expect(shown({ from: '2026-11-23T12:00+02:00', tz: 'UTC' })).toEqual(['2026-11-23T10:00:00.000Z', undefined, 'UTC']);
    expect(shown({ period: 'today', tz: 'UTC' })).toEqual(['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z', 'UTC']);
  });

  it('are said by a word or by their ends, in a zone there is', () => {
    expect(() => shown({ period: 'today', from: '2026-11-23' })).toThrow('wrong');
    expect(() => shown({ tz: 'Mars/Base' })).toThrow('wrong');
  });
});
