import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { findClicks, type ClickRow } from '../conversions/find-clicks.query.js';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { Problem } from '../http/problem.js';
import { Spool } from '../http/spool.js';
import { add, isNegative } from '../lib/money.js';
import { LiveSourcesService, type LiveSource, type Parsing } from '../offer-sources/live-sources.service.js';
import type { InboxRow } from '../postbacks/drain.query.js';
import { INSERT_INBOX } from '../postbacks/inbox.query.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import { canonicalCid } from '../postbacks/postbacks.service.js';
import { PreviewService, type PreviewVerdict } from '../postbacks/preview.service.js';
import { IMPORT_METHOD } from '../postbacks/route.service.js';
import { Waker } from '../queues/queues.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import type { ConversionImportAnswer } from './conversion-import.dto.js';
import { COUNTED, ConversionVerdictsService, MAX_ERRORS } from './conversion-verdicts.service.js';
import { FirstLines } from './first-lines.js';
import { ImportRunsService, type ImportRun } from './import-runs.service.js';
import { countLines, openFile, type FileOptions, type HowRead } from './open-file.js';
import {
  placeTime,
  readConversion,
  conversionTable,
  queryOfLine,
  wrongIn,
  type ConversionFormat,
  type ConversionLine,
} from './read-conversion.js';
import { partOf, PART_BYTES } from './parts.js';
import { brokenId } from './read-number.js';
import { encodingOf, linesOf } from './read-table.js';
import { NOT_PAID } from './reconcile.js';
import * as sql from './verdicts.query.js';

export interface ConversionImportOptions extends FileOptions {
  commit: boolean;
  /** Whether a commit is answered when every line has its verdict. */
  waits: boolean;
  format: ConversionFormat;
  /** Whose rules and status words hold; null: the click's own source's. */
  offerSourceId: string | null;
}

/** A line with what it says, or what is wrong with it. */
export interface Line {
  line: number;
  read: ConversionLine | string;
}

/** A line ready to be decided. */
interface Ready extends ConversionLine {
  line: number;
  cid: string;
  /** Its payout is below zero. */
  minus: boolean;
}

interface Reading {
  how: HowRead;
  /** The currency that the header of the amounts names. */
  unit: string | null;
  lineCount: number;
  lines: () => AsyncGenerator<Line[]>;
}

const BATCH = 500;
/** So many lines of one click are previewed together: a network's literal click id may stand in all lines of a file. */
const TOGETHER = 10_000;
const SAMPLE = 10;
const MAX_QUERY = 8_000;
/** So many batches may wait for their verdicts, so that others' postbacks are not kept waiting by a long file. */
const UNDECIDED_BATCHES = 8;
const THROTTLE_POLL_MS = 20;
/** Without a worker nothing is decided, and the file is taken in all the same. */
const WORKER_MISSING_MS = 5_000;

const inboxParameters = INSERT_INBOX.values([]).length;
/** Inbox rows together with the lines they came from. The inbox's parameters, then import, postbacks, lines. */
const INSERT_IMPORT = {
  name: 'insert-import',
  text: `WITH noted AS (
      INSERT INTO import_lines (import_id, postback_id, line)
      SELECT $${inboxParameters + 1}::uuid, * FROM unnest($${inboxParameters + 2}::uuid[], $${inboxParameters + 3}::int[])
    ) ${INSERT_INBOX.text}`,
};

