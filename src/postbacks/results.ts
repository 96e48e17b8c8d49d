/**
 * The one vocabulary of what became of a postback: log column, metric label, API field and page all use these words.
 * Source: spec, postbacks.md section 10.
 */
export const RESULTS = [
  'accepted', 'created', 'updated', 'no_change', 'duplicate', 'duplicate_request', 'ignored_status', 'stale_status',
  'click_not_found', 'click_expired', 'waiting_click', 'source_mismatch', 'source_disabled', 'rejected', 'failed',
] as const;
export type Result = (typeof RESULTS)[number];

/** Why a request was `rejected`. */
export const REFUSALS = [
  'missing_cid', 'unresolved_macro', 'bad_cid', 'bad_token', 'token_required', 'ip_denied', 'too_large',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What was odd about a request that still counts. */
export const WARNINGS = [
  'unmapped_status', 'bad_payout', 'bad_currency', 'fx_pending', 'fx_old', 'bad_event', 'bad_ts', 'too_long',
  'unresolved_macro', 'mixed_txid', 'reversal_without_sale', 'reinstated', 'repeated_param', 'invalid_encoding',
] as const;
export type Warning = (typeof WARNINGS)[number];

/** Where a conversion stands; `ignored` requests never make one. */
export const BUCKETS = ['pending', 'approved', 'rejected', 'trash', 'reversed', 'unmapped'] as const;
export type Bucket = (typeof BUCKETS)[number];
/** What a status word can mean. */
export type StatusMeaning = Bucket | 'ignored';

export const DUPLICATE_MODES = ['update', 'ignore', 'new', 'sum', 'by_status'] as const;
export type DuplicateMode = (typeof DUPLICATE_MODES)[number];
export const TRANSITION_POLICIES = ['guarded', 'latest'] as const;
export type TransitionPolicy = (typeof TRANSITION_POLICIES)[number];
