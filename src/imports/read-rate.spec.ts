import { describe, expect, it } from '@jest/globals';
import { readRate } from './read-rate.js';

describe('rates of a file', () => {
  const read = (...rows: string[][]) => {
    const seen = new Set<string>();
    return rows.map((row) => readRate(['day', 'currency', 'rate', null], row, { tz: 'Asia/Tokyo', order: 'mdy' }, '2026-11-23', seen));
  };

  it('reads rows, whatever wrote them', () => {
    expect(
      read(
        ['2026-11-20', 'usdt', '0.9998', 'a note'],
        ['20.11.2026', 'EUR', '1,0852'],
        ['11/20/2026', 'VND', '3,9E-05'],
        ['46346', 'JPY', '6.4E-03'],
        ['2026-11-20', 'rur', '0.0124'],
      ),
    ).toEqual([
      { currency: 'USDT', day: '2026-11-20', rate: '0.9998', source: 'csv' },
      { currency: 'EUR', day: '2026-11-20', rate: '1.0852', source: 'csv' },
      { currency: 'VND', day: '2026-11-20', rate: '0.000039', source: 'csv' },
      { currency: 'JPY', day: '2026-11-20', rate: '0.0064', source: 'csv' },
      { currency: 'RUB', day: '2026-11-20', rate: '0.0124', source: 'csv' },
    ]);
  });

  it('says what is wrong', () => {
    expect(
      read(
        ['2026-11-20', 'USDT', '1'],
        ['2026-11-20', 'usdt', '2'],
        ['2026-02-30', 'EUR', '1.1'],
        ['2026-11-24', 'EUR', '1.1'],
        ['2026-11-20', 'E', '1'],
        ['2026-11-20', 'EUR', '0'],
        ['2026-11-20', 'EUR', '1,234,5'],
        ['2026-11-20', 'EUR'],
      ).slice(1),
    ).toEqual([
      'USDT 2026-11-20 stands twice in the file',
      expect.stringContaining('day must be'),
      expect.stringContaining('day must be'),
      'currency must be 3 to 10 letters or digits',
      ...Array<unknown>(3).fill('rate must be a decimal above 0 with at most 15 digits before the point and 30 behind it'),
    ]);
  });
});
