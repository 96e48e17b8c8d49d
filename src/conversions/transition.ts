import type { Result, Warning } from './results.js';
import type { Bucket, TransitionPolicy } from '../offer-sources/vocabulary.js';

/** What becomes of a request to change a status. */
export interface Transition {
  /** False: status, payout and currency stay as they are. */
  apply: boolean;
  /** Of a request that changes nothing visible `updated` is still to become `no_change`. */
  result: Extract<Result, 'created' | 'updated' | 'stale_status'>;
  warning: Warning | null;
}

const CREATED: Transition = { apply: true, result: 'created', warning: null };
const CREATED_REVERSED: Transition = { apply: true, result: 'created', warning: 'reversal_without_sale' };
const CREATED_UNMAPPED: Transition = { apply: true, result: 'created', warning: 'unmapped_status' };
const OK: Transition = { apply: true, result: 'updated', warning: null };
const REINSTATED: Transition = { apply: true, result: 'updated', warning: 'reinstated' };
const UNMAPPED: Transition = { apply: false, result: 'updated', warning: 'unmapped_status' };
const STALE: Transition = { apply: false, result: 'stale_status', warning: null };

type From = Bucket | 'none';
type Row = Record<Bucket, Transition>;

const NONE: Row = {
  pending: CREATED,
  approved: CREATED,
  rejected: CREATED,
  trash: CREATED,
  reversed: CREATED_REVERSED,
  unmapped: CREATED_UNMAPPED,
};
const REFUSED: Row = {
  pending: STALE,
  approved: REINSTATED,
  rejected: OK,
  trash: OK,
  reversed: OK,
  unmapped: UNMAPPED,
};
const OPEN: Row = {
  pending: OK,
  approved: OK,
  rejected: OK,
  trash: OK,
  reversed: OK,
  unmapped: UNMAPPED,
};

/** The table of docs/reference.md#transitions: a row per present status, a column per status asked for. */
const GUARDED: Record<From, Row> = {
  none: NONE,
  pending: OPEN,
  approved: { ...OPEN, pending: STALE },
  rejected: REFUSED,
  trash: REFUSED,
  reversed: { pending: STALE, approved: STALE, rejected: STALE, trash: STALE, reversed: OK, unmapped: UNMAPPED },
  unmapped: OPEN,
};

/** No guards; an unknown word still never replaces a known status, as nobody can say what it means. */
const LATEST: Record<From, Row> = {
  none: NONE,
  pending: OPEN,
  approved: OPEN,
  rejected: { ...OPEN, approved: REINSTATED },
  trash: { ...OPEN, approved: REINSTATED },
  reversed: OPEN,
  unmapped: OPEN,
};

/** The stale cells that an explicit, greater `ts` on both sides passes. */
const UNLESS_NEWER: Partial<Record<From, Bucket>> = {
  approved: 'pending',
  rejected: 'pending',
  trash: 'pending',
  reversed: 'approved',
};

/**
 * Whether a conversion at `from` (null: there is none yet) may go to `to`.
 * `newer`: both the status it has and the request carry an explicit `ts`, and the request's is greater.
 */
export function transition(policy: TransitionPolicy, from: Bucket | null, to: Bucket, newer: boolean): Transition {
  const row = from ?? 'none';
  const cell = (policy === 'latest' ? LATEST : GUARDED)[row][to];
  return cell === STALE && newer && UNLESS_NEWER[row] === to ? OK : cell;
}

/** Statuses whose amount says what is taken back, not what is paid (docs/reference.md#money). */
export function takesBack(status: Bucket | 'ignored'): boolean {
  return status === 'rejected' || status === 'trash' || status === 'reversed';
}
