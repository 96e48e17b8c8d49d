import { describe, expect, it } from '@jest/globals';
import { isDay } from './day.js';

describe('a day', () => {
  it.each([
    ['2026-11-23', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-11-24', false],
    ['2026-13-01', false],
    ['x', false],
  ])('%s: %s', (text, is) => {
    expect(isDay(text, '2026-11-23')).toBe(is);
  });
});
