import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { DuckDBConnection } from '@duckdb/node-api';
import type pg from 'pg';
import { Counter, register } from 'prom-client';
import { CONFIG, type Config } from '../../config.js';
import { ReadRefused, ReadsService, type Snapshot } from '../../db/reads.service.js';
import { ADMIN_POOL } from '../../db/tokens.js';
import { HandlersService } from '../../queues/handlers.service.js';
import { DIMENSIONS } from '../report-columns.js';
import type { ExportedRow } from '../report-table.js';
import {
  askedSums,
  fitsCopies,
  NAMED_BY_ID,
  OFFER_TAGS,
  partSettings,
  partStatement,
  type PartColumns,
  type ReportPage,
  type ReportRequest,
} from '../report.query.js';
import { codeOf, ColumnsStateService } from './columns-state.service.js';
import { MARK_CHANGED, VALID_COPIES, type Copy } from './columns.query.js';
import { DAY_MS, dayName, SCHEMA, startOfDay } from './copy.js';
import { Duck, library, OutOfTime } from './duck.js';
import { digestOf, remove, stampOf } from './files.js';
import {
  aheadQuestion,
  askedTable,
  bucketsQuestion,
  canFindGroups,
  copiedQuestion,
  figuresOf,
  firstAskedQuestion,
  fullestQuestion,
  fullQuestion,
  isFromGreatest,
  firstCopiedQuestions,
  keyOf,
  leadOf,
  pageQuestion,
  possibleQuestion,
  rowsQuestion,
  totalsQuestion,
  wholeOf,
  widthQuestion,
  type CopiedDay,
  type Question,
  type Sums,
} from './merge.js';

const LIMIT_MS = 10_000;
const THREADS = 2;
/** What DuckDB counts itself; with what it does not, the process grows by half as much again. */
const MEGABYTES = 96;
/** Of more groups than these PostgreSQL makes the whole report: bringing them over would take longer. */
const MOST_GROUPS = 300_000;
/** Each part reads the copies once more. */
const MOST_PARTS = 8;
/** Rows of a file that are held in memory while they are sent; PostgreSQL sends longer ones out of a cursor. */
const MOST_EXPORTED = 50_000;
const PORTION = 1_000;
/** While this process spends so much of its time on requests, readers who ask without a pause leave it and PostgreSQL the processors most of the time. */
const BUSY = 0.25;
const REST = 3;
const MAX_REST_MS = 1_500;
const CHUNK = 2_048;
/** As many as Node has threads for. */
const FILES_AT_ONCE = 4;

type Outcome = 'copies' | 'none' | 'failed';

/** About how many groups copies have at most, and which of the keys has the most values. */
interface Size {
  groups: number;
  widest: number;
}

/** Both parts of a report, ready to be read in its order. */
interface Merged {
  duck: DuckDBConnection;
  /** What PostgreSQL was asked for. */
  asked: PartColumns['sums'];
  names: ReadonlyMap<string, string | null>;
  /** Where the sums of the copies' clicks are; `copied` has no more groups than were asked for. */
  totals: 'copied' | 'copied_totals';
  /** Days that only copies still know. */
  statistics: { from: string; to: string } | null;
}

/**
 * Reports from column copies. PostgreSQL says, in the report's own snapshot, which days' copies are true, and answers for
 * all other clicks and every conversion; whatever goes wrong with a copy, it answers the whole question.
 */
@Injectable()
export class CopiesService implements OnApplicationShutdown {
  private readonly log = new Logger(CopiesService.name);
  private readonly duck = new Duck(THREADS, MEGABYTES, (tookMs) => this.restMs(tookMs));
  /** Of a day. All groups of a month of such days are made in seconds, a page of them in a tenth of one; tests take fewer for many. */
  manyGroups = 20_000;
  /** So many of the copies' first groups are looked for, those included that PostgreSQL knows as well; for more DuckDB would sort all there are. */
  firstGroups = 5_000;
  /** So many buckets for each row of a page that is from the greatest down. Of clicks that are spread as in life they hold four times its rows. */
  bucketsEach = 10;
  /** Of so many groups DuckDB adds up what their order is of within its memory, and little on disk. */
  groupsAtOnce = 3_000_000;
  private utilization = performance.eventLoopUtilization();
  private isBusy = false;
  /** Files whose content was found right, by what they looked like then. */
  private readonly verified = new Map<string, string>();
  private readonly answered = metric<'by'>(
    'cidra_columns_reports_total',
    'Reports over raw clicks, by what answered them: copies, none were there, or copies failed',
    ['by'],
  );

