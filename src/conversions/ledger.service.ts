import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import QuickLRU from 'quick-lru';
import { IdsService } from '../db/ids.service.js';
import { uuids } from '../lib/binary-array.js';
import { bounded } from '../lib/sql.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { RatesService } from '../rates/rates.service.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import {
  type ClickState,
  type Conversion,
  type HistoryEntry,
  NO_VALUES,
  type Postback,
  type PostbackValues,
  type Rules,
} from './conversion.js';
import { isRetryGuarded, namesItsConversion, rulesFor, touchesNothing, retryWindowMs } from './decide.js';
import { hotReach, hotSelection, LONG_HISTORY, type HotClick, type Reach } from './hot-click.js';
import type { ClickRow } from './find-clicks.query.js';
import * as sql from './ledger.query.js';
import type { HistoryRow, StoredConversion, StoredRequest, VerdictWrite } from './ledger.query.js';
import { RulesService } from './rules.service.js';
import { inOrder, lateOf, settle } from './settle.js';

/** A postback whose click is known and whose source accepts it. */
export interface Arrival {
  postback: Postback;
  /** As the request named its click. */
  cid: string;
  /** Whose rules it follows; null: the defaults. */
  source: LiveSource | null;
  tokenSourceId: string | null;
  /** Whether it may be put off once, if folding its click for its sake alone is dear. */
  mayWait?: boolean;
}

/** A click with what is to be decided of it. */
export interface Case {
  click: ClickRow;
  /** The click's own; null: its postbacks follow the source of their token. */
  source: LiveSource | null;
  arrivals: Arrival[];
  /** An admin's, which no request brought; `cid` as it named the click. */
  entry?: Postback;
  cid?: string;
  /** The history is folded again even if nothing arrived late; `remap` says of which sources the status words are looked up anew. */
  refold?: { remap: (offerSourceId: string | null) => boolean };
  /** Requests that are replayed and refused now: the history is folded again without them. */
  withdrawn?: string[];
}

/** A case with its decision, before anything is written. */
export interface Outcome {
  case: Case;
  rules: Rules;
  before: StoredConversion[];
  after: ClickState;
  waitingBefore: ClickState['waiting'];
  /** What was known of a hot click; null of any other. */
  hot: HotClick | null;
  /** How much of the history was folded again. */
  history: Reach['history'];
  /** Arrivals, by id, that are to be decided a little later, together with others. */
  postponed: string[];
  /** The history entries of the arrivals. */
  entries: HistoryEntry[];
  /** History rows to be written anew. */
  changed: VerdictWrite[];
  /** What the history said of arrivals that come again. */
  known: ReadonlyMap<string, HistoryRow>;
  /** Requests that are no longer in the history. */
  withdrawn: string[];
  /** Of a click that had no source and is folded again: by whose rules its history was decided, by the postback's id. */
  sources: ReadonlyMap<string, string | null>;
}

/** So long after a request that concerned several of its conversions, or came late, a click's requests still take turns. */
const TURNS_MS = 60_000;
const MOST_TURNS = 1_000;

/** So many of a click are decided without yielding. Only previews of files bring more. */
const SLICE = 1_000;

/** A click's postbacks in the order in which they count, some at a time. */
function slicesOf(postbacks: readonly Postback[], click: ClickRow): (readonly Postback[])[] {
  if (postbacks.length <= SLICE) return [postbacks];
  const ordered = inOrder(postbacks, click);
  return Array.from({ length: Math.ceil(ordered.length / SLICE) }, (_, i) => ordered.slice(i * SLICE, (i + 1) * SLICE));
}

/** Deciding yields to the event loop this often, since in role `all` requests are answered on it. */
const YIELD_MS = 2;

/**
 * What postbacks make of their clicks: reads what stands, decides by the pure files, writes nothing (write-ledger.query.ts
 * does). The drain, admins' entries, jobs that decide the past anew, and previews all come through here.
 */
@Injectable()
export class LedgerService {
  /** Clicks with few conversions and very many postbacks, of which one came late: their requests take turns. */
  private readonly turns = new QuickLRU<string, true>({ maxSize: MOST_TURNS, maxAge: TURNS_MS });

