import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { IdsService } from '../db/ids.service.js';
import { bounded } from '../lib/sql.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { RatesService } from '../rates/rates.service.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import { type ClickState, type HistoryEntry, NO_VALUES, type Postback, type Rules } from './conversion.js';
import { isRetryGuarded, RETRY_GUARDING } from './decide.js';
import type { ClickRow } from './find-clicks.query.js';
import * as sql from './ledger.query.js';
import type { HistoryRow, StoredConversion, StoredRequest, VerdictWrite } from './ledger.query.js';
import { RulesService } from './rules.service.js';
import { isAnyLate, settle } from './settle.js';

/** A postback whose click is known and whose source accepts it. */
export interface Arrival {
  postback: Postback;
  /** As the request named its click. */
  cid: string;
  tokenSourceId: string | null;
}

/** A click with what is to be decided of it. */
export interface Case {
  click: ClickRow;
  source: LiveSource | null;
  arrivals: Arrival[];
  /** An admin's, which no request brought. */
  entry?: Postback;
  /** The history is folded again even if nothing arrived late; `remap` says of which sources the status words are looked up anew. */
  refold?: { remap: (offerSourceId: string | null) => boolean };
}

/** A case decided, nothing of it written. */
export interface Outcome {
  case: Case;
  rules: Rules;
  before: StoredConversion[];
  after: ClickState;
  waitingBefore: ClickState['waiting'];
  /** Of the arrivals. */
  entries: HistoryEntry[];
  /** History rows to be written anew. */
  changed: VerdictWrite[];
  /** What the history said of arrivals that come again. */
  known: Map<string, HistoryRow>;
}

/** Deciding yields to the event loop this often, since in role `all` requests are answered on it. */
const YIELD_MS = 2;

/**
 * What postbacks make of their clicks: reads what stands, decides by the pure files, writes nothing (write-ledger.query.ts
 * does). The drain, admins' entries, jobs that decide the past anew, and previews all come through here.
 */
@Injectable()
export class LedgerService {
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
    const states = await this.readStates(
      client,
      cases.map((c) => c.click.clickId),
    );
    const prepared: { case: Case; rules: Rules; before: StoredConversion[]; state: ClickState }[] = [];
    const historyOf: string[] = [];
    const guarded: string[] = [];
    let longestWindow = 0;
    for (const c of cases) {
      const { clickId } = c.click;
      const known = states.get(clickId);
      const state: ClickState = { conversions: known?.conversions ?? [], waiting: known?.waiting ?? null, recent: [] };
      const rules = this.rules.rulesOf(c.source, await this.rules.offerOf(c.click.offerId));
      const postbacks = postbacksOf(c);
      if (c.refold !== undefined || isAnyLate(state, postbacks, c.click)) historyOf.push(clickId);
      else if (postbacks.some((p) => isRetryGuarded(p, rules))) {
        guarded.push(clickId);
        longestWindow = Math.max(longestWindow, rules.retryWindowSeconds);
      }
      prepared.push({ case: c, rules, before: known?.conversions ?? [], state });
    }
    const histories = await this.readHistory(client, historyOf);
    const recent = await this.readRecent(client, guarded, longestWindow);

