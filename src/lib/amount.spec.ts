import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Amount, readAmount } from './amount.js';
import { runs } from '../../test/support/runs.js';

const MINUS = '\u2212';
const read = (text: string, currency: string | null = null, otherwise: string | null = null): Partial<Amount> | null =>
  readAmount(text, currency, otherwise);

describe('numbers', () => {
  it.each([
    ['12.5', '12.5'],
    ['12.600000000000001', '12.6'],
    ['0.0000005', '0.0000005'],
    ['-0.0000005', '-0.0000005'],
    ['0.00000546', '0.00000546'],
    ['0.00000049', '0.00000049'],
    ['0.000000000000000001', '0.000000000000000001'],
    ['0.0000000000000000005', '0.000000000000000001'],
    ['0.0000000000000000004', '0'],
    ['1,234.56', '1234.56'],
    ['1.234,56', '1234.56'],
    ['1,234,567.8', '1234567.8'],
    ['1,50', '1.5'],
    ['1,5000', '1.5'],
    ['1.234', '1.234'],
    ['1 234,50', '1234.5'],
    ['1\u00a0234,50', '1234.5'],
    ['1\u202f234.50', '1234.5'],
    ['\u200b12.5\u200f', '12.5'],
    ['12,34,567.80', '1234567.8'],
    ['12.50', '12.5'],
    ['12.1234565', '12.1234565'],
    ['12.12345650000000', '12.1234565'],
    ['1.23456789012345', '1.23456789012345'],
    ['1.234567890123455', '1.23456789012346'],
    ['-1.234567890123455', '-1.23456789012346'],
    ['1.234567890123454', '1.23456789012345'],
    ['123456789012345.67', '123456789012346'],
    ['999999999999999', '999999999999999'],
    ['-0.00', '0'],
    ['-.0', '0'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007', '7'],
    ['0', '0'],
    ['-0', '0'],
    ['1000000001', '1000000001'],
    ['1000000000000000', '1000000000000000'],
    ['-1000000000000000', '-1000000000000000'],
    ['1000000000000000.0000004', '1000000000000000'],
    [`0.${'3'.repeat(100)}`, '0.333333333333333'],
  ])('%s is %s', (text, amount) => expect(read(text)).toEqual({ amount, currency: null, badCurrency: false, ambiguous: false }));

  it.each([
    '',
    '1,500',
    '1.234.567',
    '1,234,567',
    '12,34,5',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e5',
    '5E-04',
    '0x10',
    '1000000000000001',
    '-1000000000000001',
    '1000000000000000.6',
    '9'.repeat(40),
    '--5',
    '-5-',
    '+-5',
    '5--',
    '(5',
    '5)',
    '((5))',
    '-(5)',
    '(-5)',
    '(5)-',
    'abc',
    '$',
    '€',
    '.',
    ',',
    '-',
    '()',
    '1.2,3.4',
    '12,345.6,7',
    '1,23.4',
    '1.234,567.8',
    "1'000",
    '٣',
    '5%',
    '5 pcs',
    '12 days',
    '5K',
    '5 5 5x',
    '1/2',
    `0.${'3'.repeat(500)}`,
  ])('%s is none', (text) => expect(read(text)).toBeNull());
});

describe('signs', () => {
  it.each([
    '-5',
    `${MINUS}5`,
    '5-',
    `5${MINUS}`,
    '(5)',
    '- 5',
    '$-5',
    '-$5',
    '$5-',
    '($5)',
    '$(5)',
    '(5 $)',
    '(5) $',
    '5 -$',
    '5$-',
    '( 5.00 )',
  ])('%s is below zero', (text) => expect(read(text)?.amount).toBe('-5'));
  it.each(['+5', '5+', '$+5', '+$5'])('%s is above', (text) => expect(read(text)?.amount).toBe('5'));
});

describe('currencies', () => {
  it.each([
    ['R$ 1.234,56', '1234.56', 'BRL'],
    ['€7', '7', 'EUR'],
    ['7,50 €', '7.5', 'EUR'],
    ['£12.5', '12.5', 'GBP'],
    ['US$12', '12', 'USD'],
    ['us$ 12', '12', 'USD'],
    ['12.50 USD', '12.5', 'USD'],
    ['12.50usd', '12.5', 'USD'],
    ['CHF 12.50', '12.5', 'CHF'],
    ['CHF-12.50', '-12.5', 'CHF'],
    ['12,50 zł', '12.5', 'PLN'],
    ['12 ZŁ', '12', 'PLN'],
    ['1 500,00 ₽', '1500', 'RUB'],
    ['500 руб.', '500', 'RUB'],
    ['500 RUR', '500', 'RUB'],
    ['₹1,23,456.00', '123456', 'INR'],
    ['A$5', '5', 'AUD'],
    ['CA$5', '5', 'CAD'],
    ['12.5 USDT', '12.5', 'USDT'],
    ['0.00000546 BTC', '0.00000546', 'BTC'],
    ['₿0.00000546', '0.00000546', 'BTC'],
    ['$12.50 USD', '12.5', 'USD'],
    ['$12.50 CAD', '12.5', 'CAD'],
    ['EUR 12 €', '12', 'EUR'],
    ['¥1500', '1500', 'JPY'],
    ['Kč 250', '250', 'CZK'],
    ['$12', '12', null],
    ['-$12', '-12', null],
  ])('%s is %s %s', (text, amount, currency) => expect(read(text)).toMatchObject({ amount: amount, currency, badCurrency: false }));

  it.each([
    ['€7', 'EUR', 'EUR', false],
    ['€7', 'USD', null, true],
    ['7 CHF', 'USD', null, true],
    ['$7', 'EUR', 'EUR', false],
    ['$7', 'CAD', 'CAD', false],
    ['US$7', 'CAD', null, true],
    ['¥7', 'CNY', 'CNY', false],
    ['7 kr', 'SEK', 'SEK', false],
    ['7 kr', 'EUR', null, true],
    ['7 kr', null, null, true],
    ['7 Rs', null, null, true],
    ['7 WOW', 'WOW', 'WOW', false],
  ] as const)('%s beside %s is of %s', (text, given, currency, badCurrency) =>
    expect(read(text, given)).toMatchObject({ amount: '7', currency, badCurrency }),
  );

  it('are told by the one that holds otherwise, where a sign has several', () => {
    expect(read('7 kr', null, 'NOK')).toMatchObject({ currency: 'NOK', badCurrency: false });
    expect(read('7 kr', null, 'EUR')).toMatchObject({ currency: null, badCurrency: true });
    expect(read('7', null, 'NOK')).toMatchObject({ currency: null, badCurrency: false });
  });

  it.each(['$5€', 'USD 5 EUR', '€5 USD', '5 WOW', 'U-S$5', '5 €€'])('%s is no amount', (text) => expect(read(text)).toBeNull());
});

describe('currencies without decimals', () => {
  it.each([
    ['150.000', 'VND', '150000', true],
    ['150,000', 'VND', '150000', true],
    ['1.500.000', 'VND', '1500000', false],
    ['1,500,000', 'KRW', '1500000', false],
    ['12.500', 'CLP', '12500', true],
    ['1.000', 'JPY', '1000', true],
    ['-1.000', 'JPY', '-1000', true],
    ['(1.000)', 'JPY', '-1000', true],
    ['1.50', 'JPY', '1.5', false],
    ['0.500', 'JPY', '0.5', false],
    ['1234.567', 'JPY', '1234.567', false],
    ['1.234,5', 'JPY', '1234.5', false],
    ['1500', 'JPY', '1500', false],
    ['150.000', 'EUR', '150', false],
    ['150.000', 'IDR', '150', false],
  ])('%s %s is %s', (text, currency, amount, ambiguous) => {
    expect(read(text, currency)).toMatchObject({ amount, ambiguous });
    expect(read(text, null, currency)).toMatchObject({ amount, ambiguous, currency: null });
    expect(read(`${text} ${currency}`)).toMatchObject({ amount, ambiguous, currency });
  });
  it('say it by their sign', () => {
    expect(read('₫150.000')).toMatchObject({ amount: '150000', currency: 'VND', ambiguous: true });
    expect(read('150.000 ₫', 'EUR')).toMatchObject({ amount: '150', badCurrency: true });
  });
});

describe('for any number', () => {
  const digits = fc.tuple(fc.bigInt({ min: -999_999_999_999_999n, max: 999_999_999_999_999n }), fc.integer({ min: 0, max: 18 }));
  const written = ([units, scale]: [bigint, number]): string => {
    const text = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
    return `${units < 0n ? '-' : ''}${text.slice(0, text.length - scale)}${scale === 0 ? '' : `.${text.slice(text.length - scale)}`}`;
  };
  it('of 15 digits and 18 places none is lost, however it is dressed', () => {
    fc.assert(
      fc.property(digits, (number) => {
        const text = written(number);
        const plain = readAmount(text)?.amount ?? '';
        expect([Number(plain), readAmount(plain)?.amount]).toEqual([Number(text) + 0, plain]);
        expect(readAmount(`${text} EUR`)?.amount).toBe(plain);
        expect(readAmount(text.replace('-', '€-'))?.amount).toBe(plain);
        if (text.startsWith('-')) {
          for (const dressed of [`(${text.slice(1)})`, `${text.slice(1)}-`, text.replace('-', MINUS)])
            expect(readAmount(dressed)?.amount).toBe(plain);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });
  it('grouped by one sign and with the other for decimals it is the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 999_999_999 }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
        const english = `${whole.toLocaleString('en-US')}.${String(cents).padStart(2, '0')}`;
        const german = english.replace(/[.,]/g, (c) => (c === '.' ? ',' : '.'));
        expect([readAmount(english)?.amount, readAmount(german)?.amount]).toEqual(
          Array(2).fill(readAmount(`${whole}.${String(cents).padStart(2, '0')}`)?.amount),
        );
      }),
    );
  });
  it('never throws, and never takes its time', () => {
    const nasty = fc
      .array(fc.constantFrom('1', '0', '.', ',', '-', '(', ')', '$', '€', ' ', 'e', 'USD', 'kr', MINUS, '٣', '\0'), { maxLength: 30 })
      .map((p) => p.join(''));
    fc.assert(
      fc.property(nasty, fc.constantFrom(null, 'VND', 'EUR'), (text, currency) => {
        const amount = readAmount(text, currency)?.amount;
        if (amount !== undefined) expect(amount).toMatch(/^(?:0|-?(?:[1-9]\d*|0)(?:\.\d{1,18})?)$/);
      }),
      { numRuns: runs(2_000) },
    );
    const start = performance.now();
    for (const unit of ['1', '(', '-', ',', '$', ' ', 'a', '1,', '.1']) readAmount(unit.repeat(60_000));
    expect(performance.now() - start).toBeLessThan(200);
  });
});