  constructor(
    private readonly reads: ReadsService,
    private readonly state: ColumnsStateService,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    handlers: HandlersService,
  ) {
    handlers.on('after:erase', ({ days }: { days: string[] }) => this.forget(days));
  }

  onApplicationShutdown(): Promise<void> {
    return this.duck.close();
  }

  /** One page; null when PostgreSQL has to answer it alone. */
  page(r: ReportRequest, limit: number, offset: number): Promise<(ReportPage & { statistics: Merged['statistics'] }) | null> {
    return this.merge(r, offset + limit, async ({ duck, asked, names, totals: copied, statistics }) => {
      const rows = await this.read(duck, bare(rowsQuestion(r, asked, ` LIMIT ${limit} OFFSET ${offset}`)));
      const [totals] = await this.read(duck, bare(totalsQuestion(r, copied)));
      return {
        rows: rows.map((sums) => ({ key: keyOf(r, sums, names), ...figuresOf(r, sums) })),
        totals: figuresOf(r, totals as Sums),
        statistics,
      };
    });
  }

  /** All rows, in portions that are made as they are taken; null when PostgreSQL has to give them, which it does for many. */
  export(r: ReportRequest): Promise<Iterable<ExportedRow[]> | null> {
    return this.merge(r, MOST_EXPORTED + 1, async ({ duck, asked, names }) => {
      const rows = await this.read(duck, bare(rowsQuestion(r, asked, ` LIMIT ${MOST_EXPORTED + 1}`)));
      if (rows.length > MOST_EXPORTED) return null;
      return (function* () {
        for (let i = 0; i < rows.length; i += PORTION)
          yield rows.slice(i, i + PORTION).map((sums) => ({ key: keyOf(r, sums, names), ...figuresOf(r, sums) }));
      })();
    });
  }

  /** No copy of these days is read any more, and those that this process can reach are gone. */
  async forget(days: readonly string[]): Promise<void> {
    const { rows } = await this.pool.query<{ file: string | null }>(MARK_CHANGED, [days]);
    await remove(
      this.config.columnsDir,
      rows.flatMap(({ file }) => file ?? []),
    );
  }

  /** @param first so many rows are looked at */
  private async merge<T>(r: ReportRequest, first: number, answer: (merged: Merged) => Promise<T | null>): Promise<T | null> {
    if (!fitsCopies(r)) return null;
    let outcome: Outcome = 'none';
    try {
      // DuckDB is not opened, and nobody waits for a turn, where there is nothing to read.
      if ((await this.copiesOf(r, (statement) => this.reads.rows(statement) as never)).length === 0) return null;
      outcome = 'failed';
      const merged = await this.duck.ask(LIMIT_MS, async (duck) => {
        const brought = await this.bring(r, first, duck);
        return brought === null ? null : answer(brought);
      });
      outcome = merged === null ? 'none' : 'copies';
      return merged;
    } catch (error) {
      if (error instanceof OutOfTime)
        throw new ReadRefused(
          'too_slow',
          'This takes longer than 10 seconds, or other reports are busy. Narrow the range of time, or filter by an offer or a source.',
        );
      if (error instanceof ReadRefused) throw error;
      // A file that went away meanwhile, or one that is not what it was: PostgreSQL knows all of it.
      this.log.warn({ err: error }, 'a report could not be read from column copies; PostgreSQL answers it');
      this.verified.clear();
      return null;
    } finally {
      this.answered.inc({ by: outcome });
    }
  }

