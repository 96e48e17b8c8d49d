import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { BEGIN_BY_INDEX } from '../db/connection.js';
import { isRace, isTransient } from '../db/deadline.js';
import { IdsService } from '../db/ids.service.js';
import { WORKER_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import * as sql from './drain.query.js';
import type { Delay, InboxRow, LogRow } from './drain.query.js';
import { HOLD_UNMATCHED } from './inbox-return.query.js';
import { findClicks } from '../conversions/find-clicks.query.js';
import { LedgerService, type Outcome } from '../conversions/ledger.service.js';
import { writeLedger } from '../conversions/write-ledger.query.js';
import { uuids } from '../lib/binary-array.js';
import { bulk } from '../lib/bulk.js';
import { LookFrom } from '../lib/look-from.js';
import { bounded } from '../lib/sql.js';
import { RouteService, type Decided, type Unmatched } from './route.service.js';
import type { Result, Warning } from '../conversions/results.js';
import { PostbacksMetrics } from './postbacks-metrics.service.js';
import { differs } from '../conversions/settle.js';

/** How much a drain did; Bull Board shows it as the result of the job. */
export interface DrainReport {
  batches: number;
  rows: number;
  results: Partial<Record<Result, number>>;
}

const RACE_RETRIES = 5;
const MAX_ATTEMPTS = 5;
/** A postback that came before its click is tried again after these delays (docs/reference.md#limits), and at once when the click arrives. */
const WAITING_SCHEDULE_MS = [5_000, 30_000, 120_000, 600_000, 3_600_000] as const;
const POISON_BACKOFF_MS = 5_000;
const APPLIED: readonly Result[] = ['created', 'updated', 'no_change'];
const NO_CLICKS: ReadonlyMap<string, unknown> = new Map();

/** Turns what is in the inbox into conversions, history, counters and verdicts: everything of a batch in one transaction. */
@Injectable()
export class DrainService implements OnModuleDestroy {
  private readonly log = new Logger(DrainService.name);
  private readonly due = new LookFrom();
  private stopping = false;
  /** In role `all` the worker shares its event loop with the API and takes fewer rows at a time. */
  private readonly limit: number;

  constructor(
    @Inject(WORKER_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) config: Config,
    private readonly ids: IdsService,
    private readonly routes: RouteService,
    private readonly ledger: LedgerService,
    private readonly metrics: PostbacksMetrics,
  ) {
    this.limit = config.role === 'all' ? 200 : 500;
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /**
   * Works until nothing is due.
   * @param limit rows of one claim
   * @throws the error of a transient failure (Postgres away, out of connections, …): no row is blamed, the job backs off
   */
  async drain(limit = this.limit): Promise<DrainReport> {
    const report: DrainReport = { batches: 0, rows: 0, results: {} };
    while (!this.stopping) {
      const logged = await this.batch(limit);
      if (logged.length === 0) break;
      report.batches += 1;
      report.rows += logged.length;
      for (const result of logged) report.results[result] = (report.results[result] ?? 0) + 1;
    }
    return report;
  }

  /** One claim; when a row makes it fail, the halves are tried on their own until the row stands alone. */
  private async batch(claim: number | readonly string[]): Promise<Result[]> {
    const claimed: string[] = [];
    let failure: unknown;
    for (let attempt = 0; attempt < RACE_RETRIES; attempt++) {
      claimed.length = 0;
      try {
        return await this.transaction(claim, claimed);
      } catch (error) {
        failure = error;
        this.due.givenBack();
        if (isRace(error)) continue;
        if (isTransient(error)) throw error;
        break;
      }
    }
    if (claimed.length === 0) throw failure;
    if (claimed.length === 1) return this.blame(claimed[0] as string, failure as Error);
    const middle = claimed.length >> 1;
    return [...(await this.batch(claimed.slice(0, middle))), ...(await this.batch(claimed.slice(middle)))];
  }

  /** A row that fails on its own is put off, and after five attempts it is a dead letter: `failed`, replayable. */
  private async blame(id: string, error: Error): Promise<Result[]> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const [row] = (await client.query<InboxRow>({ ...sql.CLAIM_THESE, values: [[id]] })).rows;
      if (row === undefined) return [];
      this.log.error({ err: error, postbackId: id }, 'a postback could not be decided');
      if (row.attempts + 1 < MAX_ATTEMPTS) {
        await bulk(client, sql.DELAY_INBOX, [
          { id, delay: POISON_BACKOFF_MS * 2 ** row.attempts, result: 'accepted', reason: safeReason(error) },
        ]);
        return ['accepted'];
      }
      await bulk(client, sql.INSERT_LOG, [
        logRow(row, this.ids.now(), {
          clickId: null,
          source: null,
          key: null,
          result: 'failed',
          reason: safeReason(error),
          warnings: [],
        }),
      ]);
      await client.query({ ...sql.DELETE_INBOX, values: [[id]] });
      this.metrics.results.inc({ result: 'failed', reason: '' });
      return ['failed'];
    } finally {
      await client.query('COMMIT').finally(() => client.release());
    }
  }

  private async transaction(claim: number | readonly string[], claimed: string[]): Promise<Result[]> {
    const { rows, results } = await inTransaction(
      this.pool,
      async (client) => {
        const due =
          typeof claim === 'number'
            ? await this.claim(client, claim)
            : (await client.query<InboxRow>({ ...sql.CLAIM_THESE, values: [claim] })).rows;
        claimed.push(...due.map((r) => r.id));
        return { rows: due, results: due.length === 0 ? [] : await this.work(client, due) };
      },
      1,
      BEGIN_BY_INDEX,
    );
    this.metrics.decided(results, rows, this.ids.now());
    return results;
  }

  private async claim(client: pg.PoolClient, limit: number): Promise<InboxRow[]> {
    const from = this.due.next();
    const [now, began] = [this.ids.now(), performance.now()];
    const { rows } = await client.query<InboxRow & { dueAt: number }>({ ...sql.CLAIM, values: [limit, from ?? 0] });
    this.due.looked(from, rows.at(-1)?.dueAt ?? now, performance.now() - began);
    return rows;
  }

  private async work(client: pg.PoolClient, claimed: InboxRow[]): Promise<Result[]> {
    const logged = new Set(
      (await client.query<{ id: string }>({ ...sql.READ_LOGGED, values: bounded(claimed.map((r) => r.id)) })).rows.map((r) => r.id),
    );
    const rows = claimed.filter((r) => !logged.has(r.id));
    const items = rows.map((row) => this.routes.parse(row));
    const clicks = await findClicks(
      client,
      rows.map((r) => r.cid),
      true,
    );
    const { cases, decided, refused, unmatched } = await this.routes.route(items, clicks);
    for (const { arrivals } of cases)
      for (const arrival of arrivals) arrival.mayWait = decided.get(arrival.postback.id)?.row.attempts === 0;
    const outcomes = await this.ledger.settle(client, cases);
    const decidedAt = this.ids.now();
    await writeLedger(client, outcomes, decidedAt);

    const log: LogRow[] = [];
    for (const outcome of outcomes) addLog(log, outcome, decided, decidedAt);
    for (const {
      item: { row, parsed },
      click: { clickId },
      source,
      result,
      reason,
    } of refused) {
      log.push(logRow(row, decidedAt, { clickId, source: source?.id ?? null, key: null, result, reason, warnings: parsed.warnings }));
    }
    const delays: Delay[] = outcomes.flatMap((o) => o.postponed.map((id) => ({ id, delay: null, result: 'accepted', reason: null })));
    const lost: Unmatched[] = [];
    for (const one of unmatched) {
      const delay = delayOf(one);
      if (delay !== null) delays.push(delay);
      else if (one.result === 'ignored_status') log.push(unmatchedLog(one, decidedAt));
      else lost.push(one);
    }
    const arrived = await this.arrivedMeanwhile(client, lost);
    for (const one of lost) {
      if (arrived.has(one.item.row.cid)) delays.push({ id: one.item.row.id, delay: 0, result: 'accepted', reason: null });
      else log.push(unmatchedLog(one, decidedAt));
    }
    await bulk(client, sql.INSERT_LOG, log);
    await bulk(client, sql.DELAY_INBOX, delays);
    const done = [...log.map((l) => l.inbox.id), ...logged];
    if (done.length > 0) await client.query({ ...sql.DELETE_INBOX, values: [uuids(done)] });
    return [...log.map((l) => l.result), ...delays.map((d) => d.result), ...Array<Result>(logged.size).fill('no_change')];
  }

  /** Of requests that are about to be logged as without a click: the cids whose click has been imported since it was looked for. */
  private async arrivedMeanwhile(client: pg.PoolClient, lost: readonly Unmatched[]): Promise<ReadonlyMap<string, unknown>> {
    if (lost.length === 0) return NO_CLICKS;
    await client.query(HOLD_UNMATCHED);
    return findClicks(
      client,
      lost.map((one) => one.item.row.cid),
      false,
    );
  }
}

