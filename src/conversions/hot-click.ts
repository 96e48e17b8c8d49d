import type { ClickFacts, ClickState, Conversion, Postback, Rules } from './conversion.js';
import { conversionKey } from './conversion-key.js';
import { isRetryGuarded, namesItsConversion, orderOf, rulesFor, touchesNothing } from './decide.js';

/**
 * Clicks with very many conversions: networks get a literal click id pasted in place of the macro, and send all their sales
 * to it. Of such a click only those conversions are loaded that the postbacks at hand can concern, so that the thousandth
 * costs what the first did.
 *
 * What makes it possible: most requests name their conversion, by a txid or by the key of their mode, and have nothing to do
 * with the others. The others matter to them in three ways only: the first conversion is no upsell, an only one can take a
 * txid, and `mixed_txid` tells of those with and without. All three are settled once the click has two conversions, and one of
 * each kind it has: from `steadyAt` on. A request that concerns others (events, reversals without txid, admins' entries) needs
 * all that came before it.
 */

/** A click with more conversions than this is hot. Below it all of them are read with each batch. */
export const HOT_AT = 100;

/**
 * Of a click with so many postbacks what comes late waits for others of its kind, however few conversions it has: a network
 * that repeats one request without end sends some of them in disorder, and each would have all of them folded again.
 */
export const LONG_HISTORY = 1_000;

/** When a postback was considered: its order among the click's. */
interface Considered {
  lastAt: number;
  lastSeq: number;
}

