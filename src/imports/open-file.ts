import { Problem } from '../http/problem.js';
import { columnsFor, missingOf, type FieldTable, type Wishes } from './columns.js';
import { linesOf, openTable, type Chunks, type Row, type Table } from './read-table.js';
import { orderOf, type DateOrder, type TimeFormat } from './read-time.js';

/** What the sender of a file says of it. */
export interface FileOptions {
  columns: Wishes;
  encoding: string | undefined;
  tz: string;
  dateOrder: DateOrder | null;
}

/** How a file is read, as every answer says it. */
export interface HowRead {
  encoding: string;
  delimiter: string;
  dateFormat: string | null;
  columns: Record<string, string>;
  ignoredColumns: string[];
  notes: string[];
}

export interface OpenFile {
  table: Table;
  /** Of each column. */
  fields: (string | null)[];
  time: TimeFormat;
  /** Lines in all, the header and blank ones included. */
  lineCount: number;
  how: HowRead;
}

/** Dates of another kind at the beginning of a column say that it needs no order. */
const DATES_LOOKED_AT = 1_000;

/**
 * Opens a file of rows: its encoding is checked to the end, so that nothing of a file is stored that cannot be read whole.
 * @param required fields that it must have
 * @param timeField whose dates are looked through for their order
 * @throws Problem 400
 */
export async function openFile(
  chunks: Chunks,
  options: FileOptions,
  fieldTable: FieldTable,
  required: readonly string[],
  timeField: string,
): Promise<OpenFile> {
  const table = await openTable(chunks, options.encoding);
  const found = columnsFor(table.headers, fieldTable, options.columns);
  const missing = missingOf(found, required);
  if (missing.length > 0)
    throw new Problem(
      400,
      'invalid',
      `The file has no column for ${missing.join(' and ')}. Its columns are ${table.headers.join(', ')}; say which is meant by columns={"Their Header":"${missing[0]}"}.`,
    );
  const { lineCount, notes } = await survey(table, found.fields);
  const order = options.dateOrder ?? (await dateOrderOf(table, found.fields.indexOf(timeField)));
  return {
    table,
    fields: found.fields,
    time: { tz: options.tz, order },
    lineCount,
    how: {
      encoding: table.encoding,
      delimiter: table.delimiter,
      dateFormat: order === null ? null : order === 'dmy' ? 'DD/MM/YYYY' : 'MM/DD/YYYY',
      columns: found.columns,
      ignoredColumns: found.ignoredColumns,
      notes: [...found.notes, ...notes],
    },
  };
}

const SHORT_NAMED = 5;

/** Reads a file to its end: its lines in all, and those that end before columns that are read. */
async function survey(table: Table, fields: OpenFile['fields']): Promise<{ lineCount: number; notes: string[] }> {
  let [lineCount, count] = [0, 0];
  const [lines, lacking] = [[] as number[], new Set<string>()];
  for await (const rows of table.rows((seen) => (lineCount += seen)))
    for (const { line, values } of rows) {
      const absent = values === null || values.length >= fields.length ? [] : fields.slice(values.length).filter((field) => field !== null);
      if (absent.length === 0) continue;
      count += 1;
      for (const field of absent) lacking.add(field);
      if (lines.length < SHORT_NAMED) lines.push(line);
    }
  if (count === 0) return { lineCount, notes: [] };
  const named = `${lines.join(', ')}${count > lines.length ? ' …' : ''}`;
  const said = [...lacking].join(', ');
  return {
    lineCount,
    notes: [
      count === 1
        ? `Line ${named} ends before ${said}: what it lacks counts as empty.`
        : `${count} lines (${named}) end before ${said}: what they lack counts as empty.`,
    ],
  };
}

/** @throws Problem 400 for bytes that are not of the encoding */
export async function countLines(chunks: Chunks, encoding: string): Promise<number> {
  let count = 0;
  for await (const lines of linesOf(chunks(), encoding)) count += lines.length;
  return count;
}

/** Whether day or month comes first in a column; null where its dates do not need it. */
async function dateOrderOf(table: Table, column: number): Promise<DateOrder | null> {
  if (column === -1) return null;
  let [looked, example]: [number, string | null] = [0, null];
  for await (const rows of table.rows()) {
    for (const { values } of rows as Row[]) {
      const text = values?.[column]?.trim() ?? '';
      if (text === '') continue;
      looked += 1;
      const order = orderOf(text);
      if (order === 'either') example ??= text;
      else if (order !== null) return order;
    }
    if (example === null && looked >= DATES_LOOKED_AT) return null;
  }
  if (example === null) return null;
  throw new Problem(
    400,
    'invalid',
    `Whether day or month comes first cannot be told from the column "${table.headers[column]}" (such as ${example.slice(0, 40)}). Say it by dateFormat=DD/MM/YYYY or dateFormat=MM/DD/YYYY.`,
  );
}
