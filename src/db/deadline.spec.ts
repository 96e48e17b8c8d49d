import { describe, expect, it } from '@jest/globals';
import { isTransient, RowRefused, storeEach, StoreDown } from './deadline.js';

const coded = (code: string): Error => Object.assign(new Error(code), { code });

describe('storeEach', () => {
  it.each([
    ['none', []],
    ['the first', [0]],
    ['the last', [499]],
    ['two neighbours', [250, 251]],
    ['several', [3, 77, 300, 301, 499]],
    ['all of a few', [0, 1, 2]],
  ])('stores all rows but the bad ones, each once: %s', async (name, bad) => {
    const rows = Array.from({ length: name.startsWith('all') ? 3 : 500 }, (_, i) => i);
    const stored: number[] = [];
    const refused: number[] = [];
    let calls = 0;
    await storeEach(
      rows,
      async (part) => {
        calls += 1;
        if (part.some((row) => bad.includes(row))) throw coded('22P05');
        stored.push(...part);
      },
      (row, error) => {
        expect(error).toBeInstanceOf(RowRefused);
        refused.push(row);
      },
    );
    expect(stored).toEqual(rows.filter((row) => !bad.includes(row)));
    expect(refused).toEqual(bad);
    expect(calls).toBeLessThanOrEqual(1 + bad.length * 2 * Math.ceil(Math.log2(rows.length)));
  });

  it.each(['08006', '40P01', '53300', '57014', 'ECONNRESET'])('blames no row for %s', async (code) => {
    expect(isTransient(coded(code))).toBe(true);
    await expect(
      storeEach(
        [1, 2],
        () => Promise.reject(coded(code)),
        () => expect(code).toBe('blamed'),
      ),
    ).rejects.toThrow(code);
    await expect(
      storeEach(
        [1],
        () => Promise.reject(new StoreDown('late')),
        () => expect(code).toBe('blamed'),
      ),
    ).rejects.toThrow('late');
  });
});
