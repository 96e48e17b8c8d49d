import { InjectQueue, Processor } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { ClockedWorker } from '../queues/clocked.worker.js';
import { WORKER_OPTIONS } from '../queues/queues.js';
import { DrainService, type DrainReport } from './drain.service.js';

const QUIET_MS = 3_000;

/** Wakes up and drains the inbox; by its own clock it finds what a lost wake-up left behind and what has become due. */
@Processor('ingest', { ...WORKER_OPTIONS, concurrency: 2 })
export class IngestWorker extends ClockedWorker {
  constructor(
    private readonly drain: DrainService,
    @InjectQueue('ingest') queue: Queue,
  ) {
    super(queue, QUIET_MS);
  }

  protected work(): Promise<DrainReport> {
    return this.drain.drain();
  }

  protected async sweep(): Promise<boolean> {
    return (await this.drain.drain()).rows > 0;
  }
}
