/** One column of a bulk statement: its name, its PostgreSQL type, and where a row keeps the value. */
export type BulkColumn<T> = readonly [name: string, type: string, value: (row: T) => unknown];

export interface BulkStatement<T> {
  name: string;
  text: string;
  /** Parameters for these rows: an array per column. */
  values(rows: readonly T[]): unknown[];
}

const names = <T>(columns: readonly BulkColumn<T>[], prefix = ''): string => columns.map(([name]) => prefix + name).join(', ');
const arrays = <T>(columns: readonly BulkColumn<T>[]): string => columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ');
const transpose = <T>(columns: readonly BulkColumn<T>[]) => (rows: readonly T[]): unknown[] => columns.map(([, , value]) => rows.map(value));

/**
 * INSERT of many rows as one prepared statement with an array per column. All bulk writes come through here, so that
 * a database that takes COPY better needs a change in one place.
 */
export function bulkInsert<T>(table: string, columns: readonly BulkColumn<T>[], suffix = ''): BulkStatement<T> {
  return {
    name: `insert-${table}`,
    text: `INSERT INTO ${table} (${names(columns)}) SELECT * FROM unnest(${arrays(columns)}) ${suffix}`,
    values: transpose(columns),
  };
}

/**
 * UPDATE of many rows by key. `where` joins the table `t` with the rows `u`; `scalars` are further parameters, numbered
 * after the columns' and named in `where` as `:name`.
 */
export function bulkUpdate<T>(name: string, table: string, columns: readonly BulkColumn<T>[], set: readonly string[], where: string, scalars: readonly string[] = []): BulkStatement<T> & { values(rows: readonly T[], ...scalars: unknown[]): unknown[] } {
  const condition = scalars.reduce((text, scalar, i) => text.replaceAll(`:${scalar}`, `$${columns.length + i + 1}`), where);
  return {
    name,
    text: `UPDATE ${table} AS t SET ${set.join(', ')} FROM unnest(${arrays(columns)}) AS u(${names(columns)}) WHERE ${condition}`,
    values: (rows, ...values) => [...transpose(columns)(rows), ...values],
  };
}
