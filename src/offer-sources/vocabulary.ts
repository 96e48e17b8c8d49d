/** The words that sources' settings and postbacks share. */

/** Canonical names with their aliases, which count in this order. */
export const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  cid: ['clickid', 'click_id', 'subid', 'sub_id', 'cnv_id', 'externalid'],
  payout: ['revenue', 'sum', 'amount', 'profit'],
  status: ['cnv_status', 'goal', 'type', 'et'],
  txid: ['tid', 'transaction_id', 'transactionid', 'order_id'],
  currency: ['cur', 'cnv_currency'],
  conversion_id: [],
  ts: ['event_time'],
  return: [],
  disable_forward: ['disable_forwards', 'disable_postback', 'disable_postbacks'],
  ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`param${i + 1}`, []])),
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`event${i + 1}`, [`event_${i + 1}`]])),
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`add_event${i + 1}`, [`add_event_${i + 1}`]])),
};

/** Where a conversion stands; `ignored` requests never make one. */
export const BUCKETS = ['pending', 'approved', 'rejected', 'trash', 'reversed', 'unmapped'] as const;
export type Bucket = (typeof BUCKETS)[number];
/** What a status word can mean. */
export type StatusMeaning = Bucket | 'ignored';

export const DUPLICATE_MODES = ['update', 'ignore', 'new', 'sum', 'by_status'] as const;
export type DuplicateMode = (typeof DUPLICATE_MODES)[number];
export const TRANSITION_POLICIES = ['guarded', 'latest'] as const;
export type TransitionPolicy = (typeof TRANSITION_POLICIES)[number];
