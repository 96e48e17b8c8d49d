import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { WORKER_OPTIONS } from '../queues/queues.js';
import { DrainService, type DrainReport } from './drain.service.js';

const SWEEP_MS = 5_000;

/** Wakes up and drains the inbox. The sweep finds what a lost wake-up left behind. */
@Processor('ingest', { ...WORKER_OPTIONS, concurrency: 2 })
export class IngestWorker extends WorkerHost implements OnApplicationBootstrap {
  constructor(
    private readonly drain: DrainService,
    @InjectQueue('ingest') private readonly queue: Queue,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.upsertJobScheduler('sweep', { every: SWEEP_MS }, { name: 'sweep' });
  }

  process(): Promise<DrainReport> {
    return this.drain.drain();
  }
}
