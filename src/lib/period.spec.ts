import { expect, it } from '@jest/globals';
import { endOf, momentOf, PERIODS, previousOf, rangeOfPeriod, weekBefore } from './period.js';

const iso = (ms: number): string => new Date(ms).toISOString();
const NOW = Date.parse('2026-10-25T12:00:00Z');

it('periods are whole days of their zone', () => {
  const shown = Object.fromEntries(
    PERIODS.map((period) => {
      const { from, to } = rangeOfPeriod(period, 'Europe/Berlin', NOW);
      return [period, `${iso(from)} ${iso(to)}`];
    }),
  );
  // On the 25th the clock is put back: today has 25 hours.
  expect(shown).toEqual({
    today: '2026-10-24T22:00:00.000Z 2026-10-25T23:00:00.000Z',
    yesterday: '2026-10-23T22:00:00.000Z 2026-10-24T22:00:00.000Z',
    last7days: '2026-10-18T22:00:00.000Z 2026-10-25T23:00:00.000Z',
    last30days: '2026-09-25T22:00:00.000Z 2026-10-25T23:00:00.000Z',
    thisMonth: '2026-09-30T22:00:00.000Z 2026-10-25T23:00:00.000Z',
    lastMonth: '2026-08-31T22:00:00.000Z 2026-09-30T22:00:00.000Z',
  });
});

it('today is the zone’s, not the world’s', () => {
  const late = Date.parse('2026-12-31T23:30:00Z');
  expect(iso(rangeOfPeriod('today', 'Asia/Kolkata', late).from)).toBe('2026-12-31T18:30:00.000Z');
  expect(iso(rangeOfPeriod('thisMonth', 'Asia/Kolkata', late).from)).toBe('2026-12-31T18:30:00.000Z');
  expect(iso(rangeOfPeriod('lastMonth', 'America/New_York', late).from)).toBe('2026-11-01T04:00:00.000Z');
});

it('a date as an end includes its day, also one that has an hour more', () => {
  expect(iso(momentOf('2026-10-25', 'Atlantic/Azores'))).toBe('2026-10-25T00:00:00.000Z');
  expect(iso(endOf('2026-10-25', 'Atlantic/Azores'))).toBe('2026-10-26T01:00:00.000Z');
  expect(iso(endOf('2026-10-24', 'Atlantic/Azores'))).toBe('2026-10-25T00:00:00.000Z');
  expect(iso(endOf('2026-10-25T00:00', 'UTC'))).toBe('2026-10-25T00:00:00.000Z');
  expect(iso(endOf('2026-10-25T02:00+02:00', 'Asia/Tokyo'))).toBe('2026-10-25T00:00:00.000Z');
});

it('the period before is as long on the clock', () => {
  const week = { from: Date.parse('2026-10-25T23:00:00Z'), to: Date.parse('2026-11-01T23:00:00Z') };
  expect(iso(previousOf(week, 'Europe/Berlin').from)).toBe('2026-10-18T22:00:00.000Z');
  expect(previousOf(week, 'Europe/Berlin').length).toBe(7 * 86_400_000);
  expect(iso(weekBefore(week.from, 'Europe/Berlin'))).toBe('2026-10-18T22:00:00.000Z');
});
