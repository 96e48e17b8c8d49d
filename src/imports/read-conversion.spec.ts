import { describe, expect, it } from '@jest/globals';
import { parametersOf, queryOf, queryOfLine } from './read-conversion.js';

describe('lines of conversions', () => {
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
  ])('%j', (headers, parameters) => {
    expect(parametersOf(headers, {})).toEqual(parameters);
  });

  it('takes wished columns first, and encodes values', () => {
    const parameters = parametersOf(['id', 'cid', 'what'], { id: 'cid', what: 'status' });
    expect(parameters).toEqual(['cid', null, 'status']);
    expect(queryOf(parameters, ['a-1', 'ignored', 'über & out'])).toBe('cid=a-1&status=%C3%BCber%20%26%20out');
    expect(queryOf(parameters, ['a-1'])).toBe('cid=a-1');
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
