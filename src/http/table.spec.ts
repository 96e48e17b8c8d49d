import { describe, expect, it } from '@jest/globals';
import { csvOf, fieldColumns, formatOf } from './table.js';

describe('the format of a table', () => {
  it('is the one named, else the first that Accept names, else JSON', () => {
    expect(formatOf('json', 'text/csv')).toBe('json');
    expect(formatOf('csv', undefined)).toBe('csv');
    expect(formatOf(undefined, 'text/csv')).toBe('csv');
    expect(formatOf(undefined, 'Text/CSV;header=present, application/json;q=0.5')).toBe('csv');
    expect(formatOf(undefined, 'application/x-ndjson')).toBe('ndjson');
    expect(formatOf(undefined, 'application/json, text/csv')).toBe('json');
    expect(formatOf(undefined, 'text/html,application/xhtml+xml,*/*;q=0.8')).toBe('json');
    expect(formatOf(undefined, undefined)).toBe('json');
  });
});

describe('a CSV file', () => {
  const columns = fieldColumns<Record<string, unknown>>(['a', 'payout', 'n', 'yes', 'list'], ['payout']);
  const row = { a: '=1+1', payout: '-12.5', n: 3, yes: true, list: ['x', 'y'] };

  it('disarms formulas and leaves numbers', () => {
    const { head, lines } = csvOf(columns, { delimiter: ',', bom: false, decimal: 'point' });
    expect(head).toBe('a,payout,n,yes,list\n');
    expect(lines([row, { a: '-5', payout: null }])).toBe(`'=1+1,-12.5,3,true,"[""x"",""y""]"\n-5,,,,\n`);
    for (const evil of ['+1', '-1+2', '@x', '\tx', '=1']) expect(lines([{ a: evil }])).toContain(`'${evil}`);
  });

  it('is read by Excel where decimals have a comma', () => {
    const { head, lines } = csvOf(columns, { delimiter: ';', bom: true, decimal: 'comma' });
    expect(head).toBe('\uFEFFa;payout;n;yes;list\n');
    expect(lines([{ ...row, a: '1.5', list: null }])).toBe('1.5;-12,5;3;true;\n');
  });
});
