import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { QUEUE_TROUBLES } from '../../queues/queues.js';
import { CONFIG, type Config } from '../../config.js';
import { ADMIN_POOL } from '../../db/tokens.js';
import { HandlersService } from '../../queues/handlers.service.js';
import { codeOf, ColumnsStateService } from './columns-state.service.js';
import {
  BEGIN_BUILD,
  DAYS_TO_BUILD,
  FORGET_DAYS,
  FORGET_STATISTICS,
  NOTE_COPY,
  NOTED_FILES,
  RETIRE_DAYS,
  UNRETIRED_DAYS,
} from './columns.query.js';
import { copyOut, dayName, fileName, SCHEMA, writeFile } from './copy.js';
import { Duck } from './duck.js';
import { digestOf, makeFolder, publish, sweep } from './files.js';

const EVERY_MS = 60_000;
const KEEP_MS = 600_000;
/** How long one scheduled run may build. */
const PASS_MS = 40_000;
const BUILD_LIMIT_MS = 600_000;
/** Of the time that a build took. */
const REST = 1.5;
/** A day whose clicks change is left until they have stopped. */
const QUIET_SECONDS = 300;
const ORPHAN_MS = 3_600_000;
/** DuckDB builds on one thread, so that ingestion has the others. */
const THREADS = 1;
const MEGABYTES = 128;

/** What a look came to; Bull Board shows it as the job's result. */
export interface BuildReport {
  built: string[];
  failed: Record<string, string>;
  left: number;
}

/** A month of clicks that is about to be dropped: once before (`ready` false), once in the transaction that does it. */
export interface DroppedMonth {
  client: pg.ClientBase;
  from: number;
  end: number;
  ready: boolean;
}

