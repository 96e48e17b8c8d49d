import { bulkInsert, bulkUpdate, bulkUpsert } from '../lib/bulk.js';
import { ms } from '../lib/sql.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';
import type { Conversion, HistoryEntry, Postback, PostbackValues } from './conversion.js';
import type { CounterDelta, Counted } from './counter-deltas.js';
import type { HotClick } from './hot-click.js';
import type { Warning } from './results.js';

/**
 * The ledger's statements, S3 to S8 and S12 of docs/architecture.md: a click's conversions, their history, what waits for
 * the first of them, and what they add to the counters. Joins with unnest name the array once more as `= ANY`: without it
 * the planner takes the table for small and reads all of it.
 */

/** A conversion with what ties it to its click. */
export interface StoredConversion extends Conversion {
  clickId: string;
  cid: string;
  offerId: string;
  offerSourceId: string | null;
  clickedAt: number;
  click: string;
  version: number;
}

const CONVERSION = `click_id AS "clickId", cid, offer_id AS "offerId", offer_source_id AS "offerSourceId", ${ms('clicked_at')} AS "clickedAt", click::text AS click,
      key, txid, network_conversion_id AS "networkConversionId", status, raw_status AS "rawStatus", status_ts AS "statusTs",
      trim_scale(payout)::text AS payout, currency, trim_scale(rate)::text AS rate, rate_date::text AS "rateDate", rate_source AS "rateSource", trim_scale(payout_base)::text AS "payoutBase",
      trim_scale(payout_reversed)::text AS "payoutReversed", trim_scale(payout_reversed_base)::text AS "payoutReversedBase", upsell, ${ms('converted_at')} AS "convertedAt",
      params, events, last_at AS "lastAt", last_seq AS "lastSeq", version`;

/** S3: a statement of its own after the lock; joined to it, it would read a snapshot from before. $1 ids, $2 least, $3 greatest. */
export const READ_CONVERSIONS = {
  name: 'read-conversions',
  text: `SELECT ${CONVERSION} FROM conversions WHERE click_id = ANY($1::uuid[]) AND click_id BETWEEN $2 AND $3`,
};
/** S3 of a hot click (hot-click.ts): these conversions only. $1 click id, $2 keys. */
export const READ_CONVERSIONS_OF_KEYS = {
  name: 'read-conversions-of-keys',
  text: `SELECT ${CONVERSION} FROM conversions WHERE click_id = $1::uuid AND key = ANY($2::text[])`,
};
const latest = (kind: string): string =>
  `(SELECT key FROM hot_conversions WHERE click_id = $1::uuid AND ${kind} ORDER BY converted_at DESC, last_at DESC, last_seq DESC LIMIT $3)`;
/** Keys of a hot click's conversions: those that took one of these txids, and the latest of each kind. $1 click id, $2 txids, $3 how many of the latest. */
export const SELECT_HOT_KEYS = {
  name: 'select-hot-keys',
  text: `SELECT key FROM hot_conversions WHERE click_id = $1::uuid AND taken_txid = ANY($2::text[])
    UNION ${latest('has_txid')} UNION ${latest('NOT has_txid')} UNION ${latest(`status = 'approved'`)} UNION ${latest(`status = 'pending'`)}`,
};
/** What waits for a click's first conversion, and, in rows of their own, what is known of hot clicks. $1 ids. */
export const READ_WAITING = {
  name: 'read-waiting',
  text: `SELECT click_id AS "clickId", events, last_at AS "lastAt", last_seq AS "lastSeq", NULL::integer AS conversions, NULL::integer AS "withTxid", NULL::bigint AS "steadyAt", NULL::bigint AS "generalAt", NULL::bigint AS "generalSeq"
      FROM waiting_events WHERE click_id = ANY($1::uuid[])
    UNION ALL SELECT click_id, NULL, last_at, last_seq, conversions, with_txid, steady_at, general_at, general_seq FROM hot_clicks WHERE click_id = ANY($1::uuid[])`,
};

