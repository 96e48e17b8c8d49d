import { describe, expect, it } from '@jest/globals';
import { columnsFor, missingOf, valuesOf } from './columns.js';

const TABLE = { cid: ['clickid', 'subid'], payout: ['revenue', 'sum', 'amount'], status: ['goal', 'Статус'] };

describe('columns', () => {
  it.each<[string, string[], Record<string, string>, string[], RegExp[]]>([
    [
      'the canonical name wins over an alias, wherever it stands',
      ['cid', 'Amount', 'Payout'],
      { cid: 'cid', Payout: 'payout' },
      ['Amount'],
      [/Two columns say payout: "Payout" is read, "Amount" is not/],
    ],
    ['so for the status', ['Goal', 'Status'], { Status: 'status' }, ['Goal'], [/status/]],
    [
      'of aliases the one further left in the table',
      ['Amount', 'Sum', 'REVENUE'],
      { REVENUE: 'payout' },
      ['Amount', 'Sum'],
      [/3 columns say payout: "REVENUE" is read, "Sum" and "Amount" are not/],
    ],
    ['of two the same the one further left in the file', ['Sum', 'sum'], { Sum: 'payout' }, ['sum'], [/payout/]],
    [
      'case and punctuation do not matter, letters of any script do',
      ['Click ID', 'статус', 'Colour', ''],
      { 'Click ID': 'cid', статус: 'status' },
      ['Colour'],
      [],
    ],
  ])('%s', (_name, headers, columns, ignoredColumns, notes) => {
    const found = columnsFor(headers, TABLE, {});
    expect(found).toMatchObject({ columns, ignoredColumns });
    expect(found.notes).toHaveLength(notes.length);
    for (const [i, note] of notes.entries()) expect(found.notes[i]).toMatch(note);
  });

  it('a wish comes first, and can leave a column out', () => {
    expect(columnsFor(['id', 'cid', 'what', 'goal'], TABLE, { id: 'cid', ' what ': 'status' })).toMatchObject({
      fields: ['cid', null, 'status', null],
      notes: [],
    });
    expect(columnsFor(['Status', 'Goal'], TABLE, { Status: null }).fields).toEqual([null, 'status']);
  });

  it('a wish for a column that the file lacks is refused, with the nearest', () => {
    const refused = (headers: string[], wishes: Record<string, string>) => () => columnsFor(headers, TABLE, wishes);
    expect(refused(['cid', 'Status'], { Stauts: 'status' })).toThrow(/no column "Stauts"; did you mean "Status"\?/);
    expect(refused(['cid', 'Status'], { status: 'status' })).toThrow(/did you mean "Status"\?/);
    expect(refused(['cid', 'x'], { 'Conversion type': 'status' })).toThrow(/no column "Conversion type"\. Its columns are cid, x/);
    expect(refused(['a', 'b'], { a: 'cid', b: 'cid' })).toThrow(/Both "a" and "b" are mapped to cid/);
  });

  it('says what is missing, and gives the values of a row', () => {
    const columns = columnsFor(['cid', 'x', 'Sum'], TABLE, {});
    expect(missingOf(columns, ['cid', 'payout', 'status'])).toEqual(['status']);
    expect(valuesOf(columns.fields, [' a ', 'b', ''])).toEqual({ cid: 'a' });
  });
});
