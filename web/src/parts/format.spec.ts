import { expect, test } from '@jest/globals';
import { showAgo, showCount, showMoney, showPercent, showTime } from './format';

test('nothing is a dash, zero is zero', () => {
  for (const show of [showCount, showPercent, showMoney] as const) {
    expect(show(null)).toBe('–');
    expect(show(undefined)).toBe('–');
  }
  expect(showTime(null, 'UTC')).toBe('–');
  expect(showAgo(null)).toBe('–');
  expect(showCount(0)).toBe('0');
  expect(showMoney('0')).toBe('0.00');
  expect(showPercent('0')).toBe('0.0%');
});

test.each([
  ['1250.4', 'USD', '1,250.40 USD'],
  ['-3', null, '-3.00'],
  ['0.00012', 'EUR', '0.00012 EUR'],
])('money %s %s', (value, currency, shown) => {
  expect(showMoney(value, currency)).toBe(shown);
});

test('counts, shares and times', () => {
  expect(showCount(1234567)).toBe('1,234,567');
  expect(showPercent('0.0125')).toBe('1.3%');
  expect(showTime('2026-11-27T23:05:09Z', 'Asia/Kolkata')).toBe('28 Nov, 04:35:09');
  expect(showAgo('2026-11-27T10:00:00Z', Date.parse('2026-11-27T10:03:10Z'))).toBe('3 min. ago');
});