/** S4: what was applied within the retry window, for requests that would count twice. $1 ids, $2 hashes, $3 earliest receipt. The results are those of RETRY_GUARDING. */
export const READ_RECENT = {
  name: 'read-recent',
  text: `SELECT click_id AS "clickId", hash, conversion_key AS key, ${ms('received_at')} AS "receivedAt", ${ms('at')} AS "lastAt", seq AS "lastSeq" FROM conversion_history
    WHERE click_id = ANY($1::uuid[]) AND hash = ANY($2::text[]) AND received_at >= $3 AND result IN ('created', 'updated', 'no_change', 'stale_status')`,
};

/** A stored history entry with the request it was made from. */
export interface HistoryRow extends HistoryEntry {
  clickId: string;
  offerSourceId: string | null;
  tokenSourceId: string | null;
  seq: number;
  receivedAt: number;
  hash: string;
  request: StoredRequest;
}
/** What folding a click again needs of a past request. */
export interface StoredRequest {
  /** Without what is absent. */
  values: Partial<PostbackValues>;
  /** As the maps said when it was decided: folding again must not re-map by the way. */
  meaning: StatusMeaning | null;
  parseWarnings?: Warning[];
  manual?: Postback['manual'];
}

const HISTORY = `click_id AS "clickId", postback_id AS "postbackId", seq, ${ms('received_at')} AS "receivedAt", offer_source_id AS "offerSourceId", token_source_id AS "tokenSourceId", conversion_key AS key, result, from_status AS "from", to_status AS "to", trim_scale(payout)::text AS payout, currency,
      CASE WHEN rate IS NULL THEN NULL ELSE json_build_object('rate', trim_scale(rate)::text, 'date', rate_date::text, 'source', rate_source) END AS rate,
      note, coalesce(string_to_array(warnings, ' '), '{}') AS warnings, hash, request`;
/** S5: the whole history of clicks that are folded again. $1 ids. */
export const READ_HISTORY = {
  name: 'read-history',
  text: `SELECT ${HISTORY} FROM conversion_history WHERE click_id = ANY($1::uuid[])`,
};
/** Whether a click's history has so many requests. $1 click id, $2 how many, less one. */
export const HAS_LONG_HISTORY = {
  name: 'has-long-history',
  text: 'SELECT FROM conversion_history WHERE click_id = $1::uuid OFFSET $2 LIMIT 1',
};
/** S5 of a hot click: the requests that concern some of its conversions, those included that made none. $1 click id, $2 keys, $3 txids. */
export const READ_HISTORY_OF_KEYS = {
  name: 'read-history-of-keys',
  text: `SELECT ${HISTORY} FROM conversion_history WHERE click_id = $1::uuid AND (conversion_key = ANY($2::text[]) OR (conversion_key IS NULL AND request->'values'->>'txid' = ANY($3::text[])))`,
};

/** Warnings are stored as words of one text: PostgreSQL's unnest would flatten an array of arrays. */
export const words = (warnings: readonly Warning[]): string | null => (warnings.length === 0 ? null : warnings.join(' '));

/** A conversion to be written. */
export interface ConversionWrite extends Counted {
  clickId: string;
  cid: string;
  click: string;
  /** The one read; 1 for a new one. */
  version: number;
  /** Milliseconds. */
  updatedAt: number;
}

