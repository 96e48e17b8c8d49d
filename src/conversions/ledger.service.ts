import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../db/changes.service.js';
import { CONFIG, type Config } from '../config.js';
import { IdsService } from '../db/ids.service.js';
import type { BulkStatement } from '../lib/bulk.js';
import { cidToUuid, uuidTime } from '../lib/ids.js';
import { LiveOffersService } from '../offers/live-offers.service.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';
import { RatesService } from '../rates/rates.service.js';
import { counterDeltas, type Counted } from './counter-deltas.js';
import {
  isRetryGuarded,
  orderOf,
  RETRY_GUARDING,
  type ClickState,
  type Conversion,
  type HistoryEntry,
  type Postback,
  type Rules,
} from './decide.js';
import * as sql from '../postbacks/drain.query.js';
import type {
  ClickRow,
  ConversionWrite,
  HistoryRow,
  HistoryWrite,
  InboxRow,
  StoredConversion,
  StoredRequest,
  VerdictWrite,
} from '../postbacks/drain.query.js';
import { parsePostback, type ParsedPostback, type PostbackValues } from '../postbacks/parse-postback.js';
import { resolveStatus } from '../statuses/resolve-status.js';
import type { Refusal, Result, Warning } from './results.js';
import { routeSource } from './route-source.js';
import { isAnyLate, settle } from './settle.js';

/** A request on its way to its verdict. */
export interface Item {
  row: InboxRow;
  parsed: ParsedPostback;
}

/** One whose click is known and whose source accepts it. */
export interface Arrival extends Item {
  postback: Postback;
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

/** One that ends before any decision. */
export interface Unmatched {
  item: Item;
  clickId: string | null;
  source: LiveSource | null;
  result: Extract<Result, 'ignored_status' | 'waiting_click' | 'click_not_found'>;
}
export interface Refused {
  item: Item;
  click: ClickRow;
  source: LiveSource | null;
  result: Extract<Result, 'source_mismatch' | 'source_disabled' | 'rejected'>;
  reason: Refusal | null;
}
export interface Routed {
  cases: Case[];
  refused: Refused[];
  unmatched: Unmatched[];
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

/** What a request would do (LedgerService.preview). */
export interface PreviewVerdict {
  id: string;
  result: Result;
  reason: string | null;
  warnings: Warning[];
  key: string | null;
  before: Conversion | null;
  after: Conversion | null;
  parsed: ParsedPostback;
  /** null when it is not found. */
  click: ClickRow | null;
  source: LiveSource | null;
  /** What a request without a status word means. */
  defaultStatus: StatusMeaning;
  entry: HistoryEntry | null;
}

/** Imports are an admin's: what a source asks of its network does not bind them. */
export const IMPORT_METHOD = 'IMPORT';
const WAITING_WINDOW_MS = 3_600_000;
/** Deciding yields to the event loop this often, since in role `all` requests are answered on it. */
const YIELD_MS = 2;
/** Of a request that says nothing. */
export const NOTHING: PostbackValues = {
  cid: null,
  payout: null,
  status: null,
  txid: null,
  currency: null,
  conversionId: null,
  params: {},
  events: {},
  addEvents: {},
  ts: null,
  return: null,
  disableForward: false,
};

/** Thrown when an UPDATE matched fewer rows than it was given: somebody else was there. */
class LostRace extends Error {
  readonly code = '40001';
}

/**
 * Clicks and what their postbacks make of them: finds and locks, reads, decides by the pure files, writes in sets.
 * The drain, admins' entries, jobs that decide the past anew, and previews all come through here.
 */
@Injectable()
export class LedgerService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly offers: LiveOffersService,
    private readonly rates: RatesService,
    private readonly changes: ChangesService,
  ) {}

  parse(row: InboxRow): Item {
    return { row, parsed: parsePostback(row, this.sources.byId(row.tokenSourceId)?.parameterAliases) };
  }