  /** The copies of the report's days that are true in this snapshot and whole on this disk. */
  private async copiesOf(r: ReportRequest, snapshot: Snapshot): Promise<Copy[]> {
    const days = [startOfDay(r.previous?.from ?? r.from), startOfDay(r.to - 1)].map(dayName);
    const copies = await snapshot<Copy>({ text: VALID_COPIES, values: [SCHEMA, ...days] });
    const whole = new Set<Copy>();
    const unread = [...copies];
    const lanes = Array.from({ length: FILES_AT_ONCE }, async () => {
      for (let copy = unread.shift(); copy !== undefined; copy = unread.shift()) if (await this.isWhole(copy)) whole.add(copy);
    });
    // While their files are read.
    if (copies.length > 0) this.duck.prepare();
    await Promise.all(lanes);
    return copies.filter((copy) => whole.has(copy));
  }

  private async isWhole({ file, sha256, retired }: Copy): Promise<boolean> {
    const path = join(this.config.columnsDir, file);
    let stamp: string;
    try {
      stamp = await stampOf(path);
      if (this.verified.get(file) === stamp) return true;
      if ((await digestOf(path)) === sha256) {
        this.verified.set(file, stamp);
        this.state.clear(file);
        return true;
      }
    } catch (error) {
      // Where the folder is another machine's there are no files at all, which is no fault.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !retired) return false;
      this.note(file, `cannot be read (${codeOf(error)})`);
      return false;
    }
    this.note(file, 'is damaged: it is not what was written');
    // The worker misses it and makes it anew; of statistics there is no other.
    if (!retired) await remove(this.config.columnsDir, [file]).catch(() => undefined);
    return false;
  }

  private note(file: string, what: string): void {
    this.state.note(file, what);
    this.log.error({ file }, `the column copy ${what}`);
  }

  /**
   * Both parts side by side, in tables of DuckDB; null when there is nothing to read there, or PostgreSQL has too many groups.
   * The snapshot ends as soon as PostgreSQL has said which copies are true and has given its part: a file is never written
   * twice, so what DuckDB then still reads is what was true in it. If one is removed meanwhile, DuckDB says so.
   */
  private async bring(r: ReportRequest, first: number, duck: DuckDBConnection): Promise<Merged | null> {
    const part = await this.reads.snapshot(async (snapshot) => {
      const copies = await this.copiesOf(r, snapshot);
      if (copies.length === 0) return null;
      const days = copies.map(({ day, file }) => ({ day, path: join(this.config.columnsDir, file) }));
      const copied = this.copied(r, first, days, copies, duck);
      copied.catch(() => undefined);
      const clicks = uncovered(r, copies);
      await snapshot(partSettings(this.isBusy));
      const rows = await snapshot<(string | null)[]>({ ...partStatement(r, clicks, MOST_GROUPS + 1), rowMode: 'array' });
      const named = r.groupBy.some((name) => NAMED_BY_ID.includes(name));
      const names = named ? await snapshot<{ id: string; name: string; rank: number }>({ text: NAMES, values: [] }) : [];
      const tagged = r.groupBy.some((name) => DIMENSIONS[name]?.ofOffer === true);
      const tags = tagged
        ? await snapshot<[string, string]>({ text: `SELECT offer_id::text, tag FROM (${OFFER_TAGS}) AS t`, values: [], rowMode: 'array' })
        : null;
      return { copies, days, copied, asked: askedSums(r, clicks), rows, names, tags };
    });
    if (part === null) return null;
    const { copies, days, copied, asked, rows, names, tags } = part;
    const size = await copied;
    if (rows.length > MOST_GROUPS) return null;
    await duck.run(askedTable(r, asked));
    await append(duck, 'asked', rows, [
      ...r.groupBy.map(() => TEXT),
      ...asked.map(({ measure: { places } }) => ({ type: places === 12 ? ('HUGEINT' as const) : ('BIGINT' as const), places })),
    ]);
    if (size !== null) await this.find(r, first, days, size, asked, duck);
    if (tags !== null) {
      await duck.run('CREATE OR REPLACE TEMP TABLE tags (k VARCHAR, tag VARCHAR)');
      await append(duck, 'tags', tags, [TEXT, TEXT]);
    }
    if (NAMED_BY_ID.includes(r.sort.name)) {
      await duck.run('CREATE OR REPLACE TEMP TABLE names (k VARCHAR, rank BIGINT)');
      await append(
        duck,
        'names',
        names.map(({ id, rank }) => [id, String(rank)]),
        [TEXT, { type: 'BIGINT', places: 0 }],
      );
    }
    const retired = copies.filter((copy) => copy.retired);
    return {
      duck,
      asked,
      totals: size === null ? 'copied' : 'copied_totals',
      names: new Map(names.map(({ id, name }) => [id, name])),
      statistics: retired.length === 0 ? null : { from: (retired[0] as Copy).day, to: (retired.at(-1) as Copy).day },
    };
  }