/** Makes the column copies of days that have none, and removes those that nobody needs. Copies are a cache: nothing waits for it. */
@Injectable()
export class BuilderService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(BuilderService.name);
  private readonly duck = new Duck(THREADS, MEGABYTES);
  private isStopping = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    @InjectQueue('cron') private readonly queue: Queue,
    private readonly state: ColumnsStateService,
    handlers: HandlersService,
  ) {
    handlers.on('cron:columns', () => this.look());
    handlers.on('before:drop', (month: DroppedMonth) => this.retire(month));
  }

  /** Not awaited at the start, since the queue may be away then; repeated now and then, since a Redis that has lost its data has lost the schedule as well. */
  onApplicationBootstrap(): void {
    const keep = (): void => {
      this.queue
        .upsertJobScheduler('columns', { every: EVERY_MS }, { name: 'columns', opts: { attempts: 1 } })
        .catch((error: unknown) => QUEUE_TROUBLES.say('The clockwork of column copies could not be set', error));
    };
    keep();
    this.timer = setInterval(keep, KEEP_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isStopping = true;
    await this.duck.close();
  }

  /** Builds what is due, for a while; each build is followed by a longer rest, which belongs to ingestion. */
  async look(quietSeconds = QUIET_SECONDS, passMs = PASS_MS, rests = true): Promise<BuildReport> {
    const { columnsDir } = this.config;
    const report: BuildReport = { built: [], failed: {}, left: 0 };
    try {
      await makeFolder(columnsDir);
      await this.tidy();
      this.state.clear('COLUMNS_DIR');
    } catch (error) {
      this.state.note('COLUMNS_DIR', `cannot be written (${codeOf(error)})`);
      throw error;
    }
    const days = await this.due(quietSeconds);
    const ends = performance.now() + passMs;
    for (const [i, day] of days.entries()) {
      report.left = days.length - i;
      if (this.isStopping || performance.now() > ends) return report;
      const began = performance.now();
      try {
        if (await this.build(day)) report.built.push(day);
        this.state.clear(day);
      } catch (error) {
        report.failed[day] = (error as Error).message.split('\n')[0] ?? 'unknown';
        this.state.note(day, `has no column copy: it could not be made (${codeOf(error)})`);
        this.log.error({ err: error, day }, 'a column copy could not be made');
      }
      if (rests) await new Promise((resolve) => setTimeout(resolve, REST * (performance.now() - began)));
    }
    report.left = Object.keys(report.failed).length;
    return report;
  }

  /** Days without a copy that is true, and those whose file this folder lacks. */
  private async due(quietSeconds: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ day: string; file: string; bytes: number; retired: boolean }>(NOTED_FILES);
    const lacking: string[] = [];
    for (const { day, file, bytes, retired } of rows) {
      const found = await stat(join(this.config.columnsDir, file)).catch(() => null);
      if (found?.size === bytes) continue;
      if (!retired) lacking.push(day);
      else {
        this.state.note(file, 'holds the statistics of a day and is damaged or gone: restore it from a backup');
        this.log.error({ day, file }, 'a file of statistics is damaged or gone: restore it from a backup');
      }
    }
    return (await this.pool.query<{ day: string }>(DAYS_TO_BUILD, [SCHEMA, lacking, quietSeconds])).rows.map(({ day }) => day);
  }

  /** One file out of one snapshot; false when the day is being changed or built by another worker at the moment. */
  async build(day: string): Promise<boolean> {
    const { columnsDir } = this.config;
    const random = randomBytes(4).toString('hex');
    const [csv, parquet] = [join(columnsDir, `.building-${random}.csv`), join(columnsDir, `.building-${random}.parquet`)];
    try {
      const read = await this.copyOut(day, csv);
      if (read === null) return false;
      const bytesOfRow = (await stat(csv)).size / Math.max(1, read.rows ?? 0);
      const rows = await this.duck.ask(BUILD_LIMIT_MS, async (duck) => {
        await duck.run('SET preserve_insertion_order = true');
        return Number((await duck.runAndReadAll(writeFile(csv, parquet, bytesOfRow))).getRows()[0]?.[0]);
      });
      if (rows !== read.rows) throw new Error(`${read.rows} rows were read and ${rows} written`);
      const [bytes, sha256] = [(await stat(parquet)).size, await digestOf(parquet)];
      const file = fileName(day, read.version, random);
      await publish(columnsDir, parquet, file);
      await this.pool.query(NOTE_COPY, [day, read.version, file, SCHEMA, rows, bytes, sha256]);
      return true;
    } finally {
      await Promise.allSettled([rm(csv, { force: true }), rm(parquet, { force: true })]);
    }
  }

  /** The day's rows as a file, and which version of the day they are. */
  private async copyOut(day: string, csv: string): Promise<{ version: string | number; rows: number | null } | null> {
    const client = await this.pool.connect();
    let failed: Error | undefined;
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0');
      const version = (await client.query<{ version: string | number | null }>(BEGIN_BUILD, [day])).rows[0]?.version ?? null;
      if (version === null) return null;
      const stream = client.query(copyTo(copyOut(day)));
      await pipeline(stream, createWriteStream(csv));
      return { version, rows: stream.rowCount };
    } catch (error) {
      failed = error as Error;
      throw error;
    } finally {
      if (failed === undefined) await client.query('ROLLBACK').catch((error: Error) => (failed = error));
      client.release(failed);
    }
  }

  /**
   * Before a month of clicks is dropped: its days have their copies, which from then on are all there is of them.
   * @throws Error while a day has none, so that the month stays
   */
  private async retire({ client, from, end, ready }: DroppedMonth): Promise<void> {
    const days = [dayName(from), dayName(end - 1)];
    if (!ready) {
      const lacking = (await this.due(0)).filter((day) => day >= (days[0] as string) && day <= (days[1] as string));
      for (const day of lacking) await this.build(day);
      return;
    }
    await client.query(RETIRE_DAYS, [SCHEMA, ...days]);
    const { rows } = await client.query<{ day: string }>(UNRETIRED_DAYS, days);
    if (rows.length > 0) throw new Error(`${rows.length} days have no column copy yet, the first is ${rows[0]?.day}`);
  }

  private async tidy(): Promise<void> {
    await this.pool.query(FORGET_DAYS);
    if (this.config.retentionStatisticsDays !== null) await this.pool.query(FORGET_STATISTICS, [this.config.retentionStatisticsDays]);
    const { rows } = await this.pool.query<{ file: string }>(NOTED_FILES);
    const removed = await sweep(this.config.columnsDir, new Set(rows.map(({ file }) => file)), ORPHAN_MS);
    if (removed > 0) this.log.log(`Removed ${removed} files that no report reads any more`);
  }
}
