import { createPostgresBackend, setDefaultBackendFactory, type JobsOptions, Queue, type QueueOptions, type WorkerOptions } from 'bullmq';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import pg from 'pg';
import { Logger } from '@nestjs/common';
import { Troubles } from '../lib/troubles.js';
import type { Config } from '../config.js';
import { Connection } from '../db/connection.js';
import { POOLS } from '../db/database.js';
import { QUEUE_SCHEMA } from '../db/preflight.js';

/** All background work: queue → what its jobs carry. Postgres is the truth; all but `store` only wake a worker. */
export interface Jobs {
  /** Something is in the inbox. */
  ingest: Record<string, never>;
  /** There are counter deltas to fold. */
  counters: Record<string, never>;
  /** A job of jobs.service.ts, by its id. */
  bulk: { id: string };
  /** A group of rows that Postgres could not take when it came (Redis only); the job's name says whose. */
  store: Record<string, unknown[]>;
  /** Scheduled jobs: partitions, retention, rates. */
  cron: Record<string, never>;
}
export type QueueName = keyof Jobs;

/** The prefix has a hash tag, so that all queues lie on one master of a Redis cluster. */
export const PREFIX = '{cidra}';

/** Shared by all queues and workers of the process, which lose their connections together. */
export const QUEUE_TROUBLES = new Troubles(new Logger('Queues'));
export const QUEUE_AWAY = 'The queues cannot be reached';

const KEEP_FINISHED = { age: 3_600, count: 200 };
const KEEP_FAILED = { age: 7 * 86_400, count: 1_000 };

export const JOB_OPTIONS: Record<QueueName, JobsOptions> = {
  ingest: { removeOnComplete: KEEP_FINISHED, removeOnFail: KEEP_FAILED, attempts: 3, backoff: { type: 'exponential', delay: 500 } },
  counters: { removeOnComplete: KEEP_FINISHED, removeOnFail: KEEP_FAILED, attempts: 3, backoff: { type: 'exponential', delay: 500 } },
  bulk: { removeOnComplete: KEEP_FINISHED, removeOnFail: KEEP_FAILED, attempts: 3, backoff: { type: 'exponential', delay: 2_000 } },
  // It holds acknowledged postbacks: it is tried until Postgres takes it, and never thrown away.
  store: { removeOnComplete: true, removeOnFail: false, attempts: Number.MAX_SAFE_INTEGER, backoff: { type: 'store' } },
  cron: { removeOnComplete: KEEP_FINISHED, removeOnFail: KEEP_FAILED, attempts: 3, backoff: { type: 'exponential', delay: 10_000 } },
};
export const QUEUE_NAMES = Object.keys(JOB_OPTIONS) as QueueName[];

/** Backoff of `store`: doubling from 250 ms, never above 5 s. */
export const storeBackoff = (attempt: number): number => Math.min(5_000, 250 * 2 ** Math.min(attempt - 1, 10));

/** What the queues and workers of a process share; `redis` is null on the Postgres backend. */
export interface QueueBackend {
  options: Pick<QueueOptions, 'connection' | 'prefix'>;
  redis: Redis | Cluster | null;
  close: () => Promise<void>;
}

/**
 * Picks BullMQ's backend and opens what its queues and workers share in this process.
 * Must run before Nest builds its modules: the backend is process-wide.
 */
export function queueBackend(config: Pick<Config, 'redisUrl'>, databaseUrl: string): QueueBackend {
  if (config.redisUrl !== null) {
    setDefaultBackendFactory();
    const connection = redisClient(config.redisUrl, { maxRetriesPerRequest: null });
    return { options: { connection, prefix: PREFIX }, redis: connection, close: async () => connection.disconnect() };
  }
  setDefaultBackendFactory(createPostgresBackend);
  // One pool for all of them: each queue of its own would open ten connections more.
  const pool = new pg.Pool({
    Client: Connection,
    connectionString: databaseUrl,
    application_name: 'cidra queues',
    max: POOLS.queues,
    options: `-c search_path=${QUEUE_SCHEMA}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  pool.on('error', () => undefined);
  // Every queue and worker listens on the pool they share.
  pool.setMaxListeners(0);
  // @nestjs/bullmq's types know only Redis connections; the Postgres backend takes the pool as it is.
  return { options: { connection: pool as unknown as QueueOptions['connection'] }, redis: null, close: () => pool.end() };
}

/** A queue whose troubles are said in the log, those of the start as well: BullMQ writes them out whole where nobody listens. */
export class HeardQueue extends Queue {
  constructor(...given: ConstructorParameters<typeof Queue>) {
    super(...given);
    this.on('error', (error) => QUEUE_TROUBLES.say(QUEUE_AWAY, error));
  }
}

/** A client for `redis://`, `rediss://`, or a cluster given as a comma-separated list. Reconnects for ever, at most 2 s apart. */
export function redisClient(url: string, options: RedisOptions): Redis | Cluster {
  const reconnect = { ...options, connectTimeout: 5_000, retryStrategy: (times: number) => Math.min(times * 100, 2_000) };
  const urls = url.split(',').map((u) => u.trim());
  const client =
    urls.length > 1
      ? new Cluster(urls, { redisOptions: reconnect, clusterRetryStrategy: (times) => Math.min(times * 100, 2_000) })
      : new Redis(url, reconnect);
  client.on('error', () => undefined);
  return client;
}

/** What INFO persistence says: an answer may stand on Redis only while its append-only file is on and can be written. */
export const hasAof = (persistence: string): boolean => /aof_enabled:1/.test(persistence) && !/aof_last_write_status:err/.test(persistence);

export const WORKER_OPTIONS: Pick<WorkerOptions, 'lockDuration' | 'stalledInterval' | 'maxStalledCount'> = {
  lockDuration: 30_000,
  stalledInterval: 15_000,
  maxStalledCount: 10,
};

/** How many wake-ups of one queue may stand side by side, so that several workers share a backlog. */
const SLOTS = 4;
const WAKE_INTERVAL_MS = 20;
const ADD_TIMEOUT_MS = 2_000;

/**
 * Wakes a queue's workers: a job without data, none while the last is unanswered, at most one per 20 ms.
 * Nobody waits for it, and when it is lost the workers find the work by their own clocks.
 */
export class Waker {
  private asked = false;
  private busy = false;
  private slot = 0;

  constructor(private readonly queue: Queue) {}

  wake(): void {
    this.asked = true;
    if (!this.busy) void this.send();
  }

  private async send(): Promise<void> {
    this.busy = true;
    while (this.asked) {
      this.asked = false;
      this.slot = (this.slot + 1) % SLOTS;
      const added = this.queue.add('wake', {}, { deduplication: { id: `wake-${this.slot}`, keepLastIfActive: true } });
      await withTimeout(added, ADD_TIMEOUT_MS).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, WAKE_INTERVAL_MS));
    }
    this.busy = false;
  }
}

/** Rejects after `ms`; what the promise does later is ignored. */
export function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  promise.catch(() => undefined);
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