  /**
   * S2: the clicks that these cids name, by cid. A cid is ours, else what an imported click came with; a click whose
   * partition is gone is found by its conversions, which keep its attribution.
   */
  async findClicks(client: pg.ClientBase, cids: Iterable<string>, lock: boolean): Promise<Map<string, ClickRow>> {
    const ids = new Map<string, string>();
    const asked = new Set(cids);
    for (const cid of asked) {
      const id = cidToUuid(cid);
      if (id !== null) ids.set(cid, id);
    }
    const clicks = new Map<string, ClickRow>();
    const read = async (statement: { name: string; text: string }, wanted: string[]): Promise<void> => {
      if (wanted.length === 0) return;
      const { rows } = await client.query<ClickRow>({ ...statement, values: bounded(wanted) });
      for (const row of rows) clicks.set(row.clickId, row);
    };
    await read(lock ? sql.LOCK_CLICKS : sql.READ_CLICKS, [...new Set(ids.values())]);
    const strangers = [...asked].filter((cid) => !clicks.has(ids.get(cid) ?? ''));
    if (strangers.length > 0) {
      const imported = await client.query<{ cid: string; clickId: string }>({ ...sql.FIND_IMPORTED, values: [strangers] });
      for (const { cid, clickId } of imported.rows) ids.set(cid, clickId);
      await read(
        lock ? sql.LOCK_CLICKS : sql.READ_CLICKS,
        imported.rows.map((r) => r.clickId).filter((id) => !clicks.has(id)),
      );
      await read(
        lock ? sql.LOCK_KEPT_CLICKS : sql.READ_KEPT_CLICKS,
        [...new Set(ids.values())].filter((id) => !clicks.has(id)),
      );
    }
    const byCid = new Map<string, ClickRow>();
    for (const [cid, id] of ids) {
      const click = clicks.get(id);
      if (click !== undefined) byCid.set(cid, click);
    }
    return byCid;
  }

