import * as money from '../lib/money.js';
import { totals, type Conversion } from './decide.js';
import type { CounterDelta } from './drain.query.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const QUARTER_MS = 900_000;

/** A conversion with what decides which counters it stands in. */
export type Counted = Conversion & { offerId: string; offerSourceId: string | null; clickedAt: number };

export const quarterOf = (ms: number): string => new Date(ms - (ms % QUARTER_MS)).toISOString();

/** What changed conversions add to (and take from) the counters, one delta per axis, quarter-hour, offer and source; those that come to nothing are left out. */
export function counterDeltas(changes: readonly { before: Counted | null; after: Counted | null }[]): CounterDelta[] {
  const deltas = new Map<string, CounterDelta>();
  const add = (conversion: Counted, sign: 1 | -1): void => {
    const share = totals(conversion);
    for (const axis of ['click', 'conversion'] as const) {
      const quarter = quarterOf(axis === 'click' ? conversion.clickedAt : conversion.convertedAt);
      const source = conversion.offerSourceId ?? NIL;
      const key = `${axis} ${quarter} ${conversion.offerId} ${source}`;
      let delta = deltas.get(key);
      if (delta === undefined) {
        delta = { axis, quarter, offerId: conversion.offerId, offerSourceId: source, conversions: 0, approved: 0, pending: 0, rejected: 0, trash: 0, reversed: 0, unmapped: 0, upsells: 0, revenue: '0', revenueHold: '0', revenueReversed: '0' };
        deltas.set(key, delta);
      }
      delta.conversions += sign;
      delta[share.bucket] += sign;
      if (share.upsell) delta.upsells += sign;
      const signed = (amount: string): string => (sign === 1 ? amount : money.negate(amount));
      delta.revenue = money.add(delta.revenue, signed(share.revenue));
      delta.revenueHold = money.add(delta.revenueHold, signed(share.revenueHold));
      delta.revenueReversed = money.add(delta.revenueReversed, signed(share.revenueReversed));
    }
  };
  for (const { before, after } of changes) {
    if (before !== null) add(before, -1);
    if (after !== null) add(after, 1);
  }
  return [...deltas.values()].filter(changesAnything);
}

const changesAnything = (d: CounterDelta): boolean =>
  [d.conversions, d.approved, d.pending, d.rejected, d.trash, d.reversed, d.unmapped, d.upsells].some((n) => n !== 0) ||
  [d.revenue, d.revenueHold, d.revenueReversed].some((m) => m !== '0');
