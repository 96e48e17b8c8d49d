import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  abs,
  add,
  canonical,
  compare,
  divide,
  divideTo,
  isNegative,
  isZero,
  multiply,
  negate,
  round,
  significant,
  subtract,
} from './money.js';

/** `units` hundredths, written by hand. */
function fromHundredths(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(3, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
function hundredths(decimal: string): bigint {
  return BigInt(multiply(decimal, '100', 0));
}

describe('money', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['007', '7'],
    ['1.500000', '1.5'],
    ['-10.00', '-10'],
    ['100', '100'],
    ['0.0000000001', '0.0000000001'],
  ])('writes %s as %s', (given, expected) => expect(canonical(given)).toBe(expected));

  it.each(['', ' 1', '1.', '.5', '1e3', '0x10', 'NaN', 'Infinity', '1,5', '+1', '--1', '1\n'])('refuses %j', (text) => {
    expect(() => canonical(text)).toThrow(RangeError);
  });

  it.each([
    ['2.5', 0, '3'],
    ['-2.5', 0, '-3'],
    ['2.4999', 0, '2'],
    ['-2.4999', 0, '-2'],
    ['12.600000000000001', 6, '12.6'],
    ['0.0000005', 6, '0.000001'],
    ['-0.0000005', 6, '-0.000001'],
    ['-0.0000004', 6, '0'],
    ['9.9999995', 6, '10'],
    ['1.5', 6, '1.5'],
  ])('rounds %s to %i places: %s', (text, places, expected) => expect(round(text, places)).toBe(expected));

  it.each([
    ['1', '3', 6, '0.333333'],
    ['2', '3', 6, '0.666667'],
    ['-2', '3', 6, '-0.666667'],
    ['2', '-3', 6, '-0.666667'],
    ['-2', '-3', 2, '0.67'],
    ['1', '8', 2, '0.13'],
    ['-1', '8', 2, '-0.13'],
    ['10', '2.5', 0, '4'],
    ['0.123456789', '1', 2, '0.12'],
    ['0', '7', 6, '0'],
  ])('divides %s by %s to %i places: %s', (a, b, places, expected) => expect(divide(a, b, places)).toBe(expected));

  it('refuses to divide by zero', () => expect(() => divide('1', '0.00', 6)).toThrow(RangeError));

  it('adds what floats cannot', () => {
    expect(add('0.1', '0.2')).toBe('0.3');
    expect(add('9007199254740993', '0.000001')).toBe('9007199254740993.000001');
    expect(subtract('0.3', '0.3')).toBe('0');
    expect(multiply('10', '1.10', 6)).toBe('11');
    expect(multiply('0.333333', '1.0000000001', 6)).toBe('0.333333');
  });

  it('knows signs and order', () => {
    expect([negate('0'), negate('-1.50'), abs('-0.0'), abs('-3.10'), abs('2')]).toEqual(['0', '1.5', '0', '3.1', '2']);
    expect([isZero('-0.00'), isZero('0.01'), isNegative('-0.01'), isNegative('-0')]).toEqual([true, false, true, false]);
    expect([compare('1.0', '1'), compare('-1', '1'), compare('1.01', '1.1'), compare('10', '9.99')]).toEqual([0, -1, -1, 1]);
  });

  const cents = fc.bigInt(-(10n ** 30n), 10n ** 30n);

  it('never loses a digit of a sum', () => {
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 50 }), (all) => {
        expect(hundredths(all.map(fromHundredths).reduce(add, '0'))).toBe(all.reduce((a, b) => a + b, 0n));
        expect(hundredths(all.map(fromHundredths).reduce(subtract, '0'))).toBe(all.reduce((a, b) => a - b, 0n));
      }),
    );
  });

  it('multiplies exactly, compares as whole numbers do, and rounds by at most half', () => {
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(multiply(multiply(fromHundredths(a), fromHundredths(b), 4), '10000', 0)).toBe((a * b).toString());
        expect(compare(fromHundredths(a), fromHundredths(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(compare(abs(subtract(round(fromHundredths(a), 0), fromHundredths(a))), '0.5')).toBeLessThanOrEqual(0);
        expect(round(negate(fromHundredths(a)), 0)).toBe(negate(round(fromHundredths(a), 0)));
      }),
    );
  });

  it('adds, multiplies and compares exactly on both sides of what a double holds', () => {
    const edge = BigInt(Number.MAX_SAFE_INTEGER);
    const units = fc.oneof(
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.bigInt({ min: -(10n ** 8n), max: 10n ** 8n }),
      fc.bigInt({ min: edge - 20n, max: edge + 20n }),
      fc.bigInt({ min: 10n ** 15n - 20n, max: 10n ** 15n + 20n }),
    );
    const decimal = fc.record({ units, scale: fc.integer({ min: 0, max: 16 }) });
    const written = (n: bigint, scale: number): string => {
      const digits = (n < 0n ? -n : n).toString().padStart(scale + 1, '0');
      const [whole, places] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)];
      return `${n < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${places}`}`;
    };
    const shortest = (n: bigint, scale: number): string =>
      n === 0n ? '0' : scale === 0 ? written(n, 0) : written(n, scale).replace(/\.?0+$/, '');
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [x, y] = [written(a.units, a.scale), written(b.units, b.scale)];
        const scale = Math.max(a.scale, b.scale);
        const [p, q] = [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale)];
        expect(add(x, y)).toBe(shortest(p + q, scale));
        expect(multiply(x, y, 40)).toBe(shortest(a.units * b.units, a.scale + b.scale));
        expect(compare(x, y)).toBe(p < q ? -1 : p > q ? 1 : 0);
        expect(negate(x)).toBe(shortest(-a.units, a.scale));
        expect([isZero(x), isNegative(x)]).toEqual([a.units === 0n, a.units < 0n]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('divides so that the remainder is at most half a unit', () => {
    fc.assert(
      fc.property(
        cents,
        cents.filter((n) => n !== 0n),
        (a, b) => {
          const rest = subtract(fromHundredths(a), multiply(divide(fromHundredths(a), fromHundredths(b), 6), fromHundredths(b), 8));
          expect(compare(multiply(abs(rest), '2000000', 8), abs(fromHundredths(b)))).toBeLessThanOrEqual(0);
        },
      ),
    );
  });
});

describe('significant digits', () => {
  it.each([
    ['12.600000000000001', 15, 18, '12.6'],
    ['0.00000546', 15, 18, '0.00000546'],
    ['123456789012345.67', 15, 18, '123456789012346'],
    ['-1.5', 1, 18, '-2'],
    ['1234.5', 2, 18, '1235'],
    ['0.0000000000000000005', 15, 18, '0.000000000000000001'],
    ['0', 15, 18, '0'],
  ])('%s to %i of them and %i places is %s', (text, digits, places, rounded) => expect(significant(text, digits, places)).toBe(rounded));

  it('of a quotient are as many as asked for, and true', () => {
    const positive = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 18n }), fc.integer({ min: 0, max: 18 }))
      .map(([n, scale]) => multiply(n.toString(), `0.${'0'.repeat(scale)}1`, 40));
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const quotient = divideTo(a, b, 18);
        expect(quotient.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length).toBeLessThanOrEqual(
          Math.max(18, quotient.split('.')[0]?.length ?? 0),
        );
        expect(Number(quotient) / (Number(a) / Number(b))).toBeCloseTo(1, 12);
      }),
    );
  });
});
