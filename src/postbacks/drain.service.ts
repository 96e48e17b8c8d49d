import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../changes.service.js';
import { CONFIG, type Config } from '../config.js';
import { isRace, isTransient } from '../deadline.js';
import { IdsService } from '../ids.service.js';
import type { BulkStatement } from '../lib/bulk.js';
import { cidToUuid, uuidTime } from '../lib/ids.js';
import { LiveOffersService } from '../offers/live-offers.service.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { RatesService } from '../rates/rates.service.js';
import { WORKER_POOL } from '../tokens.js';
import { counterDeltas, type Counted, type CounterDelta } from './counter-deltas.js';
import { decide, fold, isLate, isRetryGuarded, orderOf, RETRY_GUARDING, type ClickFacts, type ClickState, type HistoryEntry, type Postback, type Rules } from './decide.js';
import * as sql from './drain.query.js';
import type { ClickRow, ConversionWrite, Delay, HistoryRow, HistoryWrite, InboxRow, LogRow, StoredConversion, VerdictWrite } from './drain.query.js';
import { parsePostback, type ParsedPostback } from './parse-postback.js';
import { resolveStatus } from './resolve-status.js';
import type { Refusal, Result, Warning } from './results.js';
import { routeSource } from './route-source.js';
import { PostbacksMetrics } from './postbacks-metrics.service.js';

/** What a drain did; Bull Board shows it as the job's result. */
export interface DrainReport {
  batches: number;
  rows: number;
  results: Partial<Record<Result, number>>;
}

const RACE_RETRIES = 5;
const MAX_ATTEMPTS = 5;
/** A postback that overtook its click is tried again after these (spec, section 4), and at once when the click arrives. */
const WAITING_SCHEDULE_MS = [5_000, 30_000, 120_000, 600_000, 3_600_000] as const;
const WAITING_WINDOW_MS = 3_600_000;
const POISON_BACKOFF_MS = 5_000;
/** Deciding yields to the event loop this often, since in role `all` requests are answered on it. */
const YIELD_MS = 2;

/** An inbox row on its way through a batch. */
interface Item {
  row: InboxRow;
  parsed: ParsedPostback;
  clickId: string | null;
}

/** One that reached the decision. */
interface DecidedItem {
  row: InboxRow;
  parsed: ParsedPostback;
  postback: Postback;
}

/** What the decisions of a batch come to. */
interface Writes {
  insert: ConversionWrite[];
  update: ConversionWrite[];
  remove: StoredConversion[];
  history: HistoryWrite[];
  changed: VerdictWrite[];
  waiting: [clickId: string, waiting: ClickState['waiting']][];
  deltas: CounterDelta[];
}

type RecentRow = ClickState['recent'][number] & { clickId: string };

/** Thrown when an UPDATE matched fewer rows than it was given: somebody else was there. */
class LostRace extends Error {
  readonly code = '40001';
}

/** Turns what is in the inbox into conversions, history, counters and verdicts: everything of a batch in one transaction. */
@Injectable()
export class DrainService implements OnModuleDestroy {
  private readonly log = new Logger(DrainService.name);
  private stopping = false;
  /** Role `all` shares its event loop with the API, so it takes smaller bites. */
  private readonly limit: number;

  constructor(
    @Inject(WORKER_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly offers: LiveOffersService,
    private readonly rates: RatesService,
    private readonly changes: ChangesService,
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
    this.log.error({ err: error, postbackId: id }, 'a postback could not be decided');
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const [row] = (await client.query<InboxRow>({ ...sql.CLAIM_THESE, values: [[id]] })).rows;
      if (row === undefined) return [];
      const decided = await client.query('SELECT 1 FROM postbacks WHERE id = $1', [id]);
      if (decided.rowCount !== 0) {
        // It came a second time by the way through the queue and has its verdict.
        await client.query({ ...sql.DELETE_INBOX, values: [[id]] });
        return ['no_change'];
      }
      if (row.attempts + 1 < MAX_ATTEMPTS) {
        await this.write(client, sql.DELAY_INBOX, [{ id, delay: POISON_BACKOFF_MS * 2 ** row.attempts, result: 'accepted', reason: safeReason(error) }]);
        return ['accepted'];
      }
      await this.write(client, sql.INSERT_LOG, [logRow(row, this.nowText(), { clickId: null, source: null, key: null, result: 'failed', reason: safeReason(error), warnings: [] })]);
      await client.query({ ...sql.DELETE_INBOX, values: [[id]] });
      return ['failed'];
    } finally {
      await client.query('COMMIT').finally(() => client.release());
    }
  }

