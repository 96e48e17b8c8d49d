import { decimal, iso, where } from '../lib/sql.js';
import { conversionId } from './conversion-id.js';
import type { ConversionAnswer } from './conversion.dto.js';

/** A conversion as read; its id is made of the click's and the key. */
export type ConversionRow = Omit<ConversionAnswer, 'id'> & { clickId: string; key: string };

const COLUMNS = `click_id AS "clickId", key, cid, txid, network_conversion_id AS "networkConversionId", offer_id AS "offerId", offer_source_id AS "offerSourceId",
  status, raw_status AS "rawStatus", ${decimal('payout')} AS payout, currency, ${decimal('rate')} AS rate, rate_date::text AS "rateDate", rate_source AS "rateSource",
  ${decimal('payout_base')} AS "payoutBase", ${decimal('payout_reversed')} AS "payoutReversed", upsell, ${iso('clicked_at')} AS "clickedAt",
  ${iso('converted_at')} AS "convertedAt", ${iso('updated_at')} AS "updatedAt", params, events`;

export interface ConversionFilters {
  clickId?: string;
  key?: string;
  txid?: string;
  networkConversionId?: string;
  status?: string;
  offerId?: string;
  offerSourceId?: string;
  /** ISO 8601 with offset, `from ≤ convertedAt < to`. */
  from?: string;
  to?: string;
  /** Only what stands after this one in the list. */
  after?: { convertedAt: string; clickId: string; key: string };
}

/** Newest first, one row more than asked for. */
export function listConversions(f: ConversionFilters, limit: number): { text: string; values: unknown[] } {
  const { sql, values } = where([
    ['click_id = ?::uuid', f.clickId],
    ['key = ?', f.key],
    ['txid = ?', f.txid],
    ['network_conversion_id = ?', f.networkConversionId],
    ['status = ?', f.status],
    ['offer_id = ?::uuid', f.offerId],
    ['offer_source_id = ?::uuid', f.offerSourceId],
    ['converted_at >= ?::timestamptz', f.from],
    ['converted_at < ?::timestamptz', f.to],
  ]);
  const n = values.length;
  const after =
    f.after === undefined ? '' : `AND (converted_at, click_id, key) < ($${n + 1}::timestamptz, $${n + 2}::uuid, $${n + 3}::text)`;
  return {
    text: `SELECT ${COLUMNS} FROM conversions WHERE ${sql} ${after} ORDER BY converted_at DESC, click_id DESC, key DESC LIMIT ${limit + 1}`,
    values: f.after === undefined ? values : [...values, f.after.convertedAt, f.after.clickId, f.after.key],
  };
}

/** Everything that was applied to a conversion or refused, in the order in which it counts. */
export const historyOf = (clickId: string, key: string): { text: string; values: unknown[] } => ({
  text: `SELECT ${iso('at')} AS at, CASE WHEN request ? 'manual' THEN NULL ELSE postback_id END AS "postbackId", result, from_status AS "from", to_status AS "to", ${decimal('payout')} AS payout, currency, note,
      coalesce(string_to_array(warnings, ' '), '{}') AS warnings
    FROM conversion_history WHERE click_id = $1::uuid AND conversion_key = $2 ORDER BY conversion_history.at, seq`,
  values: [clickId, key],
});

export const toConversion = ({ clickId, key, ...conversion }: ConversionRow): ConversionAnswer => ({
  id: conversionId(clickId, key),
  ...conversion,
});
