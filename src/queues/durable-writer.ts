import { Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { Counter, register } from 'prom-client';
import { isTransient, queryWithin, storeEach, StoreDown } from '../db/deadline.js';
import { Batcher } from '../lib/batcher.js';
import { hasAof, withTimeout } from './queues.js';

/** While Postgres is known to be away it is asked again this often. */
const PROBE_MS = 1_000;
const AOF_CHECK_MS = 30_000;

export interface DurableWriterOptions<T> {
  /** For the log: postbacks, clicks. */
  name: string;
  pool: pg.Pool;
  /** The statement that stores a group; its commit is what an answer stands on. */
  statement: (rows: readonly T[]) => pg.QueryConfig;
  /** The same for rows that were kept in the queue: those that are stored already are left alone. */
  statementOnce: (rows: readonly T[]) => pg.QueryConfig;
  sizeOf: (row: T) => number;
  maxBuffered: number;
  /** What storing may take, from a request's arrival. */
  deadlineMs: number;
  /** Where groups go while Postgres is away; null when there is no Redis. */
  fallback: { redis: Redis | Cluster; queue: Queue; job: string; data: (rows: readonly T[]) => unknown } | null;
  onStored?: () => void;
  /** Milliseconds by which the next group is to be stored later than it could be. */
  delayMs?: () => number;
}

const UNLOAD_MS = 10_000;

const REFUSED = 'cidra_rows_refused_total';
// Tests boot several applications in one process; the registry is the process's.
const refusals =
  (register.getSingleMetric(REFUSED) as Counter<'of'> | undefined) ??
  new Counter({ name: REFUSED, help: 'Rows that PostgreSQL refuses for what they hold; each is in the log, whole', labelNames: ['of'] });

interface Waiting<T> {
  row: T;
  /** On performance.now()'s clock. */
  arrived: number;
}

/** A row for the log: bytes as base64. */
export const printable = (row: object): object =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('base64') : value]));

/**
 * Puts rows on durable storage in groups: Postgres, or, while it is away, a queue on Redis whose append-only file is on.
 * A time-out opens a breaker that skips Postgres and probes it once a second.
 */
export class DurableWriter<T extends object> {
  private readonly log: Logger;
  private readonly batcher: Batcher<Waiting<T>>;
  private askAgainAt: number | null = null;
  private aof = { confirmed: false, checkedAt: Number.NEGATIVE_INFINITY };

  constructor(private readonly options: DurableWriterOptions<T>) {
    this.log = new Logger(`DurableWriter ${options.name}`);
    this.batcher = new Batcher<Waiting<T>>({
      flush: (group) => this.flush(group),
      sizeOf: ({ row }) => options.sizeOf(row),
      maxBuffered: options.maxBuffered,
    });
  }

  /**
   * Resolves when the row is on durable storage. `arrived` is on performance.now()'s clock.
   * @throws Overloaded (not stored), StoreDown (it may or may not be stored), RowRefused (Postgres never takes it; the caller
   *   logs it whole)
   */
  add(row: T, arrived: number): Promise<void> {
    return this.batcher.add({ row, arrived });
  }

  /** Rows accepted and not yet on storage. */
  get depth(): number {
    return this.batcher.depth;
  }

  /** The worker's side of the queue: stores what the queue kept, and logs whole what Postgres refuses, since nobody waits for it any more. */
  async unload(rows: readonly T[]): Promise<void> {
    await storeEach(
      rows,
      (part) => queryWithin(this.options.pool, this.options.statementOnce(part), UNLOAD_MS),
      (row, error) => {
        refusals.inc({ of: this.options.name });
        this.log.error({ row: printable(row), reason: error.message }, 'a row that was acknowledged cannot be stored');
      },
    );
    this.options.onStored?.();
  }

  private async flush(group: Waiting<T>[]): Promise<(Error | void)[] | void> {
    const delay = this.options.delayMs?.() ?? 0;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const failed = new Map<Waiting<T>, Error>();
    await storeEach(
      group,
      (part) =>
        this.store(part, group[0]?.arrived ?? 0).catch((error: Error) => {
          if (!(error instanceof StoreDown)) throw error;
          for (const waiting of part) failed.set(waiting, error);
        }),
      (waiting, error) => {
        refusals.inc({ of: this.options.name });
        failed.set(waiting, error);
      },
    );
    return failed.size === 0 ? undefined : group.map((waiting) => failed.get(waiting));
  }

  /** @throws StoreDown, and Postgres's own error when it refuses what is in a row */
  private async store(group: readonly Waiting<T>[], arrived: number): Promise<void> {
    const rows = group.map((g) => g.row);
    const left = (): number => this.options.deadlineMs - (performance.now() - arrived);
    const { fallback } = this.options;
    if (left() <= 0) throw new StoreDown('no time is left');
    if (this.askAgainAt === null || performance.now() >= this.askAgainAt) {
      if (this.askAgainAt !== null) this.askAgainAt = performance.now() + PROBE_MS;
      try {
        // The queue needs its share of the deadline in case Postgres does not answer.
        await queryWithin(this.options.pool, this.options.statement(rows), fallback === null ? left() : left() * 0.7);
        if (this.askAgainAt !== null) this.log.log('Postgres takes writes again');
        this.askAgainAt = null;
        this.options.onStored?.();
        return;
      } catch (error) {
        if (!isTransient(error)) throw error;
        if (this.askAgainAt === null) this.log.warn(`Postgres does not take writes: ${(error as Error).message}`);
        this.askAgainAt = performance.now() + PROBE_MS;
      }
    }
    if (fallback === null) throw new StoreDown('Postgres is away and there is no Redis to write to meanwhile');
    const deadline = performance.now() + left();
    try {
      if (!(await withTimeout(this.aofConfirmed(fallback.redis), left()))) throw new StoreDown('Redis has no append-only file');
      await withTimeout(fallback.queue.add(fallback.job, fallback.data(rows)), deadline - performance.now());
    } catch (error) {
      throw new StoreDown(`Postgres is away and the queue did not take it: ${(error as Error).message}`);
    }
  }

  /** An answer may stand on Redis only while its append-only file is on. */
  private async aofConfirmed(redis: Redis | Cluster): Promise<boolean> {
    if (performance.now() - this.aof.checkedAt < AOF_CHECK_MS) return this.aof.confirmed;
    const persistence = await redis.info('persistence');
    this.aof = {
      confirmed: hasAof(persistence),
      checkedAt: performance.now(),
    };
    return this.aof.confirmed;
  }
}