  private async transaction(claim: number | readonly string[], claimed: string[]): Promise<Result[]> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const rows = (await client.query<InboxRow>(typeof claim === 'number' ? { ...sql.CLAIM, values: [claim] } : { ...sql.CLAIM_THESE, values: [claim] })).rows;
      claimed.push(...rows.map((r) => r.id));
      const results = rows.length === 0 ? [] : await this.work(client, rows);
      await client.query('COMMIT');
      this.metrics.decided(results, rows, this.ids.now());
      return results;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => (broken = true));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async work(client: pg.PoolClient, rows: InboxRow[]): Promise<Result[]> {
    const items: Item[] = rows.map((row) => ({ row, parsed: parsePostback(row, this.sources.byId(row.tokenSourceId)?.parameterAliases), clickId: cidToUuid(row.cid) }));
    const clicks = await this.lockClicks(client, items);
    const groups = new Map<string, Item[]>();
    const log: LogRow[] = [];
    const delays: Delay[] = [];
    for (const item of items) {
      const click = item.clickId === null ? undefined : clicks.get(item.clickId);
      if (click === undefined) this.unmatched(item, log, delays);
      else pushTo(groups, click.clickId, item);
    }
    if (groups.size > 0) await this.decideClicks(client, clicks, groups, log);
    await this.write(client, sql.INSERT_LOG, log);
    await this.write(client, sql.DELAY_INBOX, delays);
    if (log.length > 0) await client.query({ ...sql.DELETE_INBOX, values: [log.map((l) => l.inbox.id)] });
    return [...log.map((l) => l.result), ...delays.map((d) => d.result)];
  }

  /** S2: finds and locks the clicks; fills in the click ids of foreign cids. */
  private async lockClicks(client: pg.PoolClient, items: Item[]): Promise<Map<string, ClickRow>> {
    const foreign = items.filter((i) => i.clickId === null).map((i) => i.row.cid);
    if (foreign.length > 0) {
      const found = await client.query<{ cid: string; clickId: string }>({ ...sql.FIND_IMPORTED, values: [foreign] });
      const byCid = new Map(found.rows.map((f) => [f.cid, f.clickId]));
      for (const item of items) item.clickId ??= byCid.get(item.row.cid) ?? null;
    }
    const wanted = idsOf(items);
    if (wanted.length === 0) return new Map();
    const locked = await client.query<ClickRow>({ ...sql.LOCK_CLICKS, values: bounded(wanted) });
    const clicks = new Map(locked.rows.map((c) => [c.clickId, c]));
    const gone = wanted.filter((id) => !clicks.has(id));
    if (gone.length > 0) {
      const kept = await client.query<ClickRow>({ ...sql.LOCK_CONVERSIONS, values: [gone] });
      for (const row of kept.rows) clicks.set(row.clickId, row);
    }
    return clicks;
  }

  /** No click: a ping needs none, a fresh id may still arrive, anything else is not found. */
  private unmatched({ row, parsed, clickId }: Item, log: LogRow[], delays: Delay[]): void {
    const source = this.sources.byId(row.tokenSourceId);
    const meaning = this.meaningOf(parsed, source);
    if (meaning === 'ignored') {
      log.push(logRow(row, this.nowText(), { clickId: null, source: source?.id ?? null, key: null, result: 'ignored_status', reason: null, warnings: parsed.warnings }));
      return;
    }
    const delay = WAITING_SCHEDULE_MS[row.attempts];
    const fresh = clickId !== null && Math.abs(row.receivedAt - uuidTime(clickId)) <= WAITING_WINDOW_MS;
    if (fresh && delay !== undefined) delays.push({ id: row.id, delay, result: 'waiting_click', reason: null });
    else log.push(logRow(row, this.nowText(), { clickId: null, source: source?.id ?? null, key: null, result: 'click_not_found', reason: null, warnings: parsed.warnings }));
  }

  private async decideClicks(client: pg.PoolClient, clicks: Map<string, ClickRow>, groups: Map<string, Item[]>, log: LogRow[]): Promise<void> {
    const decidedAt = this.nowText();
    const states = await this.readStates(client, [...groups.keys()]);
    const work: { click: ClickRow; source: LiveSource | null; rules: Rules; before: StoredConversion[]; state: ClickState; postbacks: Postback[]; items: Map<string, DecidedItem> }[] = [];
    const guarded: string[] = [];
    const lateClicks: string[] = [];
    for (const [clickId, items] of groups) {
      const click = clicks.get(clickId) as ClickRow;
      const offer = await this.offerOf(click.offerId);
      const known = states.get(clickId);
      const before = known?.conversions ?? [];
      const state: ClickState = { conversions: before, waiting: known?.waiting ?? null, recent: [] };
      const accepted = new Map<string, DecidedItem>();
      const postbacks: Postback[] = [];
      let source: LiveSource | null = null;
      for (const item of items) {
        const routed = routeSource({ token: item.row.tokenSourceId, click: click.offerSourceId, offer: offer?.offerSourceId ?? null });
        source = this.sources.byId(routed.source);
        const refused = this.refusal(item, source, routed.mismatch);
        const parsed = item.row.tokenSourceId === null && source !== null && Object.keys(source.parameterAliases).length > 0 ? parsePostback(item.row, source.parameterAliases) : item.parsed;
        if (refused !== null) {
          log.push(logRow(item.row, decidedAt, { clickId, source: source?.id ?? null, key: null, ...refused, warnings: parsed.warnings }));
          continue;
        }
        const postback = this.postbackOf(item.row, parsed, source);
        accepted.set(postback.id, { row: item.row, parsed, postback });
        postbacks.push(postback);
      }
      if (postbacks.length === 0) continue;
      const rules = rulesOf(source, offer, this.config.baseCurrency);
      const facts: ClickFacts = { clickedAt: click.clickedAt };
      const sorted = inOrder(postbacks, facts);
      if (sorted.some((p) => isRetryGuarded(p, rules))) guarded.push(clickId);
      if (sorted[0] !== undefined && isLate(state, sorted[0], facts)) lateClicks.push(clickId);
      work.push({ click, source, rules, before, state, postbacks: sorted, items: accepted });
    }

    const late = await this.readHistory(client, lateClicks);
    const recent = await this.readRecent(client, guarded.filter((id) => !late.has(id)), work.map((w) => w.rules.retryWindowSeconds));

    const writes: Writes = { insert: [], update: [], remove: [], history: [], changed: [], waiting: [], deltas: [] };
    const changes: { before: Counted | null; after: Counted | null }[] = [];
    let sliceStart = performance.now();
    for (const { click, source, rules, before, state, postbacks, items } of work) {
      if (performance.now() - sliceStart > YIELD_MS) {
        await new Promise(setImmediate);
        sliceStart = performance.now();
      }
      const { clickId } = click;
      const facts: ClickFacts = { clickedAt: click.clickedAt };
      const past = late.get(clickId);
      const entries: HistoryEntry[] = [];
      let after: ClickState;
      if (past === undefined) {
        after = { conversions: before, waiting: state.waiting, recent: recent.get(clickId) ?? [] };
        for (const postback of postbacks) {
          const verdict = decide(after, postback, facts, rules, this.rates.table);
          after = verdict.state;
          entries.push(verdict.entry);
        }
      } else {
        const refolded = fold([...past.map(toPostback), ...postbacks], facts, rules, this.rates.table);
        after = refolded.state;
        const written = new Map(past.map((h) => [h.postbackId, h]));
        for (const entry of refolded.entries) {
          const old = written.get(entry.postbackId);
          if (old === undefined) entries.push(entry);
          else if (differs(old, entry)) writes.changed.push({ clickId, entry });
        }
      }
      for (const entry of entries) {
        const { row, parsed, postback } = items.get(entry.postbackId) as DecidedItem;
        writes.history.push({
          clickId,
          entry,
          postback,
          at: orderOf(postback, facts).at,
          offerSourceId: source?.id ?? null,
          tokenSourceId: row.tokenSourceId,
          request: { values: postback.values, meaning: postback.meaning, parseWarnings: parsed.warnings },
        });
        log.push(logRow(row, decidedAt, { clickId, source: source?.id ?? null, key: entry.key, result: entry.result, reason: entry.note, warnings: entry.warnings }));
      }
      if (after.waiting !== state.waiting && JSON.stringify(after.waiting) !== JSON.stringify(state.waiting)) writes.waiting.push([clickId, after.waiting]);
      const vanished = new Map(before.map((c) => [c.key, c]));
      for (const conversion of after.conversions) {
        const previous = vanished.get(conversion.key);
        vanished.delete(conversion.key);
        if ((conversion as unknown) === previous) continue;
        const write: ConversionWrite = {
          conversion,
          clickId,
          cid: previous?.cid ?? (items.values().next().value as DecidedItem).row.cid,
          offerId: click.offerId,
          offerSourceId: previous === undefined ? (source?.id ?? null) : previous.offerSourceId,
          clickedAt: click.clickedAt,
          click: click.click,
          version: previous?.version ?? 1,
          updatedAt: decidedAt,
        };
        (previous === undefined ? writes.insert : writes.update).push(write);
        changes.push({ before: previous === undefined ? null : counted(previous), after: write });
      }
      for (const gone of vanished.values()) {
        writes.remove.push(gone);
        changes.push({ before: counted(gone), after: null });
      }
    }
    writes.deltas = counterDeltas(changes);
    await this.writeDecisions(client, writes);
  }

  private async writeDecisions(client: pg.PoolClient, writes: Writes): Promise<void> {
    const { insert, update, remove, history, changed, waiting, deltas } = writes;
    await this.write(client, sql.INSERT_CONVERSIONS, insert);
    if (update.length > 0) {
      const { name, text, values } = sql.UPDATE_CONVERSIONS;
      const updated = await client.query({ name, text, values: values(update) });
      if (updated.rowCount !== update.length) throw new LostRace('a conversion changed under its lock');
    }
    if (remove.length > 0) {
      const removed = await client.query({ ...sql.DELETE_CONVERSIONS, values: [remove.map((c) => c.clickId), remove.map((c) => c.key), remove.map((c) => c.version)] });
      if (removed.rowCount !== remove.length) throw new LostRace('a conversion changed under its lock');
    }
    await this.write(client, sql.INSERT_HISTORY, history);
    await this.write(client, sql.UPDATE_HISTORY, changed);
    for (const [clickId, events] of waiting) {
      if (events === null) await client.query({ ...sql.DELETE_WAITING, values: [clickId] });
      else await client.query({ ...sql.KEEP_WAITING, values: [clickId, JSON.stringify(events.events), events.lastAt, events.lastSeq] });
    }
    await this.write(client, sql.INSERT_DELTAS, deltas);
  }

  private async readStates(client: pg.PoolClient, clickIds: string[]): Promise<Map<string, { conversions: StoredConversion[]; waiting: ClickState['waiting'] }>> {
    const states = new Map<string, { conversions: StoredConversion[]; waiting: ClickState['waiting'] }>();
    const stateOf = (id: string): { conversions: StoredConversion[]; waiting: ClickState['waiting'] } => {
      const state = states.get(id) ?? { conversions: [], waiting: null };
      states.set(id, state);
      return state;
    };
    const conversions = await client.query<StoredConversion>({ ...sql.READ_CONVERSIONS, values: bounded(clickIds) });
    for (const row of conversions.rows) stateOf(row.clickId).conversions.push(row);
    const waiting = await client.query<{ clickId: string } & NonNullable<ClickState['waiting']>>({ ...sql.READ_WAITING, values: [clickIds] });
    for (const { clickId, ...rest } of waiting.rows) stateOf(clickId).waiting = rest;
    return states;
  }

  private async readHistory(client: pg.PoolClient, clickIds: string[]): Promise<Map<string, HistoryRow[]>> {
    if (clickIds.length === 0) return new Map();
    const { rows } = await client.query<HistoryRow>({ ...sql.READ_HISTORY, values: [clickIds] });
    return groupBy(rows, (r) => r.clickId);
  }

  private async readRecent(client: pg.PoolClient, clickIds: string[], windows: number[]): Promise<Map<string, RecentRow[]>> {
    if (clickIds.length === 0) return new Map();
    const since = new Date(this.ids.now() - Math.max(0, ...windows) * 2_000 - 60_000).toISOString();
    const { rows } = await client.query<RecentRow>({ ...sql.READ_RECENT, values: [clickIds, since, RETRY_GUARDING] });
    return groupBy(rows, (r) => r.clickId);
  }

  private postbackOf(row: InboxRow, parsed: ParsedPostback, source: LiveSource | null): Postback {
    return {
      id: row.id,
      seq: row.seq,
      receivedAt: row.receivedAt,
      values: parsed.values,
      meaning: this.meaningOf(parsed, source),
      warnings: parsed.warnings,
      hash: createHash('sha1').update(source?.id ?? '').update(parsed.identity).digest('base64'),
    };
  }

  private nowText(): string {
    return new Date(this.ids.now()).toISOString();
  }

  private meaningOf(parsed: ParsedPostback, source: LiveSource | null): Postback['meaning'] {
    return parsed.values.status === null ? null : resolveStatus(parsed.values.status, source?.statusMaps ?? []).meaning;
  }

  /** What the worker refuses for the source's sake (spec, section 1); the sender got its 200 and the row can be replayed. */
  private refusal({ row }: Item, source: LiveSource | null, mismatch: boolean): { result: Result; reason: Refusal | null } | null {
    if (mismatch) return { result: 'source_mismatch', reason: null };
    if (source === null) return null;
    if (!source.enabled) return { result: 'source_disabled', reason: null };
    if (row.tokenSourceId !== null) return null;
    if (source.requireToken) return { result: 'rejected', reason: 'token_required' };
    if (source.allowedIps !== null && !(row.ip !== null && source.allowedIps.contains(row.ip))) return { result: 'rejected', reason: 'ip_denied' };
    return null;
  }

  /** Memory may be a second old: an offer nobody has heard of is looked for once more. */
  private async offerOf(id: string): Promise<ReturnType<LiveOffersService['byId']>> {
    const offer = this.offers.byId(id);
    if (offer !== null) return offer;
    await this.changes.refresh();
    return this.offers.byId(id);
  }

  private async write<T>(client: pg.PoolClient, statement: BulkStatement<T>, rows: readonly T[]): Promise<void> {
    if (rows.length > 0) await client.query({ name: statement.name, text: statement.text, values: statement.values(rows) });
  }
}