  /** Sorts requests by what becomes of them: decided with their click, refused for the source's sake, or without a click. */
  async route(items: readonly Item[], clicks: ReadonlyMap<string, ClickRow>): Promise<Routed> {
    const routed: Routed = { cases: [], refused: [], unmatched: [] };
    const cases = new Map<string, Case>();
    for (const item of items) {
      const { row } = item;
      const click = clicks.get(row.cid);
      if (click === undefined) {
        routed.unmatched.push(this.unmatched(item));
        continue;
      }
      const offer = await this.offerOf(click.offerId);
      const { source: sourceId, mismatch } = routeSource({
        token: row.tokenSourceId,
        click: click.offerSourceId,
        offer: offer?.offerSourceId ?? null,
      });
      const source = this.sources.byId(sourceId);
      // Without a token the aliases are known only now that the click's source is.
      const parsed =
        row.tokenSourceId === null && source !== null && Object.keys(source.parameterAliases).length > 0
          ? parsePostback(row, source.parameterAliases)
          : item.parsed;
      const refusal = refusalOf(row, source, mismatch);
      if (refusal !== null) {
        routed.refused.push({ item: { row, parsed }, click, source, ...refusal });
        continue;
      }
      let found = cases.get(click.clickId);
      if (found === undefined) {
        found = { click, source, arrivals: [] };
        cases.set(click.clickId, found);
        routed.cases.push(found);
      }
      found.source = source;
      found.arrivals.push({ row, parsed, postback: this.postbackOf(row, parsed, source) });
      if (row.replayed) found.refold = { remap: () => false };
    }
    return routed;
  }

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
      const rules = this.rulesOf(c.source, await this.offerOf(c.click.offerId));
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
    for (const { postback, parsed } of c.arrivals) {
      const old = rows.get(postback.id);
      if (old === undefined) continue;
      known.set(postback.id, old);
      requests.set(postback.id, requestOf(postback, parsed.warnings));
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

  /** S6 to S8 and S12: all that the outcomes change, but the log of the arrivals. In the transaction that holds the locks. */
  async write(client: pg.ClientBase, outcomes: readonly Outcome[], decidedAt: string): Promise<void> {
    const insert: ConversionWrite[] = [];
    const update: ConversionWrite[] = [];
    const remove: StoredConversion[] = [];
    const history: HistoryWrite[] = [];
    const changed: VerdictWrite[] = [];
    const changes: { before: Counted | null; after: Counted | null }[] = [];
    for (const outcome of outcomes) {
      const {
        case: { click, source, arrivals, entry: own },
        before,
        after,
        known,
      } = outcome;
      const arrivalOf = new Map(arrivals.map((a) => [a.postback.id, a]));
      for (const entry of outcome.entries) {
        if (known.has(entry.postbackId)) continue;
        const arrival = arrivalOf.get(entry.postbackId);
        const postback = arrival?.postback ?? (own as Postback);
        history.push({
          clickId: click.clickId,
          entry,
          postback,
          at: orderOf(postback, click).at,
          offerSourceId: source?.id ?? null,
          tokenSourceId: arrival?.row.tokenSourceId ?? null,
          request: requestOf(postback, arrival?.parsed.warnings ?? []),
        });
      }
      changed.push(...outcome.changed);
      const vanished = new Map(before.map((c) => [c.key, c]));
      for (const conversion of after.conversions) {
        const previous = vanished.get(conversion.key);
        vanished.delete(conversion.key);
        if (previous !== undefined && isSame(previous, conversion)) continue;
        const write: ConversionWrite = {
          conversion,
          clickId: click.clickId,
          cid: previous?.cid ?? arrivals[0]?.row.cid ?? before[0]?.cid ?? click.clickId,
          offerId: click.offerId,
          offerSourceId: previous === undefined ? (source?.id ?? null) : previous.offerSourceId,
          clickedAt: click.clickedAt,
          click: click.click,
          version: previous?.version ?? 1,
          updatedAt: decidedAt,
        };
        (previous === undefined ? insert : update).push(write);
        changes.push({ before: previous === undefined ? null : counted(previous), after: write });
      }
      for (const gone of vanished.values()) {
        remove.push(gone);
        changes.push({ before: counted(gone), after: null });
      }
    }
    await bulk(client, sql.INSERT_CONVERSIONS, insert);
    if (update.length > 0) must(await bulk(client, sql.UPDATE_CONVERSIONS, update), update.length);
    if (remove.length > 0) {
      const removed = await client.query({
        ...sql.DELETE_CONVERSIONS,
        values: [remove.map((c) => c.clickId), remove.map((c) => c.key), remove.map((c) => c.version)],
      });
      must(removed.rowCount, remove.length);
    }
    await bulk(client, sql.INSERT_HISTORY, history);
    await bulk(client, sql.UPDATE_HISTORY, changed);
    // The log says what the history says; arrivals are logged by their drain.
    const arrived = new Set(outcomes.flatMap((o) => [...o.known.keys()]));
    const relogged = changed.map((c) => c.entry).filter((entry) => !arrived.has(entry.postbackId));
    if (relogged.length > 0) {
      const [, least, greatest] = bounded(relogged.map((e) => e.postbackId));
      await client.query({
        name: sql.UPDATE_LOG.name,
        text: sql.UPDATE_LOG.text,
        values: [...sql.UPDATE_LOG.values(relogged), least, greatest],
      });
    }
    for (const {
      case: { click },
      waitingBefore,
      after: { waiting },
    } of outcomes) {
      if (waiting === waitingBefore || JSON.stringify(waiting) === JSON.stringify(waitingBefore)) continue;
      if (waiting === null) await client.query({ ...sql.DELETE_WAITING, values: [click.clickId] });
      else
        await client.query({
          ...sql.KEEP_WAITING,
          values: [click.clickId, JSON.stringify(waiting.events), waiting.lastAt, waiting.lastSeq],
        });
    }
    await bulk(client, sql.INSERT_DELTAS, counterDeltas(changes));
  }

  /** What these requests would do, each after the ones before it. Locks nothing, writes nothing. In the order given. */
  async preview(client: pg.ClientBase, rows: readonly InboxRow[]): Promise<PreviewVerdict[]> {
    const items = rows.map((row) => this.parse(row));
    const { cases, refused, unmatched } = await this.route(
      items,
      await this.findClicks(
        client,
        rows.map((r) => r.cid),
        false,
      ),
    );
    const verdicts = new Map<string, PreviewVerdict>();
    const undecided = { key: null, before: null, after: null, entry: null };
    for (const {
      item: { row, parsed },
      click,
      source,
      result,
      reason,
    } of refused) {
      verdicts.set(row.id, {
        id: row.id,
        result,
        reason,
        warnings: parsed.warnings,
        ...undecided,
        parsed,
        click,
        source,
        defaultStatus: source?.defaultStatus ?? 'approved',
      });
    }
    for (const {
      item: { row, parsed },
      source,
      result,
    } of unmatched) {
      verdicts.set(row.id, {
        id: row.id,
        result,
        reason: null,
        warnings: parsed.warnings,
        ...undecided,
        parsed,
        click: null,
        source,
        defaultStatus: source?.defaultStatus ?? 'approved',
      });
    }
    for (const {
      case: { click, source, arrivals },
      rules,
      before,
      after,
      entries,
    } of await this.settle(client, cases)) {
      for (const { row, parsed } of arrivals) {
        const entry = entries.find((e) => e.postbackId === row.id) as HistoryEntry;
        const of = (conversions: readonly Conversion[]): Conversion | null => conversions.find((c) => c.key === entry.key) ?? null;
        verdicts.set(row.id, {
          id: row.id,
          result: entry.result,
          reason: entry.note,
          warnings: entry.warnings,
          key: entry.key,
          before: of(before),
          after: of(after.conversions),
          entry,
          parsed,
          click,
          source,
          defaultStatus: rules.defaultStatus,
        });
      }
    }
    return rows.map((row) => verdicts.get(row.id) as PreviewVerdict);
  }

  /** The source whose rules hold for a click at present: its own, its offer's, else the one named. */
  async sourceOf(click: ClickRow, otherwise: string | null): Promise<LiveSource | null> {
    return this.sources.byId(click.offerSourceId ?? (await this.offerOf(click.offerId))?.offerSourceId ?? otherwise);
  }

  /** What a status word means at a source, and which map says so. */
  meaningOf(word: string, source: LiveSource | null): ReturnType<typeof resolveStatus> {
    return resolveStatus(word, source?.statusMaps ?? this.sources.accountMaps);
  }

  nowText(): string {
    return new Date(this.ids.now()).toISOString();
  }

  /** No click: a ping needs none, a fresh id may still arrive, anything else is not found. */
  private unmatched(item: Item): Unmatched {
    const { row, parsed } = item;
    const source = this.sources.byId(row.tokenSourceId);
    const clickId = cidToUuid(row.cid);
    const { status } = parsed.values;
    if (status !== null && this.meaningOf(status, source).meaning === 'ignored')
      return { item, clickId: null, source, result: 'ignored_status' };
    const fresh = clickId !== null && Math.abs(row.receivedAt - uuidTime(clickId)) <= WAITING_WINDOW_MS;
    return { item, clickId, source, result: fresh ? 'waiting_click' : 'click_not_found' };
  }

  private postbackOf(row: InboxRow, { values, warnings, identity }: ParsedPostback, source: LiveSource | null): Postback {
    return {
      id: row.id,
      seq: row.seq,
      receivedAt: row.receivedAt,
      values,
      meaning: values.status === null ? null : this.meaningOf(values.status, source).meaning,
      warnings,
      hash: createHash('sha1')
        .update(source?.id ?? '')
        .update(identity)
        .digest('base64'),
    };
  }

  /** A stored request with its status word looked up in the maps as they are now. */
  private remapped(row: HistoryRow): StoredRequest {
    const { status } = row.request.values;
    if (status === undefined || status === null) return row.request;
    return { ...row.request, meaning: this.meaningOf(status, this.sources.byId(row.offerSourceId)).meaning };
  }

  /** Memory may be a second old: an offer nobody has heard of is looked for once more. */
  private async offerOf(id: string): Promise<ReturnType<LiveOffersService['byId']>> {
    const offer = this.offers.byId(id);
    if (offer !== null) return offer;
    await this.changes.refresh();
    return this.offers.byId(id);
  }

  private rulesOf(source: LiveSource | null, offer: ReturnType<LiveOffersService['byId']>): Rules {
    return {
      duplicateMode: offer?.duplicateMode ?? source?.duplicateMode ?? 'update',
      transitionPolicy: source?.transitionPolicy ?? 'guarded',
      amountSign: source?.amountSign ?? 'absolute',
      retryWindowSeconds: source?.retryWindowSeconds ?? 600,
      clickExpiryDays: source?.clickExpiryDays ?? null,
      eventMakesConversion: source?.eventMakesConversion ?? false,
      defaultStatus: source?.defaultStatus ?? 'approved',
      defaultCurrency: source?.defaultCurrency ?? null,
      baseCurrency: this.config.baseCurrency,
      payoutMode: offer?.payoutMode ?? 'auto',
      offerPayout: offer?.payout ?? null,
      offerCurrency: offer?.currency ?? null,
    };
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

/** What is refused for the source's sake (spec, section 1); the sender got its 200 and the row can be replayed. */
function refusalOf(row: InboxRow, source: LiveSource | null, mismatch: boolean): Pick<Refused, 'result' | 'reason'> | null {
  if (mismatch) return { result: 'source_mismatch', reason: null };
  if (source === null) return null;
  if (!source.enabled) return { result: 'source_disabled', reason: null };
  if (row.tokenSourceId !== null || row.method === IMPORT_METHOD) return null;
  if (source.requireToken) return { result: 'rejected', reason: 'token_required' };
  if (source.allowedIps !== null && !(row.ip !== null && source.allowedIps.contains(row.ip)))
    return { result: 'rejected', reason: 'ip_denied' };
  return null;
}

/** Writes rows in one statement. Returns how many it touched. */
export async function bulk<T>(client: pg.ClientBase, statement: BulkStatement<T>, rows: readonly T[]): Promise<number | null> {
  if (rows.length === 0) return 0;
  return (await client.query({ name: statement.name, text: statement.text, values: statement.values(rows) })).rowCount;
}

function must(count: number | null, expected: number): void {
  if (count !== expected) throw new LostRace('a conversion changed under its lock');
}

const counted = (c: StoredConversion): Counted => ({
  conversion: c,
  offerId: c.offerId,
  offerSourceId: c.offerSourceId,
  clickedAt: c.clickedAt,
});

/** Whether a conversion folded anew is the one that stands; `decide` hands on the very object when it changes nothing. */
function isSame(stored: StoredConversion, conversion: Conversion): boolean {
  if ((stored as Conversion) === conversion) return true;
  return (Object.keys(conversion) as (keyof Conversion)[]).every((name) => {
    const [a, b] = [stored[name], conversion[name]];
    return (
      a === b || (typeof a === 'object' && typeof b === 'object' && sameTexts(a as Record<string, string>, b as Record<string, string>))
    );
  });
}

function sameTexts(a: Record<string, string> | null, b: Record<string, string> | null): boolean {
  if (a === null || b === null) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

const postbacksOf = ({ arrivals, entry }: Case): Postback[] => [
  ...arrivals.map((a) => a.postback),
  ...(entry === undefined ? [] : [entry]),
];

/** What the history keeps of a request: without the values that are absent. */
function requestOf({ values, meaning, manual }: Postback, warnings: Warning[]): StoredRequest {
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
  values: { ...NOTHING, ...request.values },
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

/** The ids with their least and greatest, which let PostgreSQL prune partitions. */
export function bounded(ids: string[]): [string[], string, string] {
  let least = ids[0] as string;
  let greatest = least;
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  return [ids, least, greatest];
}
