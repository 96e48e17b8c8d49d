import { describe, expect, it } from '@jest/globals';
import { binaryArray, type BinaryType, type BinaryValue } from './binary-array.js';

/** `test/bulk.e2e-spec.ts` has PostgreSQL read them. */

const written = (type: BinaryType, ...values: (BinaryValue | null)[]): string =>
  binaryArray(type, values, (value) => value).toString('hex');
const elements = (type: BinaryType, ...values: (BinaryValue | null)[]): string => written(type, ...values).slice(40);

describe('arrays in binary form', () => {
  it('begin with dimensions, NULLs, type, length and first index', () => {
    const header = (...numbers: number[]): string => numbers.map((n) => n.toString(16).padStart(8, '0')).join('');
    expect(written('integer', 5, 6)).toBe(header(1, 0, 23, 2, 1, 4, 5, 4, 6));
    expect(written('integer', null)).toBe(`${header(1, 1, 23, 1, 1)}ffffffff`);
    expect(written('integer')).toBe(header(0, 0, 23));
  });

  it.each<[BinaryType, BinaryValue, string]>([
    ['uuid', '01900000-0000-7000-8000-0000000aBcDf', '019000000000700080000000000abcdf'],
    ['text', '', ''],
    ['text', 'sale', '73616c65'],
    ['text', '"\\,{}NULL', '225c2c7b7d4e554c4c'],
    ['text', 'aé世\u{1f600}', '61c3a9e4b896f09f9880'],
    ['text', 'é'.repeat(40), 'c3a9'.repeat(40)],
    ['text', 'a'.repeat(300), '61'.repeat(300)],
    ['text', '世'.repeat(20_000), 'e4b896'.repeat(20_000)],
    ['jsonb', '{"a":1}', '017b2261223a317d'],
    ['bytea', Buffer.from([0, 255]), '00ff'],
    ['boolean', true, '01'],
    ['boolean', false, '00'],
    ['smallint', -2, 'fffe'],
    ['integer', -2, 'fffffffe'],
    ['bigint', 0, '0000000000000000'],
    ['bigint', -1, 'ffffffffffffffff'],
    ['bigint', -4_294_967_297, 'fffffffeffffffff'],
    ['bigint', Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    ['bigint', Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
    ['bigint', '-9223372036854775808', '8000000000000000'],
    ['bigint', '9223372036854775807', '7fffffffffffffff'],
    ['date', '2000-01-01', '00000000'],
    ['date', '1999-12-31', 'ffffffff'],
    ['date', '2028-02-29', '0000282e'],
    ['timestamptz', Date.UTC(2000, 0, 1), '0000000000000000'],
    ['timestamptz', Date.UTC(2000, 0, 1) + 1, '00000000000003e8'],
    ['timestamptz', Date.UTC(2000, 0, 1) - 1.5, 'fffffffffffff830'],
    ['timestamptz', Date.UTC(20_000, 0, 1), '07e207da06c5e000'],
  ])('%s %s', (type, value, bytes) => {
    expect(elements(type, value).slice(8)).toBe(bytes);
    expect(Number.parseInt(elements(type, value).slice(0, 8), 16)).toBe(bytes.length / 2);
  });

  it.each<[BinaryType, BinaryValue]>([
    ['uuid', '01900000-0000-7000-8000-00000000abc'],
    ['uuid', '01900000-0000-7000-8000-00000000abcde'],
    ['uuid', '01900000-0000-7000-8000-0000000000g0'],
    ['uuid', '01900000-0000-7000-8000-0000000000é0'],
    ['smallint', 32_768],
    ['integer', 2_147_483_648],
    ['integer', 1.5],
    ['bigint', 2 ** 53],
    ['bigint', Number.NaN],
    ['bigint', '9223372036854775808'],
    ['bigint', 'x'],
    ['date', '2026-02-30'],
    ['date', '26-02-03'],
    ['timestamptz', Number.NaN],
    ['timestamptz', Number.POSITIVE_INFINITY],
  ])('%s refuses %s', (type, value) => {
    expect(() => written(type, value)).toThrow();
  });

  it('writes arrays of many megabytes, and small ones after them', () => {
    const large = Buffer.alloc(5_000_000, 7);
    const array = binaryArray('bytea', [large, large], (value) => value);
    expect(array.subarray(24, 24 + large.length).equals(large)).toBe(true);
    expect(array.subarray(28 + large.length).equals(large)).toBe(true);
    expect(elements('text', 'a')).toBe('0000000161');
  });

  it('a refused array leaves nothing behind in the next', () => {
    expect(() => written('uuid', 'x')).toThrow('invalid input for type uuid: "x"');
    expect(elements('text', 'a')).toBe('0000000161');
  });
});