function logRow(
  row: InboxRow, decidedAt: string, verdict: { clickId: string | null; source: string | null; key: string | null; result: Result; reason: string | null; warnings: readonly Warning[] },
): LogRow {
  return { inbox: row, decidedAt, offerSourceId: verdict.source, clickId: verdict.clickId, conversionKey: verdict.key, result: verdict.result, reason: verdict.reason, warnings: verdict.warnings };
}

const counted = (c: StoredConversion): Counted => ({ conversion: c, offerId: c.offerId, offerSourceId: c.offerSourceId, clickedAt: c.clickedAt });

const idsOf = (items: Item[]): string[] => [...new Set(items.map((i) => i.clickId).filter((id): id is string => id !== null))];

/** The ids with their least and greatest, which let PostgreSQL prune partitions. */
function bounded(ids: string[]): [string[], string, string] {
  let least = ids[0] as string;
  let greatest = least;
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  return [ids, least, greatest];
}

function groupBy<T>(rows: T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) pushTo(groups, key(row), row);
  return groups;
}

function pushTo<T>(groups: Map<string, T[]>, key: string, value: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}

function inOrder(postbacks: Postback[], click: ClickFacts): Postback[] {
  if (postbacks.length < 2) return postbacks;
  return postbacks
    .map((postback) => ({ postback, order: orderOf(postback, click) }))
    .toSorted((a, b) => a.order.at - b.order.at || a.order.seq - b.order.seq)
    .map(({ postback }) => postback);
}