  /** The copies' part: into `copied`, or, where its groups are very many and few of them are needed, `copied_totals` alone. */
  private async copied(
    r: ReportRequest,
    first: number,
    days: readonly CopiedDay[],
    copies: readonly Copy[],
    duck: DuckDBConnection,
  ): Promise<Size | null> {
    const lead = leadOf(r);
    if (canFindGroups(r) && (lead !== null || this.mayFind(r, first))) {
      const largest = copies.reduce((most, { bytes }, i) => (Number(bytes) > Number(copies[most]?.bytes) ? i : most), 0);
      const [day] = await this.read(duck, widthQuestion(r, days[largest] as CopiedDay));
      if (Number(day?.n) >= this.manyGroups) {
        const widths = r.groupBy.map((_, i) => Number(day?.[`w${i}`]));
        const size: Size = { groups: Number(day?.n) * days.length, widest: widths.indexOf(Math.max(...widths)) };
        await this.run(duck, copiedQuestion(r, days, 'totals'));
        // While PostgreSQL works.
        if (isFromGreatest(r)) await this.run(duck, bucketsQuestion(r, days));
        else if (lead === null) await this.findFirst(r, days, size, duck);
        return size;
      }
    }
    await this.run(duck, copiedQuestion(r, days, 'groups'));
    return null;
  }

  /**
   * The groups of the copies that the first rows need, into `copied`. Of those that PostgreSQL knows nothing of, what copies say is all,
   * so that the first of them, in their order, and all that it knows have the first rows among them.
   */
  private async find(
    r: ReportRequest,
    first: number,
    days: readonly CopiedDay[],
    size: Size,
    asked: PartColumns['sums'],
    duck: DuckDBConnection,
  ): Promise<void> {
    const lead = leadOf(r);
    if (isFromGreatest(r)) {
      const buckets = this.bucketsEach * first;
      await this.run(duck, bare(fullestQuestion(r, asked, buckets)));
      await this.run(duck, copiedQuestion(r, days, 'fullest'));
      if ((await this.count(duck, bare(fullQuestion(r, asked, buckets)))) >= first) return;
      await this.findFirst(r, days, size, duck);
    }
    if (lead !== null && (await this.count(duck, bare(possibleQuestion(lead)))) >= first) {
      if (lead.ahead === null) await this.run(duck, bare(firstAskedQuestion(r, first)));
      await this.run(duck, copiedQuestion(r, days, lead.ahead === null ? 'page' : 'asked'));
      if (lead.ahead === null || (await this.count(duck, bare(aheadQuestion(r, asked, lead.ahead)))) >= first) return;
    }
    if (!this.mayFind(r, first)) return this.run(duck, copiedQuestion(r, days, 'groups'));
    if (lead !== null) await this.findFirst(r, days, size, duck);
    const [page] = await this.read(duck, bare(pageQuestion(r)));
    const hasFirst = Number(page?.unknown) >= first || Number(page?.n) < this.firstGroups;
    await this.run(duck, copiedQuestion(r, days, hasFirst ? 'both' : 'groups'));
  }