    const outcomes: Outcome[] = [];
    let sliceStart = performance.now();
    for (const { case: c, rules, before, state } of prepared) {
      if (performance.now() - sliceStart > YIELD_MS) {
        await new Promise(setImmediate);
        sliceStart = performance.now();
      }
      const { clickId } = c.click;
      const postbacks = postbacksOf(c);
      if (!historyOf.includes(clickId)) {
        const { state: after, entries } = settle(
          { ...state, recent: recent.get(clickId) ?? [] },
          postbacks,
          null,
          c.click,
          rules,
          this.rates.table,
        );
        outcomes.push({ case: c, rules, before, after, waitingBefore: state.waiting, entries, changed: [], known: new Map() });
        continue;
      }
      outcomes.push(this.refold(c, rules, before, state, histories.get(clickId) ?? []));
    }
    return outcomes;
  }

  /** A click folded again with its whole history. */
  private refold(c: Case, rules: Rules, before: StoredConversion[], state: ClickState, history: HistoryRow[]): Outcome {
    const rows = new Map(history.map((h) => [h.postbackId, h]));
    const requests = new Map(history.map((h) => [h.postbackId, c.refold?.remap(h.offerSourceId) === true ? this.remapped(h) : h.request]));
    const past = history.map((h) => ({ postback: toPostback(h, requests.get(h.postbackId) as StoredRequest), entry: h }));
    // What is replayed keeps the rate it was first converted at.
    const arrived = postbacksOf(c).map((postback) => {
      const old = rows.get(postback.id);
      return old === undefined ? postback : { ...postback, frozenRate: frozenRateOf(old) };
    });
    const { state: after, entries, changed } = settle(state, arrived, past, c.click, rules, this.rates.table);
    const writes = new Map(changed.map((entry) => [entry.postbackId, entry]));
    const known = new Map<string, HistoryRow>();
    for (const { postback } of c.arrivals) {
      const old = rows.get(postback.id);
      if (old === undefined) continue;
      known.set(postback.id, old);
      requests.set(postback.id, requestOf(postback));
      writes.set(postback.id, entries.find((e) => e.postbackId === postback.id) as HistoryEntry);
    }
    for (const [id, request] of requests) {
      const old = rows.get(id);
      if (old !== undefined && request.meaning !== old.request.meaning && !writes.has(id)) writes.set(id, old);
    }
    return {
      case: c,
      rules,
      before,
      after,
      waitingBefore: state.waiting,
      entries,
      known,
      changed: [...writes].map(([id, entry]) => ({ clickId: c.click.clickId, entry, request: requests.get(id) as StoredRequest })),
    };
  }

  /** A stored request with its status word looked up in the maps as they are now. */
  private remapped(row: HistoryRow): StoredRequest {
    const { status } = row.request.values;
    if (status === undefined || status === null) return row.request;
    return { ...row.request, meaning: this.meanings.of(status, this.sources.byId(row.offerSourceId)).meaning };
  }

  private async readStates(
    client: pg.ClientBase,
    clickIds: string[],
  ): Promise<Map<string, { conversions: StoredConversion[]; waiting: ClickState['waiting'] }>> {
    const states = new Map<string, { conversions: StoredConversion[]; waiting: ClickState['waiting'] }>();
    const stateOf = (id: string): { conversions: StoredConversion[]; waiting: ClickState['waiting'] } => {
      const state = states.get(id) ?? { conversions: [], waiting: null };
      states.set(id, state);
      return state;
    };
    const conversions = await client.query<StoredConversion>({ ...sql.READ_CONVERSIONS, values: bounded(clickIds) });
    for (const row of conversions.rows) stateOf(row.clickId).conversions.push(row);
    const waiting = await client.query<{ clickId: string } & NonNullable<ClickState['waiting']>>({
      ...sql.READ_WAITING,
      values: [clickIds],
    });
    for (const { clickId, ...rest } of waiting.rows) stateOf(clickId).waiting = rest;
    return states;
  }

  private async readHistory(client: pg.ClientBase, clickIds: string[]): Promise<Map<string, HistoryRow[]>> {
    if (clickIds.length === 0) return new Map();
    const { rows } = await client.query<HistoryRow>({ ...sql.READ_HISTORY, values: [clickIds] });
    return byClick(rows);
  }

  private async readRecent(client: pg.ClientBase, clickIds: string[], windowSeconds: number): Promise<Map<string, ClickState['recent']>> {
    if (clickIds.length === 0) return new Map();
    const since = new Date(this.ids.now() - windowSeconds * 2_000 - 60_000).toISOString();
    const { rows } = await client.query<ClickState['recent'][number] & { clickId: string }>({
      ...sql.READ_RECENT,
      values: [clickIds, since, RETRY_GUARDING],
    });
    return byClick(rows);
  }
}

const postbacksOf = ({ arrivals, entry }: Case): Postback[] => [
  ...arrivals.map((a) => a.postback),
  ...(entry === undefined ? [] : [entry]),
];

/** What the history keeps of a request: without the values that are absent. */
export function requestOf({ values, meaning, warnings, manual }: Postback): StoredRequest {
  const said: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== false && (typeof value !== 'object' || Object.keys(value).length > 0)) said[name] = value;
  }
  return {
    values: said,
    meaning,
    ...(warnings.length === 0 ? {} : { parseWarnings: warnings }),
    ...(manual === undefined ? {} : { manual }),
  };
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