/** Conversions from a file: each line is a postback, decided by the same code as those that networks send. */
@Injectable()
export class ConversionImportService {
  private readonly waker: Waker;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    @InjectQueue('ingest') ingest: Queue,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly meanings: MeaningsService,
    private readonly previews: PreviewService,
    private readonly runs: ImportRunsService,
    private readonly verdicts: ConversionVerdictsService,
  ) {
    this.waker = new Waker(ingest);
  }

  /** @throws Problem 400 for a file that cannot be read at all; lines that cannot be read are listed in the answer */
  async import(upload: Readable, options: ConversionImportOptions): Promise<ConversionImportAnswer> {
    const source = this.sources.byId(options.offerSourceId);
    if (options.offerSourceId !== null && source === null) throw Problem.notFound('offer source', options.offerSourceId);
    const spool = await Spool.of(upload);
    let keeps = false;
    try {
      const reading = await openConversions(spool.chunks, options, source);
      const answer: ConversionImportAnswer = {
        ...reading.how,
        committed: options.commit,
        state: 'preview',
        jobId: null,
        total: 0,
        accepted: 0,
        new: 0,
        updated: 0,
        unchanged: 0,
        unmatched: 0,
        refused: 0,
        pending: 0,
        errorCount: 0,
        errors: [],
        warnings: {},
        sums: [],
        sample: [],
      };
      if (!options.commit) return await this.preview(reading, Math.ceil(spool.size / PART_BYTES), options, answer);
      answer.notes = [...answer.notes, ...absentNotes(reading, options, source === null ? null : new Set([source.defaultStatus]))];
      keeps = true;
      return await this.runs.run('conversions', reading.lineCount, answer, options.waits, (run) =>
        this.commit(run, reading, options, answer).finally(() => spool.close()),
      );
    } finally {
      if (!keeps) await spool.close();
    }
  }

  private async commit(
    run: ImportRun,
    reading: Reading,
    options: ConversionImportOptions,
    answer: ConversionImportAnswer,
  ): Promise<ConversionImportAnswer> {
    answer.jobId = run.id;
    answer.state = 'active';
    const errors = new FirstLines<{ line: number; message: string }>(MAX_ERRORS);
    const parsing = this.sources.parsing(options.offerSourceId);
    const undecided: string[][] = [];
    let throttles = true;
    const flush = async (batch: readonly Ready[]): Promise<void> => {
      if (batch.length === 0) return;
      await run.progress(answer.total);
      const rows = await this.placed(batch, options, (line, message) => fail(line, message));
      if (rows.length === 0) return;
      await this.pool.query({
        ...INSERT_IMPORT,
        values: [...INSERT_INBOX.values(rows.map(({ row }) => row)), run.id, rows.map(({ row }) => row.id), rows.map(({ line }) => line)],
      });
      answer.accepted += rows.length;
      this.waker.wake();
      undecided.push(rows.map(({ row }) => row.id));
      if (throttles && undecided.length > UNDECIDED_BATCHES) throttles = await this.areDecided(undecided.shift() as string[]);
    };
    const fail = (line: number, message: string): void => {
      answer.errorCount += 1;
      errors.add({ line, message });
    };
    let batch: Ready[] = [];
    for await (const lines of reading.lines()) {
      for (const line of lines) {
        answer.total += 1;
        const ready = readyOf(line, this.ids.now(), parsing);
        if (typeof ready === 'string') fail(line.line, ready);
        else if (batch.push(ready) === BATCH) {
          await flush(batch);
          batch = [];
        }
      }
    }
    await flush(batch);
    answer.errors = errors.all();
    await run.stored(answer);
    return this.verdicts.settle(run.id, answer);
  }

  /** Whether these got their verdicts; false when nobody seems to work. */
  private async areDecided(ids: string[]): Promise<boolean> {
    for (const since = performance.now(); performance.now() - since < WORKER_MISSING_MS; await sleep(THROTTLE_POLL_MS))
      if ((await this.pool.query(sql.ANY_OPEN, [ids])).rowCount === 0) return true;
    return false;
  }

  /** What each line would do after those before it. The lines of a click come in the same part of the file and are folded together. */
  private async preview(
    reading: Reading,
    parts: number,
    options: ConversionImportOptions,
    answer: ConversionImportAnswer,
  ): Promise<ConversionImportAnswer> {
    const errors = new FirstLines<{ line: number; message: string }>(MAX_ERRORS);
    const sample = new FirstLines<ConversionImportAnswer['sample'][number]>(SAMPLE);
    const sums = new Map<string, ConversionImportAnswer['sums'][number]>();
    const defaults = new Set<string>();
    const parsing = this.sources.parsing(options.offerSourceId);
    const fail = (line: number, message: string): void => {
      answer.errorCount += 1;
      errors.add({ line, message });
    };
    const take = (line: number, cid: string, verdict: PreviewVerdict): void => {
      const { result, reason, warnings, entry } = verdict;
      const said = this.saidBy(verdict);
      const counted = COUNTED[result];
      if (counted === undefined) {
        answer.refused += 1;
        fail(line, reason ?? result);
      } else {
        answer[counted] += 1;
        if (verdict.parsed.values.status === null) defaults.add(verdict.defaultStatus);
        const key = `${said.status} ${said.currency}`;
        const sum = sums.get(key) ?? {
          status: said.status,
          currency: said.currency,
          count: 0,
          payout: '0',
          unmatchedCount: 0,
          unmatchedPayout: '0',
        };
        sum.count += 1;
        sum.payout = add(sum.payout, said.payout ?? '0');
        if (counted === 'unmatched') {
          sum.unmatchedCount += 1;
          sum.unmatchedPayout = add(sum.unmatchedPayout, said.payout ?? '0');
        }
        sums.set(key, sum);
      }
      for (const warning of warnings) answer.warnings[warning] = (answer.warnings[warning] ?? 0) + 1;
      sample.add({ line, cid, result, warnings, from: entry?.from ?? null, to: said.status, payout: said.payout, currency: said.currency });
    };
    for (let part = 0; part < parts; part++) {
      const byClick = new Map<string, Ready[]>();
      for await (const lines of reading.lines()) {
        for (const line of lines) {
          const ready = readyOf(line, this.ids.now(), parsing);
          if (part === 0) answer.total += 1;
          if (typeof ready === 'string') {
            if (part === 0) fail(line.line, ready);
            continue;
          }
          if (parts > 1 && partOf(ready.cid, parts) !== part) continue;
          const known = byClick.get(ready.cid);
          if (known === undefined) byClick.set(ready.cid, [ready]);
          else known.push(ready);
        }
      }
      let batch: Ready[] = [];
      const decide = async (): Promise<void> => {
        const rows = await this.placed(batch, options, fail);
        batch = [];
        const found = await this.previewed(rows.map(({ row }) => row));
        for (const [i, verdict] of found.entries()) take(rows[i]?.line as number, rows[i]?.row.cid as string, verdict);
      };
      for (const [cid, lines] of byClick) {
        if (lines.length > TOGETHER)
          answer.notes.push(
            `${cid} has ${lines.length} lines: they are previewed ${TOGETHER} at a time, each of these as if the others were not there.`,
          );
        for (let from = 0; from < lines.length; from += TOGETHER) {
          batch.push(...lines.slice(from, from + TOGETHER));
          if (batch.length >= BATCH) await decide();
        }
      }
      if (batch.length > 0) await decide();
    }
    answer.errors = errors.all();
    answer.sample = sample.all();
    answer.sums = [...sums.values()].toSorted(
      (a, b) => a.status.localeCompare(b.status) || (a.currency ?? '').localeCompare(b.currency ?? ''),
    );
    answer.notes = [...answer.notes, ...absentNotes(reading, options, defaults)];
    return answer;
  }

  /** What a line says: the status it asks for, and its own amount or the offer's in its place. */
  private saidBy({ entry, parsed, source, defaultStatus }: PreviewVerdict): {
    status: string;
    payout: string | null;
    currency: string | null;
  } {
    const { status } = parsed.values;
    const payout = entry?.payout ?? parsed.values.payout;
    const asked = status === null ? defaultStatus : this.meanings.of(status, source).meaning;
    return {
      // What takes back a part leaves the conversion approved; the line's own money is reversed all the same.
      status: asked === 'reversed' ? asked : (entry?.to ?? asked),
      payout,
      currency: payout === null ? null : (entry?.currency ?? parsed.values.currency ?? source?.defaultCurrency ?? this.config.baseCurrency),
    };
  }

  /** Lines as inbox rows, their times held against their clicks and their minus against what they mean. */
  private async placed(
    batch: readonly Ready[],
    { offerSourceId }: ConversionImportOptions,
    fail: (line: number, message: string) => void,
  ): Promise<{ line: number; row: InboxRow }[]> {
    const clicks = batch.some(({ time }) => time !== null) ? await this.clicksOf(batch.map(({ cid }) => cid)) : new Map<string, ClickRow>();
    const placed = batch.flatMap(({ line, cid, query, time, minus }) => {
      const ts = time === null ? null : placeTime(time, clicks.get(cid)?.clickedAt ?? null);
      if (typeof ts === 'string') {
        fail(line, ts);
        return [];
      }
      const row: InboxRow = {
        id: this.ids.next(),
        seq: Number.MAX_SAFE_INTEGER,
        receivedAt: Math.round(this.ids.now()),
        attempts: 0,
        replayed: false,
        cid,
        tokenSourceId: offerSourceId,
        tokenOfferId: null,
        method: IMPORT_METHOD,
        query: ts === null ? query : `${query}&ts=${ts}`,
        contentType: null,
        body: null,
        ip: null,
      };
      return [{ line, row, minus }];
    });
    const below = placed.filter((line) => line.minus);
    if (below.length === 0) return placed;
    // A postback whose minus makes no sense has the payout of its offer; a line of a file would make money of what takes it away.
    const verdicts = await this.previewed(below.map(({ row }) => row));
    const refused = new Set(below.filter((_, i) => isPaid(verdicts[i] as PreviewVerdict, this.meanings)).map(({ row }) => row));
    for (const { line, row } of below)
      if (refused.has(row))
        fail(
          line,
          'its payout is below zero, but its status is none of rejected, trash and reversed, and its source does not say amountSign signed',
        );
    return placed.filter(({ row }) => !refused.has(row));
  }

  /** What these rows would do, each after the ones before it. */
  private async previewed(rows: readonly InboxRow[]): Promise<PreviewVerdict[]> {
    const client = await this.pool.connect();
    try {
      return await this.previews.preview(client, rows);
    } finally {
      client.release();
    }
  }

  private async clicksOf(cids: string[]): Promise<ReadonlyMap<string, ClickRow>> {
    const client = await this.pool.connect();
    try {
      return await findClicks(client, cids, false);
    } finally {
      client.release();
    }
  }
}

