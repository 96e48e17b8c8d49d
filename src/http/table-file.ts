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

/**
 * All rows of a statement as a file, read while they are sent.
 * @throws ReadRefused before anything is sent
 */
export async function fileOf<Row extends object, Shown extends object>(
  reads: ReadsService,
  statement: { text: string; values: unknown[] },
  as: {
    name: string;
    format: Exclude<Format, 'json'>;
    shown: (row: Row) => Shown;
    columns: readonly TableColumn<Shown>[];
    options: CsvOptions;
  },
): Promise<StreamableFile> {
  const csv = csvOf(as.columns, as.options);
  const stream =
    as.format === 'csv'
      ? await reads.stream<Row>(statement, csv.head, (rows) => csv.lines(rows.map(as.shown)))
      : await reads.stream<Row>(statement, '', (rows) => rows.map((row) => `${JSON.stringify(as.shown(row))}\n`).join(''));
  return new StreamableFile(stream, { type: FILE_TYPES[as.format], disposition: `attachment; filename="${as.name}.${as.format}"` });
}
