import { describe, expect, it } from '@jest/globals';
import { bulkInsert, bulkUpdate } from './bulk.js';

interface Row {
  id: number;
  text: string | null;
  bytes: Buffer | null;
}
const COLUMNS = [
  ['id', 'bigint', (r: Row) => r.id],
  ['text', 'text', (r: Row) => r.text],
  ['bytes', 'bytea', (r: Row) => r.bytes],
] as const;

describe('bulk statements', () => {
  it('writes columns as array literals', () => {
    const { text, values } = bulkInsert('t', COLUMNS);
    expect(text).toBe('INSERT INTO t (id, text, bytes) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[])');
    expect(
      values([
        { id: 1, text: 'a', bytes: null },
        { id: 2, text: null, bytes: Buffer.from([0, 255]) },
      ]),
    ).toEqual(['{1,2}', '{"a",NULL}', '{NULL,"\\\\x00ff"}']);
  });

  it('quotes what would end an element', () => {
    const [, text] = bulkInsert('t', COLUMNS).values(
      ['', 'NULL', 'a,b', '{}', '"', '\\', '"\\"', 'é世'].map((t) => ({ id: 1, text: t, bytes: null })),
    );
    expect(text).toBe('{"","NULL","a,b","{}","\\"","\\\\","\\"\\\\\\"","é世"}');
  });

  it('joins an update with its rows', () => {
    expect(bulkUpdate('u', 't', COLUMNS, ['text = u.text'], 't.id = u.id').text).toBe(
      'UPDATE t AS t SET text = u.text FROM unnest($1::bigint[], $2::text[], $3::bytea[]) AS u(id, text, bytes) WHERE t.id = u.id',
    );
  });
});
