import { describe, expect, it } from '@jest/globals';
import { columnsFor, inUnit, missingOf, valuesOf } from './columns.js';
import { CLICK_TABLE } from './read-click.js';
import { conversionTable } from './read-conversion.js';

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

  it.each([
    ['event_1 event1', 'event1'],
    ['event1 event_1', 'event1'],
    ['sub_id subid', 'subid'],
    ['cnv_id click_id clickid', 'clickid'],
    ['transaction_id transactionid tid', 'tid'],
    ['transactionid transaction_id', 'transaction_id'],
    ['Order_ID Transaction-ID', 'Transaction-ID'],
  ])('of %s, which sound alike or are aliases of one, %s is read', (headers, read) => {
    const { fields, notes } = columnsFor(headers.split(' '), conversionTable(), {});
    expect(headers.split(' ').filter((_, at) => fields[at] !== null)).toEqual([read]);
    expect(notes).toHaveLength(1);
  });

  it.each([
    ['Revenue (USD)', 'USD'],
    ['Payout, $', null],
    ['Payout [EUR]', 'EUR'],
    ['payout€', 'EUR'],
    ['PAYOUT_RUR', 'RUB'],
    ['€ Payout', 'EUR'],
    ['USD payout', 'USD'],
    ['Betrag in €', 'EUR'],
    ['Сумма, руб.', 'RUB'],
    ['Commission R$', 'BRL'],
    ['Payout', null],
  ])('%s is a payout in %s', (header, unit) => {
    expect(columnsFor([header], conversionTable(), {})).toMatchObject({ fields: ['payout'], unit });
    expect(columnsFor(['x', header], { payout: [] }, { [header]: 'payout' })).toMatchObject({ unit });
  });

  it('a click’s cost may be in a unit as well, and a wished column is', () => {
    expect(columnsFor(['Cost (EUR)', 'cid'], CLICK_TABLE, {})).toMatchObject({ fields: ['cost', 'cid'], unit: 'EUR' });
    expect(columnsFor(['Total EUR', 'cid'], CLICK_TABLE, { 'Total EUR': 'cost' })).toMatchObject({ fields: ['cost', 'cid'], unit: 'EUR' });
  });

  // Shares, sums of others, and crowns of nobody knows which country.
  it.each(['Payout %', '% payout', 'Payout (kr)', 'EUR', 'Clicks (USD)', 'Payout per click'])('%s is no payout', (header) => {
    expect(columnsFor([header, 'cid'], conversionTable(), {})).toMatchObject({ fields: [null, 'cid'], unit: null });
  });

  it('an amount has the currency of its header, and no other', () => {
    const values = (own: Record<string, string>) => {
      const said: Record<string, string> = { payout: '5', ...own };
      return inUnit(said, 'payout', 'currency', 'EUR') ?? said;
    };
    expect(values({})).toEqual({ payout: '5', currency: 'EUR' });
    expect(values({ currency: 'eur' })).toEqual({ payout: '5', currency: 'EUR' });
    expect(values({ currency: 'null' })).toEqual({ payout: '5', currency: 'EUR' });
    expect(values({ currency: 'USD' })).toMatch(/"USD" is not EUR/);
    expect(inUnit({}, 'payout', 'currency', 'EUR')).toBeNull();
  });

  it.each([
    ['="0012"', '0012'],
    ['="say ""hi"""', 'say "hi"'],
    ['=1+1', '=1+1'],
    ["'=x", '=x'],
    ["'-5", '-5'],
    ["'0012", "'0012"],
    ["''", "''"],
    ['=""', ''],
  ])('%s is %s, as a spreadsheet has it', (cell, value) => {
    expect(valuesOf(['cid'], [cell])).toEqual(value === '' ? {} : { cid: value });
  });
});