/** What is known of a hot click without reading its conversions. Times in milliseconds. */
export interface HotClick extends Considered {
  conversions: number;
  /** How many of them have a txid. */
  withTxid: number;
  /** Order time from which on conversions have nothing to do with each other. */
  steadyAt: number;
  /** The last request that concerned others than its own conversion; null when there was none. */
  general: Considered | null;
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

export function hotSelection(postbacks: readonly Postback[], clickRules: Rules): Selection {
  const keys = new Set<string>();
  const txids = new Set<string>();
  let latest = 0;
  for (const postback of postbacks) {
    const { id, values, manual } = postback;
    const rules = rulesFor(postback, clickRules);
    if (manual?.key !== undefined) {
      keys.add(manual.key);
      if (manual.key.startsWith('t:')) txids.add(manual.key.slice(2));
    }
    keys.add(conversionKey(rules.duplicateMode, values, id));
    if (values.txid !== null) txids.add(values.txid);
    // What came too long after the click is noted on the latest.
    if (!namesItsConversion(postback, rules) || rules.clickExpiryDays !== null) latest += 1;
  }
  return { keys: [...keys], txids: [...txids], latest: latest === 0 ? 0 : latest + 1 };
}

/**
 * How much of a hot click's history some postbacks need: `none`, that of the conversions they name (`own`), or `all`.
 * `late` are those for whose sake it is all.
 */
export interface Reach {
  history: 'none' | 'own' | 'all';
  /** Keys of the conversions whose history is needed. */
  keys: string[];
  late: Postback[];
}

/**
 * @param loaded the conversions of hotSelection
 * @param recent applied requests with the hash of one of these, with their order
 * @param refold the history is wanted even if nothing is late (a replay, a changed map)
 */
export function hotReach(
  hot: HotClick,
  loaded: readonly Conversion[],
  postbacks: readonly Postback[],
  click: ClickFacts,
  clickRules: Rules,
  recent: readonly (ClickState['recent'][number] & Considered)[],
  refold: boolean,
): Reach {
  const byKey = new Map(loaded.map((c) => [c.key, c]));
  const taken = new Map(loaded.filter((c) => c.txid !== null && c.key !== `t:${c.txid}`).map((c) => [c.txid, c.key]));
  const late: Postback[] = [];
  const keys = new Set<string>();
  let own = refold;
  let all = refold && postbacks.length === 0;
  let inseparable = false;
  for (const postback of postbacks) {
    const { values } = postback;
    const rules = rulesFor(postback, clickRules);
    if (touchesNothing(postback, rules)) {
      all ||= refold;
      continue;
    }
    const { at, seq } = orderOf(postback, click);
    const isBefore = (last: Considered): boolean => at < last.lastAt || (at === last.lastAt && seq < last.lastSeq);
    if (!namesItsConversion(postback, rules)) {
      all ||= refold;
      if (isBefore(hot)) late.push(postback);
      continue;
    }
    const key = taken.get(values.txid) ?? conversionKey(rules.duplicateMode, values, postback.id);
    const conversion = byKey.get(key);
    keys.add(key);
    const firstOfItsKind = conversion === undefined && (values.txid === null ? hot.conversions === hot.withTxid : hot.withTxid === 0);
    // In `new` a repetition has another key than the request it repeats.
    const repeated = isRetryGuarded(postback, rules) && recent.some((r) => r.hash === postback.hash && r.key !== key && isBefore(r));
    if (at <= hot.steadyAt || (firstOfItsKind && isBefore(hot)) || (hot.general !== null && isBefore(hot.general)) || repeated) {
      late.push(postback);
    } else {
      // A request that came too long after the click made no conversion that could say when it came.
      const last = conversion ?? (rules.clickExpiryDays === null ? undefined : hot);
      own ||= last !== undefined && isBefore(last);
    }
    // The first conversions are not apart from the others, and not every history is found by its key.
    inseparable ||= conversion !== undefined && conversion.convertedAt <= hot.steadyAt;
    inseparable ||= values.txid === null && (rules.clickExpiryDays !== null || (refold && rules.duplicateMode === 'new'));
  }
  if (all || late.length > 0 || (own && (inseparable || hot.general !== null))) return { history: 'all', keys: [], late };
  return { history: own ? 'own' : 'none', keys: [...keys], late };
}

/**
 * What is known of the click once `after` stand where `before` stood.
 * @param hot what was known; null when `after` are all of its conversions
 * @param general the last request so far that concerned others than its own conversion
 */
export function hotAfter(
  hot: HotClick | null,
  before: readonly Conversion[],
  after: readonly Conversion[],
  general: Considered | null,
): HotClick {
  const next: HotClick = {
    conversions: (hot?.conversions ?? 0) - before.length + after.length,
    withTxid: (hot?.withTxid ?? 0) - before.filter(hasTxid).length + after.filter(hasTxid).length,
    steadyAt: 0,
    lastAt: hot?.lastAt ?? 0,
    lastSeq: hot?.lastSeq ?? 0,
    general,
  };
  for (const { lastAt, lastSeq } of after) {
    if (lastAt > next.lastAt || (lastAt === next.lastAt && lastSeq > next.lastSeq)) Object.assign(next, { lastAt, lastSeq });
  }
  next.steadyAt = hot === null ? steadyFrom(after) : steadyAgain(hot, after);
  return next;
}

const hasTxid = ({ txid }: Conversion): boolean => txid !== null;
const firstAt = (conversions: readonly Conversion[]): number => conversions.reduce((least, c) => Math.min(least, c.convertedAt), Infinity);

/** When there were two conversions, and one of each kind that there is. */
function steadyFrom(all: readonly Conversion[]): number {
  const [, second] = all.map((c) => c.convertedAt).toSorted((a, b) => a - b);
  const firsts = [firstAt(all.filter(hasTxid)), firstAt(all.filter((c) => !hasTxid(c)))].filter(Number.isFinite);
  return Math.max(second ?? 0, ...firsts);
}

/** A kind that was not there is there now. */
function steadyAgain(hot: HotClick, after: readonly Conversion[]): number {
  const fresh = hot.withTxid === 0 ? after.filter(hasTxid) : hot.withTxid === hot.conversions ? after.filter((c) => !hasTxid(c)) : [];
  return fresh.length === 0 ? hot.steadyAt : Math.max(hot.steadyAt, firstAt(fresh));
}
