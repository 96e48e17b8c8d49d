import { Problem } from '../http/problem.js';
import { columnsFor, missingOf, type FieldTable, type Wishes } from './columns.js';
import { isShortened } from './read-number.js';
import { linesOf, openTable, type Chunks, type Table } from './read-table.js';
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
  /** The currency that the header of the amounts names. */
  unit: string | null;
  /** Lines in all, the header and blank ones included. */
  lineCount: number;
  how: HowRead;
}

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
  const { lineCount, notes, order } = await survey(table, found.fields, timeField, options.dateOrder);
  return {
    table,
    fields: found.fields,
    time: { tz: options.tz, order },
    unit: found.unit,
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

/** What a look through a whole file tells. */
interface Survey {
  lineCount: number;
  notes: string[];
  order: DateOrder | null;
}

/**
 * Reads a file to its end: its lines in all, those that end before columns that are read, numbers that Excel has
 * shortened where no number is meant, and whether day or month comes first.
 * @throws Problem 400 where that cannot be told
 */
async function survey(table: Table, fields: OpenFile['fields'], timeField: string, asked: DateOrder | null): Promise<Survey> {
  let lineCount = 0;
  const [cut, shortened] = [new CutLines(), new ShortenedTexts()];
  const dates = asked === null ? new DateOrders(fields.indexOf(timeField)) : null;
  for await (const rows of table.rows((seen) => (lineCount += seen)))
    for (const { line, values } of rows) {
      if (values === null) continue;
      cut.see(line, values, fields);
      shortened.see(line, values, fields);
      dates?.see(line, values);
    }
  const notes = [...cut.notes(), ...shortened.notes(table.headers)];
  return { lineCount, notes, order: asked ?? dates?.decide(table.headers) ?? null };
}

const SHORT_NAMED = 5;

/** Lines that end before columns that are read. */
class CutLines {
  private count = 0;
  private readonly lines: number[] = [];
  private readonly lacking = new Set<string>();

  see(line: number, values: readonly string[], fields: OpenFile['fields']): void {
    if (values.length >= fields.length) return;
    const absent = fields.slice(values.length).filter((field) => field !== null);
    if (absent.length === 0) return;
    this.count += 1;
    for (const field of absent) this.lacking.add(field);
    if (this.lines.length < SHORT_NAMED) this.lines.push(line);
  }

  notes(): string[] {
    if (this.count === 0) return [];
    const named = `${this.lines.join(', ')}${this.count > this.lines.length ? ' …' : ''}`;
    const said = [...this.lacking].join(', ');
    return [
      this.count === 1
        ? `Line ${named} ends before ${said}: what it lacks counts as empty.`
        : `${this.count} lines (${named}) end before ${said}: what they lack counts as empty.`,
    ];
  }
}

/** Free texts that Excel took for numbers and shortened. Ids are errors of their lines; of these it is said. */
class ShortenedTexts {
  private readonly first = new Map<number, { line: number; text: string; count: number }>();

  see(line: number, values: readonly string[], fields: OpenFile['fields']): void {
    for (const [at, text] of values.entries()) {
      if (!text.includes('E+') || !FREE_TEXT.test(fields[at] ?? '') || !isShortened(text.trim())) continue;
      const known = this.first.get(at);
      if (known === undefined) this.first.set(at, { line, text: text.trim(), count: 1 });
      else known.count += 1;
    }
  }

  notes(headers: readonly string[]): string[] {
    return [...this.first].map(
      ([at, { line, text, count }]) =>
        `The column "${headers[at]}" has ${count === 1 ? 'a number' : `${count} numbers`} that Excel has shortened (${text} in line ${line}): the last digits are lost. Format it as text and export it again.`,
    );
  }
}

const FREE_TEXT = /^(?:sub\d+|param\d+|source|keyword)$/;

/** Whether day or month comes first in a column. */
class DateOrders {
  private readonly found = new Map<DateOrder | 'either', { line: number; text: string }>();

  constructor(private readonly column: number) {}

  see(line: number, values: readonly string[]): void {
    const text = values[this.column]?.trim() ?? '';
    if (text === '') return;
    const order = orderOf(text);
    if (order !== null && !this.found.has(order)) this.found.set(order, { line, text: text.slice(0, 40) });
  }

  /** null where its dates do not need it. @throws Problem 400 when it cannot be told, or both occur */
  decide(headers: readonly string[]): DateOrder | null {
    const [dayFirst, monthFirst, either] = [this.found.get('dmy'), this.found.get('mdy'), this.found.get('either')];
    const how = 'Say it by dateFormat=DD/MM/YYYY or dateFormat=MM/DD/YYYY';
    const column = `the column "${headers[this.column]}"`;
    if (dayFirst !== undefined && monthFirst !== undefined)
      throw new Problem(
        400,
        'invalid',
        `In ${column} the day comes first in line ${dayFirst.line} (${dayFirst.text}) and the month in line ${monthFirst.line} (${monthFirst.text}), so that it cannot be told of the others. ${how}: what is written the other way is then an error of its line.`,
      );
    if (dayFirst !== undefined) return 'dmy';
    if (monthFirst !== undefined) return 'mdy';
    if (either === undefined) return null;
    throw new Problem(400, 'invalid', `Whether day or month comes first cannot be told from ${column} (such as ${either.text}). ${how}.`);
  }
}

/** @throws Problem 400 for bytes that are not of the encoding */
export async function countLines(chunks: Chunks, encoding: string): Promise<number> {
  let count = 0;
  for await (const lines of linesOf(chunks(), encoding)) count += lines.length;
  return count;
}
