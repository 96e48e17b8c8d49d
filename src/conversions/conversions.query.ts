import { uuidAt } from '../lib/ids.js';
import { anyOf, decimal, iso, where, type Condition } from '../lib/sql.js';
import { isTest, testCondition } from '../clicks/test-clicks.query.js';
import { isoOf } from '../http/page.js';
import { SUMMED } from '../http/sums.js';
import { conversionId } from './conversion-id.js';
import type { ConversionAnswer } from './conversion.dto.js';

/** A conversion as read; its id is made of the click's and the key. */
export type ConversionRow = Omit<ConversionAnswer, 'id'> & { clickId: string; key: string };

const COLUMNS = `click_id AS "clickId", key, cid, txid, network_conversion_id AS "networkConversionId", offer_id AS "offerId", offer_source_id AS "offerSourceId",
  status, raw_status AS "rawStatus", ${decimal('payout')} AS payout, currency, ${decimal('rate')} AS rate, rate_date::text AS "rateDate", rate_source AS "rateSource",
  ${decimal('payout_base')} AS "payoutBase", ${decimal('payout_reversed')} AS "payoutReversed", upsell, ${isTest('conversions')} AS test, ${iso('clicked_at')} AS "clickedAt",
  ${iso('converted_at')} AS "convertedAt", ${iso('updated_at')} AS "updatedAt", params, events`;

export interface ConversionFilters {
  clickId?: string;
  key?: string;
  txid?: string;
  networkConversionId?: string;
  status?: readonly string[];
  offerId?: readonly string[];
  offerSourceId?: readonly string[];
  currency?: readonly string[];
  upsell?: boolean;
  test?: boolean;
  /** By name, as `param1`. */
  params?: Readonly<Record<string, readonly string[] | undefined>>;
  /** What is known of the click (fact-filters.dto.ts). */
  facts?: readonly Condition[];
  /** Milliseconds, `from ≤ t < to`, where t is the conversion's time or that of its click. */
  from?: number;
  to?: number;
  by?: 'click' | 'conversion';
  /** Only what stands after this one in the list. */
  after?: { convertedAt: string; clickId: string; key: string };
}

/** Newest first, one row more than asked for; all with null. */
export function listConversions(f: ConversionFilters, limit: number | null): { text: string; values: unknown[] } {
  const { sql, values } = conditionsOf(f);
  const n = values.length;
  const after =
    f.after === undefined ? '' : `AND (converted_at, click_id, key) < ($${n + 1}::timestamptz, $${n + 2}::uuid, $${n + 3}::text)`;
  return {
    text: `SELECT ${COLUMNS} FROM conversions WHERE ${sql} ${after} ${NEWEST_FIRST}${limit === null ? '' : ` LIMIT ${limit + 1}`}`,
    values: f.after === undefined ? values : [...values, f.after.convertedAt, f.after.clickId, f.after.key],
  };
}

/** These conversions, in no order. */
export const conversionsByKey = (wanted: readonly { clickId: string; key: string }[]): { text: string; values: unknown[] } => ({
  text: `SELECT ${COLUMNS} FROM conversions WHERE click_id = ANY($1::uuid[]) AND (click_id, key) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))`,
  values: [wanted.map(({ clickId }) => clickId), wanted.map(({ key }) => key)],
});

/** What the conversions of a list come to, the newest ones if there are too many. */
export function sumConversions(f: ConversionFilters): { text: string; values: unknown[] } {
  const { sql, values } = conditionsOf(f);
  const sum = (column: string, name: string): string => `${decimal(`coalesce(sum(${column}), 0)`)} AS "${name}"`;
  return {
    text: `SELECT currency, count(*)::int AS count, ${sum('payout', 'payout')}, ${sum('payout_reversed', 'payoutReversed')}, ${sum('payout_base', 'payoutBase')}, ${sum('payout_reversed_base', 'payoutReversedBase')}
      FROM (SELECT currency, payout, payout_reversed, payout_base, payout_reversed_base FROM conversions WHERE ${sql} ${NEWEST_FIRST} LIMIT ${SUMMED + 1}) AS c
      GROUP BY currency ORDER BY count DESC, currency`,
    values,
  };
}

const NEWEST_FIRST = 'ORDER BY converted_at DESC, click_id DESC, key DESC';

function conditionsOf(f: ConversionFilters): { sql: string; values: unknown[] } {
  return where([
    ['click_id = ?::uuid', f.clickId],
    ['key = ?', f.key],
    ['txid = ?', f.txid],
    ['network_conversion_id = ?', f.networkConversionId],
    anyOf('status', f.status),
    anyOf('offer_id', f.offerId, 'uuid'),
    anyOf('offer_source_id', f.offerSourceId, 'uuid'),
    ...timeOf(f),
    anyOf(
      'currency',
      f.currency?.map((code) => code.toUpperCase()),
    ),
    ['upsell = ?', f.upsell],
    testCondition('conversions', f.test),
    ...PARAMS.map((name) => anyOf(`params->>'${name}'`, f.params?.[name])),
    ...(f.facts ?? []),
  ]);
}

const PARAMS = Array.from({ length: 20 }, (_, i) => `param${i + 1}`);

/** A click's time is its id's, by which the key is ordered. */
function timeOf({ from, to, by }: ConversionFilters): Condition[] {
  if (by === 'click')
    return [
      ['click_id >= ?::uuid', from === undefined ? undefined : uuidAt(from, 'min')],
      ['click_id < ?::uuid', to === undefined ? undefined : uuidAt(to, 'min')],
    ];
  return [
    ['converted_at >= ?::timestamptz', isoOf(from)],
    ['converted_at < ?::timestamptz', isoOf(to)],
  ];
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
