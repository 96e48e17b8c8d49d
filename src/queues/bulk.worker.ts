import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { HandlersService } from './handlers.service.js';
import { JobsService } from './jobs.service.js';
import { WORKER_OPTIONS } from './queues.js';

const SWEEP_MS = 60_000;

/** Runs the jobs that admins ask for, one at a time. */
@Processor('bulk', { ...WORKER_OPTIONS, concurrency: 1 })
export class BulkWorker extends WorkerHost implements OnApplicationBootstrap {
  private readonly log = new Logger(BulkWorker.name);

  constructor(
    private readonly jobs: JobsService,
    private readonly handlers: HandlersService,
    @InjectQueue('bulk') private readonly queue: Queue,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.upsertJobScheduler('sweep', { every: SWEEP_MS }, { name: 'sweep' });
  }

  async process(job: Job<{ id: string }>): Promise<unknown> {
    if (job.name === 'sweep') return { started: await this.jobs.sweep() };
    const { id } = job.data;
    const row = await this.jobs.get(id);
    if (row === null || row.state === 'done' || row.state === 'failed') return row?.result ?? null;
    const progress = async (done: number, total: number): Promise<void> => {
      await this.jobs.report(id, { state: 'active', done, total });
      await job.updateProgress({ done, total });
    };
    try {
      await this.jobs.report(id, { state: 'active' });
      const result = (await this.handlers.run(`bulk:${row.kind}`, row.data, progress)) as Record<string, unknown>;
      await this.jobs.report(id, { state: 'done', result });
      return result;
    } catch (error) {
      this.log.error({ err: error, jobId: id, kind: row.kind }, 'a job failed');
      const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      await this.jobs.report(id, {
        state: last ? 'failed' : 'waiting',
        error: (error as Error).message.split('\n')[0]?.slice(0, 200) ?? 'unknown',
      });
      throw error;
    }
  }
}
