import { Problem } from '../http/problem.js';

/**
 * A file of rows as people export them, whatever program wrote it (docs/recipes.md#how-a-file-is-read): encoding and
 * delimiter are found out, and one line that is wrong stands alone. csv-parse is not used here because it lets one stray
 * quotation mark swallow the rest of the file.
 */

/** Another program's file, opened: what it turned out to be, and its rows. */
export interface Table {
  encoding: string;
  delimiter: string;
  headers: string[];
  /** The rows after the header, some at a time. Blank lines are left out. `seen` is told how many lines were read. */
  rows: (seen?: (lines: number) => void) => AsyncGenerator<Row[]>;
}

/** A row; `values` is null when its line cannot be read, and `error` says why. */
export interface Row {
  /** Where it begins, counted from 1. */
  line: number;
  values: string[] | null;
  error: string | null;
}

/** A file that can be read more than once. */
export type Chunks = () => AsyncIterable<Buffer>;

/** A longer line is no row of a table. */
const MAX_LINE = 65_536;
/** A quoted value that spans more lines than these is a stray quotation mark. */
const MAX_LINES_OF_ROW = 100;
const HEAD_BYTES = 4_096;
const DELIMITERS = [',', ';', '\t', '|'] as const;
const SEP_LINE = /^"?sep=(.)"?$/i;

