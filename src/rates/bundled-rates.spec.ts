import { describe, expect, it } from '@jest/globals';
import { code } from 'currency-codes';
import { BUNDLED_DAY, BUNDLED_RATES } from './bundled-rates.js';
import { createRateTable } from './rate-table.js';

describe('the bundled rates', () => {
  it('are 29 currencies of ISO 4217, none twice', () => {
    const currencies = BUNDLED_RATES.map(({ currency }) => currency);
    expect(new Set(currencies).size).toBe(29);
    expect(currencies.filter((currency) => code(currency) === undefined)).toEqual([]);
  });

  it('convert on a machine with no network, and say how old they are', () => {
    const table = createRateTable('USD', BUNDLED_RATES);
    expect(table.find('EUR', '2026-04-20')).toEqual({ rate: '1.1684', date: BUNDLED_DAY, source: 'bundled' });
    expect(table.find('GBP', '2026-04-20')?.rate).toBe('1.34209377656275127');
    expect(table.find('JPY', '2026-04-20')?.rate).toBe('0.00625649263721552878');
    expect(table.ageDays('2026-04-20')).toBe(7);
  });

  it('stay within a factor of two of parity where a slipped dot would show', () => {
    const table = createRateTable('USD', BUNDLED_RATES);
    for (const currency of ['EUR', 'GBP', 'CHF', 'AUD', 'CAD', 'NZD', 'SGD']) {
      const rate = Number(table.find(currency, BUNDLED_DAY)?.rate);
      expect(rate).toBeGreaterThan(0.5);
      expect(rate).toBeLessThan(2);
    }
  });

  it('have none for USDT, nor for a currency the ECB does not quote', () => {
    const table = createRateTable('USD', BUNDLED_RATES);
    expect(table.find('USDT', '2026-04-20')).toBeNull();
    expect(table.find('UAH', '2026-04-20')).toBeNull();
  });
});
