import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { ClicksService } from './clicks/clicks.service.js';
import { InboxService } from './postbacks/inbox.service.js';
import { storeBackoff, WORKER_OPTIONS, type Jobs } from './queues.js';

/** Moves what Redis kept while Postgres was away to where it belongs. */
@Processor('store', { ...WORKER_OPTIONS, concurrency: 1, settings: { backoffStrategy: storeBackoff } })
export class StoreWorker extends WorkerHost {
  constructor(
    private readonly inbox: InboxService,
    private readonly clicks: ClicksService,
  ) {
    super();
  }

  async process({ data }: Job<Jobs['store']>): Promise<{ stored: number; of: number }> {
    if ('clicks' in data) return { stored: await this.clicks.unload(data.clicks), of: data.clicks.length };
    return { stored: await this.inbox.unload(data.rows), of: data.rows.length };
  }
}
