import { InjectQueue, Processor } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { ClockedWorker } from '../queues/clocked.worker.js';
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
export class CountersWorker extends ClockedWorker {
  constructor(
    @Inject(WORKER_POOL) private readonly pool: pg.Pool,
    @InjectQueue('counters') queue: Queue,
  ) {
    super(queue, FOLD_MS);
  }

  protected async work(): Promise<FoldReport> {
    const report: FoldReport = { deltas: 0, counters: 0 };
    for (;;) {
      const [folded] = (await this.pool.query<FoldReport>(FOLD)).rows;
      report.deltas += folded?.deltas ?? 0;
      report.counters += folded?.counters ?? 0;
      if (folded === undefined || folded.deltas < FOLD_LIMIT) return report;
    }
  }

  /** It takes all there is: what comes meanwhile may wait for the next time. */
  protected async sweep(): Promise<boolean> {
    await this.work();
    return false;
  }
}
