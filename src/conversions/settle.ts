import type { ClickFacts, ClickState, HistoryEntry, Postback, Rules } from './conversion.js';
import type { Rates } from '../rates/rate-table.js';
import { fold, isLate, orderOf, takeStep } from './decide.js';
import { Standing } from './standing.js';

/** One postback of a click's history and what was made of it. */
export interface Past {
  postback: Postback;
  entry: HistoryEntry;
}

export interface Settlement {
  state: ClickState;
  /** The entries of the postbacks that arrived, in the order of the fold. */
  entries: HistoryEntry[];
  /** The entries of the history that folding again has changed. */
  changed: HistoryEntry[];
}

/** In the order in which they count: orderOf of decide.ts. */
export function inOrder(postbacks: readonly Postback[], click: ClickFacts): Postback[] {
  if (postbacks.length < 2) return [...postbacks];
  return postbacks
    .map((postback) => ({ postback, order: orderOf(postback, click) }))
    .toSorted((a, b) => a.order.at - b.order.at || a.order.seq - b.order.seq)
    .map(({ postback }) => postback);
}

/** What of the arrived stands before something the state has already considered, so that the history is needed. */
export function lateOf(state: ClickState, arrived: readonly Postback[], click: ClickFacts): Postback[] {
  return arrived.filter((postback) => isLate(state, postback, click));
}

/**
 * What arrived, applied to what stands; with the click's whole history given, everything is folded again from nothing.
 * A postback that arrives although the history has it (a replay) takes its old place.
 */
export function settle(
  state: ClickState,
  arrived: readonly Postback[],
  history: readonly Past[] | null,
  click: ClickFacts,
  rules: Rules,
  rates: Rates,
): Settlement {
  if (history === null) {
    const standing = new Standing(state);
    const entries = inOrder(arrived, click).map((postback) => takeStep(standing, postback, click, rules, rates));
    return { state: standing.state(), entries, changed: [] };
  }
  const again = new Set(arrived.map((postback) => postback.id));
  const kept = new Map(history.filter(({ postback }) => !again.has(postback.id)).map((past) => [past.postback.id, past]));
  const from: ClickState = { conversions: [], waiting: null, recent: [], beyond: state.beyond };
  const folded = fold([...withMakers(history, kept), ...arrived], click, rules, rates, from);
  const entries: HistoryEntry[] = [];
  const changed: HistoryEntry[] = [];
  for (const entry of folded.entries) {
    const past = kept.get(entry.postbackId);
    if (past === undefined) entries.push(entry);
    else if (differs(past.entry, entry)) changed.push(entry);
  }
  return { state: folded.state, entries, changed };
}

/** What is kept of the history; an admin's entry with the request that had made its conversion, should that one be found under another key now. */
function withMakers(history: readonly Past[], kept: ReadonlyMap<string, Past>): Postback[] {
  const past = [...kept.values()];
  const isEntry = ({ postback: { manual } }: Past): boolean => manual !== undefined && manual.create === undefined;
  if (!past.some(isEntry)) return past.map(({ postback }) => postback);
  const makers = new Map(history.filter(({ entry }) => entry.result === 'created').map(({ entry }) => [entry.key, entry.postbackId]));
  return past.map((one) => {
    const madeBy = isEntry(one) ? makers.get(one.entry.key) : undefined;
    return madeBy === undefined ? one.postback : { ...one.postback, madeBy };
  });
}

/** Whether two entries of one postback say different things. */
export function differs(a: HistoryEntry, b: HistoryEntry): boolean {
  return (
    a.key !== b.key ||
    a.result !== b.result ||
    a.from !== b.from ||
    a.to !== b.to ||
    a.payout !== b.payout ||
    a.currency !== b.currency ||
    a.note !== b.note ||
    a.rate?.rate !== b.rate?.rate ||
    a.rate?.date !== b.rate?.date ||
    a.warnings.join() !== b.warnings.join()
  );
}
