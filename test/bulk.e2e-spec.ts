import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import pg from 'pg';
import { binaryArray, type BinaryType, type BinaryValue } from '../src/lib/binary-array.js';
import { runs } from './support/runs.js';

/** PostgreSQL reads arrays in binary form as it reads the same values as text. */

const SHORTEST_DATE = Date.UTC(1, 0, 1);
const LATEST_DATE = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.constantFrom('', 'NULL', 'null', '"', '\\', '\\"', '{', '}', '{}', ',', ' a ', "'", '\n\t', 'é'.repeat(41), '\u{1f600}'.repeat(1_000)),
);
const storable = text.map((value) => value.replaceAll('\0', ''));
const time = fc.integer({ min: SHORTEST_DATE, max: LATEST_DATE });
const asText = (value: BinaryValue): string => (Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : String(value));

const TYPES: Record<BinaryType, { values: fc.Arbitrary<BinaryValue>; text?: (value: BinaryValue) => string }> = {
  uuid: { values: fc.uuid() },
  text: { values: storable },
  jsonb: { values: fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value).replaceAll('\\u0000', '')) },
  bytea: { values: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  boolean: { values: fc.boolean() },
  smallint: { values: fc.integer({ min: -32_768, max: 32_767 }) },
  integer: { values: fc.integer() },
  bigint: { values: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)) },
  date: { values: time.map((at) => new Date(at).toISOString().slice(0, 10)) },
  timestamptz: { values: time, text: (at) => new Date(at as number).toISOString() },
};

describe('arrays in binary form', () => {
  let db: pg.Client;
  beforeAll(async () => {
    db = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
    await db.connect();
    await db.query(`SET TimeZone = 'UTC'`);
  });
  afterAll(() => db.end());

  it.each(Object.entries(TYPES))('%s is read as from text', async (type, { values, text: shown = asText }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(values), { maxLength: 40 }), async (list) => {
        const { rows } = await db.query<{ got: string[]; as_text: string[]; same: boolean }>({
          name: `same-${type}`,
          text: `SELECT $1::${type}[]::text[] AS got, $2::text[]::${type}[]::text[] AS as_text, $1::${type}[] IS NOT DISTINCT FROM $2::text[]::${type}[] AS same`,
          values: [binaryArray(type as BinaryType, list, (value) => value), list.map((value) => (value === null ? null : shown(value)))],
        });
        expect(rows[0]?.got).toEqual(rows[0]?.as_text);
        expect(rows[0]?.same).toBe(true);
      }),
      { numRuns: runs(100) },
    );
  });

  it('refuses a NUL as it does in text', async () => {
    await expect(db.query('SELECT $1::text[]', [binaryArray('text', ['a\0b'], (value) => value)])).rejects.toMatchObject({ code: '22021' });
  });
});
