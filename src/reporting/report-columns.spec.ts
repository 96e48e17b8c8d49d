import { describe, expect, it } from '@jest/globals';
import {
  COLUMN_NAMES,
  COLUMNS,
  DEFAULT_COLUMNS,
  DIMENSION_NAMES,
  FILTER_NAMES,
  MEASURES,
  measuresOf,
  sourcesOf,
} from './report-columns.js';

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 10, 17);
const UTC = [{ from: FROM, offset: 0 }];

describe('where a report is read from', () => {
  it('is the counters while they know all it asks for', () => {
    expect(sourcesOf([], FROM, FROM + DAY, UTC, false)).toEqual(['counters']);
    expect(sourcesOf(['offer', 'offerSource', 'hour'], FROM, FROM + DAY, UTC, false)).toEqual(['counters']);
    // Midnight in India stands at 18:30 UTC: a quarter-hour too.
    expect(sourcesOf(['day'], FROM - 5.5 * 3_600_000, FROM, UTC, false)).toEqual(['counters']);
  });

  it('is the raw rows when the range begins or ends within a quarter-hour, or a fact of the click is asked for', () => {
    expect(sourcesOf(['day'], FROM + 60_000, FROM + DAY, UTC, false)).toEqual(['clicks', 'conversions']);
    expect(sourcesOf(['day'], FROM, FROM + DAY - 1, UTC, false)).toEqual(['clicks', 'conversions']);
    expect(sourcesOf(['offer', 'country'], FROM, FROM + DAY, UTC, false)).toEqual(['clicks', 'conversions']);
    expect(sourcesOf(['sub20'], FROM, FROM + DAY, UTC, false)).toEqual(['clicks', 'conversions']);
  });

  it('is the raw rows when the clock of the zone changes within a quarter-hour', () => {
    const oddly = [...UTC, { from: FROM + 60_000, offset: 3_600_000 }];
    expect(sourcesOf(['day'], FROM, FROM + DAY, oddly, false)).toEqual(['clicks', 'conversions']);
  });

  it('is the conversions for events, beside the counters where these know the rest', () => {
    expect(sourcesOf(['offer', 'day'], FROM, FROM + DAY, UTC, true)).toEqual(['counters', 'conversions']);
    expect(sourcesOf(['country'], FROM, FROM + DAY, UTC, true)).toEqual(['clicks', 'conversions']);
    expect(sourcesOf(['status'], FROM, FROM + DAY, UTC, true)).toEqual(['conversions']);
  });

  it('is the conversions alone when no click can have the fact', () => {
    for (const name of ['status', 'currency', 'param1'])
      expect(sourcesOf([name, 'offer'], FROM, FROM + DAY, UTC, false)).toEqual(['conversions']);
  });
});

describe('the names of a report', () => {
  it('are these', () => {
    const many = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
    expect(new Set(DIMENSION_NAMES)).toEqual(
      new Set([
        'source',
        'keyword',
        'externalId',
        'offer',
        'offerSource',
        'offerTag',
        'day',
        'hour',
        'weekday',
        'month',
        'country',
        'region',
        'city',
        'isp',
        'device',
        'os',
        'browser',
        'language',
        'referrerDomain',
        ...many(20, 'sub'),
        'status',
        'currency',
        ...many(20, 'param'),
      ]),
    );
    expect(DEFAULT_COLUMNS).toEqual([
      'clicks',
      'uniqueClicks',
      'bots',
      'conversions',
      'approved',
      'pending',
      'rejected',
      'trash',
      'reversed',
      'unmapped',
      'upsells',
      'cr',
      'approvalRate',
      'revenue',
      'revenueHold',
      'revenueReversed',
      'cost',
      'profit',
      'roi',
      'epc',
      'cpc',
      'cpa',
      'averagePayout',
    ]);
    expect(new Set(COLUMN_NAMES)).toEqual(
      new Set([...DEFAULT_COLUMNS, ...many(30, 'event'), ...many(30, 'event').map((name) => `${name}Count`)]),
    );
  });

  it('never name a column and a dimension at once: sort takes either', () => {
    expect(COLUMN_NAMES.filter((name) => DIMENSION_NAMES.includes(name))).toEqual([]);
  });

  it('filter by all but time, which from and to do', () => {
    expect(DIMENSION_NAMES.filter((name) => !FILTER_NAMES.includes(name))).toEqual(['month', 'day', 'hour', 'weekday']);
  });

  it('speak of measures only', () => {
    const known = new Set([...measuresOf(COLUMN_NAMES).map((m) => m.column), 'round', 'nullif', 'numeric', '6', '0']);
    for (const { sum, divisor } of Object.values(COLUMNS))
      for (const term of [...sum, ...(divisor ?? [])]) expect(known).toContain(term.replace('-', ''));
  });

  it('add up what they need and no more', () => {
    const of = (...columns: string[]): string[] => measuresOf(columns).map((m) => m.column);
    expect(of('roi')).toEqual(['cost', 'revenue']);
    expect(of('event1', 'event11Count', 'offer')).toEqual(['event1', 'event11_count']);
    expect(of(...DEFAULT_COLUMNS)).toEqual(MEASURES.map((m) => m.column));
  });
});
