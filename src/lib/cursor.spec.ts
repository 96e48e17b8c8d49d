import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor } from './cursor.js';

describe('cursors', () => {
  it('bring back their parts', () => {
    for (const parts of [[], ['a'], ['2026-11-23T14:00:00.000Z', 'ü ~/?', '']]) expect(decodeCursor(encodeCursor(parts))).toEqual(parts);
  });

  it('stand in a URL as they are', () => {
    expect(encodeCursor(['ÿÿ>>??'])).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('are refused when they are anything else', () => {
    for (const text of ['', '!', 'abc', Buffer.from('{"a":1}').toString('base64url'), Buffer.from('[1]').toString('base64url')])
      expect(decodeCursor(text)).toBeNull();
  });
});
