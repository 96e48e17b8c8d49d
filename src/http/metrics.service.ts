import cluster from 'node:cluster';
import { getQueueToken } from '@nestjs/bullmq';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { AggregatorRegistry, collectDefaultMetrics, Gauge, register } from 'prom-client';
import { ClicksService } from '../clicks/clicks.service.js';
import { InboxService } from '../postbacks/inbox.service.js';
import { QUEUE_NAMES, withTimeout } from '../queues.js';
import { RatesService } from '../rates/rates.service.js';
import { ADMIN_POOL } from '../tokens.js';

const TIMEOUT_MS = 1_000;
const CLUSTER_TIMEOUT_MS = 2_000;
const ASK = 'cidra:metrics';

interface Backlog {
  due: number;
  waiting: number;
  oldest: number;
  deltas: number;
}

/** What /metrics says beyond what the services count themselves: backlogs, queues, the event loop. */
@Injectable()
export class MetricsService implements OnModuleInit {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly modules: ModuleRef,
    private readonly inbox: InboxService,
    private readonly clicks: ClicksService,
    private readonly rates: RatesService,
  ) {}

  onModuleInit(): void {
    // Tests boot several applications in one process; the registry is the process's.
    if (register.getSingleMetric('cidra_buffered_rows') !== undefined) return;
    collectDefaultMetrics();
    const gauge = (name: string, help: string, labelNames: string[] = [], aggregator: 'sum' | 'max' = 'sum'): Gauge => new Gauge({ name, help, labelNames, aggregator });
    const buffered = gauge('cidra_buffered_rows', 'Rows accepted and not yet on storage, in this process', ['of']);
    const depth = gauge('cidra_inbox_rows', 'Postbacks without a verdict', ['state'], 'max');
    const oldest = gauge('cidra_inbox_oldest_seconds', 'Age of the oldest postback that is due', [], 'max');
    const deltas = gauge('cidra_counter_deltas', 'Counter deltas not yet folded', [], 'max');
    const jobs = gauge('cidra_queue_jobs', 'Jobs by queue and state', ['queue', 'state'], 'max');
    const oldestJob = gauge('cidra_queue_oldest_seconds', 'Age of the oldest waiting job', ['queue'], 'max');
    const rateAge = gauge('cidra_rates_age_days', 'Days since the newest published rate', [], 'max');
    // One collector for all of them: a scrape asks the database once.
    Object.assign(buffered, {
      collect: async () => {
        buffered.set({ of: 'postbacks' }, this.inbox.depth);
        buffered.set({ of: 'clicks' }, this.clicks.depth);
        rateAge.set(this.rates.table.ageDays(new Date().toISOString().slice(0, 10)) ?? -1);
        const [backlog, queues] = await Promise.all([withTimeout(this.backlog(), TIMEOUT_MS).catch(() => null), withTimeout(this.queues(), TIMEOUT_MS).catch(() => null)]);
        // What could not be asked is left out rather than shown as it once was.
        for (const metric of [depth, oldest, deltas, jobs, oldestJob]) metric.reset();
        if (backlog !== null) {
          depth.set({ state: 'due' }, backlog.due);
          depth.set({ state: 'waiting_click' }, backlog.waiting);
          oldest.set(backlog.oldest);
          deltas.set(backlog.deltas);
        }
        for (const { queue, counts, age } of queues ?? []) {
          for (const [state, n] of Object.entries(counts)) jobs.set({ queue, state }, n);
          oldestJob.set({ queue }, age);
        }
      },
    });
  }

  /** This process's metrics, or in a cluster those of all its API processes added up. */
  async text(): Promise<string> {
    if (!cluster.isWorker) return register.metrics();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(reject, new Error('The other API processes did not answer in time.')), CLUSTER_TIMEOUT_MS);
      const listen = (message: { type?: string; text?: string }): void => {
        if (message.type === ASK && message.text !== undefined) done(resolve, message.text);
      };
      const done = <T>(finish: (value: T) => void, value: T): void => {
        clearTimeout(timer);
        process.off('message', listen);
        finish(value);
      };
      process.on('message', listen);
      process.send?.({ type: ASK });
    });
  }

  private async backlog(): Promise<Backlog> {
    const { rows } = await this.pool.query<Backlog>(`
      SELECT count(*) FILTER (WHERE result <> 'waiting_click')::int AS due, count(*) FILTER (WHERE result = 'waiting_click')::int AS waiting,
        coalesce(extract(epoch FROM now() - min(received_at) FILTER (WHERE next_attempt_at <= now())), 0)::float8 AS oldest,
        (SELECT count(*)::int FROM counter_deltas) AS deltas
      FROM inbox`);
    return rows[0] as Backlog;
  }

  /** Depths and the age in seconds of the oldest waiting job, by queue. */
  queues(): Promise<{ queue: string; counts: Record<string, number>; age: number; paused: boolean }[]> {
    return Promise.all(
      QUEUE_NAMES.map(async (name) => {
        const queue = this.modules.get<Queue>(getQueueToken(name), { strict: false });
        const [counts, [oldest], paused] = await Promise.all([queue.getJobCounts('waiting', 'active', 'delayed', 'failed'), queue.getJobs(['waiting'], 0, 0, true), queue.isPaused()]);
        return { queue: name, counts, age: oldest === undefined ? 0 : (Date.now() - oldest.timestamp) / 1_000, paused };
      }),
    );
  }
}

/** In the first process of a cluster: answers its API processes with the sum of them all. */
export function answerMetrics(): void {
  const aggregate = new AggregatorRegistry();
  cluster.on('message', (asking, message: { type?: string }) => {
    if (message.type !== ASK) return;
    aggregate.clusterMetrics().then(
      (text) => asking.send({ type: ASK, text }),
      () => undefined,
    );
  });
}
