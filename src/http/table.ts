import { stringify } from 'csv-stringify/sync';

/** Rows as a file: in which format, and as the lines of a CSV file. */

export const FORMATS = ['json', 'csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];
export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];
/** The same in words, where a sign is awkward to write into a URL. */
export const DELIMITER_WORDS: Readonly<Record<string, Delimiter>> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' };
export const FILE_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/** What was asked for by name, else by the Accept header, where the first known type counts; JSON for everything else. */
export function formatOf(asked: Format | undefined, accept: string | undefined): Format {
  if (asked !== undefined) return asked;
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const type = range.split(';')[0]?.trim();
    if (type === 'application/json') return 'json';
    if (type === 'text/csv') return 'csv';
    if (type === 'application/x-ndjson') return 'ndjson';
  }
  return 'json';
}

/** A column of a file. `amount`: decimal text, shown with the decimal sign that was asked for. */
export interface TableColumn<Row> {
  name: string;
  value: (row: Row) => unknown;
  amount?: boolean;
}

export interface CsvOptions {
  delimiter: Delimiter;
  bom: boolean;
  decimal: 'point' | 'comma';
}

const NUMBER = /^-?\d+(?:[.,]\d+)?$/;
const BOM = '\uFEFF';

/** The first line and the further ones, as text. What people and networks wrote may be a formula in disguise and is disarmed; a plain number is none. */
export function csvOf<Row>(
  columns: readonly TableColumn<Row>[],
  { delimiter, bom, decimal }: CsvOptions,
): { head: string; lines: (rows: readonly Row[]) => string } {
  const text = (lines: unknown[][]): string =>
    stringify(lines, {
      delimiter,
      cast: {
        string: (value) => (NUMBER.test(value) ? value : { value, escape_formulas: true }),
        boolean: String,
        object: (value) => JSON.stringify(value),
      },
    });
  const cell = (column: TableColumn<Row>, row: Row): unknown => {
    const value = column.value(row);
    return column.amount === true && decimal === 'comma' && typeof value === 'string' ? value.replace('.', ',') : value;
  };
  return {
    head: (bom ? BOM : '') + text([columns.map(({ name }) => name)]),
    lines: (rows) => text(rows.map((row) => columns.map((column) => cell(column, row)))),
  };
}

/** Columns that are fields of their row. */
export const fieldColumns = <Row extends object>(names: readonly string[], amounts: readonly string[] = []): TableColumn<Row>[] =>
  names.map((name) => ({ name, value: (row) => (row as Record<string, unknown>)[name], amount: amounts.includes(name) }));
