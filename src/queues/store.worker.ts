import { Processor } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { QuietWorker } from './clocked.worker.js';
import { HandlersService } from './handlers.service.js';
import { storeBackoff, WORKER_OPTIONS, type Jobs } from './queues.js';

/** Moves what Redis kept while Postgres was away to where it belongs; the job's name says who wrote it. */
@Processor('store', {
  ...WORKER_OPTIONS,
  concurrency: 1,
  // What it carries was acknowledged: however often a worker dies or hangs with it, the next one takes it up.
  maxStalledCount: 1_000_000_000,
  settings: { backoffStrategy: storeBackoff },
})
export class StoreWorker extends QuietWorker {
  constructor(private readonly handlers: HandlersService) {
    super();
  }

  process({ name, data }: Job<Jobs['store']>): Promise<unknown> {
    return this.handlers.run(`store:${name}`, data);
  }
}
