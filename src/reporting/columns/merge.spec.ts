import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { divide } from '../../lib/money.js';
import { COLUMNS, DEFAULT_COLUMNS } from '../report-columns.js';
import type { ReportRequest } from '../report.query.js';
import { uncovered } from './copies.service.js';
import { copyOut, FILE, fileName, SCHEMA } from './copy.js';
import { decimalText, figuresOf, isFromGreatest, leadOf, wholeOf } from './merge.js';

const DAY = 86_400_000;
const FROM = Date.parse('2026-11-01');
const ASKED: ReportRequest = {
  groupBy: [],
  columns: DEFAULT_COLUMNS,
  filters: new Map(),
  attribution: 'click',
  tz: 'UTC',
  from: FROM,
  to: FROM + 5 * DAY,
  previous: null,
  sort: { name: 'revenue', descending: true },
};

it.each([
  [0n, 6, '0'],
  [1n, 6, '0.000001'],
  [-1_500_000n, 6, '-1.5'],
  [120_000_000n, 6, '120'],
  [7n, 0, '7'],
  [1_000n, 0, '1000'],
])('%s with %s places is %s', (n, places, text) => expect(decimalText(n, places)).toBe(text));

it.each([
  ['0', 6, 0n],
  ['12', 0, 12n],
  ['12', 6, 12_000_000n],
  ['10.500000', 6, 10_500_000n],
  ['-0.25', 6, -250_000n],
  ['0.1000000000000', 12, 100_000_000_000n],
  ['7.00', 0, 7n],
])('%s in whole numbers of the last of %s decimals is %s', (decimal, places, whole) => expect(wholeOf(decimal, places)).toBe(whole));
it.each([
  ['0.0000001', 6],
  ['1.5', 0],
])('%s has more than %s decimals', (decimal, places) => expect(() => wholeOf(decimal, places)).toThrow(RangeError));

it('ratios are rounded half away from zero to six places, and null when divided by zero', () => {
  const none = Object.fromEntries(
    [
      'clicks',
      'unique_clicks',
      'bots',
      'cost',
      'conversions',
      'approved',
      'pending',
      'rejected',
      'trash',
      'reversed',
      'unmapped',
      'upsells',
      'revenue',
      'revenue_hold',
      'revenue_reversed',
    ].map((name) => [name, 0n]),
  );
  expect(figuresOf(ASKED, none)).toMatchObject({ cr: null, roi: null, epc: null, clicks: 0, revenue: '0' });
  fc.assert(
    fc.property(
      fc.bigInt(-(10n ** 15n), 10n ** 15n),
      fc.bigInt(1n, 10n ** 14n),
      fc.integer({ min: 1, max: 1e9 }),
      (revenue, cost, clicks) => {
        const shown = figuresOf(ASKED, { ...none, revenue, cost, clicks: BigInt(clicks) });
        expect(shown.epc).toBe(divide(decimalText(revenue, 6), String(clicks), 6));
        expect(shown.roi).toBe(divide(decimalText(revenue - cost, 6), decimalText(cost, 6), 6));
        expect(shown.profit).toBe(decimalText(revenue - cost, 6));
      },
    ),
  );
  expect(Object.keys(figuresOf(ASKED, none))).toEqual(Object.keys(COLUMNS).slice(0, DEFAULT_COLUMNS.length));
});

it.each([
  ['revenue', true, '(revenue) > 0', null],
  ['profit', true, '(revenue) > 0', '(revenue - cost) > 0'],
  ['averagePayout', false, '(approved) <> 0', null],
])('by %s (descending: %s) conversions bring groups to the front', (name, descending, possible, ahead) =>
  expect(leadOf({ ...ASKED, sort: { name, descending } })).toEqual({ possible, ahead }),
);
it.each([
  ['revenue', false],
  ['profit', false],
  ['cost', true],
  ['clicks', false],
  ['cpc', true],
  ['cr', false],
  ['country', true],
])('by %s (descending: %s) those without any can stand before them', (name, descending) =>
  expect(leadOf({ ...ASKED, groupBy: ['country'], sort: { name, descending } })).toBeNull(),
);

it.each([
  ['clicks', true, true],
  ['cost', true, true],
  ['cost', false, false],
  ['profit', true, false],
  ['revenue', true, false],
  ['epc', true, false],
  ['country', true, false],
])('by %s (descending: %s) a bucket has no less than its groups: %s', (name, descending, expected) =>
  expect(isFromGreatest({ ...ASKED, groupBy: ['country'], sort: { name, descending } })).toBe(expected),
);

describe('what copies do not answer for', () => {
  const span = (from: number, to: number): { from: number; to: number } => ({ from: FROM + from * DAY, to: FROM + to * DAY });
  const copy = (n: number, retired = false): { day: string; retired: boolean } => ({
    day: new Date(FROM + n * DAY).toISOString().slice(0, 10),
    retired,
  });

  it.each([
    ['no copies', [], [span(0, 5)]],
    ['all', [0, 1, 2, 3, 4].map((n) => copy(n)), []],
    ['the last is missing', [0, 1, 2, 3].map((n) => copy(n)), [span(4, 5)]],
    ['holes', [copy(1), copy(3)], [span(0, 1), span(2, 3), span(4, 5)]],
    ['of a retired day late clicks are asked for', [copy(0, true), copy(1)], [span(0, 1), span(2, 5)]],
  ])('%s', (_, copies, spans) => expect(uncovered(ASKED, copies)).toEqual(spans));

  it('begins and ends within a day', () => {
    const asked = { ...ASKED, from: FROM + DAY / 2, to: FROM + 2 * DAY + 1 };
    expect(uncovered(asked, [copy(0)])).toEqual([{ from: FROM + DAY, to: FROM + 2 * DAY + 1 }]);
    expect(uncovered(asked, [copy(0), copy(1), copy(2)])).toEqual([]);
  });
});

it('a copy has nothing that says who a visitor was', () => {
  const statement = copyOut('2026-11-01');
  for (const personal of ['external_id', ' ip', 'user_agent', 'referrer,', 'landing_url', 'click_id AS'])
    expect(statement).not.toContain(personal);
  expect(fileName('2026-11-01', 7, '0123abcd')).toMatch(FILE);
  expect(SCHEMA).toMatch(/^[0-9a-f]{12}$/);
});