const CONVERSION_COLUMNS = [
  ['click_id', 'uuid', (w: ConversionWrite) => w.clickId],
  ['key', 'text', (w: ConversionWrite) => w.conversion.key],
  ['offer_source_id', 'uuid', (w: ConversionWrite) => w.offerSourceId],
  ['txid', 'text', (w: ConversionWrite) => w.conversion.txid],
  ['network_conversion_id', 'text', (w: ConversionWrite) => w.conversion.networkConversionId],
  ['status', 'text', (w: ConversionWrite) => w.conversion.status],
  ['raw_status', 'text', (w: ConversionWrite) => w.conversion.rawStatus],
  ['status_ts', 'bigint', (w: ConversionWrite) => w.conversion.statusTs],
  ['payout', 'numeric', (w: ConversionWrite) => w.conversion.payout],
  ['currency', 'text', (w: ConversionWrite) => w.conversion.currency],
  ['rate', 'numeric', (w: ConversionWrite) => w.conversion.rate],
  ['rate_date', 'date', (w: ConversionWrite) => w.conversion.rateDate],
  ['rate_source', 'text', (w: ConversionWrite) => w.conversion.rateSource],
  ['payout_base', 'numeric', (w: ConversionWrite) => w.conversion.payoutBase],
  ['payout_reversed', 'numeric', (w: ConversionWrite) => w.conversion.payoutReversed],
  ['payout_reversed_base', 'numeric', (w: ConversionWrite) => w.conversion.payoutReversedBase],
  ['params', 'jsonb', (w: ConversionWrite) => JSON.stringify(w.conversion.params)],
  ['events', 'jsonb', (w: ConversionWrite) => JSON.stringify(w.conversion.events)],
  ['last_at', 'bigint', (w: ConversionWrite) => w.conversion.lastAt],
  ['last_seq', 'bigint', (w: ConversionWrite) => w.conversion.lastSeq],
  ['version', 'integer', (w: ConversionWrite) => w.version],
  ['upsell', 'boolean', (w: ConversionWrite) => w.conversion.upsell],
  ['converted_at', 'timestamptz', (w: ConversionWrite) => w.conversion.convertedAt],
] as const;

/** S6. */
export const INSERT_CONVERSIONS = bulkInsert<ConversionWrite>('conversions', [
  ...CONVERSION_COLUMNS,
  ['cid', 'text', (w) => w.cid],
  ['offer_id', 'uuid', (w) => w.offerId],
  ['clicked_at', 'timestamptz', (w) => w.clickedAt],
  ['click', 'jsonb', (w) => w.click],
  ['updated_at', 'timestamptz', (w) => w.updatedAt],
]);

/**
 * S7: `version` is the one read; a row that has moved on is not matched, and the count tells. No scalar bounds: the newest
 * ids lie beyond the table's statistics, so the planner takes the rows between them for one and joins them all, row by row.
 */
export const UPDATE_CONVERSIONS = bulkUpdate<ConversionWrite>(
  'update-conversions',
  'conversions',
  [...CONVERSION_COLUMNS, ['updated_at', 'timestamptz', (w) => w.updatedAt]],
  [
    ...CONVERSION_COLUMNS.filter(([name]) => !['click_id', 'key', 'version'].includes(name)).map(([name]) => `${name} = u.${name}`),
    'updated_at = u.updated_at',
    'version = u.version + 1',
  ],
  't.click_id = u.click_id AND t.key = u.key AND t.version = u.version AND t.click_id = ANY($1::uuid[])',
);
/** A conversion that a fold from the history no longer makes. */
export const DELETE_CONVERSIONS = {
  name: 'delete-conversions',
  text: `DELETE FROM conversions AS t USING unnest($1::uuid[], $2::text[], $3::integer[]) AS u(click_id, key, version) WHERE t.click_id = u.click_id AND t.key = u.key AND t.version = u.version AND t.click_id = ANY($1::uuid[])`,
};

/** A verdict of the history to be written, or written anew. */
export interface VerdictWrite {
  clickId: string;
  entry: HistoryEntry;
  request: StoredRequest;
}
export interface HistoryWrite extends VerdictWrite {
  postback: Postback;
  /** Order time, ms. */
  at: number;
  offerSourceId: string | null;
  tokenSourceId: string | null;
}

