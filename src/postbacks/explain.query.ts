import type { Bucket } from '../offer-sources/vocabulary.js';
import type { StoredRequest } from '../conversions/ledger.query.js';
import { decimal, iso, ms } from '../lib/sql.js';

/** What sentences need besides the rows of a page of the log: a statement each for the whole page, by keys that are known. */

/** The history's and the conversion's side of a request. */
export interface ContextRow {
  id: string;
  request: StoredRequest | null;
  rateDate: string | null;
  hash: string | null;
  status: Bucket | null;
  payout: string | null;
  currency: string | null;
  offerId: string | null;
  offerSourceId: string | null;
  clickedAt: string | null;
  /** Milliseconds. */
  convertedAt: number | null;
}
/** $1 postback ids, $2 click ids, $3 conversion keys. */
export const READ_CONTEXT = `
  SELECT w.id, h.request, h.rate_date::text AS "rateDate", h.hash, c.status, ${decimal('c.payout')} AS payout, c.currency,
    c.offer_id AS "offerId", c.offer_source_id AS "offerSourceId", ${iso('c.clicked_at')} AS "clickedAt", ${ms('c.converted_at')} AS "convertedAt"
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS w(id, click, key)
  LEFT JOIN conversion_history h ON h.click_id = w.click AND h.postback_id = w.id AND h.click_id = ANY($2::uuid[])
  LEFT JOIN conversions c ON c.click_id = w.click AND c.key = w.key AND c.click_id = ANY($2::uuid[])`;

export interface ClickContext {
  clickId: string;
  offerId: string;
  offerSourceId: string | null;
  at: string;
}
/** Of requests that made or changed no conversion. $1 ids, $2 least, $3 greatest. */
export const READ_CLICK_CONTEXT = `
  SELECT click_id AS "clickId", offer_id AS "offerId", offer_source_id AS "offerSourceId", ${iso('created_at')} AS at
  FROM clicks WHERE click_id = ANY($1::uuid[]) AND click_id BETWEEN $2 AND $3`;

/** $1 ids. */
export const READ_WAITS = `SELECT id, attempts, ${ms('next_attempt_at')} AS "nextAt" FROM inbox WHERE id = ANY($1::uuid[])`;

/** One of a click's history that a later request may repeat. */
export interface EarlierRow {
  id: string;
  clickId: string;
  key: string | null;
  result: string;
  hash: string;
  receivedAt: string;
}
/** $1 clicks, $2 and $3 the first and the last request to look at, $4 conversion keys, $5 hashes, $6 results after which a repetition is one. */
export const READ_EARLIER = `
  SELECT postback_id AS id, click_id AS "clickId", conversion_key AS key, result, hash, ${iso('received_at')} AS "receivedAt"
  FROM conversion_history
  WHERE click_id = ANY($1::uuid[]) AND postback_id >= $2 AND postback_id < $3
    AND ((result = 'created' AND conversion_key = ANY($4::text[])) OR (hash = ANY($5::text[]) AND result = ANY($6::text[])))
  ORDER BY postback_id LIMIT 1000`;
