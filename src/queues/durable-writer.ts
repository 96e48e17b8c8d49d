import { Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { isTransient, queryWithin, StoreDown } from '../db/deadline.js';
import { Batcher } from '../lib/batcher.js';
import { withTimeout } from './queues.js';

/** While Postgres is known to be away it is asked again this often. */
const PROBE_MS = 1_000;
const AOF_CHECK_MS = 30_000;

export interface DurableWriterOptions<T> {
  /** For the log: postbacks, clicks. */
  name: string;
  pool: pg.Pool;
  /** The statement that stores a group; its commit is what an answer stands on. */
  statement: (rows: T[]) => pg.QueryConfig;
  sizeOf: (row: T) => number;
  maxBuffered: number;
  /** What storing may take, from a request's arrival. */
  deadlineMs: number;
  /** Where groups go while Postgres is away; null when there is no Redis. */
  fallback: { redis: Redis | Cluster; queue: Queue; job: string; data: (rows: T[]) => unknown } | null;
  onStored?: () => void;
  /** Milliseconds by which the next group is to be stored later than it could be. */
  delayMs?: () => number;
}

/**
 * Puts rows on durable storage in groups: Postgres, or, while it is away, a queue on Redis whose append-only file is on.
 * A time-out opens a breaker that skips Postgres and probes it once a second.
 */
export class DurableWriter<T> {
  private readonly log: Logger;
  private readonly batcher: Batcher<{ row: T; arrived: number }, void>;
  private askAgainAt: number | null = null;
  private aof = { confirmed: false, checkedAt: Number.NEGATIVE_INFINITY };

  constructor(private readonly options: DurableWriterOptions<T>) {
    this.log = new Logger(`DurableWriter ${options.name}`);
    this.batcher = new Batcher({
      flush: (group) => this.flush(group),
      sizeOf: ({ row }) => options.sizeOf(row),
      maxBuffered: options.maxBuffered,
    });
  }

  /**
   * Resolves when the row is on durable storage. `arrived` is on performance.now()'s clock.
   * @throws Overloaded (not stored), StoreDown (it may or may not be stored)
   */
  add(row: T, arrived: number): Promise<void> {
    return this.batcher.add({ row, arrived });
  }

  /** Rows accepted and not yet on storage. */
  get depth(): number {
    return this.batcher.depth;
  }

  private async flush(group: { row: T; arrived: number }[]): Promise<void> {
    const rows = group.map((g) => g.row);
    const left = (): number => this.options.deadlineMs - (performance.now() - (group[0]?.arrived ?? 0));
    const { fallback } = this.options;
    const delay = this.options.delayMs?.() ?? 0;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
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
      confirmed: /aof_enabled:1/.test(persistence) && !/aof_last_write_status:err/.test(persistence),
      checkedAt: performance.now(),
    };
    return this.aof.confirmed;
  }
}
