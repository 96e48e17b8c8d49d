import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Result } from '../conversions/results.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { HandlersService, type Progress } from '../queues/handlers.service.js';
import { JobsService, type JobData } from '../queues/jobs.service.js';
import type { ConversionImportAnswer } from './conversion-import.dto.js';
import * as sql from './verdicts.query.js';

/** How a result is counted; one that is not here is a refusal. */
export const COUNTED: Partial<Record<Result, 'new' | 'updated' | 'unchanged' | 'unmatched'>> = {
  created: 'new',
  updated: 'updated',
  no_change: 'unchanged',
  duplicate: 'unchanged',
  duplicate_request: 'unchanged',
  stale_status: 'unchanged',
  ignored_status: 'unchanged',
  click_not_found: 'unmatched',
  waiting_click: 'unmatched',
};
export const MAX_ERRORS = 100;
const POLL_MS = 50;
/** A worker that is there decides some within these. */
const PATIENCE_MS = 10_000;
/** A line that cannot be decided is tried for a minute and a half before it is a dead letter. */
const LAST_PATIENCE_MS = 120_000;

/** Waits for what becomes of imported conversions, and counts it. */
@Injectable()
export class ConversionVerdictsService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly jobs: JobsService,
    handlers: HandlersService,
  ) {
    handlers.on('bulk:import', (data: JobData['import'], progress) => this.finish(data, progress));
  }

  /**
   * The answer with its verdicts. When no worker decides for a while the rest is left to the job, whose result it becomes.
   */
  async settle(importId: string, answer: ConversionImportAnswer): Promise<ConversionImportAnswer> {
    const open = await this.wait(importId, PATIENCE_MS, async () => undefined);
    const counted = await this.count(importId, answer);
    if (open > 0) {
      await this.jobs.report(importId, { state: 'waiting' });
      await this.jobs.start(importId);
      return counted;
    }
    await this.pool.query(sql.FORGET, [importId]);
    const done = { ...counted, state: 'done' as const };
    await this.jobs.report(importId, { state: 'done', done: answer.total, total: answer.total, result: { ...done } });
    return done;
  }

  /** The job of an import whose process left it: what is stored gets its verdicts, a file that was cut off is said to be. */
  private async finish({ importId }: JobData['import'], progress: Progress): Promise<Record<string, unknown>> {
    const answer = (await this.jobs.get(importId))?.result as ConversionImportAnswer | null | undefined;
    if (answer === null || answer === undefined) {
      await this.pool.query(sql.FORGET, [importId]);
      throw new Error('The process that took the file in was stopped. Import it again: what is stored is left alone.');
    }
    await this.wait(importId, LAST_PATIENCE_MS, (open) => progress(answer.total - open, answer.total));
    const done = { ...(await this.count(importId, answer)), state: 'done' };
    await this.pool.query(sql.FORGET, [importId]);
    return done;
  }

  /** Until everything is decided, or nothing has been for a while. Returns how much is open. */
  private async wait(importId: string, patienceMs: number, progress: (open: number) => Promise<void>): Promise<number> {
    let [open, since] = [Number.POSITIVE_INFINITY, performance.now()];
    for (;;) {
      const { n } = (await this.pool.query<{ n: number }>(sql.COUNT_OPEN, [importId])).rows[0] as { n: number };
      if (n < open) {
        [open, since] = [n, performance.now()];
        await progress(n);
      }
      if (n === 0 || performance.now() - since > patienceMs) return n;
      await sleep(POLL_MS);
    }
  }

  private async count(importId: string, before: ConversionImportAnswer): Promise<ConversionImportAnswer> {
    const answer = { ...before, warnings: { ...before.warnings }, errors: [...before.errors] };
    const { least, greatest } =
      (await this.pool.query<{ least: string | null; greatest: string | null }>(sql.BOUNDS, [importId])).rows[0] ?? {};
    if (!least || !greatest) return answer;
    const { rows } = await this.pool.query<{ result: Result; warnings: string | null; n: number }>(sql.COUNT_RESULTS, [
      importId,
      least,
      greatest,
    ]);
    for (const { result, warnings, n } of rows) {
      const counted = COUNTED[result];
      if (result === 'accepted') answer.pending += n;
      else if (counted !== undefined) answer[counted] += n;
      else {
        answer.refused += n;
        answer.errorCount += n;
      }
      for (const warning of warnings?.split(' ') ?? []) answer.warnings[warning] = (answer.warnings[warning] ?? 0) + n;
    }
    if (answer.refused > 0) {
      const refused = await this.pool.query<{ line: number; result: Result; reason: string | null }>(sql.FIRST_REFUSED, [
        importId,
        least,
        greatest,
        Object.keys(COUNTED),
        MAX_ERRORS,
      ]);
      answer.errors = [...answer.errors, ...refused.rows.map(({ line, result, reason }) => ({ line, message: reason ?? result }))]
        .toSorted((a, b) => a.line - b.line)
        .slice(0, MAX_ERRORS);
    }
    return answer;
  }
}
