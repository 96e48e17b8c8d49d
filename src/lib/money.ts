/**
 * Exact decimals on text: what goes in and comes out is decimal text such as `-12.6`, what happens between is bigint.
 * Every result is canonical: no exponent, no leading or trailing zeros, never `-0`. Input may carry zeros at its ends
 * (Postgres pads `numeric(p, s)`); anything that is not plain decimal text throws a RangeError.
 * Rounding is half away from zero (docs/reference.md#money).
 */

const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const ZERO_CODE = 48;
const DOT_CODE = 46;
const MINUS_CODE = 45;
/** Digits of any number of this length a double holds exactly. */
const SHORT_DIGITS = 15;
const SAFE = Number.MAX_SAFE_INTEGER;

interface Decimal {
  /** The number times 10 to the power of `scale`. */
  units: bigint;
  scale: number;
}

function read(text: string): Decimal {
  if (!DECIMAL.test(text)) throw new RangeError(`not a decimal: ${text.slice(0, 40)}`);
  const dot = text.indexOf('.');
  if (dot < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 };
}

function write(units: bigint, scale: number): string {
  if (units === 0n) return '0';
  const sign = units < 0n ? '-' : '';
  return sign + withPoint((units < 0n ? -units : units).toString(), scale);
}

/** A whole number's digits as a decimal of this scale, without zeros at its end. */
function withPoint(units: string, scale: number): string {
  if (scale === 0) return units;
  const digits = units.padStart(scale + 1, '0');
  const point = digits.length - scale;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === ZERO_CODE) end--;
  return end > point ? `${digits.slice(0, point)}.${digits.slice(point, end)}` : digits.slice(0, point);
}

const POWERS = Array.from({ length: 40 }, (_, n) => 10n ** BigInt(n));
function powerOf10(n: number): bigint {
  return POWERS[n] ?? 10n ** BigInt(n);
}

/**
 * Nearly all amounts are short. Those whose units a double holds exactly are computed in doubles, at a tenth of what
 * bigints cost; a result that might not be exact is left to them.
 */
const POWERS_SHORT = Array.from({ length: SHORT_DIGITS + 1 }, (_, n) => 10 ** n);
/** The scale of what `shortUnits` read last. */
let shortScale = 0;

/** The units of a decimal of at most 15 digits, its scale in `shortScale`; NaN for any other text. */
function shortUnits(text: string): number {
  const { length } = text;
  const first = text.charCodeAt(0) === MINUS_CODE ? 1 : 0;
  if (length > first + SHORT_DIGITS + 1) return Number.NaN;
  let units = 0;
  let digits = 0;
  shortScale = 0;
  for (let i = first; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO_CODE;
    if (digit >= 0 && digit <= 9) {
      units = units * 10 + digit;
      digits++;
    } else if (digit === DOT_CODE - ZERO_CODE && shortScale === 0 && digits > 0 && i < length - 1) shortScale = length - 1 - i;
    else return Number.NaN;
  }
  if (digits === 0 || digits > SHORT_DIGITS) return Number.NaN;
  return first === 1 ? -units : units;
}

function writeShort(units: number, scale: number): string {
  if (units === 0) return '0';
  const sign = units < 0 ? '-' : '';
  return sign + withPoint(String(Math.abs(units)), scale);
}

/** `a / b`, a whole number, half away from zero. */
function quotient(a: bigint, b: bigint): bigint {
  const whole = a / b;
  const rest = a % b;
  const twice = 2n * (rest < 0n ? -rest : rest);
  if (twice < (b < 0n ? -b : b)) return whole;
  return a < 0n === b < 0n ? whole + 1n : whole - 1n;
}

function writeRounded(units: bigint, scale: number, places: number): string {
  return scale <= places ? write(units, scale) : write(quotient(units, powerOf10(scale - places)), places);
}

/** The same number in canonical text. */
export function canonical(text: string): string {
  const { units, scale } = read(text);
  return write(units, scale);
}