/** When a row that waits for its click is tried for the last time. @param at of the next try */
export function lastTry(attempts: number, at: number): number {
  return WAITING_SCHEDULE_MS.slice(attempts).reduce((sum, delay) => sum + delay, at);
}

/** One that may still see its click arrive waits for it; null when its time is up. */
function delayOf({ item: { row }, result }: Unmatched): Delay | null {
  const delay = WAITING_SCHEDULE_MS[row.attempts];
  return result === 'waiting_click' && delay !== undefined ? { id: row.id, delay, result, reason: null } : null;
}

function unmatchedLog({ item: { row, parsed }, source, result }: Unmatched, decidedAt: number): LogRow {
  return logRow(row, decidedAt, {
    clickId: null,
    source: source?.id ?? null,
    key: null,
    result: result === 'waiting_click' ? 'click_not_found' : result,
    reason: null,
    warnings: parsed.warnings,
  });
}

/** A postback that had been applied and changes nothing on replay is `no_change`; its history says what it did. One that did not count says again why. */
function addLog(
  log: LogRow[],
  { case: { click }, entries, known }: Outcome,
  requests: ReadonlyMap<string, Decided>,
  decidedAt: number,
): void {
  for (const entry of entries) {
    const old = known.get(entry.postbackId);
    const unchanged = old !== undefined && APPLIED.includes(entry.result) && !differs(old, entry);
    const { row, source } = requests.get(entry.postbackId) as Decided;
    log.push({
      inbox: row,
      decidedAt,
      offerSourceId: source?.id ?? null,
      clickId: click.clickId,
      conversionKey: entry.key,
      result: unchanged ? 'no_change' : entry.result,
      reason: unchanged ? `replayed, still ${entry.result}` : entry.note,
      warnings: entry.warnings,
    });
  }
}

function logRow(
  row: InboxRow,
  decidedAt: number,
  verdict: {
    clickId: string | null;
    source: string | null;
    key: string | null;
    result: Result;
    reason: string | null;
    warnings: readonly Warning[];
  },
): LogRow {
  return {
    inbox: row,
    decidedAt,
    offerSourceId: verdict.source,
    clickId: verdict.clickId,
    conversionKey: verdict.key,
    result: verdict.result,
    reason: verdict.reason,
    warnings: verdict.warnings,
  };
}

/** An error's first line without values: safe to show to admins. */
function safeReason(error: Error): string {
  const code = (error as { code?: string }).code;
  return `${code === undefined ? '' : `${code} `}${error.message.split('\n')[0]}`.slice(0, 200);
}
