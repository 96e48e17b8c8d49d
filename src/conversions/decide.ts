import type { Rates } from '../rates/rate-table.js';
import { abs, add, isNegative, isZero, subtract } from '../lib/money.js';
import {
  type ClickFacts,
  type ClickState,
  type Conversion,
  FILE_MARK,
  type HistoryEntry,
  type Postback,
  type PostbackValues,
  type Rules,
  type Verdict,
} from './conversion.js';
import { conversionKey, eventTarget, targetOf } from './conversion-key.js';
import { addPayout, askedAmount, isPaid, offerAmount, partialReversal, price, setPayout, takeNothingBack } from './payout.js';
import type { Amount, Priced } from './payout.js';
import type { Result, Warning } from './results.js';
import { Standing } from './standing.js';
import { takesBack, transition } from './transition.js';
import type { Bucket, StatusMeaning } from '../offer-sources/vocabulary.js';

/**
 * Decides what a postback makes of its click's conversions. `decide` applies one postback; `fold` applies all postbacks of a
 * click in order, beginning with no conversions. The rules are in docs/reference.md. conversion-key.ts says which conversion
 * is meant, transition.ts whether its status may change, payout.ts what is paid.
 */

/** The state of a click that has had no postback. */
export function emptyState(): ClickState {
  return { conversions: [], waiting: null, recent: [] };
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far a sender's clock may be off. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/** The place of a postback among the postbacks of its click. */
export interface Order {
  at: number;
  seq: number;
  /** The explicit time, null when there is none or it is implausible (`bad_ts`). */
  ts: number | null;
}

/** Postbacks count in the order of the sender's time where that is plausible, else of their receipt; the receipt sequence decides between equal times. */
export function orderOf(postback: Postback, click: ClickFacts): Order {
  const { ts } = postback.values;
  const plausible = ts !== null && ts >= click.clickedAt - CLOCK_SKEW_MS && ts <= postback.receivedAt + CLOCK_SKEW_MS;
  return plausible ? { at: ts, seq: postback.seq, ts } : { at: postback.receivedAt, seq: postback.seq, ts: null };
}

/** Whether it stands before something the state has already considered: then the click is to be folded again. */
export function isLate(state: ClickState, postback: Postback, click: ClickFacts): boolean {
  if (postback.meaning === 'ignored' && !postback.manual) return false;
  const { at, seq } = orderOf(postback, click);
  const isBefore = (last: { lastAt: number; lastSeq: number }) => at < last.lastAt || (at === last.lastAt && seq < last.lastSeq);
  return state.conversions.some(isBefore) || (state.waiting !== null && isBefore(state.waiting));
}

/** All of a click's postbacks, in any order, decided from nothing. Entries stand in the order of the fold. */
export function fold(
  postbacks: readonly Postback[],
  click: ClickFacts,
  rules: Rules,
  rates: Rates,
  from: ClickState = emptyState(),
): { state: ClickState; entries: HistoryEntry[] } {
  const standing = new Standing(from);
  standing.follow(postbacks.flatMap(({ madeBy }) => (madeBy === undefined ? [] : [madeBy])));
  const entries = postbacks
    .map((postback) => ({ postback, order: orderOf(postback, click) }))
    .toSorted((a, b) => a.order.at - b.order.at || a.order.seq - b.order.seq)
    .map(({ postback }) => {
      const entry = takeStep(standing, postback, click, rules, rates);
      standing.took(postback.id, entry.key);
      return entry;
    });
  return { state: standing.state(), entries };
}

/** The rules that a postback follows: its own, else the click's. */
export const rulesFor = (postback: Postback, rules: Rules): Rules => postback.rules ?? rules;

/** Results after which an identical request is a `duplicate_request`. */
export const RETRY_GUARDING: readonly Result[] = ['created', 'updated', 'no_change', 'stale_status'];

/**
 * Whether a repetition of this request would count twice (docs/reference.md#which-conversion): in the modes `new` and `sum`,
 * with `add_eventN`, and for a reversal without txid in `by_status`, which would go on to the next sale of the click. The window runs from the first applied request; a repetition does not prolong it.
 */
export function isRetryGuarded(postback: Postback, clickRules: Rules): boolean {
  const rules = rulesFor(postback, clickRules);
  if (postback.manual || postback.meaning === 'ignored') return false;
  if (rules.duplicateMode === 'new' || rules.duplicateMode === 'sum' || !isEmpty(postback.values.addEvents)) return true;
  return rules.duplicateMode === 'by_status' && postback.values.txid === null && takesBack(understand(postback, rules).wanted);
}

/** How long a repetition of a request does not count. */
export const retryWindowMs = (hash: string, rules: Rules): number =>
  hash.startsWith(FILE_MARK) ? Number.POSITIVE_INFINITY : rules.retryWindowSeconds * 1_000;

/** Whether a request is a mere test or ping: whatever stands stays as it is. */
export function touchesNothing(postback: Postback, rules: Rules): boolean {
  return (
    postback.manual === undefined &&
    understand(postback, rulesFor(postback, rules)).wanted === 'ignored' &&
    !isEventOnly(postback) &&
    !saysMore(postback)
  );
}

/** Whether a request concerns the conversion that its txid or its mode's key names and no other, whatever others there are. */
export function namesItsConversion(postback: Postback, clickRules: Rules): boolean {
  const { values, manual } = postback;
  const rules = rulesFor(postback, clickRules);
  if (manual !== undefined) return false;
  if (values.txid !== null) return true;
  const { wanted } = understand(postback, rules);
  if (wanted === 'ignored' || isEventOnly(postback)) return false;
  return !(takesBack(wanted) && (rules.duplicateMode === 'new' || rules.duplicateMode === 'by_status'));
}

/** A payout that cannot be read is a word on the sale all the same: losing a conversion is worse than not knowing its amount. */
const saysNothingOfSale = ({ values: { status, payout, txid }, warnings }: Postback): boolean =>
  status === null && payout === null && txid === null && !warnings.includes('bad_payout');

/** Events alone. One that could not be read still says that this is no sale. */
function isEventOnly(postback: Postback): boolean {
  const { values, warnings } = postback;
  return saysNothingOfSale(postback) && (!isEmpty(values.events) || !isEmpty(values.addEvents) || warnings.includes('bad_event'));
}

/** Events or params without a word on the sale. */
function saysMore(postback: Postback): boolean {
  const { events, addEvents, params } = postback.values;
  return saysNothingOfSale(postback) && (!isEmpty(events) || !isEmpty(addEvents) || !isEmpty(params));
}

/** What one conversion adds to the reports (docs/reference.md#money), in the base currency. */
export interface Totals {
  bucket: Bucket;
  revenue: string;
  revenueHold: string;
  revenueReversed: string;
  upsell: boolean;
}

export function totals({ status, payoutBase, payoutReversedBase, upsell }: Conversion): Totals {
  const sums = { bucket: status, revenue: '0', revenueHold: '0', revenueReversed: '0', upsell };
  if (payoutBase === null) return sums;
  if (status === 'approved') {
    sums.revenue = payoutReversedBase === '0' ? payoutBase : subtract(payoutBase, payoutReversedBase);
    sums.revenueReversed = payoutReversedBase;
  } else if (status === 'reversed') {
    sums.revenueReversed = payoutBase;
  } else if (status === 'pending' || status === 'unmapped') {
    sums.revenueHold = payoutBase;
  }
  return sums;
}

/** What the parts of one decision share. */
interface Step {
  standing: Standing;
  postback: Postback;
  order: Order;
  rules: Rules;
  rates: Rates;
  warnings: Set<Warning>;
  /** The amount converted for this request. */
  priced: Priced | null;
}

/** One postback applied to what stands; it must not be late. Never changes its input. */
export function decide(state: ClickState, postback: Postback, click: ClickFacts, rules: Rules, rates: Rates): Verdict {
  const standing = new Standing(state);
  const entry = takeStep(standing, postback, click, rules, rates);
  return { state: standing.state(), entry };
}

/** The same on what is changed in place: one step of a fold. */
export function takeStep(standing: Standing, postback: Postback, click: ClickFacts, clickRules: Rules, rates: Rates): HistoryEntry {
  const { values, hash, receivedAt } = postback;
  const rules = rulesFor(postback, clickRules);
  const order = orderOf(postback, click);
  const at: Step = { standing, postback, order, rules, rates, warnings: new Set(postback.warnings), priced: null };
  if (postback.manual) return decideManual(at, postback.manual);
  if (values.ts !== null && order.ts === null) at.warnings.add('bad_ts');

  const guarded = isRetryGuarded(postback, rules);
  if (guarded) {
    const first = standing.repeated(hash, receivedAt, retryWindowMs(hash, rules));
    if (first !== null) return entryOf(at, first.key ?? null, 'duplicate_request', null, null);
  }
  const entry = decideRequest(at, click);
  if (guarded && RETRY_GUARDING.includes(entry.result)) standing.remember({ hash, receivedAt, key: entry.key });
  return entry;
}

function decideRequest(step: Step, click: ClickFacts): HistoryEntry {
  const { standing, postback, order, rules, warnings } = step;
  const { values } = postback;
  const { wanted, amount, badPayout } = understand(postback, rules);
  const eventOnly = isEventOnly(postback);
  const leavesStatus = eventOnly || saysMore(postback);
  if (wanted === 'ignored' && !leavesStatus) return entryOf(step, null, 'ignored_status', null, null);

  if (badPayout) warnings.add('bad_payout');
  const key = conversionKey(rules.duplicateMode, values, postback.id);
  const { conversion, mixed } = eventOnly
    ? { conversion: eventTarget(standing), mixed: false }
    : targetOf(standing, values.txid, key, rules.duplicateMode, takesBack(wanted));

  if (conversion === null) {
    if (eventOnly && !rules.eventMakesConversion) return wait(step);
    if (wanted === 'ignored') return refuse(step, 'ignored_status');
    if (rules.clickExpiryDays !== null && order.at > click.clickedAt + rules.clickExpiryDays * DAY_MS) {
      return refuse(step, 'click_expired');
    }
    if (mixed) warnings.add('mixed_txid');
    return make(step, key, wanted, amount);
  }

  if (mixed) warnings.add('mixed_txid');
  const bringsTxid = conversion.txid === null && values.txid !== null;
  if (rules.duplicateMode === 'ignore' && !eventOnly && !bringsTxid) {
    return entryOf(step, conversion.key, 'duplicate', conversion.status, conversion.status);
  }
  if (leavesStatus || wanted === 'ignored') return supplement(step, conversion);
  if (mayHaveLostStatus(postback))
    return conversion.status === 'unmapped' ? supplement(step, conversion) : change(step, conversion, conversion.status, amount);
  return change(step, conversion, wanted, amount);
}

/** The status a request asks for and its amount without sign: the status decides what a sign means (docs/reference.md#money). */
function understand(
  postback: Postback,
  rules: Rules,
): {
  wanted: StatusMeaning;
  amount: string | null;
  badPayout: boolean;
} {
  const {
    meaning,
    values: { payout },
  } = postback;
  const lost = mayHaveLostStatus(postback);
  const wanted = meaning ?? (lost ? 'pending' : rules.defaultStatus);
  if (wanted === 'ignored' || payout === null || !isNegative(payout)) return { wanted, amount: payout, badPayout: false };
  if (takesBack(wanted)) return { wanted, amount: abs(payout), badPayout: false };
  if (rules.amountSign === 'signed' && wanted !== 'unmapped' && !lost) return { wanted: 'reversed', amount: abs(payout), badPayout: false };
  return { wanted, amount: null, badPayout: true };
}

/** Something of the request could not be read, and it might have been the status: it makes no approved money, nor changes a status that is known. */
function mayHaveLostStatus({ values, warnings }: Postback): boolean {
  return values.status === null && warnings.includes('unreadable_body');
}

/** A new conversion. */
function make(step: Step, key: string, wanted: Bucket, amount: string | null): HistoryEntry {
  const { standing, order, rules, warnings } = step;
  const { values } = step.postback;
  const { result, warning } = transition(rules.transitionPolicy, null, wanted, false);
  if (warning) warnings.add(warning);
  const made: Conversion = {
    key,
    txid: values.txid,
    networkConversionId: values.conversionId,
    status: wanted,
    rawStatus: values.status,
    statusTs: order.ts,
    payout: null,
    currency: null,
    rate: null,
    rateDate: null,
    rateSource: null,
    payoutBase: null,
    payoutReversed: '0',
    payoutReversedBase: '0',
    upsell: standing.size > 0,
    convertedAt: order.at,
    params: values.params,
    events: withEvents(standing.waiting?.events ?? {}, values),
    lastAt: order.at,
    lastSeq: order.seq,
  };
  pay(step, made, null, wanted, amount);
  standing.put(made);
  standing.waiting = null;
  return entryOf(step, key, result, null, wanted);
}

/** A request with a status for a conversion that exists. */
function change(step: Step, conversion: Conversion, wanted: Bucket, amount: string | null): HistoryEntry {
  const { postback, order, rules, rates, warnings } = step;
  const { values } = postback;
  const draft = considered(conversion, order);
  draft.txid ??= values.txid;
  draft.events = withEvents(draft.events, values);

  if (wanted === 'reversed' && conversion.status === 'approved') {
    const part = partialReversal(conversion, amount, postback, rules, rates, warnings);
    if (part) {
      step.priced = part.priced;
      draft.payoutReversed = part.payoutReversed;
      draft.payoutReversedBase = part.payoutReversedBase;
      overwrite(draft, values);
      return replace(step, conversion, draft, 'updated');
    }
  }

  const newer = order.ts !== null && conversion.statusTs !== null && order.ts > conversion.statusTs;
  const { apply, result, warning } = transition(rules.transitionPolicy, conversion.status, wanted, newer);
  if (warning) warnings.add(warning);
  if (!apply) {
    draft.params = { ...values.params, ...draft.params };
    draft.networkConversionId ??= values.conversionId;
    return replace(step, conversion, draft, result, result === 'stale_status' ? wanted : conversion.status);
  }

  if (draft.status !== wanted) {
    draft.status = wanted;
    draft.rawStatus = values.status;
    draft.statusTs = order.ts;
    takeNothingBack(draft);
  } else {
    draft.rawStatus = values.status ?? draft.rawStatus;
    draft.statusTs = order.ts ?? draft.statusTs;
  }
  pay(step, draft, conversion.status, wanted, amount);
  overwrite(draft, values);
  return replace(step, conversion, draft, result);
}

/** A request of events or params alone: the status is left alone. */
function supplement(step: Step, conversion: Conversion): HistoryEntry {
  const { values } = step.postback;
  const draft = considered(conversion, step.order);
  draft.events = withEvents(draft.events, values);
  overwrite(draft, values);
  return replace(step, conversion, draft, 'updated');
}

/** The payout after an applied change `from` → `to`; `amount` is the request's. */
function pay(step: Step, draft: Conversion, from: Bucket | null, to: Bucket, amount: string | null): void {
  const { postback, rules } = step;
  if (takesBack(to)) {
    // The amount of a refusal is no price unless nothing better is known; its 0 never is.
    if (draft.payout !== null) return;
    const own = amount === null || isZero(amount) ? null : askedAmount(amount, postback, rules);
    return payOnce(step, draft, own ?? offerAmount(rules));
  }
  const asked = askedAmount(amount, postback, rules);
  if (asked && rules.duplicateMode === 'sum' && postback.values.txid === null && from === 'approved' && to === 'approved') {
    addPayout(draft, priced(step, asked), rules.baseCurrency);
  } else if (asked) {
    payOnce(step, draft, asked);
  } else if (draft.payout === null) {
    payOnce(step, draft, offerAmount(rules));
  }
}

function payOnce(step: Step, draft: Conversion, amount: Amount | null): void {
  if (amount !== null && !isPaid(draft, amount)) setPayout(draft, priced(step, amount));
}

function priced(step: Step, amount: Amount): Priced {
  step.priced = price(amount, step.postback, step.rules, step.rates, step.warnings);
  return step.priced;
}

/** Events before any conversion wait on the click. Params of such a request stay in the log only. */
function wait(step: Step): HistoryEntry {
  const { standing, order } = step;
  const before = standing.waiting?.events ?? {};
  const events = withEvents(before, step.postback.values);
  standing.waiting = { events, lastAt: order.at, lastSeq: order.seq };
  return entryOf(step, null, events === before ? 'no_change' : 'updated', null, null);
}

/** Nothing changes, but that this postback was considered is remembered: on the latest conversion, else on the click. */
function refuse(step: Step, result: 'click_expired' | 'ignored_status' | 'no_change'): HistoryEntry {
  const { standing, order } = step;
  const latest = standing.latest('any');
  if (latest !== null) standing.put(considered(latest, order));
  else standing.waiting = { events: standing.waiting?.events ?? {}, lastAt: order.at, lastSeq: order.seq };
  return entryOf(step, null, result, null, null);
}

/** An admin's entry: it beats the guards; what it does not name stays. A payout without a currency of its own keeps the conversion's. */
function decideManual(step: Step, manual: NonNullable<Postback['manual']>): HistoryEntry {
  const { standing, order, rules } = step;
  if (manual.create) return makeByHand(step, manual);
  const conversion = manualTarget(standing, manual.key, step.postback.madeBy);
  if (conversion === null) return refuse(step, 'no_change');
  const draft = considered(conversion, order);
  if (manual.status !== null && manual.status !== draft.status) {
    draft.status = manual.status;
    draft.statusTs = null;
    takeNothingBack(draft);
  }
  if (manual.payout !== null) {
    payOnce(step, draft, { amount: manual.payout, currency: draft.currency ?? enteredCurrency(rules) });
  }
  return replace(step, conversion, draft, 'updated');
}

/** Of an amount that an admin names without a currency. */
const enteredCurrency = ({ offerCurrency, defaultCurrency, baseCurrency }: Rules): string =>
  offerCurrency ?? defaultCurrency ?? baseCurrency;

/** Another conversion of the click, unless its txid has one. What is paid is what the admin says, whatever the offer is paid. */
function makeByHand(step: Step, { status, payout }: NonNullable<Postback['manual']>): HistoryEntry {
  const { values, id } = step.postback;
  const { txid } = values;
  if (status === null || (txid !== null && step.standing.ofTxid(txid) !== null)) return refuse(step, 'no_change');
  const own: Step = { ...step, rules: { ...step.rules, payoutMode: payout === null ? step.rules.payoutMode : 'auto' } };
  if (values.currency === null) own.postback = { ...step.postback, values: { ...values, currency: enteredCurrency(step.rules) } };
  return make(own, conversionKey('new', values, id), status, payout);
}

function manualTarget(standing: Standing, key: string | undefined, madeBy: string | undefined): Conversion | null {
  const named = key === undefined ? null : (standing.ofKey(key) ?? (key.startsWith('t:') ? standing.ofTxid(key.slice(2)) : null));
  return named ?? (madeBy === undefined ? null : standing.ofRequest(madeBy)) ?? standing.only;
}

/** A copy to write to, with the order of this postback. */
function considered(conversion: Conversion, order: Order): Conversion {
  return { ...conversion, lastAt: order.at, lastSeq: order.seq };
}

function overwrite(draft: Conversion, values: PostbackValues): void {
  if (!isEmpty(values.params)) draft.params = { ...draft.params, ...values.params };
  draft.networkConversionId = values.conversionId ?? draft.networkConversionId;
}

/** The events after a request; the same object when it changes none. */
function withEvents(before: Record<string, string>, { events, addEvents }: PostbackValues): Record<string, string> {
  if (isEmpty(events) && isEmpty(addEvents)) return before;
  const after = { ...before, ...events };
  for (const [name, amount] of Object.entries(addEvents)) after[name] = add(after[name] ?? '0', amount);
  return sameTexts(before, after) ? before : after;
}

function replace(step: Step, before: Conversion, after: Conversion, result: Result, to: Bucket = after.status): HistoryEntry {
  step.standing.put(after);
  const told = result === 'updated' && !isVisiblyChanged(before, after) ? 'no_change' : result;
  return entryOf(step, after.key, told, before.status, to);
}

const VISIBLE = [
  'txid',
  'networkConversionId',
  'status',
  'rawStatus',
  'payout',
  'currency',
  'rate',
  'rateDate',
  'rateSource',
  'payoutBase',
  'payoutReversed',
  'payoutReversedBase',
] as const satisfies readonly (keyof Conversion)[];

function isVisiblyChanged(before: Conversion, after: Conversion): boolean {
  return (
    VISIBLE.some((field) => before[field] !== after[field]) ||
    !sameTexts(before.params, after.params) ||
    !sameTexts(before.events, after.events)
  );
}

function sameTexts(a: Record<string, string>, b: Record<string, string>): boolean {
  if (a === b) return true;
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}

function isEmpty(record: Record<string, string>): boolean {
  for (const _ in record) return false;
  return true;
}

function entryOf(step: Step, key: string | null, result: Result, from: Bucket | null, to: Bucket | null): HistoryEntry {
  const { postback, priced: money, warnings } = step;
  return {
    postbackId: postback.id,
    key,
    result,
    from,
    to,
    payout: postback.manual?.payout ?? postback.values.payout ?? money?.amount ?? null,
    currency: money?.currency ?? null,
    note: postback.manual?.note ?? null,
    warnings: warnings.size === 0 ? [] : [...warnings],
    rate: money?.rate ?? null,
  };
}
