import type pg from 'pg';

/** One column of a bulk statement: its name, its PostgreSQL type, and where a row keeps the value. */
export type BulkColumn<T> = readonly [name: string, type: string, value: (row: T) => BulkValue];
export type BulkValue = string | number | boolean | Buffer | null;

export interface BulkStatement<T> {
  name: string;
  text: string;
  /** Parameters for these rows: an array literal per column. */
  values(rows: readonly T[]): string[];
}

/** Types whose text never holds what an array literal would have to quote. */
const PLAIN = new Set(['uuid', 'bigint', 'integer', 'smallint', 'numeric', 'boolean', 'date']);
const SPECIAL = /["\\]/;
const ALL_SPECIAL = /["\\]/g;

/** Rows as PostgreSQL array literals, column by column: half the cost of having the driver quote every element. */
function literals<T>(columns: readonly BulkColumn<T>[]): (rows: readonly T[]) => string[] {
  const plain = columns.map(([, type]) => PLAIN.has(type));
  return (rows) =>
    columns.map(([, , value], c) => {
      let text = '{';
      for (let r = 0; r < rows.length; r++) {
        if (r > 0) text += ',';
        const v = value(rows[r] as T);
        if (v === null) text += 'NULL';
        else if (plain[c]) text += String(v);
        else text += quoted(v);
      }
      return `${text}}`;
    });
}

function quoted(value: Exclude<BulkValue, null>): string {
  if (Buffer.isBuffer(value)) return `"\\\\x${value.toString('hex')}"`;
  const text = String(value);
  return SPECIAL.test(text) ? `"${text.replace(ALL_SPECIAL, '\\$&')}"` : `"${text}"`;
}

const names = <T>(columns: readonly BulkColumn<T>[]): string => columns.map(([name]) => name).join(', ');
const arrays = <T>(columns: readonly BulkColumn<T>[]): string => columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ');

/**
 * INSERT of many rows as one prepared statement with an array per column. All bulk writes come through here, so that
 * a database that takes COPY better needs a change in one place.
 */
export function bulkInsert<T>(table: string, columns: readonly BulkColumn<T>[]): BulkStatement<T> {
  return {
    name: `insert-${table}`,
    text: `INSERT INTO ${table} (${names(columns)}) SELECT * FROM unnest(${arrays(columns)})`,
    values: literals(columns),
  };
}

/** INSERT of many rows that takes the place of those with the same key. */
export function bulkUpsert<T>(table: string, columns: readonly BulkColumn<T>[], key: readonly string[]): BulkStatement<T> {
  const { text, values } = bulkInsert(table, columns);
  const others = columns.map(([name]) => name).filter((name) => !key.includes(name));
  return {
    name: `upsert-${table}`,
    text: `${text} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`,
    values,
  };
}

/** UPDATE of many rows by key. `where` joins the table `t` with the rows `u`. */
export function bulkUpdate<T>(
  name: string,
  table: string,
  columns: readonly BulkColumn<T>[],
  set: readonly string[],
  where: string,
): BulkStatement<T> {
  return {
    name,
    text: `UPDATE ${table} AS t SET ${set.join(', ')} FROM unnest(${arrays(columns)}) AS u(${names(columns)}) WHERE ${where}`,
    values: literals(columns),
  };
}

/** For statements that are more than an insert: the rows as a table, to be put after FROM. */
export function bulkRows<T>(columns: readonly BulkColumn<T>[], alias: string): { from: string; values(rows: readonly T[]): string[] } {
  return { from: `unnest(${arrays(columns)}) AS ${alias}(${names(columns)})`, values: literals(columns) };
}

/** Writes rows in one statement; none is no statement. Returns how many it touched. */
export async function bulk<T>(client: pg.ClientBase, statement: BulkStatement<T>, rows: readonly T[]): Promise<number | null> {
  if (rows.length === 0) return 0;
  return (await client.query({ name: statement.name, text: statement.text, values: statement.values(rows) })).rowCount;
}