const AS_CSV = 'Save the sheet as CSV (in Excel: File, Save as, CSV UTF-8) and send that';
/** What the first bytes of files say that are no text at all. */
const NO_TEXT: readonly [bytes: string, what: string][] = [
  ['504b0304', `an Excel workbook or a ZIP archive. ${AS_CSV}`],
  ['d0cf11e0', `an old Excel workbook. ${AS_CSV}`],
  ['1f8b', 'compressed. Unpack it and send what is in it'],
  ['25504446', 'a PDF. Ask for the same as CSV'],
];
/** Texts that are no table. */
const NO_TABLE: readonly [beginning: RegExp, what: string][] = [
  [/^\s*</, `HTML or XML, whatever its name says; many programs call that .xls. Open it in a spreadsheet. ${AS_CSV}`],
  [/^\s*(?:\[\s*[[{"\]]|\{\s*["}])/, 'JSON. Send its rows as CSV, the first line naming the columns'],
  [/^\s*\{\\rtf/, 'a text document. Ask for the same as CSV'],
  // oxlint-disable-next-line no-control-regex
  [/[\0-\x08\x0e-\x1a]/, 'no text, or in an encoding with more than two bytes for a letter. Save it as CSV in UTF-8 and send that'],
];
/** A text in UTF-16 has at least this share of them, be it only in its delimiters, digits and line ends; some stray ones are none. */
const ZEROS_OF_UTF_16 = 1 / 16;
const BOMS: readonly [bytes: string, encoding: string][] = [
  ['efbbbf', 'utf-8'],
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
];

/**
 * The encoding of a file: its byte order mark's, else the one asked for, else UTF-16 where every other byte of text is
 * zero, else UTF-8.
 * @throws Problem 400 for an unknown name, and for a file that is no text
 */
export function encodingOf(head: Buffer, asked: string | undefined): string {
  const hex = head.subarray(0, 4).toString('hex');
  const other = NO_TEXT.find(([bytes]) => hex.startsWith(bytes));
  if (other !== undefined) throw new Problem(400, 'invalid', `The file is ${other[1]}.`);
  const marked = BOMS.find(([bytes]) => hex.startsWith(bytes));
  const wanted = asked === undefined ? null : encodingNamed(asked);
  if (marked !== undefined) return marked[1];
  if (wanted !== null) return wanted;
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (even + odd < head.length * ZEROS_OF_UTF_16) return 'utf-8';
  return odd > even ? 'utf-16le' : 'utf-16be';
}

function encodingNamed(name: string): string {
  try {
    return new TextDecoder(name.trim()).encoding;
  } catch {
    throw Problem.invalid([
      { pointer: '/encoding', message: 'encoding must be the name of an encoding such as utf-8, utf-16, windows-1251 or windows-1252' },
    ]);
  }
}

/** The lines of a file, some at a time. Line ends are CR, LF or CRLF; of a line that is too long only its beginning is kept. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let [rest, count] = ['', 1];
  const decoded = (chunk?: Buffer): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new Problem(
        400,
        'invalid',
        `The file is not ${encoding.toUpperCase()}: at or after line ${count} are bytes that it does not have. Name the encoding it was saved in by the parameter encoding, for example encoding=windows-1251 or encoding=windows-1252, or save it as UTF-8.`,
      );
    }
  };
  const split = (text: string): string[] => {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    count += lines.length - 1;
    return lines;
  };
  for await (const chunk of chunks) {
    let text = decoded(chunk);
    // A CR at the end may be half of a CRLF.
    const held = text.endsWith('\r') ? '\r' : '';
    if (held !== '') text = text.slice(0, -1);
    const lines = split(text);
    rest = (lines.pop() ?? '').slice(0, MAX_LINE + 1) + held;
    if (lines.length > 0) yield lines;
  }
  const lines = split(decoded());
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > 0) yield lines;
}

/**
 * Reads the header of a table and says how the rest is to be read.
 * @throws Problem 400 for a file that is empty, no text, or not in its encoding
 */
export async function openTable(chunks: Chunks, asked: string | undefined): Promise<Table> {
  const encoding = encodingOf(await headOf(chunks()), asked);
  const format: Format = { delimiter: null, width: null, first: null };
  for await (const [header] of rowsOf(linesOf(chunks(), encoding), format)) {
    if (header === undefined) continue;
    const other = NO_TABLE.find(([beginning]) => beginning.test(format.first ?? ''));
    if (other !== undefined) throw new Problem(400, 'invalid', `The file is ${other[1]}.`);
    if (header.values === null) throw new Problem(400, 'invalid', `The line that names the columns cannot be read: ${header.error}.`);
    const headers = header.values.map((name) => name.trim().normalize('NFC'));
    return {
      encoding,
      delimiter: format.delimiter ?? ',',
      headers,
      rows: (seen) => below(rowsOf(told(linesOf(chunks(), encoding), seen), { delimiter: null, width: headers.length, first: null })),
    };
  }
  throw new Problem(400, 'invalid', 'The file is empty. Its first line must name the columns.');
}

async function headOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of chunks) {
    head = Buffer.concat([head, chunk]).subarray(0, HEAD_BYTES);
    if (head.length === HEAD_BYTES) break;
  }
  return head;
}

async function* told(lines: AsyncIterable<string[]>, seen: (lines: number) => void = () => undefined): AsyncGenerator<string[]> {
  for await (const some of lines) {
    seen(some.length);
    yield some;
  }
}

/** Without the header. */
async function* below(rows: AsyncGenerator<Row[]>): AsyncGenerator<Row[]> {
  let isFirst = true;
  for await (const some of rows) {
    const rest = isFirst ? some.slice(1) : some;
    isFirst = false;
    if (rest.length > 0) yield rest;
  }
}

/** The delimiter that the header has most of, outside of quotation marks. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Found out on the way: the delimiter by the first line, the width by who has seen the header. */
interface Format {
  first: string | null;
  delimiter: string | null;
  width: number | null;
}

async function* rowsOf(lines: AsyncIterable<string[]>, format: Format): AsyncGenerator<Row[]> {
  let waiting: string[] = [];
  let number = 1;
  const read = (all: string[], isEnd: boolean): Row[] => {
    const rows: Row[] = [];
    let at = 0;
    while (at < all.length) {
      const text = all[at] as string;
      if (format.delimiter === null && text.trim() !== '') {
        format.first = text;
        format.delimiter = SEP_LINE.exec(text)?.[1] ?? delimiterOf(text);
        if (SEP_LINE.test(text)) {
          at += 1;
          continue;
        }
      }
      const taken = rowAt(all, at, format, isEnd);
      if (taken === null) break;
      const { lines: spanned, values, error } = taken;
      if (values === null || values.some((value) => value.trim() !== '')) rows.push({ line: number + at, values, error });
      at += spanned;
    }
    waiting = all.slice(at);
    number += at;
    return rows;
  };
  for await (const some of lines) yield read(waiting.length === 0 ? some : [...waiting, ...some], false);
  yield read(waiting, true);
}

/** The row that begins at a line and how many lines it spans; null when the lines that may belong to it are not all here yet. */
function rowAt(
  lines: readonly string[],
  at: number,
  { delimiter, width }: Format,
  isEnd: boolean,
): (Omit<Row, 'line'> & { lines: number }) | null {
  const spoiled = (error: string) => ({ lines: 1, values: null, error });
  let text = lines[at] as string;
  if (text.length > MAX_LINE) return spoiled('the line is longer than 64 KiB');
  const separator = delimiter ?? ',';
  let values = text.includes('"') ? splitQuoted(text, separator) : text.split(separator);
  let spanned = 1;
  for (; values === 'open'; spanned++) {
    const next = lines[at + spanned];
    if (next === undefined && !isEnd) return null;
    if (next === undefined || spanned === MAX_LINES_OF_ROW || text.length + next.length > MAX_LINE) return spoiled(OPEN);
    text += `\n${next}`;
    // Only a line with a quotation mark can close the value.
    if (next.includes('"')) values = splitQuoted(text, separator);
  }
  if (values === 'stray') return spoiled(spanned === 1 ? STRAY : OPEN);
  // Quotation marks that close far below by chance make a row of another width.
  if (spanned > 1 && width !== null && values.length !== width) return spoiled(OPEN);
  if (width !== null && values.length > width && values.slice(width).some((value) => value.trim() !== ''))
    return spoiled(`the line has ${values.length} values, the header ${width} columns`);
  return { lines: spanned, values, error: null };
}

const OPEN = 'a quotation mark is opened and not closed';
const STRAY = 'text stands behind a closing quotation mark';

/** `="a,b"`, which is one value though its quotation mark stands further in. */
const KEPT_AS_TEXT = /="(?:[^"]|"")*"/y;

/** The values of a line some of which are quoted; `open` when a quotation mark is not closed, `stray` when text follows one that closes. */
function splitQuoted(text: string, delimiter: string): string[] | 'open' | 'stray' {
  const values: string[] = [];
  for (let at = 0; ; ) {
    let start = at;
    while (text[start] === ' ' && delimiter !== ' ') start++;
    let end: number;
    if (text[start] === '"') {
      let value = '';
      for (let from = start + 1; ; ) {
        const quote = text.indexOf('"', from);
        if (quote === -1) return 'open';
        value += text.slice(from, quote);
        from = quote + 2;
        if (text[quote + 1] === '"') value += '"';
        else {
          end = quote + 1;
          break;
        }
      }
      while (text[end] === ' ') end++;
      if (end < text.length && text[end] !== delimiter) return 'stray';
      values.push(value);
    } else {
      KEPT_AS_TEXT.lastIndex = start;
      const next = text.indexOf(delimiter, start + (KEPT_AS_TEXT.exec(text)?.[0].length ?? 0));
      end = next === -1 ? text.length : next;
      values.push(text.slice(at, end));
    }
    if (end >= text.length) return values;
    at = end + 1;
  }
}
