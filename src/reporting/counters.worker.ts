import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { WORKER_OPTIONS } from '../queues/queues.js';
import { WORKER_POOL } from '../db/tokens.js';
import { FOLD, FOLD_LIMIT } from './counters.query.js';

const FOLD_MS = 5_000;

/** What a fold did; Bull Board shows it as the job's result. */
export interface FoldReport {
  /** Deltas that are gone. */
  deltas: number;
  /** Counter rows made or changed. */
  counters: number;
}

/** Folds counter deltas into counters. Nothing waits for it: reports add up both. */
@Processor('counters', { ...WORKER_OPTIONS })
export class CountersWorker extends WorkerHost implements OnApplicationBootstrap {
  constructor(
    @Inject(WORKER_POOL) private readonly pool: pg.Pool,
    @InjectQueue('counters') private readonly queue: Queue,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.upsertJobScheduler('fold', { every: FOLD_MS }, { name: 'fold' });
  }

  async process(): Promise<FoldReport> {
    const report: FoldReport = { deltas: 0, counters: 0 };
    for (;;) {
      const [folded] = (await this.pool.query<FoldReport>(FOLD)).rows;
      report.deltas += folded?.deltas ?? 0;
      report.counters += folded?.counters ?? 0;
      if (folded === undefined || folded.deltas < FOLD_LIMIT) return report;
    }
  }
}