  constructor(
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly rules: RulesService,
    private readonly meanings: MeaningsService,
    private readonly rates: RatesService,
  ) {}

  /** S3 to S5 and the decision: what becomes of each case. Reads only. */
  async settle(client: pg.ClientBase, cases: readonly Case[]): Promise<Outcome[]> {
    if (cases.length === 0) return [];
    const standing = await this.readStanding(
      client,
      cases.map((c) => c.click.clickId),
    );
    const prepared: Prepared[] = [];
    for (const c of cases) {
      const { clickId } = c.click;
      const offer = await this.rules.offerOf(c.click.offerId);
      const rules = this.rules.rulesOf(c.source, offer);
      const { conversions, waiting, hot } = standing.get(clickId) ?? NOTHING_STANDS;
      const one: Prepared = {
        case: c,
        offer,
        rules,
        postbacks: postbacksOf(c),
        before: conversions,
        waiting,
        hot,
        history: 'none',
        keys: [],
        postponed: [],
      };
      if (hot !== null) await this.readHot(client, one, hot);
      else if (c.refold !== undefined) one.history = 'all';
      else {
        if (this.turns.has(clickId)) postpone(one, mayWait(c));
        const late = lateOf({ conversions, waiting, recent: [] }, one.postbacks, c.click);
        if (late.length > 0 && mayAllWait(c, late) && (await this.isLong(client, clickId))) {
          postpone(one, late);
          this.turns.set(clickId, true);
        } else if (late.length > 0) one.history = 'all';
      }
      prepared.push(one);
    }
    const histories = await this.readHistory(client, prepared);
    const recent = await this.readRecent(client, prepared);

    const outcomes: Outcome[] = [];
    let sliceStart = performance.now();
    for (const one of prepared) {
      if (performance.now() - sliceStart > YIELD_MS) {
        await new Promise(setImmediate);
        sliceStart = performance.now();
      }
      const { case: c, rules, postbacks, before, waiting, hot, history, postponed } = one;
      const state: ClickState = { conversions: before, waiting, recent: recent.get(c.click.clickId) ?? [] };
      if (hot !== null && history !== 'all') state.beyond = beyondOf(hot, before);
      if (history === 'none') {
        let after = state;
        const entries: HistoryEntry[] = [];
        for (const some of slicesOf(postbacks, c.click)) {
          if (entries.length > 0) await new Promise(setImmediate);
          const settled = settle(after, some, null, c.click, rules, this.rates.table);
          after = settled.state;
          entries.push(...settled.entries);
        }
        outcomes.push({
          case: c,
          rules,
          before,
          after,
          waitingBefore: waiting,
          hot,
          history,
          postponed,
          entries,
          changed: [],
          known: NOTHING_KNOWN,
          withdrawn: [],
          sources: NO_SOURCES,
        });
      } else outcomes.push(this.refold(one, state, histories.get(c.click.clickId) ?? []));
    }
    return outcomes;
  }