export function add(a: string, b: string): string {
  const left = shortUnits(a);
  const leftScale = shortScale;
  const right = shortUnits(b);
  const scale = Math.max(leftScale, shortScale);
  const wholeLeft = left * (POWERS_SHORT[scale - leftScale] as number);
  const wholeRight = right * (POWERS_SHORT[scale - shortScale] as number);
  if (Math.abs(wholeLeft) + Math.abs(wholeRight) <= SAFE) return writeShort(wholeLeft + wholeRight, scale);
  const x = read(a);
  const y = read(b);
  if (x.scale === y.scale) return write(x.units + y.units, x.scale);
  return x.scale > y.scale
    ? write(x.units + y.units * powerOf10(x.scale - y.scale), x.scale)
    : write(x.units * powerOf10(y.scale - x.scale) + y.units, y.scale);
}

export function subtract(a: string, b: string): string {
  return add(a, negate(b));
}

/** The product, rounded once to `places`. */
export function multiply(a: string, b: string, places: number): string {
  const left = shortUnits(a);
  const leftScale = shortScale;
  const product = left * shortUnits(b);
  if (Math.abs(product) <= SAFE && leftScale + shortScale <= places) return writeShort(product, leftScale + shortScale);
  const x = read(a);
  const y = read(b);
  return writeRounded(x.units * y.units, x.scale + y.scale, places);
}

/** The quotient, rounded once to `places`; a zero divisor throws a RangeError. */
export function divide(a: string, b: string, places: number): string {
  const x = read(a);
  const y = read(b);
  const shift = places + y.scale - x.scale;
  return shift >= 0
    ? write(quotient(x.units * powerOf10(shift), y.units), places)
    : write(quotient(x.units, y.units * powerOf10(-shift)), places);
}

/** The quotient, rounded once to so many significant digits, those before the point always staying; a zero divisor throws a RangeError. */
export function divideTo(a: string, b: string, digits: number): string {
  const x = read(a);
  const y = read(b);
  const length = (units: bigint): number => (units < 0n ? -units : units).toString().length;
  // The quotient's first digit stands here or one place further right.
  const first = length(x.units) - x.scale - (length(y.units) - y.scale);
  const rough = divide(a, b, Math.max(0, digits - first + 1) + 1);
  const { units, scale } = read(rough);
  return divide(a, b, Math.max(0, digits - length(units) + scale));
}

export function round(text: string, places: number): string {
  const { units, scale } = read(text);
  return writeRounded(units, scale, places);
}

/** Rounded once to at most so many significant digits and so many places, whichever is less; digits before the point always stay. */
export function significant(text: string, digits: number, maxPlaces: number): string {
  const { units, scale } = read(text);
  if (units === 0n) return '0';
  const length = (units < 0n ? -units : units).toString().length;
  return writeRounded(units, scale, Math.max(0, Math.min(maxPlaces, digits - length + scale)));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compare(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const short = shortUnits(a);
  const shortOf = shortScale;
  const other = shortUnits(b);
  // NaN is neither.
  if (shortOf === shortScale && (short <= other || short > other)) return short < other ? -1 : short > other ? 1 : 0;
  const x = read(a);
  const y = read(b);
  const left = x.scale < y.scale ? x.units * powerOf10(y.scale - x.scale) : x.units;
  const right = y.scale < x.scale ? y.units * powerOf10(x.scale - y.scale) : y.units;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function negate(text: string): string {
  const short = shortUnits(text);
  if (!Number.isNaN(short)) return writeShort(-short, shortScale);
  const { units, scale } = read(text);
  return write(-units, scale);
}

export function abs(text: string): string {
  const { units, scale } = read(text);
  return write(units < 0n ? -units : units, scale);
}

export function isZero(text: string): boolean {
  const short = shortUnits(text);
  if (!Number.isNaN(short)) return short === 0;
  return read(text).units === 0n;
}

export function isNegative(text: string): boolean {
  const short = shortUnits(text);
  if (!Number.isNaN(short)) return short < 0;
  return read(text).units < 0n;
}