const VERDICT_COLUMNS = [
  ['click_id', 'uuid', (h: VerdictWrite) => h.clickId],
  ['postback_id', 'uuid', (h: VerdictWrite) => h.entry.postbackId],
  ['conversion_key', 'text', (h: VerdictWrite) => h.entry.key],
  ['result', 'text', (h: VerdictWrite) => h.entry.result],
  ['from_status', 'text', (h: VerdictWrite) => h.entry.from],
  ['to_status', 'text', (h: VerdictWrite) => h.entry.to],
  ['payout', 'numeric', (h: VerdictWrite) => h.entry.payout],
  ['currency', 'text', (h: VerdictWrite) => h.entry.currency],
  ['rate', 'numeric', (h: VerdictWrite) => h.entry.rate?.rate ?? null],
  ['rate_date', 'date', (h: VerdictWrite) => h.entry.rate?.date ?? null],
  ['rate_source', 'text', (h: VerdictWrite) => h.entry.rate?.source ?? null],
  ['note', 'text', (h: VerdictWrite) => h.entry.note],
  ['warnings', 'text', (h: VerdictWrite) => words(h.entry.warnings)],
  ['request', 'jsonb', (h: VerdictWrite) => JSON.stringify(h.request)],
] as const;

/** S8: the primary key (click, postback) is the exactly-once guard. */
export const INSERT_HISTORY = bulkInsert<HistoryWrite>('conversion_history', [
  ...VERDICT_COLUMNS,
  ['seq', 'bigint', (h) => h.postback.seq],
  ['at', 'timestamptz', (h) => h.at],
  ['received_at', 'timestamptz', (h) => h.postback.receivedAt],
  ['offer_source_id', 'uuid', (h) => h.offerSourceId],
  ['token_source_id', 'uuid', (h) => h.tokenSourceId],
  ['hash', 'text', (h) => h.postback.hash],
]);
/** Of requests that are replayed: they are written anew, or refused now. $1 click ids, $2 postback ids. */
export const DELETE_HISTORY = {
  name: 'delete-history',
  text: `DELETE FROM conversion_history AS t USING unnest($1::uuid[], $2::uuid[]) AS u(click_id, postback_id) WHERE t.click_id = u.click_id AND t.postback_id = u.postback_id AND t.click_id = ANY($1::uuid[])`,
};
/** Past entries that folding again sees differently. */
export const UPDATE_HISTORY = bulkUpdate<VerdictWrite>(
  'update-history',
  'conversion_history',
  VERDICT_COLUMNS,
  VERDICT_COLUMNS.filter(([name]) => name !== 'click_id' && name !== 'postback_id').map(([name]) => `${name} = u.${name}`),
  't.click_id = u.click_id AND t.postback_id = u.postback_id AND t.click_id = ANY($1::uuid[])',
);

/**
 * The log's side of UPDATE_HISTORY. $n+1 least, $n+2 greatest id. Rows past retention are not there any more. To be planned for
 * its values (without a name): a plan made once for all takes the rows between the bounds for one, and joins each with each.
 */
export const UPDATE_LOG = bulkUpdate<HistoryEntry>(
  'update-log',
  'postbacks',
  [
    ['id', 'uuid', (e) => e.postbackId],
    ['conversion_key', 'text', (e) => e.key],
    ['result', 'text', (e) => e.result],
    ['reason', 'text', (e) => e.note],
    ['warnings', 'text', (e) => words(e.warnings)],
  ],
  ['conversion_key = u.conversion_key', 'result = u.result', 'reason = u.reason', 'warnings = u.warnings'],
  't.id = u.id AND t.id BETWEEN $6 AND $7',
);

/** S12: appended, so that no drain waits for another's counter row. */
export const INSERT_DELTAS = bulkInsert<CounterDelta>('counter_deltas', [
  ['axis', 'text', (d) => d.axis],
  ['quarter', 'timestamptz', (d) => d.quarter],
  ['offer_id', 'uuid', (d) => d.offerId],
  ['offer_source_id', 'uuid', (d) => d.offerSourceId],
  ['clicks', 'bigint', () => 0],
  ['unique_clicks', 'bigint', () => 0],
  ['bots', 'bigint', () => 0],
  ['cost', 'numeric', () => 0],
  ['conversions', 'bigint', (d) => d.conversions],
  ['approved', 'bigint', (d) => d.approved],
  ['pending', 'bigint', (d) => d.pending],
  ['rejected', 'bigint', (d) => d.rejected],
  ['trash', 'bigint', (d) => d.trash],
  ['reversed', 'bigint', (d) => d.reversed],
  ['unmapped', 'bigint', (d) => d.unmapped],
  ['upsells', 'bigint', (d) => d.upsells],
  ['revenue', 'numeric', (d) => d.revenue],
  ['revenue_hold', 'numeric', (d) => d.revenueHold],
  ['revenue_reversed', 'numeric', (d) => d.revenueReversed],
]);