  /** A click folded again with its history, or a hot one's conversions with theirs. */
  private refold(
    { case: c, offer, rules, postbacks, before, hot, history: folded, postponed }: Prepared,
    state: ClickState,
    read: HistoryRow[],
  ): Outcome {
    const refused = new Set(c.withdrawn);
    const history = refused.size === 0 ? read : read.filter((h) => !refused.has(h.postbackId));
    const rows = new Map(history.map((h) => [h.postbackId, h]));
    const requests = new Map(history.map((h) => [h.postbackId, c.refold?.remap(h.offerSourceId) === true ? this.remapped(h) : h.request]));
    const past = history.map((h) => ({ postback: this.pastOf(h, requests.get(h.postbackId) as StoredRequest, c, offer), entry: h }));
    // What is replayed keeps the rate it was first converted at.
    const arrived = postbacks.map((postback) => {
      const old = rows.get(postback.id);
      return old === undefined ? postback : { ...postback, frozenRate: frozenRateOf(old) };
    });
    const { state: after, entries, changed } = settle(state, arrived, past, c.click, rules, this.rates.table);
    const writes = new Map(changed.map((entry) => [entry.postbackId, entry]));
    const known = new Map<string, HistoryRow>();
    for (const { postback } of c.arrivals) {
      const old = rows.get(postback.id);
      if (old !== undefined) known.set(postback.id, old);
    }
    for (const [id, request] of requests) {
      const old = rows.get(id);
      if (old !== undefined && request.meaning !== old.request.meaning && !writes.has(id) && !known.has(id)) writes.set(id, old);
    }
    return {
      case: c,
      rules,
      before,
      after,
      waitingBefore: state.waiting,
      hot,
      history: folded,
      postponed,
      entries,
      known,
      withdrawn: read.filter((h) => refused.has(h.postbackId)).map((h) => h.postbackId),
      sources: c.click.offerSourceId === null ? new Map(history.map((h) => [h.postbackId, h.offerSourceId])) : NO_SOURCES,
      changed: [...writes].map(([id, entry]) => ({ clickId: c.click.clickId, entry, request: requests.get(id) as StoredRequest })),
    };
  }

  /** A postback of the history. At a click without a source it follows the rules of its token's source, as it did when it arrived. */
  private pastOf(h: HistoryRow, request: StoredRequest, { source }: Case, offer: Prepared['offer']): Postback {
    const postback = toPostback(h, request);
    const token = source === null ? this.sources.byId(h.tokenSourceId) : null;
    if (token !== null) postback.rules = this.rules.rulesOf(token, offer);
    return postback;
  }

  /** A stored request with its status word looked up in the maps as they are now. */
  private remapped(row: HistoryRow): StoredRequest {
    const { status } = row.request.values;
    if (status === undefined || status === null) return row.request;
    return { ...row.request, meaning: this.meanings.of(status, this.sources.byId(row.offerSourceId)).meaning };
  }

  /** S3: conversions, or what is known of a hot click's, and what waits for the first of them. */
  private async readStanding(client: pg.ClientBase, clickIds: string[]): Promise<Map<string, Stands>> {
    const standing = new Map<string, Stands>();
    const of = (id: string): Stands => {
      const found = standing.get(id) ?? { conversions: [], waiting: null, hot: null };
      standing.set(id, found);
      return found;
    };
    const rows = await client.query<WaitingRow>({ ...sql.READ_WAITING, values: [uuids(clickIds)] });
    for (const { clickId, events, lastAt, lastSeq, ...hot } of rows.rows) {
      if (events !== null) of(clickId).waiting = { events, lastAt, lastSeq };
      else of(clickId).hot = hotOf({ ...hot, lastAt, lastSeq });
    }
    const ordinary = clickIds.filter((id) => (standing.get(id)?.hot ?? null) === null);
    if (ordinary.length > 0) {
      const read = await client.query<StoredConversion>({ ...sql.READ_CONVERSIONS, values: bounded(ordinary) });
      for (const row of read.rows) of(row.clickId).conversions.push(row);
    }
    return standing;
  }

  /** S3 of a hot click: the conversions that the postbacks at hand can concern, or all of them if it has to be folded whole. */
  private async readHot(client: pg.ClientBase, one: Prepared, hot: HotClick): Promise<void> {
    const { case: c, rules } = one;
    const { clickId } = c.click;
    if (c.refold === undefined && this.takesTurns(one, hot)) {
      postpone(one, mayWait(c));
      if (one.postbacks.length === 0) return;
    }
    const select = async (): Promise<Reach> => {
      const { keys, txids, latest } = hotSelection(one.postbacks, rules);
      const found = await client.query<{ key: string }>({ ...sql.SELECT_HOT_KEYS, values: [clickId, txids, latest] });
      const wanted = [...new Set([...keys, ...found.rows.map((row) => row.key)])];
      one.before = (await client.query<StoredConversion>({ ...sql.READ_CONVERSIONS_OF_KEYS, values: [clickId, wanted] })).rows;
      const recent = (await this.readRecent(client, [one])).get(clickId) ?? [];
      return hotReach(hot, one.before, one.postbacks, c.click, rules, recent, c.refold !== undefined);
    };
    let reach = await select();
    // What is late for the whole click waits once for others of its kind: folding it is dear, and one time does for all of them.
    if (reach.late.length > 0 && mayAllWait(c, reach.late)) {
      postpone(one, reach.late);
      reach = await select();
    }
    one.history = c.withdrawn === undefined ? reach.history : 'all';
    one.keys = reach.keys;
    if (one.history === 'own') await this.readOwnHistory(client, one);
    if (one.history === 'all')
      one.before = (await client.query<StoredConversion>({ ...sql.READ_CONVERSIONS, values: bounded([clickId]) })).rows;
    // The latest are not folded again with those that are named.
    else if (one.history === 'own') one.before = one.before.filter((conversion) => one.keys.includes(conversion.key));
  }

