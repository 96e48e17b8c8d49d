import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { Problem } from '../http/problem.js';
import { FORGET } from './verdicts.query.js';
import { JobCancelled, JobsService, type JobData } from '../queues/jobs.service.js';

const REPORT_EVERY_MS = 500;

/** A file on its way in: a job of jobs.service.ts, run by the process that has the file. */
export class ImportRun {
  private reportedAt = 0;

  constructor(
    readonly id: string,
    private readonly jobs: JobsService,
    private readonly isStopping: () => boolean,
    public total: number,
  ) {}

  /** @throws Problem 503 when the process is being stopped */
  async progress(done: number): Promise<void> {
    if (this.isStopping())
      throw new Problem(
        503,
        'unavailable',
        'The tracker was stopped while it took the file in. Import it again: what is stored is left alone.',
      );
    if (performance.now() - this.reportedAt < REPORT_EVERY_MS) return;
    this.reportedAt = performance.now();
    await this.jobs.report(this.id, { state: 'active', done, total: Math.max(this.total, done) });
  }

  /** Everything is stored; verdicts may still be missing. */
  async stored(result: object): Promise<void> {
    await this.jobs.report(this.id, { state: 'active', result: { ...result } });
  }

  async done(total: number, result: object): Promise<void> {
    await this.jobs.report(this.id, { state: 'done', done: total, total, result: { ...result } });
  }
}

/** Files being taken in, as jobs that anybody can ask for, whichever process runs them. */
@Injectable()
export class ImportRunsService implements OnModuleDestroy {
  private readonly log = new Logger(ImportRunsService.name);
  private readonly running = new Set<Promise<unknown>>();
  private isStopping = false;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly jobs: JobsService,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await Promise.allSettled(this.running);
  }

  /**
   * Runs an import as a job.
   * @param waits whether the answer is what became of it, or what is known when it has begun
   */
  async run<A extends { state: string; jobId: string | null }>(
    what: JobData['import']['what'],
    total: number,
    begun: A,
    waits: boolean,
    work: (run: ImportRun) => Promise<A>,
  ): Promise<A> {
    const id = this.ids.next();
    await this.jobs.add(this.pool, 'import', { importId: id, what }, id);
    // No worker is to take it up: this process has the file.
    await this.jobs.report(id, { state: 'active', done: 0, total });
    const run = new ImportRun(id, this.jobs, () => this.isStopping, total);
    const working = this.work(run, work);
    this.running.add(working);
    void working.catch(() => undefined).finally(() => this.running.delete(working));
    return waits ? working : { ...begun, state: 'active', jobId: id };
  }

  private async work<A>(run: ImportRun, work: (run: ImportRun) => Promise<A>): Promise<A> {
    try {
      return await work(run);
    } catch (error) {
      await this.pool.query(FORGET, [run.id]).catch(() => undefined);
      if (error instanceof JobCancelled) throw new Problem(409, 'cancelled', 'The import was cancelled. What is stored already stays.');
      if (!(error instanceof Problem)) this.log.error({ err: error, jobId: run.id }, 'an import failed');
      const message =
        error instanceof Problem ? error.detail : 'The file could not be taken in whole. Import it again: what is stored is left alone.';
      await this.jobs.report(run.id, { state: 'failed', error: message }).catch(() => undefined);
      throw error;
    }
  }
}
