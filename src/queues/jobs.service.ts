import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { IdsService } from '../db/ids.service.js';
import { where } from '../lib/sql.js';
import { withTimeout } from './queues.js';
import { ADMIN_POOL } from '../db/tokens.js';

/** Work on the past that an admin asks for: kind → what it needs to know. */
export interface JobData {
  /** A map of status words has changed; of one source, or of all when it was the account's. */
  reapply: { offerSourceId: string | null };
  /** Rows of the log are to be decided again. */
  replay: { filter: ReplayFilter; before: string };
  /** A rate has arrived: conversions that had none. */
  'fx-pending': Record<string, never>;
  /** A file is being taken in; `importId` is the job's own id. */
  import: { importId: string; what: 'clicks' | 'conversions' };
}
export type JobKind = keyof JobData;

/** Which rows of the log; times in milliseconds. */
export interface ReplayFilter {
  result?: string;
  reason?: string;
  offerSourceId?: string;
  cid?: string;
  from?: number;
  to?: number;
}

export const JOB_STATES = ['waiting', 'active', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Somebody cancelled the job while it ran. */
export class JobCancelled extends Error {}

/** A job as it is kept: in Postgres, so that it outlives the queue. */
export interface JobRow {
  id: string;
  kind: JobKind;
  data: JobData[JobKind];
  state: JobState;
  done: number;
  total: number | null;
  result: Record<string, unknown> | null;
  error: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** Whatever can run a statement: a pool, a client within its transaction, or a TypeORM manager. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<unknown>;
}

const COLUMNS = 'id, kind, data, state, done, total, result, error, created_at AS "createdAt", finished_at AS "finishedAt"';
const ADD_TIMEOUT_MS = 2_000;
/** A job without progress for so long was cut off and is started again; doing a step twice changes nothing. */
const STALE_SECONDS = 60;
/** One that waits for so long was lost by the queue, or the queue is away. */
const OVERDUE_SECONDS = 5;
const MAX_ATTEMPTS = 3;
const STALE = `state = 'active' AND updated_at < now() - interval '${STALE_SECONDS} seconds'`;
const CLAIM = `UPDATE jobs SET state = 'active', updated_at = now()`;

/** Long jobs: the row says what is to be done and how far it is, the queue only starts it. */
@Injectable()
export class JobsService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @InjectQueue('bulk') private readonly queue: Queue,
    private readonly ids: IdsService,
  ) {}

  /** Notes a job, in the transaction of `db` when it is in one. To be followed by `start` once that is committed. */
  async add<K extends JobKind>(db: Queryable, kind: K, data: JobData[K], id = this.ids.next()): Promise<string> {
    await db.query(`INSERT INTO jobs (id, kind, data, state) VALUES ($1, $2, $3, 'waiting')`, [id, kind, JSON.stringify(data)]);
    return id;
  }

  /** Tells the workers; when the queue is away, one of them finds the job by its own clock. */
  async start(id: string): Promise<void> {
    const added = this.queue.add('job', { id }, { jobId: id.replaceAll('-', ''), removeOnComplete: true, removeOnFail: true });
    await withTimeout(added, ADD_TIMEOUT_MS).catch(() => undefined);
  }

  async get(id: string): Promise<JobRow | null> {
    const { rows } = await this.pool.query<JobRow>(`SELECT ${COLUMNS} FROM jobs WHERE id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** Newest first, one more than asked for. */
  async list(limit: number, f: { kind?: string; state?: string; before?: string }): Promise<JobRow[]> {
    const { sql, values } = where([
      ['kind = ?', f.kind],
      ['state = ?', f.state],
      ['id < ?::uuid', f.before],
    ]);
    const { rows } = await this.pool.query<JobRow>(`SELECT ${COLUMNS} FROM jobs WHERE ${sql} ORDER BY id DESC LIMIT ${limit + 1}`, values);
    return rows;
  }

  /** Claims a job for this worker; null: it is finished or cancelled, or another worker has it. */
  async claim(id: string): Promise<JobRow | null> {
    const { rows } = await this.pool.query<JobRow>(`${CLAIM} WHERE id = $1 AND (state = 'waiting' OR ${STALE}) RETURNING ${COLUMNS}`, [id]);
    return rows[0] ?? null;
  }

  /** Takes up one that the queue has lost. */
  async claimOverdue(): Promise<JobRow | null> {
    const { rows } = await this.pool.query<JobRow>(
      `${CLAIM} WHERE id = (
         SELECT id FROM jobs WHERE state = 'waiting' AND updated_at < now() - interval '${OVERDUE_SECONDS} seconds' OR ${STALE}
         ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
       ) RETURNING ${COLUMNS}`,
    );
    return rows[0] ?? null;
  }

  /**
   * What has become of an open job; a recent `updated_at` says that a worker is at it.
   * @throws JobCancelled when it is to go no further
   */
  async report(id: string, change: Partial<Pick<JobRow, 'state' | 'done' | 'total' | 'result' | 'error'>>): Promise<void> {
    const { rowCount } = await this.pool.query(
      `UPDATE jobs SET state = coalesce($2, state), done = coalesce($3, done), total = coalesce($4, total), result = coalesce($5, result), error = $6, updated_at = now(),
         finished_at = CASE WHEN $2 IN ('done', 'failed') THEN now() END WHERE id = $1 AND state IN ('waiting', 'active')`,
      [
        id,
        change.state ?? null,
        change.done ?? null,
        change.total ?? null,
        change.result === undefined ? null : JSON.stringify(change.result),
        change.error ?? null,
      ],
    );
    if (rowCount === 0) throw new JobCancelled();
  }

  /** It is tried again later, until it has failed too often. */
  async fail(id: string, error: string): Promise<void> {
    await this.pool.query(
      `UPDATE jobs SET attempts = attempts + 1, state = CASE WHEN attempts + 1 < $3 THEN 'waiting' ELSE 'failed' END, error = $2, updated_at = now(),
         finished_at = CASE WHEN attempts + 1 < $3 THEN NULL ELSE now() END WHERE id = $1 AND state = 'active'`,
      [id, error, MAX_ATTEMPTS],
    );
  }

  /** What is done stays done; an active one stops after its present step. Returns the job as it is then; null: there is none. */
  async cancel(id: string): Promise<JobRow | null> {
    await this.pool.query(
      `UPDATE jobs SET state = 'cancelled', updated_at = now(), finished_at = now() WHERE id = $1 AND state IN ('waiting', 'active')`,
      [id],
    );
    return this.get(id);
  }
}