  private async findFirst(r: ReportRequest, days: readonly CopiedDay[], { groups, widest }: Size, duck: DuckDBConnection): Promise<void> {
    for (let parts = Math.min(MOST_PARTS, Math.ceil(groups / this.groupsAtOnce)); ; parts *= 2) {
      try {
        for (const question of firstCopiedQuestions(r, days, this.firstGroups, parts, widest)) await this.run(duck, question);
        return;
      } catch (error) {
        // Rarely, while the disk is slow to take what DuckDB puts there: smaller parts do without.
        if (!(error as Error).message.startsWith('Out of Memory') || parts > MOST_PARTS) throw error;
      }
    }
  }

  /** By names PostgreSQL alone can order. */
  private mayFind(r: ReportRequest, first: number): boolean {
    return first <= this.firstGroups / 2 && DIMENSIONS[r.sort.name]?.order === undefined;
  }

  private async run(duck: DuckDBConnection, { text, values }: Question): Promise<void> {
    await duck.run(text, values);
  }

  private async count(duck: DuckDBConnection, { text, values }: Question): Promise<number> {
    return Number((await duck.runAndReadAll(text, values)).getRows()[0]?.[0]);
  }

  /** Ingestion comes first. A reader who looks at what was answered before asking again does not notice. */
  private restMs(tookMs: number): number {
    const before = this.utilization;
    this.utilization = performance.eventLoopUtilization();
    this.isBusy = performance.eventLoopUtilization(this.utilization, before).utilization > BUSY;
    return this.isBusy ? Math.min(REST * tookMs, MAX_REST_MS) : 0;
  }

  private async read(duck: DuckDBConnection, { text, values }: Question): Promise<Sums[]> {
    return (await duck.runAndReadAll(text, values)).getRowObjects() as unknown as Sums[];
  }
}

const bare = (text: string): Question => ({ text, values: [] });

/** Offers and sources in the order of their names. */
const NAMES = `SELECT id::text, name, dense_rank() OVER (ORDER BY lower(name))::int AS rank FROM (SELECT id, name FROM offers UNION ALL SELECT id, name FROM offer_sources) AS n`;

/** What of the report's range no copy answers for. Of retired days clicks may have come later: they are asked for as well. */
export function uncovered(
  r: Pick<ReportRequest, 'from' | 'to' | 'previous'>,
  copies: readonly Pick<Copy, 'day' | 'retired'>[],
): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  let from = r.previous?.from ?? r.from;
  for (const { day, retired } of copies) {
    if (retired) continue;
    const start = Date.parse(day);
    if (start > from) spans.push({ from, to: start });
    from = Math.max(from, start + DAY_MS);
  }
  return from < r.to ? [...spans, { from, to: r.to }] : spans;
}

interface ColumnType {
  type: 'VARCHAR' | 'BIGINT' | 'HUGEINT';
  places: number;
}
const TEXT: ColumnType = { type: 'VARCHAR', places: 0 };

async function append(
  duck: DuckDBConnection,
  table: string,
  rows: readonly (string | null)[][],
  columns: readonly ColumnType[],
): Promise<void> {
  if (rows.length === 0) return;
  const duckdb = library();
  const appender = await duck.createAppender(table);
  for (let i = 0; i < rows.length; i += CHUNK) {
    const portion = rows.slice(i, i + CHUNK);
    const chunk = duckdb.DuckDBDataChunk.create(
      columns.map(({ type }) => duckdb[type]),
      portion.length,
    );
    chunk.setColumns(
      columns.map(({ type, places }, c) =>
        // What is no whole number of the last decimal throws: then PostgreSQL answers alone.
        portion.map((row) => (type === 'VARCHAR' || row[c] === null ? (row[c] ?? null) : wholeOf(row[c] as string, places))),
      ),
    );
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
}

function metric<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
  return (register.getSingleMetric(name) as Counter<Label> | undefined) ?? new Counter({ name, help, labelNames });
}