/** Whether a negative payout stands where money is paid. Of a click that is not known the source is asked that was named, if any. */
function isPaid({ click, source, parsed, defaultStatus, warnings }: PreviewVerdict, meanings: MeaningsService): boolean {
  if (click !== null) return warnings.includes('bad_payout');
  const { status } = parsed.values;
  const meaning = status === null ? defaultStatus : meanings.of(status, source).meaning;
  return source?.amountSign === 'absolute' && meaning !== 'ignored' && !NOT_PAID.has(meaning);
}

/** The lines of a file of conversions or a statement. @throws Problem 400 */
export async function openConversions(
  chunks: () => AsyncIterable<Buffer>,
  options: FileOptions & { format: ConversionFormat },
  source: LiveSource | null,
): Promise<Reading> {
  const { format } = options;
  if (format === 'csv') {
    const { table, fields, time, unit, lineCount, how } = await openFile(
      chunks,
      options,
      conversionTable(source?.parsing.aliases),
      [],
      'ts',
    );
    if (!fields.includes('cid') && !fields.includes('txid'))
      throw new Problem(
        400,
        'invalid',
        `The file has no column for cid or txid. Its columns are ${table.headers.join(', ')}; say which is meant by columns={"Their Header":"cid"}.`,
      );
    return {
      how,
      unit,
      lineCount,
      lines: async function* () {
        for await (const rows of table.rows())
          yield rows.map(({ line, values, error }) => ({
            line,
            read: values === null ? (error ?? 'the line cannot be read') : readConversion(fields, values, time, unit),
          }));
      },
    };
  }
  const encoding = await encodingOfFile(chunks, options.encoding);
  const said = format === 'keitaro' ? 'subid,payout,tid,status' : 'clickid:payout=…';
  return {
    how: { encoding, delimiter: format === 'keitaro' ? ',' : ':', dateFormat: null, columns: {}, ignoredColumns: [], notes: [] },
    unit: null,
    lineCount: await countLines(chunks, encoding),
    lines: async function* () {
      let number = 0;
      for await (const texts of linesOf(chunks(), encoding)) {
        const lines: Line[] = [];
        for (const text of texts) {
          number += 1;
          if (text.trim() === '') continue;
          const query = queryOfLine(format, text);
          lines.push({ line: number, read: query === null ? `the line is not ${said}` : { query, time: null } });
        }
        yield lines;
      }
    },
  };
}

