import { Readable } from 'node:stream';
import { applyDecorators, createParamDecorator, Header, StreamableFile, type ExecutionContext, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ReadsService } from '../db/reads.service.js';
import { csvOf, FILE_TYPES, type CsvOptions, type Format, type TableColumn } from './table.js';

/** The Accept header. It is no parameter that a client would have to give. */
export const Accept = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  return context.switchToHttp().getRequest<FastifyRequest>().headers.accept;
});

/** An operation whose answer is a page, or all rows as a file. */
export const ApiTable = (page: Type, row: Type, csv: string): MethodDecorator =>
  applyDecorators(
    Header('Vary', 'Accept'),
    ApiExtraModels(page, row),
    ApiOkResponse({
      description: 'A page, or all rows as a file',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(page) } },
        'text/csv': { schema: { type: 'string', example: csv } },
        'application/x-ndjson': { schema: { $ref: getSchemaPath(row) } },
      },
    }),
  );

/** How rows become a file. */
export interface FileForm<Row, Shown> {
  name: string;
  format: Exclude<Format, 'json'>;
  /** As they are answered. */
  shown: (rows: Row[]) => Shown[] | Promise<Shown[]>;
  columns: readonly TableColumn<Shown>[];
  options: CsvOptions;
}

/**
 * All rows of a statement as a file, read while they are sent.
 * @throws ReadRefused before anything is sent
 */
export async function fileOf<Row extends object, Shown extends object>(
  reads: ReadsService,
  statement: { text: string; values: unknown[] },
  form: FileForm<Row, Shown>,
): Promise<StreamableFile> {
  const { head, lines } = linesOf(form);
  return sent(await reads.stream<Row>(statement, head, lines), form);
}

/** The same of rows that are there already. */
export function fileOfRows<Row, Shown extends object>(batches: Iterable<Row[]>, form: FileForm<Row, Shown>): StreamableFile {
  const { head, lines } = linesOf(form);
  const texts = async function* (): AsyncGenerator<string> {
    yield head;
    for (const rows of batches) yield await lines(rows);
  };
  return sent(Readable.from(texts(), { objectMode: false }), form);
}

function linesOf<Row, Shown extends object>({
  format,
  shown,
  columns,
  options,
}: FileForm<Row, Shown>): { head: string; lines: (rows: Row[]) => Promise<string> } {
  if (format === 'ndjson')
    return { head: '', lines: async (rows) => (await shown(rows)).map((row) => `${JSON.stringify(row)}\n`).join('') };
  const csv = csvOf(columns, options);
  return { head: csv.head, lines: async (rows) => csv.lines(await shown(rows)) };
}

const sent = (stream: Readable, { name, format }: Pick<FileForm<never, never>, 'name' | 'format'>): StreamableFile =>
  new StreamableFile(stream, { type: FILE_TYPES[format], disposition: `attachment; filename="${name}.${format}"` });
