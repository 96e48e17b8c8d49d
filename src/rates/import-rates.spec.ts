import { describe, expect, it } from '@jest/globals';
import { isDay, readRates } from './import-rates.js';

const TODAY = '2026-11-23';

describe('rates of a file', () => {
  it('reads rows and says what is wrong with the others', () => {
    const records = [
      ['Date', 'Currency', 'Rate', 'note'],
      ['2026-11-20', 'usdt', '0.9998', ''],
      ['2026-11-20', 'USDT', '1', ''],
      ['2026-02-30', 'EUR', '1.1'],
      ['2026-11-24', 'EUR', '1.1'],
      ['2026-11-20', 'E', '1'],
      ['2026-11-20', 'EUR', '0'],
      ['2026-11-20', 'EUR'],
    ];
    expect(readRates(records, TODAY)).toEqual({
      rows: [{ currency: 'USDT', day: '2026-11-20', rate: '0.9998', source: 'csv' }],
      errors: [
        { line: 3, message: 'USDT 2026-11-20 stands twice in the file' },
        { line: 4, message: 'day must be YYYY-MM-DD and not after today' },
        { line: 5, message: 'day must be YYYY-MM-DD and not after today' },
        { line: 6, message: 'currency must be 3 to 10 letters or digits' },
        { line: 7, message: 'rate must be a decimal above 0 with at most 10 places' },
        { line: 8, message: 'rate must be a decimal above 0 with at most 10 places' },
      ],
    });
    expect(() => readRates([['currency', 'rate']], TODAY)).toThrow('no column for day');
  });

  it.each([
    ['2026-11-23', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-11-24', false],
    ['2026-13-01', false],
    ['x', false],
  ])('%s is a day: %s', (text, is) => {
    expect(isDay(text, TODAY)).toBe(is);
  });
});
