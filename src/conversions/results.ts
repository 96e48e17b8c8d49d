/** What became of a postback (docs/reference.md#results). The log, the metrics, the API and the page all use these words. */
export const RESULTS = [
  'accepted',
  'created',
  'updated',
  'no_change',
  'duplicate',
  'duplicate_request',
  'ignored_status',
  'stale_status',
  'click_not_found',
  'click_expired',
  'waiting_click',
  'source_mismatch',
  'source_disabled',
  'rejected',
  'failed',
] as const;
export type Result = (typeof RESULTS)[number];

/** The verdicts of most postbacks, and those that come before one: the log has no index of these. */
const ORDINARY: readonly Result[] = ['created', 'updated', 'no_change', 'duplicate', 'duplicate_request', 'accepted', 'waiting_click'];

/** Whether an index finds the log's requests with a result (postbacks_rare_idx). */
export const isRare = (result: string | undefined): boolean => result !== undefined && !ORDINARY.some((each) => each === result);

/** Why a request was `rejected`. */
export const REFUSALS = [
  'missing_cid',
  'unresolved_macro',
  'bad_cid',
  'bad_token',
  'bad_path',
  'token_required',
  'ip_denied',
  'too_large',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What was odd about a request that still counts. */
export const WARNINGS = [
  'unmapped_status',
  'bad_payout',
  'bad_currency',
  'ambiguous_amount',
  'fx_pending',
  'fx_old',
  'bad_event',
  'bad_ts',
  'too_long',
  'unresolved_macro',
  'mixed_txid',
  'reversal_without_sale',
  'reinstated',
  'repeated_param',
  'repaired_url',
  'unreadable_body',
  'invalid_encoding',
] as const;
export type Warning = (typeof WARNINGS)[number];