function rulesOf(source: LiveSource | null, offer: ReturnType<LiveOffersService['byId']>, baseCurrency: string): Rules {
  return {
    duplicateMode: offer?.duplicateMode ?? source?.duplicateMode ?? 'update',
    transitionPolicy: source?.transitionPolicy ?? 'guarded',
    amountSign: source?.amountSign ?? 'absolute',
    retryWindowSeconds: source?.retryWindowSeconds ?? 600,
    clickExpiryDays: source?.clickExpiryDays ?? null,
    eventMakesConversion: source?.eventMakesConversion ?? false,
    defaultStatus: source?.defaultStatus ?? 'approved',
    defaultCurrency: source?.defaultCurrency ?? null,
    baseCurrency,
    payoutMode: offer?.payoutMode ?? 'auto',
    offerPayout: offer?.payout ?? null,
    offerCurrency: offer?.currency ?? null,
  };
}

const toPostback = (h: HistoryRow): Postback => ({
  id: h.postbackId,
  seq: h.seq,
  receivedAt: h.receivedAt,
  values: h.request.values,
  meaning: h.request.meaning,
  warnings: h.request.parseWarnings,
  hash: h.hash,
  frozenRate: h.rate === null ? null : { ...h.rate, ...(h.currency === null ? {} : { currency: h.currency }) },
  ...(h.request.manual === undefined ? {} : { manual: h.request.manual }),
});

const differs = (old: HistoryEntry, now: HistoryEntry): boolean =>
  old.key !== now.key || old.result !== now.result || old.from !== now.from || old.to !== now.to || old.payout !== now.payout || old.note !== now.note || old.warnings.join() !== now.warnings.join();

/** An error's first line without values: safe to show to admins. */
function safeReason(error: Error): string {
  const code = (error as { code?: string }).code;
  return `${code === undefined ? '' : `${code} `}${error.message.split('\n')[0]}`.slice(0, 200);
}
