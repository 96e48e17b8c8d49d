import { abs, compare, isZero, subtract } from '../lib/money.js';
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
  at: number | null;
}

/** What our own conversion says. */
export interface Ours {
  cid: string;
  txid: string | null;
  status: string;
  payout: string | null;
  /** Taken back of it while it stays approved. */
  payoutReversed: string;
  currency: string | null;
}

export type DifferenceKind = 'differentStatus' | 'differentAmount';

/** Words that say nothing of what became of a conversion. */
const SAYS_NOTHING: ReadonlySet<string | null> = new Set([null, 'unmapped', 'ignored']);
export const NOT_PAID: ReadonlySet<string> = new Set(['rejected', 'trash', 'reversed']);

/** In what a claim and a conversion differ. What the statement leaves out, or says in a word we do not know, is not compared. */
export function differencesOf(claim: Claim, ours: Ours): DifferenceKind[] {
  const kinds: DifferenceKind[] = [];
  if (!SAYS_NOTHING.has(claim.meaning) && claim.meaning !== ours.status) kinds.push('differentStatus');
  if (claim.payout !== null && !isSameAmount(claim.payout, claim, ours)) kinds.push('differentAmount');
  return kinds;
}

/**
 * An amount is the same when number and currency are, whatever zeros it ends in. Of what is not paid, statements write
 * nothing, 0 or the amount with a minus; of what is paid in part, the whole or the rest.
 */
function isSameAmount(payout: string, { currency, meaning }: Claim, ours: Ours): boolean {
  const isUnpaid = NOT_PAID.has(meaning ?? ours.status);
  if (isZero(payout) && (isUnpaid || ours.payout === null)) return true;
  if (ours.payout === null) return false;
  if (currency !== null && ours.currency !== null && currency !== ours.currency) return false;
  const amount = isUnpaid ? abs(payout) : payout;
  return compare(amount, ours.payout) === 0 || compare(amount, subtract(ours.payout, ours.payoutReversed)) === 0;
}

/** The conversion a claim by cid speaks of without any doubt: with its txid, else the first that it does not differ from. */
export function pickSame<T extends Ours>(claim: Claim, candidates: readonly T[]): T | null {
  return (
    candidates.find((c) => claim.txid !== null && c.txid === claim.txid) ??
    candidates.find((c) => differencesOf(claim, c).length === 0) ??
    null
  );
}

/** The one that it can only mean: with its status, else the first. */
export function pickNearest<T extends Ours>(claim: Claim, candidates: readonly T[]): T | null {
  return candidates.find((c) => c.status === claim.meaning) ?? candidates[0] ?? null;
}
