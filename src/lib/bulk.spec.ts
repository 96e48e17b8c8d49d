import { describe, expect, it } from '@jest/globals';
import { binaryArray } from './binary-array.js';
import { bulkInsert, bulkUpdate } from './bulk.js';

interface Row {
  id: number;
  text: string | null;
  bytes: Buffer | null;
  money: string | null;
}
const COLUMNS = [
  ['id', 'bigint', (r: Row) => r.id],
  ['text', 'text', (r: Row) => r.text],
  ['bytes', 'bytea', (r: Row) => r.bytes],
  ['money', 'numeric', (r: Row) => r.money],
] as const;

describe('bulk statements', () => {
  it('writes columns as arrays, in binary form but for numeric', () => {
    const { text, values } = bulkInsert('t', COLUMNS);
    expect(text).toBe(
      'INSERT INTO t (id, text, bytes, money) SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS text, unnest($3::bytea[]) AS bytes, unnest($4::numeric[]) AS money',
    );
    const rows: Row[] = [
      { id: 1, text: 'a', bytes: null, money: '12.50' },
      { id: 2, text: null, bytes: Buffer.from([0, 255]), money: null },
    ];
    expect(values(rows)).toEqual([
      binaryArray('bigint', [1, 2], (v) => v),
      binaryArray('text', ['a', null], (v) => v),
      binaryArray('bytea', [null, Buffer.from([0, 255])], (v) => v),
      '{12.50,NULL}',
    ]);
    expect(values([])).toHaveLength(4);
    expect(values([])[3]).toBe('{}');
  });

  it('joins an update with its rows', () => {
    expect(bulkUpdate('u', 't', COLUMNS, ['text = u.text'], 't.id = u.id').text).toBe(
      'UPDATE t AS t SET text = u.text FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS text, unnest($3::bytea[]) AS bytes, unnest($4::numeric[]) AS money) AS u WHERE t.id = u.id',
    );
  });
});
