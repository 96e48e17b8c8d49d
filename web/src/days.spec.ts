import { describe, expect, test } from '@jest/globals';
import { dayIn, daysOf, showDays } from './days';

describe('days of a word, both inclusive', () => {
  test.each([
    ['today', '2026-03-01', '2026-03-01', '2026-03-01'],
    ['yesterday', '2026-03-01', '2026-02-28', '2026-02-28'],
    ['last7days', '2026-03-01', '2026-02-23', '2026-03-01'],
    ['last30days', '2026-03-01', '2026-01-31', '2026-03-01'],
    ['thisMonth', '2026-03-15', '2026-03-01', '2026-03-15'],
    ['lastMonth', '2028-03-31', '2028-02-01', '2028-02-29'],
    ['lastMonth', '2026-01-01', '2025-12-01', '2025-12-31'],
  ] as const)('%s on %s', (period, today, from, to) => {
    expect(daysOf(period, today)).toEqual({ from, to });
  });
});

test('a day is the zone’s', () => {
  const at = new Date('2026-11-27T23:30:00Z');
  expect(dayIn('UTC', at)).toBe('2026-11-27');
  expect(dayIn('Asia/Kolkata', at)).toBe('2026-11-28');
  expect(dayIn('America/New_York', at)).toBe('2026-11-27');
});

test('days are shown with their year where it is another one', () => {
  expect(showDays({ from: '2026-11-27', to: '2026-11-27' }, '2026-11-27')).toBe('27 Nov');
  expect(showDays({ from: '2025-11-27', to: '2025-11-27' }, '2026-11-27')).toBe('27 Nov 2025');
});
