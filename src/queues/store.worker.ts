import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { HandlersService } from './handlers.service.js';
import { storeBackoff, WORKER_OPTIONS, type Jobs } from './queues.js';

/** Moves what Redis kept while Postgres was away to where it belongs; the job's name says who wrote it. */
@Processor('store', { ...WORKER_OPTIONS, concurrency: 1, settings: { backoffStrategy: storeBackoff } })
export class StoreWorker extends WorkerHost {
  constructor(private readonly handlers: HandlersService) {
    super();
  }

  process({ name, data }: Job<Jobs['store']>): Promise<unknown> {
    return this.handlers.run(`store:${name}`, data);
  }
}
