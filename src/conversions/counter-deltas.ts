import type { Conversion } from './conversion.js';
import { add, negate } from '../lib/money.js';
import { totals, type Totals } from './decide.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const QUARTER_MS = 900_000;

/** A conversion with what decides which counters it stands in. */
export interface Counted {
  conversion: Conversion;
  offerId: string;
  offerSourceId: string | null;
  /** Milliseconds. */
  clickedAt: number;
}

/** What changed conversions add to the reports of a quarter-hour. Money in the base currency. */
export interface CounterDelta {
  axis: 'click' | 'conversion';
  /** Start of the quarter-hour, milliseconds. */
  quarter: number;
  offerId: string;
  /** The nil UUID when there is none. */
  offerSourceId: string;
  conversions: number;
  approved: number;
  pending: number;
  rejected: number;
  trash: number;
  reversed: number;
  unmapped: number;
  upsells: number;
  revenue: string;
  revenueHold: string;
  revenueReversed: string;
}

/** Deltas by offer, by source, by quarter-hour and axis: texts that are joined into a key would be made and hashed anew for every conversion. */
type Deltas = Map<string, Map<string, Map<number, CounterDelta>>>;

/** What changes add to (and take from) the counters, one delta per axis, quarter-hour, offer and source; those that come to nothing are left out. */
export function counterDeltas(changes: readonly { before: Counted | null; after: Counted | null }[]): CounterDelta[] {
  const deltas: Deltas = new Map();
  for (const { before, after } of changes) {
    if (before !== null) count(deltas, before, -1);
    if (after !== null) count(deltas, after, 1);
  }
  return [...deltas.values()]
    .flatMap((ofOffer) => [...ofOffer.values()])
    .flatMap((ofSource) => [...ofSource.values()])
    .filter(changesAnything);
}

function count(deltas: Deltas, { conversion, offerId, offerSourceId, clickedAt }: Counted, sign: 1 | -1): void {
  const share = totals(conversion);
  const source = offerSourceId ?? NIL;
  let ofOffer = deltas.get(offerId);
  if (ofOffer === undefined) deltas.set(offerId, (ofOffer = new Map()));
  let ofSource = ofOffer.get(source);
  if (ofSource === undefined) ofOffer.set(source, (ofSource = new Map()));
  countOn(ofSource, 'click', clickedAt, offerId, source, share, sign);
  countOn(ofSource, 'conversion', conversion.convertedAt, offerId, source, share, sign);
}

function countOn(
  deltas: Map<number, CounterDelta>,
  axis: CounterDelta['axis'],
  at: number,
  offerId: string,
  source: string,
  share: Totals,
  sign: 1 | -1,
): void {
  const quarter = at - (at % QUARTER_MS);
  const key = axis === 'click' ? quarter : quarter + 1;
  let delta = deltas.get(key);
  if (delta === undefined) {
    delta = {
      axis,
      quarter,
      offerId,
      offerSourceId: source,
      conversions: 0,
      approved: 0,
      pending: 0,
      rejected: 0,
      trash: 0,
      reversed: 0,
      unmapped: 0,
      upsells: 0,
      revenue: '0',
      revenueHold: '0',
      revenueReversed: '0',
    };
    deltas.set(key, delta);
  }
  delta.conversions += sign;
  delta[share.bucket] += sign;
  if (share.upsell) delta.upsells += sign;
  delta.revenue = plus(delta.revenue, share.revenue, sign);
  delta.revenueHold = plus(delta.revenueHold, share.revenueHold, sign);
  delta.revenueReversed = plus(delta.revenueReversed, share.revenueReversed, sign);
}

/** Most shares are 0: one bucket holds the money. */
const plus = (sum: string, share: string, sign: 1 | -1): string => (share === '0' ? sum : add(sum, sign === 1 ? share : negate(share)));

const changesAnything = (d: CounterDelta): boolean =>
  [d.conversions, d.approved, d.pending, d.rejected, d.trash, d.reversed, d.unmapped, d.upsells].some((n) => n !== 0) ||
  [d.revenue, d.revenueHold, d.revenueReversed].some((m) => m !== '0');
