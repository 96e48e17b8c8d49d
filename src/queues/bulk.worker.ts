import { InjectQueue, Processor } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { ClockedWorker } from './clocked.worker.js';
import { HandlersService } from './handlers.service.js';
import { JobCancelled, JobsService, type JobRow } from './jobs.service.js';
import { WORKER_OPTIONS } from './queues.js';

const QUIET_MS = 5_000;

/** Runs the jobs that admins ask for, one at a time. */
@Processor('bulk', { ...WORKER_OPTIONS, concurrency: 1 })
export class BulkWorker extends ClockedWorker {
  private readonly log = new Logger(BulkWorker.name);

  constructor(
    private readonly jobs: JobsService,
    private readonly handlers: HandlersService,
    @InjectQueue('bulk') queue: Queue,
  ) {
    super(queue, QUIET_MS);
  }

  protected async work({ data: { id } }: Job<{ id: string }>): Promise<unknown> {
    const row = await this.jobs.claim(id);
    return row === null ? null : this.run(row);
  }

  protected async sweep(): Promise<boolean> {
    const row = await this.jobs.claimOverdue();
    if (row !== null) await this.run(row).catch(() => undefined);
    return row !== null;
  }

  private async run({ id, kind, data }: JobRow): Promise<unknown> {
    try {
      const result = await this.handlers.run(`bulk:${kind}`, data, (done, total) => this.jobs.report(id, { state: 'active', done, total }));
      await this.jobs.report(id, { state: 'done', result: result as Record<string, unknown> });
      return result;
    } catch (error) {
      if (error instanceof JobCancelled) return { cancelled: true };
      this.log.error({ err: error, jobId: id, kind }, 'a job failed');
      await this.jobs.fail(id, (error as Error).message.split('\n')[0]?.slice(0, 200) ?? 'unknown');
      throw error;
    }
  }
}