  /**
   * A request that concerns other conversions than its own, late by a few milliseconds, would have a hot click folded whole.
   * While there are such requests, all of the click's wait once, so that they are decided in the order of their receipt and
   * none of them is late.
   */
  private takesTurns({ rules, postbacks }: Prepared, hot: HotClick): boolean {
    if (hot.general !== null && this.ids.now() - hot.general.lastAt < TURNS_MS) return true;
    return postbacks.some((postback) => !namesItsConversion(postback, rules) && !touchesNothing(postback, rules));
  }

  private async isLong(client: pg.ClientBase, clickId: string): Promise<boolean> {
    return (await client.query({ ...sql.HAS_LONG_HISTORY, values: [clickId, LONG_HISTORY - 1] })).rows.length > 0;
  }

  private async readOwnHistory(client: pg.ClientBase, one: Prepared): Promise<void> {
    const { case: c, postbacks, keys } = one;
    const txids = postbacks.flatMap((p) => (p.values.txid === null ? [] : [p.values.txid]));
    const { rows } = await client.query<HistoryRow>({ ...sql.READ_HISTORY_OF_KEYS, values: [c.click.clickId, keys, txids] });
    const found = new Set(rows.map((row) => row.postbackId));
    // One that is replayed and was decided by other rules stands under another key.
    if (c.refold !== undefined && postbacks.some((p) => !found.has(p.id))) one.history = 'all';
    else one.ownHistory = rows;
  }

  private async readHistory(client: pg.ClientBase, prepared: readonly Prepared[]): Promise<Map<string, HistoryRow[]>> {
    const whole = prepared.filter((one) => one.history === 'all').map((one) => one.case.click.clickId);
    const rows = whole.length === 0 ? [] : (await client.query<HistoryRow>({ ...sql.READ_HISTORY, values: [whole] })).rows;
    const own = prepared.flatMap((one) => (one.history === 'own' ? (one.ownHistory ?? []) : []));
    return byClick([...rows, ...own]);
  }

  private async readRecent(client: pg.ClientBase, prepared: readonly Prepared[]): Promise<Map<string, RecentRow[]>> {
    const clickIds: string[] = [];
    const hashes: string[] = [];
    let longestMs = 0;
    for (const { history, case: c, postbacks, rules } of prepared) {
      if (history !== 'none') continue;
      let isAsked = false;
      for (const postback of postbacks) {
        if (!isRetryGuarded(postback, rules)) continue;
        hashes.push(postback.hash);
        longestMs = Math.max(longestMs, retryWindowMs(postback.hash, rulesFor(postback, rules)));
        isAsked = true;
      }
      if (isAsked) clickIds.push(c.click.clickId);
    }
    if (clickIds.length === 0) return new Map();
    const since = new Date(Math.max(0, this.ids.now() - longestMs * 2 - 60_000)).toISOString();
    return byClick((await client.query<RecentRow>({ ...sql.READ_RECENT, values: [clickIds, hashes, since] })).rows);
  }
}

/** A row of READ_RECENT. */
type RecentRow = ClickState['recent'][number] & { clickId: string; lastAt: number; lastSeq: number };

