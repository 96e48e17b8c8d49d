import { describe, expect, it } from '@jest/globals';
import { columnsFor } from './columns.js';
import { conversionTable, placeTime, queryOfLine, readConversion } from './read-conversion.js';
import { withoutExponent } from '../lib/exponent.js';
import { brokenId, isShortened } from './read-number.js';

const UTC = { tz: 'UTC', order: null };

describe('columns of conversions', () => {
  it.each([
    [
      ['Click ID', 'Payout', 'Order ID', 'Status', 'Currency', 'Colour'],
      ['cid', 'payout', 'txid', 'status', 'currency', null],
    ],
    [
      ['subid', 'revenue', 'tid', 'goal', 'Date'],
      ['cid', 'payout', 'txid', 'status', 'ts'],
    ],
    [
      ['cid', 'clickid', 'event1', 'param2', 'conversion_id'],
      ['cid', null, 'event1', 'param2', 'conversion_id'],
    ],
    [
      ['cid', 'Amount', 'Payout', 'Goal', 'Status'],
      ['cid', null, 'payout', null, 'status'],
    ],
    [
      ['Клик', 'Выплата', 'Валюта', 'Статус', 'Дата'],
      ['cid', 'payout', 'currency', 'status', 'ts'],
    ],
    [
      ['Klick-ID', 'Betrag', 'Währung', 'Bestellnummer', 'Datum'],
      ['cid', 'payout', 'currency', 'txid', 'ts'],
    ],
    [
      ['Fecha', 'Estado', 'Importe', 'Moneda', 'ID de transacción'],
      ['ts', 'status', 'payout', 'currency', 'txid'],
    ],
  ])('%j', (headers, fields) => {
    expect(columnsFor(headers, conversionTable(), {}).fields).toEqual(fields);
  });

  it('a source’s own aliases come before ours', () => {
    expect(columnsFor(['Goal', 'Disposition', 'aff_sub'], conversionTable({ disposition: 'status', aff_sub: 'cid' }), {}).fields).toEqual([
      null,
      'status',
      'cid',
    ]);
  });
});

describe('lines of conversions', () => {
  it('are postbacks, with their time apart', () => {
    const fields = ['cid', null, 'status', 'payout', 'ts'];
    expect(readConversion(fields, ['a-1', 'ignored', 'über & out', '5E-04', '20.11.2026 10:00'], UTC)).toEqual({
      query: 'cid=a-1&status=%C3%BCber%20%26%20out&payout=0.0005',
      time: { at: Date.UTC(2026, 10, 20, 10), isDay: false },
    });
    expect(readConversion(fields, ['a-1', '', ''], UTC)).toEqual({ query: 'cid=a-1', time: null });
    expect(readConversion(fields, ['a-1', ''], UTC)).toBe('the line ends before its status');
    expect(readConversion(fields, ['a-1', '', '', '', 'soon'], UTC)).toMatch(/"soon" is no time/);
    expect(readConversion(['txid'], ['1.23457E+12'], UTC)).toMatch(/lost its last digits/);
  });

  it.each([
    ['5E-04', '0.0005'],
    ['1,5e-3', '0.0015'],
    ['-2.50E+02', '-250'],
    ['1.2345E+02', '123.45'],
    ['5E+00', '5'],
    ['12.5E-01', '1.25'],
    ['0E-02', '0.00'],
    ['12.5', '12.5'],
    ['E5', 'E5'],
    ['5E-04 EUR', '5E-04 EUR'],
  ])('Excel’s %s is %s', (text, plain) => {
    expect(withoutExponent(text)).toBe(plain);
  });

  it('a number that Excel shortened is known by its exponent', () => {
    expect(['1.23457E+12', '1,2E+15', '5E+05', 'E+5', '12E+5', 'abc', '5E-04'].map(isShortened)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['1.23E+15', /lost its last digits/],
    ['#N/A', /error of the spreadsheet/],
    ['#REF!', /error of the spreadsheet/],
    ['#ИМЯ?', /error of the spreadsheet/],
    ['#DIV/0!', /error of the spreadsheet/],
    ['######', /error of the spreadsheet/],
    ['=A1&"x"', /formula/],
  ])('%s is no id', (text, why) => {
    expect(brokenId('txid', text)).toMatch(why);
    for (const name of ['txid', 'conversion_id', 'cid']) expect(readConversion([name], [text], UTC)).toMatch(why);
  });

  it.each(['#1001', 'T-1', '12E3', '1E5', '#ABC', '0012', '-', 'a=b'])('%s may be an order number', (text) => {
    expect(brokenId('txid', text)).toBeNull();
  });

  it('a time is held against its click', () => {
    const click = Date.UTC(2026, 10, 20, 15);
    expect(placeTime({ at: click + 1, isDay: false }, click)).toBe(click + 1);
    expect(placeTime({ at: click - 1, isDay: false }, click)).toBe(click - 1);
    expect(placeTime({ at: click - 3_600_000, isDay: false }, click)).toMatch(/14:00.* lies before its click of .*15:00/);
    expect(placeTime({ at: Date.UTC(2026, 10, 20), isDay: true }, click)).toBe(click);
    expect(placeTime({ at: Date.UTC(2026, 10, 19), isDay: true }, click)).toMatch(/before its click/);
    expect(placeTime({ at: 0, isDay: true }, null)).toBe(0);
  });

  it.each([
    ['keitaro', 'abc,12.5,T-1,sale', 'cid=abc&payout=12.5&txid=T-1&status=sale'],
    ['keitaro', 'abc', 'cid=abc'],
    ['keitaro', 'abc,,,rejected', 'cid=abc&status=rejected'],
    ['keitaro', 'a,b,c,d,e', null],
    ['binom', 'abc:payout=12.5', 'cid=abc&payout=12.5'],
    ['binom', 'abc:payout=12.5&cnv_status=sale;event1=3', 'cid=abc&payout=12.5&cnv_status=sale&event1=3'],
    ['binom', 'abc', 'cid=abc'],
    ['binom', 'abc:12.5', null],
  ] as const)('%s: %s', (format, line, query) => {
    expect(queryOfLine(format, line)).toBe(query);
  });
});
