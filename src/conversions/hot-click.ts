import type { ClickFacts, Conversion, Postback, Rules } from './conversion.js';
import { conversionKey } from './conversion-key.js';
import { orderOf } from './decide.js';

/**
 * Clicks with very many conversions: networks get a literal click id pasted in place of the macro, and send all their sales
 * to it. Of such a click only those conversions are loaded that the postbacks at hand can concern, so that the thousandth
 * costs what the first did.
 */

/** A click with more conversions than this is hot. Below it all of them are read with each batch. */
export const HOT_AT = 100;

/** What is known of a hot click without reading its conversions. Times in milliseconds. */
export interface HotClick {
  conversions: number;
  /** How many of them have a txid. */
  withTxid: number;
  /** Order time of its first conversion. */
  firstAt: number;
  /** Order of the last postback considered. */
  lastAt: number;
  lastSeq: number;
  /**
   * Some request came without a txid. While none has, the conversions of a click have nothing to do with each other, but that
   * all after the first are upsells: what is late for one of them needs the history of that one only.
   */
  mixed: boolean;
}

/** What is to be loaded of a hot click for some postbacks. */
export interface Selection {
  /** Keys of conversions that they name. */
  keys: string[];
  /** Txids that a conversion may have taken under another key. */
  txids: string[];
  /** How many of the latest, of each kind, they can concern: each may use up one. */
  latest: number;
}

export function hotSelection(postbacks: readonly Postback[], rules: Rules): Selection {
  const keys = new Set<string>();
  const txids = new Set<string>();
  let latest = 0;
  for (const { id, values, manual } of postbacks) {
    if (manual?.key !== undefined) {
      keys.add(manual.key);
      if (manual.key.startsWith('t:')) txids.add(manual.key.slice(2));
    }
    const key = conversionKey(rules.duplicateMode, values, id);
    keys.add(key);
    if (values.txid !== null) txids.add(values.txid);
    // Events, reversals without a txid, and what is refused go to the latest.
    if (values.txid === null || manual !== undefined || rules.clickExpiryDays !== null) latest += 1;
  }
  return { keys: [...keys], txids: [...txids], latest: latest === 0 ? 0 : latest + 1 };
}

/** How much of a hot click's history some postbacks need: none, that of their txids, or all of it. */
export type Reach = 'none' | 'txids' | 'all';

/**
 * @param loaded the conversions of hotSelection
 * @param refold the history is wanted even if nothing is late (a replay, a changed map)
 */
export function hotReach(
  hot: HotClick,
  loaded: readonly Conversion[],
  postbacks: readonly Postback[],
  click: ClickFacts,
  rules: Rules,
  refold: boolean,
): Reach {
  const apart =
    !hot.mixed &&
    postbacks.length > 0 &&
    postbacks.every((p) => p.values.txid !== null && p.manual === undefined && p.meaning !== 'ignored');
  const isBefore = (p: Postback, last: { lastAt: number; lastSeq: number }): boolean => {
    const { at, seq } = orderOf(p, click);
    return at < last.lastAt || (at === last.lastAt && seq < last.lastSeq);
  };
  if (!apart) {
    const late = postbacks.some((p) => (p.meaning !== 'ignored' || p.manual !== undefined) && isBefore(p, hot));
    return refold || late ? 'all' : 'none';
  }
  const byKey = new Map(loaded.map((c) => [c.key, c]));
  const own = postbacks.map((p) => byKey.get(`t:${p.values.txid}`));
  // The first conversion is none of the upsells: whatever may come before it, or move it, concerns them all.
  const first = postbacks.some((p) => orderOf(p, click).at <= hot.firstAt);
  if (first) return 'all';
  // A request that came too long after the click made no conversion that could say when it came.
  const noted = rules.clickExpiryDays === null ? undefined : hot;
  const late = postbacks.some((p, i) => {
    const last = own[i] ?? noted;
    return last !== undefined && isBefore(p, last);
  });
  if (!refold && !late) return 'none';
  return own.some((c) => c !== undefined && c.convertedAt <= hot.firstAt) ? 'all' : 'txids';
}

/**
 * What is known of the click once `after` stand where `before` stood. Of a click that was not hot, `before` is empty and
 * `after` are all of its conversions.
 */
export function hotAfter(hot: HotClick | null, before: readonly Conversion[], after: readonly Conversion[], mixed: boolean): HotClick {
  const withTxid = (conversions: readonly Conversion[]): number => conversions.reduce((n, c) => n + (c.txid === null ? 0 : 1), 0);
  const known: HotClick = hot ?? {
    conversions: 0,
    withTxid: 0,
    firstAt: Number.MAX_SAFE_INTEGER,
    lastAt: 0,
    lastSeq: 0,
    mixed: false,
  };
  const next = {
    ...known,
    conversions: known.conversions - before.length + after.length,
    withTxid: known.withTxid - withTxid(before) + withTxid(after),
    mixed: known.mixed || mixed,
  };
  for (const { convertedAt, lastAt, lastSeq } of after) {
    if (convertedAt < next.firstAt) next.firstAt = convertedAt;
    if (lastAt > next.lastAt || (lastAt === next.lastAt && lastSeq > next.lastSeq)) Object.assign(next, { lastAt, lastSeq });
  }
  return next;
}
