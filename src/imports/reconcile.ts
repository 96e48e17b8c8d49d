import { compare } from '../lib/money.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';

/** What a network's statement says of a conversion; null where it says nothing. */
export interface Claim {
  line: number;
  cid: string | null;
  txid: string | null;
  status: string | null;
  meaning: StatusMeaning | null;
  payout: string | null;
  currency: string | null;
}

/** What we say of it. */
export interface Ours {
  cid: string;
  txid: string | null;
  status: string;
  payout: string | null;
  currency: string | null;
}

export type DifferenceKind = 'differentStatus' | 'differentAmount';

/**
 * In what a claim and a conversion differ. What the statement leaves out is not compared; an amount is the same when
 * number and currency are, whatever zeros it ends in.
 */
export function differencesOf(claim: Claim, ours: Ours): DifferenceKind[] {
  const kinds: DifferenceKind[] = [];
  if (claim.meaning !== null && claim.meaning !== ours.status) kinds.push('differentStatus');
  if (claim.payout !== null && !isSameAmount(claim.payout, claim.currency, ours)) kinds.push('differentAmount');
  return kinds;
}

function isSameAmount(payout: string, currency: string | null, ours: Ours): boolean {
  if (ours.payout === null || compare(payout, ours.payout) !== 0) return false;
  return currency === null || ours.currency === null || currency === ours.currency;
}

/** The conversion a claim by cid speaks of: with its txid, else with its status, else the first. */
export function pick(claim: Claim, candidates: readonly Ours[]): Ours | null {
  return (
    candidates.find((c) => claim.txid !== null && c.txid === claim.txid) ??
    candidates.find((c) => c.status === claim.meaning) ??
    candidates[0] ??
    null
  );
}
