import { describe, expect, it } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { delimiterOf, openTable, type Row } from './read-table.js';
import { runs } from '../../test/support/runs.js';

/** In pieces of a few bytes, so that every boundary falls somewhere. */
const inPieces = (bytes: Buffer, size: number) =>
  async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };

async function read(file: Buffer | string, encoding?: string, size = 7) {
  const table = await openTable(inPieces(Buffer.from(file as string), size), encoding);
  const rows: Row[] = [];
  for await (const some of table.rows()) rows.push(...some);
  return { ...table, rows };
}
const values = async (file: Buffer | string, encoding?: string): Promise<(string[] | null)[]> =>
  (await read(file, encoding)).rows.map((row) => row.values);
const lines = async (file: string): Promise<(string | number)[][]> =>
  (await read(file)).rows.map(({ line, values: found, error }) => [line, found?.join('|') ?? error ?? '']);

describe('a file of rows', () => {
  it.each([
    ['a,b\n1,2', ','],
    ['a;b\n1,5;2', ';'],
    ['a\tb\n1\t2', '\t'],
    ['a|b\n1|2', '|'],
    ['"x, y, z";b\n1;2', ';'],
    ['sep=;\na;b,c,d\n1;2', ';'],
    ['SEP=|\r\na|b\r\n1|2', '|'],
    ['sep=\t\na\tb\n1\t2', '\t'],
    ['\n\n;a;b\n', ';'],
    ['alone\n1', ','],
  ])('%j is delimited by %j', async (file, delimiter) => {
    expect((await read(file)).delimiter).toBe(delimiter);
  });

  it.each(['\n', '\r\n', '\r'])('lines end in %j, blank ones say nothing', async (end) => {
    expect(await lines(['', 'a;b', '1;2', '', ';', '  ', '3;4', ''].join(end))).toEqual([
      [3, '1|2'],
      [7, '3|4'],
    ]);
  });

  it('a stray quotation mark spoils its own line only', async () => {
    expect(await lines('cid,word,n\na,"open,1\nb,"x, y",2\nc,say "hi",3\nd,"e"f,4\ne,"two\nlines",5\nf,"again,6\ng,1,7\n')).toEqual([
      [2, 'a quotation mark is opened and not closed'],
      [3, 'b|x, y|2'],
      [4, 'c|say "hi"|3'],
      [5, 'text stands behind a closing quotation mark'],
      [6, 'e|two\nlines|5'],
      [8, 'a quotation mark is opened and not closed'],
      [9, 'g|1|7'],
    ]);
  });

  it('what is kept from being a number is one value, whatever stands in it', async () => {
    expect(await values('a,b\n="00,12",x\n ="1""2",y\n="open,z\n"=""3,4""",w\n')).toEqual([
      ['="00,12"', 'x'],
      [' ="1""2"', 'y'],
      ['="open', 'z'],
      ['="3,4"', 'w'],
    ]);
  });

  it.each([
    ['<html><table><tr><td>cid</td></tr></table>', /HTML or XML.*Save the sheet as CSV/],
    ['\ufeff\n<!DOCTYPE html>', /HTML or XML/],
    ['<?xml version="1.0"?><Workbook>', /HTML or XML/],
    ['[{"cid":"x-1"}]', /JSON/],
    ['{"data":[{"cid":"x-1"}]}', /JSON/],
    ['{"cid":"x-1"}\n{"cid":"x-2"}', /JSON/],
    ['[]', /JSON/],
    ['{\\rtf1\\ansi cid', /text document/],
    ['cid\u0001,payout', /no text/],
  ])('%j is refused with what to do', async (file, what) => {
    await expect(read(file)).rejects.toThrow(what);
    await expect(read(Buffer.from(`\ufeff${file}`, 'utf16le'))).rejects.toThrow(what);
  });

  it('a text in UTF-32 is refused, and some stray zero bytes make no UTF-16', async () => {
    const wide = Buffer.concat([...'\ufeffcid,payout\n'].map((letter) => Buffer.from(`${letter}\u0000`, 'utf16le')));
    await expect(read(wide)).rejects.toThrow(/no text/);
    expect(await read('cid,payout,status,txid\na-1,5,sale,T\u00001\n')).toMatchObject({
      encoding: 'utf-8',
      rows: [{ values: ['a-1', '5', 'sale', 'T\u00001'] }],
    });
    expect((await read(Buffer.from('Клик;Сумма;Дата\nабв;12;20.11\n'.repeat(50), 'utf16le'))).encoding).toBe('utf-16le');
    expect((await read(Buffer.from('Клик;Сумма\nабв;12\n', 'utf16le').swap16())).encoding).toBe('utf-16be');
  });

  it('a line with more values than columns is wrong: an unquoted decimal comma makes one', async () => {
    expect(await lines('cid,payout,currency\na,12,50,EUR\nb,1,EUR,,\nc,2\n')).toEqual([
      [2, 'the line has 4 values, the header 3 columns'],
      [3, 'b|1|EUR||'],
      [4, 'c|2'],
    ]);
  });

  it('a line that does not end is a line, not all memory', async () => {
    const { rows } = await read(`a,b\n${'x'.repeat(300_000)}\n1,2\n`, undefined, 65_536);
    expect(rows.map((row) => [row.line, row.error ?? row.values])).toEqual([
      [2, 'the line is longer than 64 KiB'],
      [3, ['1', '2']],
    ]);
  });
});

