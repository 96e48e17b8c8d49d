import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { coarsestGrain, GRAINS, spansOf, type Grain } from './counter-grains.js';

const [QUARTER, HOUR, DAY] = [GRAINS.quarter.ms, GRAINS.hour.ms, GRAINS.day.ms];
const BEGIN = Date.UTC(2026, 2, 1);

describe('spansOf', () => {
  it('cuts a range into spans without gaps, each on its grain, none longer at the edges than it must be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_000 }),
        fc.integer({ min: 0, max: 9_000 }),
        fc.constantFrom<Grain>('quarter', 'hour', 'day'),
        (start, length, coarsest) => {
          const [from, to] = [BEGIN + start * QUARTER, BEGIN + (start + length) * QUARTER];
          const spans = spansOf(from, to, coarsest);
          expect(spans.reduce((at, span) => (span.from === at ? span.to : Number.NaN), from)).toBe(to);
          for (const { grain, from: a, to: b } of spans) expect([a < b, a % GRAINS[grain].ms, b % GRAINS[grain].ms]).toEqual([true, 0, 0]);
          const rows = spans.reduce((sum, { grain, from: a, to: b }) => sum + (b - a) / GRAINS[grain].ms, 0);
          const perDay = DAY / GRAINS[coarsest].ms;
          expect(rows).toBeLessThanOrEqual((length * QUARTER * perDay) / DAY + (coarsest === 'quarter' ? 0 : 2 * (23 + 3)));
        },
      ),
    );
  });

  it.each<[string, number, number, Grain, string]>([
    ['a day', 0, DAY, 'day', 'day'],
    ['a day by hours', 0, DAY, 'hour', 'hour'],
    ['from 22:00 to 22:00 two days on', -2 * HOUR, 2 * DAY - 2 * HOUR, 'day', 'hour day hour'],
    ['from 22:45', -HOUR - QUARTER, DAY, 'day', 'quarter hour day'],
    ['half an hour', QUARTER, 3 * QUARTER, 'day', 'quarter'],
  ])('%s', (_, from, to, coarsest, expected) => {
    expect(
      spansOf(BEGIN + from, BEGIN + to, coarsest)
        .map((span) => span.grain)
        .join(' '),
    ).toBe(expected);
  });
});

describe('coarsestGrain', () => {
  it.each<[string[], number[], number, Grain]>([
    [['offer'], [5.5 * HOUR], 0, 'day'],
    [[], [0], QUARTER, 'day'],
    [['day'], [0], 0, 'day'],
    [['day'], [0], 12 * HOUR, 'hour'],
    [['month', 'offer'], [HOUR, 2 * HOUR], 0, 'hour'],
    [['weekday'], [5.5 * HOUR], 0, 'quarter'],
    [['hour'], [0], 0, 'hour'],
    [['hour'], [-3 * HOUR], QUARTER, 'quarter'],
    [['hour', 'day'], [5.75 * HOUR], 0, 'quarter'],
  ])('by %j at offsets %j moved by %d: %s', (groupBy, offsets, shift, grain) =>
    expect(
      coarsestGrain(
        groupBy,
        offsets.map((offset, i) => ({ offset, from: i * DAY })),
        shift,
      ),
    ).toBe(grain),
  );

  it('is a quarter-hour where the clock changes at half past', () => {
    const offsets = [0, HOUR].map((offset, i) => ({ offset, from: BEGIN + i * (DAY + HOUR / 2) }));
    expect(coarsestGrain(['hour'], offsets, 0)).toBe('quarter');
  });
});
