import type pg from 'pg';
import { bulk } from '../lib/bulk.js';
import { bounded } from '../lib/sql.js';
import type { Conversion, Postback } from './conversion.js';
import { counterDeltas, type Counted } from './counter-deltas.js';
import { namesItsConversion, orderOf, touchesNothing } from './decide.js';
import { HOT_AT, hotAfter } from './hot-click.js';
import * as sql from './ledger.query.js';
import type { ConversionWrite, HistoryWrite, StoredConversion, VerdictWrite } from './ledger.query.js';
import { requestOf, type Arrival, type Outcome } from './ledger.service.js';

/** Thrown when an UPDATE matched fewer rows than it was given: another transaction has changed them, and this one is to be run again. */
class LostRace extends Error {
  readonly code = '40001';
}

/** What stood on a click that had no conversion: of most. */
const NONE = new Map<string, StoredConversion>();
const NO_MAKERS: ReturnType<typeof makersOf> = new Map();

/** S6 to S8 and S12: all that the outcomes change, but the log of the arrivals. In the transaction that holds the locks. */
export async function writeLedger(client: pg.ClientBase, outcomes: readonly Outcome[], decidedAt: number): Promise<void> {
  const insert: ConversionWrite[] = [];
  const update: ConversionWrite[] = [];
  const remove: StoredConversion[] = [];
  const history: HistoryWrite[] = [];
  const rewritten: { clickId: string; id: string }[] = [];
  const changed: VerdictWrite[] = [];
  const changes: { before: Counted | null; after: Counted | null }[] = [];
  const arrivalOf = new Map<string, Arrival>();
  for (const outcome of outcomes) for (const arrival of outcome.case.arrivals) arrivalOf.set(arrival.postback.id, arrival);
  for (const outcome of outcomes) {
    const {
      case: { click, source, arrivals, entry: own, cid: named },
      before,
      after,
      known,
    } = outcome;
    for (const id of [...known.keys(), ...outcome.withdrawn]) rewritten.push({ clickId: click.clickId, id });
    for (const entry of outcome.entries) {
      const arrival = arrivalOf.get(entry.postbackId);
      const postback = arrival?.postback ?? (own as Postback);
      history.push({
        clickId: click.clickId,
        entry,
        postback,
        at: orderOf(postback, click).at,
        offerSourceId: (arrival?.source ?? source)?.id ?? null,
        tokenSourceId: arrival?.tokenSourceId ?? null,
        request: requestOf(postback),
      });
    }
    changed.push(...outcome.changed);
    const makers = click.offerSourceId === null ? makersOf(outcome) : NO_MAKERS;
    const vanished = before.length === 0 ? NONE : new Map(before.map((c) => [c.key, c]));
    for (const conversion of after.conversions) {
      const previous = vanished.get(conversion.key);
      vanished.delete(conversion.key);
      const maker = makers.get(conversion.key);
      const offerSourceId = maker === undefined ? (previous === undefined ? source?.id : previous.offerSourceId) : maker.offerSourceId;
      if (previous !== undefined && previous.offerSourceId === (offerSourceId ?? null) && isSame(previous, conversion)) continue;
      const write: ConversionWrite = {
        conversion,
        clickId: click.clickId,
        cid: previous?.cid ?? maker?.cid ?? arrivals[0]?.cid ?? before[0]?.cid ?? named ?? click.clickId,
        offerId: click.offerId,
        offerSourceId: offerSourceId ?? null,
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
  // What is replayed is written anew, with all that its request says now.
  if (rewritten.length > 0)
    await client.query({ ...sql.DELETE_HISTORY, values: [rewritten.map((r) => r.clickId), rewritten.map((r) => r.id)] });
  await bulk(client, sql.INSERT_HISTORY, history);
  await writeHot(client, outcomes);
  await bulk(client, sql.UPDATE_HISTORY, changed);
  // The log says what the history says; arrivals are logged by their drain.
  const relogged = changed.map((c) => c.entry);
  if (relogged.length > 0) {
    const [, least, greatest] = bounded(relogged.map((e) => e.postbackId));
    await client.query(sql.UPDATE_LOG.text, [...sql.UPDATE_LOG.values(relogged), least, greatest]);
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

/** Where the click had no source, a conversion has that of the postback that made it. By key, of those made now or made anew. */
function makersOf({
  case: { arrivals, source },
  entries,
  changed,
  sources,
}: Outcome): Map<string, { offerSourceId: string | null; cid?: string }> {
  const arrived = new Map(arrivals.map((arrival) => [arrival.postback.id, arrival]));
  const makers = new Map<string, { offerSourceId: string | null; cid?: string }>();
  for (const { key, result, postbackId } of [...entries, ...changed.map((write) => write.entry)]) {
    if (result !== 'created' || key === null) continue;
    const arrival = arrived.get(postbackId);
    // Of an admin's entry that is made now, the click's present one.
    if (arrival === undefined) makers.set(key, { offerSourceId: (sources.has(postbackId) ? sources.get(postbackId) : source?.id) ?? null });
    else makers.set(key, { offerSourceId: arrival.source?.id ?? null, cid: arrival.cid });
  }
  return makers;
}

/** What is known of hot clicks, and of those that have become hot: hot-click.ts. */
async function writeHot(client: pg.ClientBase, outcomes: readonly Outcome[]): Promise<void> {
  const clicks: sql.HotClickWrite[] = [];
  const kept: sql.HotConversionWrite[] = [];
  const gone: { clickId: string; key: string }[] = [];
  for (const { case: c, rules, hot, history, before, after, entries } of outcomes) {
    if (hot === null ? after.conversions.length <= HOT_AT : entries.length === 0 && history === 'none') continue;
    const { clickId } = c.click;
    const known = hot === null ? new Map<string, Conversion>() : new Map(before.map((b) => [b.key, b as Conversion]));
    const still = new Set<string>();
    for (const conversion of after.conversions) {
      still.add(conversion.key);
      if (known.get(conversion.key) !== conversion) kept.push({ clickId, conversion });
    }
    for (const key of known.keys()) if (!still.has(key)) gone.push({ clickId, key });
    let general = hot?.general ?? null;
    // Its history is written: the arrivals are in it.
    if (hot === null)
      general = (await client.query<NonNullable<typeof general>>({ ...sql.READ_GENERAL, values: [clickId] })).rows[0] ?? null;
    const decided = new Set(entries.map((entry) => entry.postbackId));
    for (const postback of [...c.arrivals.map((a) => a.postback), ...(c.entry === undefined ? [] : [c.entry])]) {
      if (!decided.has(postback.id) || namesItsConversion(postback, rules) || touchesNothing(postback, rules)) continue;
      const { at, seq } = orderOf(postback, c.click);
      if (general === null || at > general.lastAt || (at === general.lastAt && seq > general.lastSeq))
        general = { lastAt: at, lastSeq: seq };
    }
    const whole = hot === null || history === 'all';
    clicks.push({ clickId, ...hotAfter(whole ? null : hot, whole ? [] : before, after.conversions, general) });
  }
  if (clicks.length === 0) return;
  await bulk(client, sql.KEEP_HOT_CONVERSIONS, kept);
  if (gone.length > 0) await client.query({ ...sql.DELETE_HOT_CONVERSIONS, values: [gone.map((g) => g.clickId), gone.map((g) => g.key)] });
  await bulk(client, sql.KEEP_HOT_CLICKS, clicks);
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
