import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createRateTable, type RateRow, type RateSource } from './rate-table.js';

const row = (source: RateSource, currency: string, day: string, rate: string): RateRow => ({ currency, day, rate, source });

describe('the base currency', () => {
  it('is 1 on any day, with no rows, and whatever a row says', () => {
    expect(createRateTable('USD', []).find('USD', '1999-01-01')).toEqual({ rate: '1', date: '1999-01-01', source: 'base' });
    const table = createRateTable('USD', [row('manual', 'USD', '2026-11-20', '2'), row('ecb', 'USD', '2026-11-20', '1.085')]);
    expect(table.find('USD', '2026-11-21')?.rate).toBe('1');
  });
});

describe('rates for 1 EUR', () => {
  const rows = [
    row('ecb', 'USD', '2026-11-20', '1.0850'),
    row('ecb', 'GBP', '2026-11-20', '0.87000'),
    row('ecb', 'IDR', '2026-11-20', '20082.05'),
  ];

  it('are turned round when the base is EUR', () => {
    const table = createRateTable('EUR', rows);
    expect(table.find('USD', '2026-11-20')).toEqual({ rate: '0.921658986175115207', date: '2026-11-20', source: 'ecb' });
    expect(table.find('EUR', '2026-11-20')).toEqual({ rate: '1', date: '2026-11-20', source: 'base' });
  });

  it('cross over the base, EUR itself included', () => {
    const table = createRateTable('USD', rows);
    expect(table.find('EUR', '2026-11-20')).toEqual({ rate: '1.085', date: '2026-11-20', source: 'ecb' });
    expect(table.find('GBP', '2026-11-20')?.rate).toBe('1.2471264367816092');
    expect(table.find('IDR', '2026-11-20')?.rate).toBe('0.0000540283486994604634');
  });

  it('are rounded once, half away from zero', () => {
    // 1 / 2^26 has 19 significant digits, the last a 5.
    expect(createRateTable('EUR', [row('ecb', 'XXA', '2026-11-20', String(2 ** 26))]).find('XXA', '2026-11-20')?.rate).toBe(
      '0.0000000149011611938476563',
    );
    expect(
      createRateTable('USD', [row('csv', 'SHIB', '2026-11-20', '0.00000854321987654321098765')]).find('SHIB', '2026-11-20')?.rate,
    ).toBe('0.00000854321987654321099');
  });

  it('never cross over the base of another day or source', () => {
    const table = createRateTable('USD', [
      row('ecb', 'USD', '2026-11-19', '1.08'),
      row('bundled', 'USD', '2026-11-20', '1.09'),
      row('manual', 'EUR', '2026-11-20', '1.1'),
      row('ecb', 'GBP', '2026-11-20', '0.87'),
    ]);
    expect(table.find('GBP', '2026-11-20')).toBeNull();
  });

  it('are none where the base is not quoted', () => {
    expect(createRateTable('UAH', rows).find('GBP', '2026-11-20')).toBeNull();
  });
});

describe('direct rates', () => {
  it('are taken as they are, without the zeros that Postgres pads', () => {
    const table = createRateTable('UAH', [row('csv', 'USDT', '2026-11-20', '41.3000000000')]);
    expect(table.find('USDT', '2026-11-20')).toEqual({ rate: '41.3', date: '2026-11-20', source: 'csv' });
  });

  it.each<[RateSource[], RateSource]>([
    [['bundled', 'ecb', 'csv', 'manual'], 'manual'],
    [['manual', 'csv', 'ecb', 'bundled'], 'manual'],
    [['bundled', 'csv', 'ecb'], 'csv'],
    [['bundled', 'ecb'], 'ecb'],
  ])('%j of one day: %s wins', (sources, winner) => {
    const table = createRateTable(
      'EUR',
      sources.map((source, i) => row(source, 'GBP', '2026-11-20', `1.${i + 1}`)),
    );
    expect(table.find('GBP', '2026-11-20')?.source).toBe(winner);
  });

  it('give way to a newer day of any source', () => {
    const table = createRateTable('EUR', [row('manual', 'GBP', '2026-11-19', '2'), row('ecb', 'GBP', '2026-11-20', '0.8')]);
    expect(table.find('GBP', '2026-11-19')?.rate).toBe('2');
    expect(table.find('GBP', '2026-11-20')?.rate).toBe('1.25');
  });
});

describe('find', () => {
  it('gives the rate of the day, else the last before it, else none', () => {
    const table = createRateTable('USD', [row('csv', 'EUR', '2026-11-20', '1.2'), row('csv', 'EUR', '2026-11-16', '1.1')]);
    expect(table.find('EUR', '2026-11-15')).toBeNull();
    expect(table.find('EUR', '2026-11-16')?.date).toBe('2026-11-16');
    expect(table.find('EUR', '2026-11-19')).toEqual({ rate: '1.1', date: '2026-11-16', source: 'csv' });
    expect(table.find('EUR', '2026-12-31')?.date).toBe('2026-11-20');
    expect(table.find('ZZZ', '2026-11-20')).toBeNull();
    expect(table.find('constructor', '2026-11-20')).toBeNull();
  });

  it('agrees with a search from the end, for any days in any order', () => {
    const day = fc.integer({ min: 0, max: 60 }).map((n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.uniqueArray(day, { maxLength: 40 }), day, (days, asked) => {
        const table = createRateTable(
          'USD',
          days.map((d) => row('csv', 'EUR', d, '1.1')),
        );
        const expected = days.toSorted().findLast((d) => d <= asked);
        expect(table.find('EUR', asked)?.date).toBe(expected);
      }),
    );
  });
});

describe('what is known', () => {
  it('lists what converts, base included, in order', () => {
    const table = createRateTable('USD', [
      row('ecb', 'USD', '2026-11-20', '1.085'),
      row('ecb', 'GBP', '2026-11-20', '0.87'),
      row('manual', 'BTC', '2026-11-20', '90000'),
      row('ecb', 'SEK', '2026-11-19', '11'),
    ]);
    expect(table.currencies()).toEqual(['BTC', 'EUR', 'GBP', 'USD']);
  });

  it('is as old as the newest rate that nobody set by hand', () => {
    const table = createRateTable('USD', [
      row('ecb', 'USD', '2026-02-27', '1.085'),
      row('csv', 'BTC', '2026-02-20', '9'),
      row('manual', 'BTC', '2026-03-09', '9'),
    ]);
    expect(table.newestDay()).toBe('2026-02-27');
    expect(table.ageDays('2026-03-10')).toBe(11);
    expect(table.ageDays('2026-02-27')).toBe(0);
    expect(table.ageDays('2026-02-01')).toBe(0);
  });

  it('is of no age when there is nothing', () => {
    const table = createRateTable('USD', [row('manual', 'BTC', '2026-03-09', '9')]);
    expect(table.newestDay()).toBeNull();
    expect(table.ageDays('2026-03-10')).toBeNull();
  });
});

it('refuses a rate of 0 and one that is no number', () => {
  expect(() => createRateTable('EUR', [row('ecb', 'USD', '2026-11-20', '0.00')])).toThrow(RangeError);
  expect(() => createRateTable('EUR', [row('csv', 'USD', '2026-11-20', 'N/A')])).toThrow(RangeError);
});
