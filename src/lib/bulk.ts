import type pg from 'pg';
import { binaryArray, isBinaryType, type BinaryValue } from './binary-array.js';

/** One column of a bulk statement: its name, its PostgreSQL type, and where a row keeps the value. */
export type BulkColumn<T> = readonly [name: string, type: string, value: (row: T) => BulkValue];
export type BulkValue = BinaryValue | null;
/** Arrays, a column each: in binary form, or, of the types that have none here, as a literal. */
export type BulkValues = (Buffer | string)[];

export interface BulkStatement<T> {
  name: string;
  text: string;
  /** Parameters for these rows: an array per column. */
  values(rows: readonly T[]): BulkValues;
}

/**
 * Rows column by column: PostgreSQL reads an array faster than as many values. A column of NULLs alone is an empty array, as a
 * shorter one goes on with NULLs: of most requests half the columns say nothing. At least one must have a value in the last row.
 */
function parameters<T>(columns: readonly BulkColumn<T>[]): (rows: readonly T[]) => BulkValues {
  const writers = columns.map(([, type, value]) =>
    isBinaryType(type)
      ? (rows: readonly T[]) => binaryArray(type, rows.some((row) => value(row) !== null) ? rows : [], value)
      : (rows: readonly T[]) => literal(rows, value),
  );
  return (rows) => writers.map((write) => write(rows));
}

/** An array literal of what need not be quoted in one: numbers. */
function literal<T>(rows: readonly T[], value: (row: T) => BulkValue): string {
  return `{${rows.map((row) => value(row) ?? 'NULL').join(',')}}`;
}

const names = <T>(columns: readonly BulkColumn<T>[]): string => columns.map(([name]) => name).join(', ');
/**
 * The rows, a column from each array. Not `FROM unnest($1, $2, …)`: that one gathers each array's elements apart before it
 * joins them, which costs more than inserting them does.
 */
const rowsOf = <T>(columns: readonly BulkColumn<T>[]): string =>
  `SELECT ${columns.map(([name, type], i) => `unnest($${i + 1}::${type}[]) AS ${name}`).join(', ')}`;

/**
 * INSERT of many rows as one prepared statement with an array per column. All bulk writes come through here, so that
 * a database that takes COPY better needs a change in one place.
 */
export function bulkInsert<T>(table: string, columns: readonly BulkColumn<T>[]): BulkStatement<T> {
  return {
    name: `insert-${table}`,
    text: `INSERT INTO ${table} (${names(columns)}) ${rowsOf(columns)}`,
    values: parameters(columns),
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
    text: `UPDATE ${table} AS t SET ${set.join(', ')} FROM (${rowsOf(columns)}) AS u WHERE ${where}`,
    values: parameters(columns),
  };
}

/** For statements that are more than an insert: the rows as a table, to be put after FROM. */
export function bulkRows<T>(columns: readonly BulkColumn<T>[], alias: string): { from: string; values(rows: readonly T[]): BulkValues } {
  return { from: `(${rowsOf(columns)}) AS ${alias}`, values: parameters(columns) };
}

/** Writes rows in one statement; none is no statement. Returns how many it touched. */
export async function bulk<T>(client: pg.ClientBase, statement: BulkStatement<T>, rows: readonly T[]): Promise<number | null> {
  if (rows.length === 0) return 0;
  return (await client.query({ name: statement.name, text: statement.text, values: statement.values(rows) })).rowCount;
}
