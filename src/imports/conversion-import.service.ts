import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { CsvError, parse } from 'csv-parse';
import type pg from 'pg';
import { Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { Waker } from '../queues/queues.js';
import { ADMIN_POOL } from '../db/tokens.js';
import type { InboxRow } from '../postbacks/drain.query.js';
import { INSERT_INBOX } from '../postbacks/inbox.query.js';
import { parametersOf, queryOf, queryOfLine, type ConversionFormat } from './read-conversion.js';
import type { ConversionImportAnswer } from './conversion-import.dto.js';
import { PreviewService } from '../postbacks/preview.service.js';
import { IMPORT_METHOD } from '../postbacks/route.service.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import { canonicalCid } from '../postbacks/postbacks.service.js';
import type { Result } from '../conversions/results.js';

export interface ConversionImportOptions {
  commit: boolean;
  format: ConversionFormat;
  /** Their header → parameter. */
  columns: Readonly<Record<string, string>>;
  /** Whose rules and status words hold; null: the click's own source's. */
  offerSourceId: string | null;
}

/** A line of a file. `query` is null when it cannot be read. */
export interface Line {
  line: number;
  query: string | null;
}

const BATCH = 500;
const MAX_ERRORS = 100;
const SAMPLE = 10;
const MAX_QUERY = 8_000;
const COUNTED: Partial<Record<Result, 'new' | 'updated' | 'unchanged' | 'unmatched'>> = {
  created: 'new',
  updated: 'updated',
  no_change: 'unchanged',
  duplicate: 'unchanged',
  duplicate_request: 'unchanged',
  stale_status: 'unchanged',
  ignored_status: 'unchanged',
  click_not_found: 'unmatched',
  waiting_click: 'unmatched',
};

/** Conversions from a file: each line is a postback, decided by the same engine (spec, api.md `/conversions/import`). */
@Injectable()
export class ConversionImportService {
  private readonly waker: Waker;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @InjectQueue('ingest') ingest: Queue,
    private readonly ids: IdsService,
    private readonly previews: PreviewService,
  ) {
    this.waker = new Waker(ingest);
  }

  /** @throws Problem 400 for a file that cannot be read at all; lines that cannot are told one by one */
  async import(file: Readable, options: ConversionImportOptions): Promise<ConversionImportAnswer> {
    const { commit, format, columns, offerSourceId } = options;
    const answer: ConversionImportAnswer = {
      committed: commit,
      total: 0,
      accepted: 0,
      new: 0,
      updated: 0,
      unchanged: 0,
      unmatched: 0,
      refused: 0,
      errorCount: 0,
      errors: [],
      sample: [],
    };
    let batch: { line: number; row: InboxRow }[] = [];
    const fail = (line: number, message: string): void => {
      answer.errorCount += 1;
      if (answer.errors.length < MAX_ERRORS) answer.errors.push({ line, message });
    };
    for await (const { line, query } of linesOf(file, format, columns)) {
      answer.total += 1;
      if (query === null) {
        fail(line, format === 'keitaro' ? 'the line is not subid,payout,tid,status' : 'the line is not clickid:payout=…');
        continue;
      }
      if (query.length > MAX_QUERY) {
        fail(line, 'the line is longer than a postback may be');
        continue;
      }
      const { values, refusal } = parsePostback({ query, contentType: null, body: null });
      if (refusal !== null || values.cid === null) {
        fail(line, refusal ?? 'missing_cid');
        continue;
      }
      const row = {
        id: this.ids.next(),
        seq: Number.MAX_SAFE_INTEGER,
        receivedAt: Math.round(this.ids.now()),
        attempts: 0,
        replayed: false,
        cid: canonicalCid(values.cid),
        tokenSourceId: offerSourceId,
        method: IMPORT_METHOD,
        query,
        contentType: null,
        body: null,
        ip: null,
      };
      batch.push({ line, row });
      if (batch.length === BATCH) {
        await this.flush(batch, commit, answer, fail);
        batch = [];
      }
    }
    await this.flush(batch, commit, answer, fail);
    return answer;
  }

  private async flush(
    batch: { line: number; row: InboxRow }[],
    commit: boolean,
    answer: ConversionImportAnswer,
    fail: (line: number, message: string) => void,
  ): Promise<void> {
    if (batch.length === 0) return;
    const rows = batch.map(({ row }) => row);
    if (commit) {
      await this.pool.query({ name: INSERT_INBOX.name, text: INSERT_INBOX.text, values: INSERT_INBOX.values(rows) });
      answer.accepted += rows.length;
      this.waker.wake();
      return;
    }
    const client = await this.pool.connect();
    try {
      for (const [i, { result, reason, warnings, before, after }] of (await this.previews.preview(client, rows)).entries()) {
        const { line, row } = batch[i] as { line: number; row: InboxRow };
        const counted = COUNTED[result];
        if (counted === undefined) {
          answer.refused += 1;
          fail(line, reason ?? result);
        } else answer[counted] += 1;
        if (answer.sample.length < SAMPLE)
          answer.sample.push({
            line,
            cid: row.cid,
            result,
            warnings,
            from: before?.status ?? null,
            to: after?.status ?? null,
            payout: after?.payout ?? null,
            currency: after?.currency ?? null,
          });
      }
    } finally {
      client.release();
    }
  }
}

/** The lines of a file as postbacks' queries. @throws Problem 400 */
export async function* linesOf(file: Readable, format: ConversionFormat, columns: Readonly<Record<string, string>>): AsyncGenerator<Line> {
  if (format !== 'csv') {
    let line = 0;
    for await (const text of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (text.trim() !== '') yield { line, query: queryOfLine(format, text) };
    }
    return;
  }
  let parameters: (string | null)[] | null = null;
  const rows = file.pipe(parse({ bom: true, relax_column_count: true, skip_empty_lines: true, info: true, max_record_size: 65_536 }));
  file.on('error', (error) => rows.destroy(error));
  try {
    for await (const { info, record } of rows as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
      if (parameters !== null) {
        yield { line: info.lines, query: queryOf(parameters, record) };
        continue;
      }
      parameters = parametersOf(record, columns);
      if (!parameters.includes('cid') && !parameters.includes('txid')) {
        throw new Problem(
          400,
          'invalid',
          'The file has no column for cid or txid. Its first line must name the columns; map others by columns={"Their Header":"cid"}.',
        );
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Problem(400, 'invalid', `The file is no CSV: ${(error as Error).message}`);
  }
  if (parameters === null) throw new Problem(400, 'invalid', 'The file is empty. Its first line must name the columns.');
}
