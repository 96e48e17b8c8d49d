import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.js';
import { Spool } from '../http/spool.js';
import { columnsOf } from '../http/upload.js';
import { LiveSourcesService } from '../offer-sources/live-sources.service.js';
import { columnsFor, missingOf, type FieldTable } from './columns.js';
import type { InspectAnswer, InspectQuery } from './inspect.dto.js';
import { CLICK_TABLE } from './read-click.js';
import { conversionTable } from './read-conversion.js';
import { RATE_FIELDS, RATE_TABLE } from './read-rate.js';
import { openTable } from './read-table.js';

const LINES = 10;

/** Says how a file would be read. */
@Injectable()
export class InspectService {
  constructor(private readonly sources: LiveSourcesService) {}

  /** @throws Problem 400 for a file that is no table, 404 for an unknown source */
  async inspect(upload: Readable, { kind, offerSourceId, columns, encoding }: InspectQuery): Promise<InspectAnswer> {
    const { table: fieldTable, required } = this.expected(kind, offerSourceId);
    const spool = await Spool.of(upload);
    try {
      const table = await openTable(spool.chunks, encoding);
      const found = columnsFor(table.headers, fieldTable, columnsOf(columns, new Set(Object.keys(fieldTable))));
      const lines: string[][] = [];
      for await (const rows of table.rows()) {
        for (const { values } of rows) if (values !== null && lines.length < LINES) lines.push(values);
        if (lines.length === LINES) break;
      }
      // A conversion is named by either.
      const isNamed = required[0] === 'cid or txid' && (found.fields.includes('cid') || found.fields.includes('txid'));
      return {
        encoding: table.encoding,
        delimiter: table.delimiter,
        headers: table.headers,
        columns: found.columns,
        ignoredColumns: found.ignoredColumns,
        missing: isNamed ? [] : missingOf(found, required),
        fields: Object.keys(fieldTable),
        notes: found.notes,
        lines,
      };
    } finally {
      await spool.close();
    }
  }

  private expected(kind: InspectQuery['kind'], offerSourceId: string | undefined): { table: FieldTable; required: readonly string[] } {
    const source = offerSourceId === undefined ? null : this.sources.byId(offerSourceId);
    if (offerSourceId !== undefined && source === null) throw Problem.notFound('offer source', offerSourceId);
    switch (kind) {
      case 'clicks':
        return { table: CLICK_TABLE, required: ['cid', 'createdAt'] };
      case 'rates':
        return { table: RATE_TABLE, required: RATE_FIELDS };
      default:
        return { table: conversionTable(source?.parsing.aliases), required: ['cid or txid'] };
    }
  }
}