/** Events that came before any conversion: kept, and gone when the first conversion takes them. $1 click id. */
export const KEEP_WAITING = {
  name: 'keep-waiting',
  text: `INSERT INTO waiting_events (click_id, events, last_at, last_seq) VALUES ($1, $2, $3, $4)
    ON CONFLICT (click_id) DO UPDATE SET events = EXCLUDED.events, last_at = EXCLUDED.last_at, last_seq = EXCLUDED.last_seq`,
};
export const DELETE_WAITING = { name: 'delete-waiting', text: `DELETE FROM waiting_events WHERE click_id = $1` };

/** What is known of a hot click, as a row. */
export interface HotClickWrite extends HotClick {
  clickId: string;
}
const HOT_CLICK_COLUMNS = [
  ['click_id', 'uuid', (h: HotClickWrite) => h.clickId],
  ['conversions', 'integer', (h: HotClickWrite) => h.conversions],
  ['with_txid', 'integer', (h: HotClickWrite) => h.withTxid],
  ['steady_at', 'bigint', (h: HotClickWrite) => h.steadyAt],
  ['last_at', 'bigint', (h: HotClickWrite) => h.lastAt],
  ['last_seq', 'bigint', (h: HotClickWrite) => h.lastSeq],
  ['general_at', 'bigint', (h: HotClickWrite) => h.general?.lastAt ?? null],
  ['general_seq', 'bigint', (h: HotClickWrite) => h.general?.lastSeq ?? null],
] as const;
export const KEEP_HOT_CLICKS = bulkUpsert<HotClickWrite>('hot_clicks', HOT_CLICK_COLUMNS, ['click_id']);

export interface HotConversionWrite {
  clickId: string;
  conversion: Conversion;
}
export const KEEP_HOT_CONVERSIONS = bulkUpsert<HotConversionWrite>(
  'hot_conversions',
  [
    ['click_id', 'uuid', (h) => h.clickId],
    ['key', 'text', (h) => h.conversion.key],
    ['status', 'text', (h) => h.conversion.status],
    ['has_txid', 'boolean', (h) => h.conversion.txid !== null],
    ['taken_txid', 'text', (h) => (h.conversion.key === `t:${h.conversion.txid}` ? null : h.conversion.txid)],
    ['converted_at', 'bigint', (h) => h.conversion.convertedAt],
    ['last_at', 'bigint', (h) => h.conversion.lastAt],
    ['last_seq', 'bigint', (h) => h.conversion.lastSeq],
  ],
  ['click_id', 'key'],
);
/** $1 click ids, $2 keys. */
export const DELETE_HOT_CONVERSIONS = {
  name: 'delete-hot-conversions',
  text: `DELETE FROM hot_conversions AS t USING unnest($1::uuid[], $2::text[]) AS u(click_id, key) WHERE t.click_id = u.click_id AND t.key = u.key AND t.click_id = ANY($1::uuid[])`,
};
/**
 * The last request of a click that may have concerned others than its own conversion, asked once, when the click becomes hot.
 * Of those without a txid only those of mode `new` are known not to. $1 click id.
 */
export const READ_GENERAL = {
  name: 'read-general',
  text: `SELECT ${ms('at')} AS "lastAt", seq AS "lastSeq" FROM conversion_history
    WHERE click_id = $1::uuid AND result <> 'ignored_status' AND NOT request->'values' ? 'txid' AND conversion_key IS DISTINCT FROM 'n:' || postback_id
    ORDER BY at DESC, seq DESC LIMIT 1`,
};