/** What stands on a click as it was read. Of a hot one the conversions are read later, by what the postbacks name. */
interface Stands {
  conversions: StoredConversion[];
  waiting: ClickState['waiting'];
  hot: HotClick | null;
}
const NOTHING_KNOWN: Outcome['known'] = new Map();
const NO_SOURCES: Outcome['sources'] = new Map();
const NOTHING_STANDS: Stands = { conversions: [], waiting: null, hot: null };

/** A row of READ_WAITING: what waits, or, without events, what is known of a hot click. */
interface HotRow {
  conversions: number;
  withTxid: number;
  steadyAt: number;
  generalAt: number | null;
  generalSeq: number | null;
  lastAt: number;
  lastSeq: number;
}
type WaitingRow = HotRow & { clickId: string; events: Record<string, string> | null };

const hotOf = ({ generalAt, generalSeq, ...hot }: HotRow): HotClick => ({
  ...hot,
  general: generalAt === null || generalSeq === null ? null : { lastAt: generalAt, lastSeq: generalSeq },
});

/** A case with all that its decision needs, but the history. */
interface Prepared {
  case: Case;
  offer: Awaited<ReturnType<RulesService['offerOf']>>;
  rules: Rules;
  postbacks: Postback[];
  before: StoredConversion[];
  waiting: ClickState['waiting'];
  hot: HotClick | null;
  /** How much of the history is folded again. */
  history: Reach['history'];
  /** Of a hot click: whose history that is. */
  keys: string[];
  ownHistory?: HistoryRow[];
  postponed: string[];
}

const mayWait = ({ arrivals }: Case): Postback[] => arrivals.filter((a) => a.mayWait === true).map((a) => a.postback);

/** Whether these may be decided a little later, together with others. */
function mayAllWait({ arrivals, entry }: Case, late: readonly Postback[]): boolean {
  const ids = new Set(late.map((p) => p.id));
  return entry === undefined && arrivals.every((a) => a.mayWait === true || !ids.has(a.postback.id));
}

function postpone(one: Prepared, late: readonly Postback[]): void {
  const ids = new Set(late.map((p) => p.id));
  one.postponed = [...ids];
  one.postbacks = one.postbacks.filter((p) => !ids.has(p.id));
}

/** Of a hot click that is not folded whole: how many conversions there are beside those that are loaded. */
function beyondOf(hot: HotClick, before: readonly Conversion[]): NonNullable<ClickState['beyond']> {
  const withTxid = before.filter((c) => c.txid !== null).length;
  return { conversions: hot.conversions - before.length, withTxid: hot.withTxid - withTxid };
}

function postbacksOf({ arrivals, entry }: Case): Postback[] {
  const postbacks = arrivals.map((a) => a.postback);
  if (entry !== undefined) postbacks.push(entry);
  return postbacks;
}

/** What the history keeps of a request: without the values that are absent. */
export function requestOf({ values, meaning, warnings, manual }: Postback): StoredRequest {
  const said: Record<string, unknown> = {};
  for (const name in values) {
    const value = values[name as keyof PostbackValues];
    if (value !== null && value !== false && (typeof value !== 'object' || Object.keys(value).length > 0)) said[name] = value;
  }
  const request: StoredRequest = { values: said, meaning };
  if (warnings.length > 0) request.parseWarnings = warnings;
  if (manual !== undefined) request.manual = manual;
  return request;
}

const frozenRateOf = (h: HistoryRow): Postback['frozenRate'] =>
  h.rate === null ? null : { ...h.rate, ...(h.currency === null ? {} : { currency: h.currency }) };

const toPostback = (h: HistoryRow, request: StoredRequest): Postback => ({
  id: h.postbackId,
  seq: h.seq,
  receivedAt: h.receivedAt,
  values: { ...NO_VALUES, ...request.values },
  meaning: request.meaning,
  warnings: request.parseWarnings ?? [],
  hash: h.hash,
  frozenRate: frozenRateOf(h),
  ...(request.manual === undefined ? {} : { manual: request.manual }),
});

function byClick<T extends { clickId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.clickId);
    if (group === undefined) groups.set(row.clickId, [row]);
    else group.push(row);
  }
  return groups;
}
