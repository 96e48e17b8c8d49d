import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type pg from 'pg';
import { ChangesService } from '../db/changes.service.js';
import { RETURN_IDS } from './inbox-return.query.js';
import { HandlersService, type Progress } from '../queues/handlers.service.js';
import type { JobData } from '../queues/jobs.service.js';
import { uuidToCid } from '../lib/ids.js';
import { LiveSourcesService } from '../offer-sources/live-sources.service.js';
import { Waker } from '../queues/queues.js';
import { WORKER_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { findClicks } from '../conversions/find-clicks.query.js';
import { LedgerService, type Case } from '../conversions/ledger.service.js';
import { RulesService } from '../conversions/rules.service.js';
import { writeLedger } from '../conversions/write-ledger.query.js';
import { IdsService } from '../db/ids.service.js';
import { bounded } from '../lib/sql.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import { parsePostback, type RawPostback } from './parse-postback.js';
import * as sql from './redecide.query.js';

const CLICKS_AT_ONCE = 50;
const ROWS_AT_ONCE = 100;
/** While verdicts are late the next step waits, but never longer than this, so that it gets on under full load as well. */
const COURTESY_MS = 250;
const COURTESY_LOOK_MS = 10;
const RACE_ATTEMPTS = 5;
const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Decides the past anew. Each step is a transaction of its own and doing it twice changes nothing, so that a job that was cut off is simply started again. */
@Injectable()
export class RedecideService {
  private readonly waker: Waker;

  constructor(
    @Inject(WORKER_POOL) private readonly pool: pg.Pool,
    @InjectQueue('ingest') ingest: Queue,
    private readonly ids: IdsService,
    private readonly ledger: LedgerService,
    private readonly rules: RulesService,
    private readonly meanings: MeaningsService,
    private readonly sources: LiveSourcesService,
    private readonly changes: ChangesService,
    handlers: HandlersService,
  ) {
    handlers.on('bulk:reapply', (data: JobData['reapply'], progress) => this.reapply(data, progress));
    handlers.on('bulk:replay', (data: JobData['replay'], progress) => this.replay(data, progress));
    handlers.on('bulk:fx-pending', (_data, progress) => this.fxPending(progress));
    this.waker = new Waker(ingest);
  }

  /** After a change of a map: clicks with a word that now means something else are folded again; pings that are none any more are decided. */
  async reapply({ offerSourceId }: JobData['reapply'], progress: Progress): Promise<Record<string, number>> {
    await this.changes.refresh();
    const isChanged = new Map<string, boolean>();
    const remap = (id: string | null): boolean => offerSourceId === null || id === offerSourceId;
    const clicks = await this.refoldAll('conversion_history', remap, progress, async (after, to) => {
      const words = await this.rows<{ offerSourceId: string | null; word: string; meaning: string }>(sql.WORDS, [after, to, offerSourceId]);
      const changed = words.filter((w) => {
        const name = JSON.stringify(w);
        const known = isChanged.get(name) ?? this.meanings.of(w.word, this.sources.byId(w.offerSourceId)).meaning !== w.meaning;
        isChanged.set(name, known);
        return known;
      });
      if (changed.length === 0) return [];
      return this.rows<{ id: string }>(sql.TOUCHED, [
        after,
        to,
        changed.map((w) => w.offerSourceId ?? FIRST),
        changed.map((w) => w.word),
        changed.map((w) => w.meaning),
      ]);
    });
    const words = [...isChanged.values()].filter(Boolean).length;
    return { words, clicks, pings: await this.reapplyPings(offerSourceId, progress) };
  }

  /** After a rate has arrived: clicks with an amount that could not be converted. */
  async fxPending(progress: Progress): Promise<Record<string, number>> {
    await this.changes.refresh();
    return {
      clicks: await this.refoldAll(
        'conversions',
        () => false,
        progress,
        (after, to) => this.rows<{ id: string }>(sql.FX_PENDING, [after, to]),
      ),
    };
  }

  /** Rows of the log go back into the inbox, where the drain decides them. */
  async replay(data: JobData['replay'], progress: Progress): Promise<Record<string, number>> {
    const counted = sql.replayCount((await this.pool.query<sql.ReplayCount>(sql.countReplayable(data))).rows);
    const total = counted.complete ? counted.count : null;
    let returned = 0;
    for (let after = FIRST; ; ) {
      const end = (await this.pool.query<{ id: string }>(sql.nextOfLog(data, after))).rows[0]?.id;
      const found = (await this.pool.query<{ id: string }>(sql.replayableOf(data, after, end ?? LAST))).rows.map(({ id }) => id);
      for (let i = 0; i < found.length; i += ROWS_AT_ONCE) {
        await this.letOthersPass();
        returned += await this.giveBack(found.slice(i, i + ROWS_AT_ONCE));
        await progress(returned, total);
      }
      if (end === undefined) return { returned };
      await this.letOthersPass();
      await progress(returned, total);
      after = end;
    }
  }

  /** Returns how many of these rows of the log are in the inbox again. */
  async giveBack(ids: string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { rowCount } = await inTransaction(this.pool, (client) => client.query({ ...RETURN_IDS, values: bounded(ids) }), RACE_ATTEMPTS);
    this.waker.wake();
    return rowCount ?? 0;
  }

  private async reapplyPings(offerSourceId: string | null, progress: Progress): Promise<number> {
    let returned = 0;
    for (let after = FIRST; ; ) {
      await progress(returned, null);
      const { rows } = await this.pool.query<RawPostback & { id: string; tokenSourceId: string | null }>(sql.NEXT_PINGS, [
        offerSourceId,
        after,
        ROWS_AT_ONCE,
      ]);
      const last = rows.at(-1);
      if (last === undefined) return returned;
      const meant = rows.filter((row) => {
        const source = this.sources.byId(row.tokenSourceId);
        const { status } = parsePostback(row, this.sources.parsing(row.tokenSourceId)).values;
        return status !== null && this.meanings.of(status, source).meaning !== 'ignored';
      });
      await this.letOthersPass();
      returned += await this.giveBack(meant.map((row) => row.id));
      after = last.id;
    }
  }

  /** Slice by slice of a table, the clicks that `find` names. Progress is in slices. */
  private async refoldAll(
    table: 'conversion_history' | 'conversions',
    remap: (offerSourceId: string | null) => boolean,
    progress: Progress,
    find: (after: string, to: string) => Promise<{ id: string }[]>,
  ): Promise<number> {
    const slices = (await this.rows<{ n: number }>(sql.countSlices(table), []))[0]?.n ?? 1;
    let clicks = 0;
    for (let after = FIRST, done = 0; ; done++) {
      const end = (await this.rows<{ id: string }>(sql.nextClick(table), [after]))[0]?.id;
      const ids = (await find(after, end ?? LAST)).map(({ id }) => id);
      for (let i = 0; i < ids.length; i += CLICKS_AT_ONCE) {
        await this.letOthersPass();
        const step = ids.slice(i, i + CLICKS_AT_ONCE);
        await this.refold(step, remap);
        clicks += step.length;
        await progress(done, Math.max(slices, done + 1));
      }
      if (end === undefined) return clicks;
      await this.letOthersPass();
      await progress(done + 1, Math.max(slices, done + 2));
      after = end;
    }
  }

  private async rows<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Waits while new postbacks are late: work on the past must not delay them. */
  private async letOthersPass(): Promise<void> {
    for (const end = performance.now() + COURTESY_MS; performance.now() < end; ) {
      const { rows } = await this.pool.query<{ late: boolean }>(sql.IS_ANY_LATE);
      if (rows[0]?.late !== true) return;
      await new Promise((resolve) => setTimeout(resolve, COURTESY_LOOK_MS));
    }
  }

  private async refold(clickIds: string[], remap: (offerSourceId: string | null) => boolean): Promise<void> {
    await inTransaction(
      this.pool,
      async (client) => {
        const clicks = await findClicks(client, clickIds.map(uuidToCid), true);
        const cases: Case[] = [];
        for (const click of clicks.values())
          cases.push({ click, source: await this.rules.sourceOf(click), arrivals: [], refold: { remap } });
        await writeLedger(client, await this.ledger.settle(client, cases), this.ids.now());
      },
      RACE_ATTEMPTS,
    );
  }
}
