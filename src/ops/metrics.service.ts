import cluster from 'node:cluster';
import { getQueueToken } from '@nestjs/bullmq';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { JobType, Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { ClicksService } from '../clicks/clicks.service.js';
import { uuidAt } from '../lib/ids.js';
import { PartitionsService } from '../db/partitions.service.js';
import { InboxService } from '../postbacks/inbox.service.js';
import { COUNT_DEAD_LETTERS } from '../postbacks/postback-log.query.js';
import { hasAof, QUEUE_NAMES, withTimeout, type QueueName } from '../queues/queues.js';
import { RatesService } from '../rates/rates.service.js';
import { ADMIN_POOL, REDIS } from '../db/tokens.js';
import { clusterMetrics, joinCluster } from './cluster-metrics.js';
import { Problem } from '../http/problem.js';
import { VERSION } from '../version.js';

const TIMEOUT_MS = 1_000;
const CACHE_MS = 1_000;
const DAY_MS = 86_400_000;
const DEAD_LETTER_DAYS = 7;
/** Counting further would take longer than a scrape waits, when the figure is wanted most. */
const COUNTED_AT_MOST = 1_000_000;
/** Under this name BullMQ on PostgreSQL counts what waits in a paused queue; its types know it no more. */
const PAUSED = 'paused' as JobType;

interface Backlog {
  due: number;
  waiting: number;
  oldest: number;
  deltas: number;
  dead: number;
  /** null: there is none. */
  partitionDays: number | null;
}

export interface QueueState {
  name: QueueName;
  paused: boolean;
  /** Jobs by state. */
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  /** Age of the oldest waiting job in seconds, 0 when none waits. */
  oldest: number;
}

/** What the database and the queues know, null where they did not answer. */
interface Look {
  backlog: Backlog | null;
  queues: QueueState[] | null;
  /** null also without Redis. */
  aof: boolean | null;
}

/** What /metrics says beyond what the services count themselves: backlogs, queues, the event loop. */
@Injectable()
export class MetricsService implements OnModuleInit {
  private cached: { look: Promise<Look>; until: number } | null = null;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(REDIS) private readonly redis: Redis | Cluster | null,
    private readonly modules: ModuleRef,
    private readonly inbox: InboxService,
    private readonly clicks: ClicksService,
    private readonly rates: RatesService,
    private readonly partitions: PartitionsService,
  ) {}

  onModuleInit(): void {
    if (register.getSingleMetric('process_cpu_seconds_total') === undefined) {
      collectDefaultMetrics();
      if (cluster.isWorker) joinCluster();
    }
    gauge('cidra_build_info', 'Always 1; the labels say which program this is', 'max', ['version', 'node'], (set) =>
      set(1, { version: VERSION, node: process.versions.node }),
    );
    gauge('cidra_buffered_rows', 'Rows accepted and not yet on storage', 'sum', ['of'], (set) => {
      set(this.inbox.depth, { of: 'postbacks' });
      set(this.clicks.depth, { of: 'clicks' });
    });
    gauge(
      'cidra_rates_age_days',
      'Days since the newest published rate, once another currency than the base was seen',
      'max',
      [],
      (set) => {
        const { days, needed } = this.rates.age();
        if (needed && days !== null) set(days);
      },
    );
    gauge(
      'cidra_redis_aof',
      'Whether the append-only file of Redis is on and can be written: then it may take what PostgreSQL cannot',
      'max',
      [],
      async (set) => {
        const { aof } = await this.look();
        if (aof !== null) set(aof ? 1 : 0);
      },
    );
    gauge('cidra_inbox_rows', `Postbacks without a verdict, counted up to ${COUNTED_AT_MOST}`, 'max', ['state'], async (set) => {
      const { backlog } = await this.look();
      if (backlog === null) return;
      set(backlog.due, { state: 'due' });
      set(backlog.waiting, { state: 'waiting_click' });
    });
    gauge('cidra_inbox_oldest_seconds', 'How long the oldest unprocessed postback has been due', 'max', [], async (set) => {
      const { backlog } = await this.look();
      if (backlog !== null) set(backlog.oldest);
    });
    gauge('cidra_counter_deltas', `Counter deltas not yet folded, counted up to ${COUNTED_AT_MOST}`, 'max', [], async (set) => {
      const { backlog } = await this.look();
      if (backlog !== null) set(backlog.deltas);
    });
    gauge(
      'cidra_dead_letters',
      `Postbacks of the last ${DEAD_LETTER_DAYS} days that could not be decided and were not set aside`,
      'max',
      [],
      async (set) => {
        const { backlog } = await this.look();
        if (backlog !== null) set(backlog.dead);
      },
    );
    gauge('cidra_partition_days_ahead', 'Days until the first partitioned table has no partition left', 'max', [], async (set) => {
      const { backlog } = await this.look();
      if (backlog !== null && backlog.partitionDays !== null) set(backlog.partitionDays);
    });
    gauge('cidra_queue_jobs', 'Jobs by queue and state', 'max', ['queue', 'state'], async (set) => {
      for (const { name, waiting, active, delayed, failed } of (await this.look()).queues ?? []) {
        for (const [state, jobs] of Object.entries({ waiting, active, delayed, failed })) set(jobs, { queue: name, state });
      }
    });
    gauge('cidra_queue_oldest_seconds', 'Age of the oldest waiting job', 'max', ['queue'], async (set) => {
      for (const { name, oldest } of (await this.look()).queues ?? []) set(oldest, { queue: name });
    });
  }

  /**
   * This process's metrics, or in a cluster those of all its processes added up.
   * @throws Problem 503 when a process of the cluster does not answer
   */
  async text(): Promise<string> {
    if (!cluster.isWorker) return register.metrics();
    return clusterMetrics().catch(() => {
      throw new Problem(503, 'unavailable', 'Another API process did not answer in time.');
    });
  }

  /** @throws Error when the queues do not answer within a second */
  queues(): Promise<QueueState[]> {
    return withTimeout(Promise.all(QUEUE_NAMES.map((name) => this.queue(name))), TIMEOUT_MS);
  }

  private async queue(name: QueueName): Promise<QueueState> {
    const queue = this.modules.get<Queue>(getQueueToken(name), { strict: false });
    const [counts, [first], isPaused] = await Promise.all([
      queue.getJobCounts('waiting', PAUSED, 'active', 'delayed', 'failed'),
      queue.getJobs(['waiting'], 0, 0, true),
      queue.isPaused(),
    ]);
    const { waiting = 0, paused = 0, active = 0, delayed = 0, failed = 0 } = counts;
    return {
      name,
      paused: isPaused,
      waiting: waiting + paused,
      active,
      delayed,
      failed,
      oldest: first === undefined ? 0 : Math.max(0, Date.now() - first.timestamp) / 1_000,
    };
  }

  /** At most a second old: all gauges of a scrape, and of scrapers side by side, share one. */
  private look(): Promise<Look> {
    const now = performance.now();
    if (this.cached === null || now >= this.cached.until) {
      const look = Promise.all([
        withTimeout(this.backlog(), TIMEOUT_MS).catch(() => null),
        this.queues().catch(() => null),
        this.aof().catch(() => null),
      ]).then(([backlog, queues, aof]) => ({ backlog, queues, aof }));
      this.cached = { look, until: now + CACHE_MS };
    }
    return this.cached.look;
  }

  private async aof(): Promise<boolean | null> {
    // Commands to a Redis that is away would wait in memory until it is back.
    if (this.redis?.status !== 'ready') return null;
    return hasAof(await withTimeout(this.redis.info('persistence'), TIMEOUT_MS));
  }

  private async backlog(): Promise<Backlog> {
    const { rows } = await this.pool.query<Omit<Backlog, 'dead' | 'partitionDays'>>(
      `SELECT (SELECT count(*)::int FROM (SELECT FROM inbox WHERE result <> 'waiting_click' LIMIT $1) AS i) AS due,
        (SELECT count(*)::int FROM (SELECT FROM inbox WHERE result = 'waiting_click' LIMIT $1) AS i) AS waiting,
        (SELECT count(*)::int FROM (SELECT FROM counter_deltas LIMIT $1) AS d) AS deltas,
        coalesce((SELECT greatest(0, extract(epoch FROM now() - min(next_attempt_at))) FROM inbox), 0)::float8 AS oldest`,
      [COUNTED_AT_MOST],
    );
    const {
      rows: [letters],
    } = await this.pool.query<{ dead: number }>({ ...COUNT_DEAD_LETTERS, values: [uuidAt(Date.now() - DEAD_LETTER_DAYS * DAY_MS, 'min')] });
    return {
      ...(rows[0] as Omit<Backlog, 'dead' | 'partitionDays'>),
      dead: letters?.dead ?? 0,
      partitionDays: await this.partitions.daysAhead(),
    };
  }
}

/** A gauge that is filled when it is read; what could not be asked is left out rather than shown as it once was. */
function gauge<L extends string>(
  name: string,
  help: string,
  aggregator: 'sum' | 'max',
  labelNames: L[],
  fill: (set: (value: number, labels?: Record<L, string>) => void) => void | Promise<void>,
): Gauge<L> {
  // Tests boot several applications in one process; the newest answers.
  register.removeSingleMetric(name);
  return new Gauge({
    name,
    help,
    labelNames,
    aggregator,
    async collect() {
      this.reset();
      if (labelNames.length === 0) this.remove();
      await fill((value, labels) => (labels === undefined ? this.set(value) : this.set(labels, value)));
    },
  });
}