describe('encodings', () => {
  const text = 'Клик;Größe\nа1;5€\n';
  const utf16 = (big: boolean, mark: boolean): Buffer => {
    const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
    return big ? bytes.swap16() : bytes;
  };
  it.each([
    ['UTF-8', Buffer.from(text), undefined, 'utf-8'],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`), undefined, 'utf-8'],
    ['UTF-16LE with its mark', utf16(false, true), undefined, 'utf-16le'],
    ['UTF-16LE without', utf16(false, false), undefined, 'utf-16le'],
    ['UTF-16BE with its mark', utf16(true, true), undefined, 'utf-16be'],
    ['UTF-16BE without', utf16(true, false), undefined, 'utf-16be'],
    ['a mark beats the name', Buffer.from(`\ufeff${text}`), 'windows-1251', 'utf-8'],
  ])('%s', async (_name, file, asked, encoding) => {
    const table = await read(file, asked);
    expect([table.encoding, table.headers, table.rows[0]?.values]).toEqual([encoding, ['Клик', 'Größe'], ['а1', '5€']]);
  });

  it('windows-1251 and windows-1252 when they are named, and by their short names', async () => {
    const cyrillic = Buffer.from([0xc0, 0x3b, 0x62, 0x0a, 0xe0, 0x3b, 0x32]);
    expect(await values(cyrillic, 'windows-1251')).toEqual([['а', '2']]);
    expect((await read(cyrillic, 'CP1251')).encoding).toBe('windows-1251');
    expect((await read(Buffer.from([0x80, 0x2c, 0x62, 0x0a, 0x31, 0x2c, 0x32]), 'windows-1252')).headers).toEqual(['€', 'b']);
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.from('a;b\n1;\xcf\xf0', 'latin1'), undefined, /line 2 .*encoding=windows-1251/],
    ['half a character at the end', Buffer.from([0x61, 0x3b, 0x62, 0x0a, 0x31, 0xc3]), undefined, /encoding=/],
    ['half a UTF-16 character', Buffer.from([0xff, 0xfe, 0x61]), undefined, /not UTF-16LE/],
    ['an Excel workbook', Buffer.from('504b03041400', 'hex'), undefined, /Save the sheet as CSV/],
    ['nothing', Buffer.alloc(0), undefined, /empty/],
    ['only its mark', Buffer.from('\ufeff'), undefined, /empty/],
    ['only blank lines', Buffer.from('\n\r\n ;;\n'), undefined, /empty/],
  ])('%s is refused', async (_name, file, asked, message) => {
    await expect(read(file, asked)).rejects.toThrow(message);
  });

  it('an unknown name is refused', async () => {
    await expect(read('a,b', 'klingon')).rejects.toMatchObject({ status: 400, errors: [{ pointer: '/encoding' }] });
  });
});

describe('whatever is written', () => {
  // Without U+FEFF, which at the beginning of a file is a mark and no text.
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\ufeff\0]/.test(text)),
    fc.constantFrom('"', '""', ',', ';', '\t', '|', 'a "b" c', '12,50', '1;2', 'two\nlines', ' padded ', 'ю', '€', '='),
  );
  const table = fc.integer({ min: 2, max: 5 }).chain((width) =>
    fc.record({
      header: fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: width, maxLength: width }),
      rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
    }),
  );
  it('is read back the same, by any delimiter, encoding, quoting and line end', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        fc.constantFrom('utf8', 'utf16le', 'utf16be', 'utf8 bom', 'utf16le bom'),
        fc.integer({ min: 1, max: 40 }),
        async ({ header, rows }, delimiter, end, isQuoted, kind, size) => {
          const text =
            (kind.endsWith('bom') ? '\ufeff' : '') +
            stringify([header, ...rows], { delimiter, record_delimiter: end, quoted: isQuoted, quoted_match: /[\r\n|;,\t"]|^\s|\s$/ });
          const bytes = kind.startsWith('utf8') ? Buffer.from(text) : Buffer.from(text, 'utf16le');
          const opened = await openTable(inPieces(kind === 'utf16be' ? bytes.swap16() : bytes, size), undefined);
          expect(opened.headers).toEqual(header);
          const found: (string[] | null)[] = [];
          for await (const some of opened.rows()) found.push(...some.map((row) => row.values));
          const said = rows
            .filter((row) => row.some((value) => value.trim() !== ''))
            .map((row) => row.map((value) => value.replaceAll(/\r\n?/g, '\n')));
          expect(found).toEqual(said);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('a header says its delimiter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(',', ';', '\t', '|'),
        fc.array(fc.stringMatching(/^[a-z ]{1,8}$/), { minLength: 2 }),
        (delimiter, names) => {
          expect(delimiterOf(names.join(delimiter))).toBe(delimiter);
        },
      ),
    );
  });
});