async function encodingOfFile(chunks: () => AsyncIterable<Buffer>, asked: string | undefined): Promise<string> {
  for await (const chunk of chunks()) return encodingOf(chunk.subarray(0, 4_096), asked);
  throw new Problem(400, 'invalid', 'The file is empty.');
}

/** A line as it can be decided, or what is wrong with it. */
function readyOf({ line, read }: Line, now: number, parsing: Parsing): Ready | string {
  if (typeof read === 'string') return read;
  if (read.query.length > MAX_QUERY) return 'the line is longer than a postback may be';
  const parsed = parsePostback({ query: read.query, contentType: null, body: null }, parsing);
  const { values, refusal } = parsed;
  if (refusal !== null || values.cid === null) return refusal ?? 'missing_cid';
  // Lines of Keitaro and Binom come out of spreadsheets as well.
  const broken = values.txid === null ? null : brokenId('txid', values.txid);
  if (broken !== null) return broken;
  return (
    wrongIn(parsed, read.query, read.time, now) ?? {
      line,
      ...read,
      cid: canonicalCid(values.cid),
      minus: values.payout !== null && isNegative(values.payout),
    }
  );
}

/** What a file of rows lacks, and what holds instead. */
function absentNotes(
  { how: { columns }, unit }: Reading,
  { format }: ConversionImportOptions,
  defaults: ReadonlySet<string> | null,
): string[] {
  if (format !== 'csv') return [];
  const has = new Set(Object.values(columns));
  const notes: string[] = [];
  if (!has.has('status'))
    notes.push(
      defaults?.size === 1
        ? `No status column: everything is ${[...defaults][0]}.`
        : 'No status column: everything has the default status of its source, which is approved unless the source says otherwise.',
    );
  if (!has.has('payout')) notes.push('No payout column: every line has the payout of its offer.');
  else if (!has.has('currency') && unit === null)
    notes.push('No currency column: amounts without a sign are in the currency of their source.');
  if (!has.has('txid')) notes.push('No txid column: a second line of a click is what the duplicate mode of its source makes of it.');
  if (!has.has('ts')) notes.push('No time column: every conversion is dated now.');
  return notes;
}
