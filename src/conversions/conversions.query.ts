import { uuidAt } from '../lib/ids.js';
import { anyOf, decimal, foldCase, folded, iso, where, type Condition } from '../lib/sql.js';
import { isTest, testCondition } from '../clicks/test-clicks.query.js';
import { isoOf } from '../http/page.js';
import { LOOKED_APART, type Look } from '../http/looked.js';
import { SUMMED } from '../http/sums.js';
import { conversionId } from './conversion-id.js';
import type { ConversionAnswer } from './conversion.dto.js';
import { namedCurrency } from '../lib/currency-signs.js';

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
  rawStatus?: readonly string[];
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

/** By what a list goes on. */
export type ConversionEdge = NonNullable<ConversionFilters['after']>;

/** Newest first, one row more than asked for; all with null. */
export function listConversions(f: ConversionFilters, limit: number | null): Look {
  const found = where(readBy(f));
  const n = found.values.length;
  const read =
    f.after === undefined
      ? found
      : {
          sql: `${found.sql} AND (converted_at, click_id, key) < ($${n + 1}::timestamptz, $${n + 2}::uuid, $${n + 3}::text)`,
          values: [...found.values, f.after.convertedAt, f.after.clickId, f.after.key],
        };
  const fits = where(fitting(f), read.values.length + 1);
  const [looked, shown] = limit === null ? ['', ''] : [` LIMIT ${LOOKED_APART}`, ` LIMIT ${limit + 1}`];
  return {
    page: {
      text: `SELECT ${COLUMNS} FROM (SELECT * FROM conversions WHERE ${read.sql} ${NEWEST_FIRST}${looked}) AS conversions WHERE ${fits.sql} ${NEWEST_FIRST}${shown}`,
      values: [...read.values, ...fits.values],
    },
    edge:
      fits.values.length === 0
        ? null
        : {
            text: `SELECT ${iso('converted_at')} AS "convertedAt", click_id AS "clickId", key FROM conversions WHERE ${read.sql} ${NEWEST_FIRST} OFFSET ${LOOKED_APART - 1} LIMIT 1`,
            values: read.values,
          },
  };
}

/** These conversions, in no order. */
export const conversionsByKey = (wanted: readonly { clickId: string; key: string }[]): { text: string; values: unknown[] } => ({
  text: `SELECT ${COLUMNS} FROM conversions WHERE click_id = ANY($1::uuid[]) AND (click_id, key) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))`,
  values: [wanted.map(({ clickId }) => clickId), wanted.map(({ key }) => key)],
});

/** What the conversions of a list come to, the newest ones if there are too many. */
export function sumConversions(f: ConversionFilters): { text: string; values: unknown[] } {
  const { sql, values } = where([...readBy(f), ...fitting(f)]);
  const sum = (column: string, name: string): string => `${decimal(`coalesce(sum(${column}), 0)`)} AS "${name}"`;
  return {
    text: `SELECT currency, count(*)::int AS count, ${sum('payout', 'payout')}, ${sum('payout_reversed', 'payoutReversed')}, ${sum('payout_base', 'payoutBase')}, ${sum('payout_reversed_base', 'payoutReversedBase')}
      FROM (SELECT currency, payout, payout_reversed, payout_base, payout_reversed_base FROM conversions WHERE ${sql} ${NEWEST_FIRST} LIMIT ${SUMMED + 1}) AS c
      GROUP BY currency ORDER BY count DESC, currency`,
    values,
  };
}

/** A network's clock may stand before ours: a postback's time may lie so long before its click. */
const EARLY_MS = 3_600_000;
const NEWEST_FIRST = 'ORDER BY converted_at DESC, click_id DESC, key DESC';

/** What an index finds. */
const readBy = (f: ConversionFilters): Condition[] => [
  ['click_id = ?::uuid', f.clickId],
  ['key = ?', f.key],
  ['txid = ?', f.txid],
  ['network_conversion_id = ?', f.networkConversionId],
  // No conversion is made before its click.
  ['converted_at >= ?::timestamptz', isoOf(f.by === 'click' && f.from !== undefined ? f.from - EARLY_MS : f.from)],
  ['converted_at < ?::timestamptz', f.by === 'click' ? undefined : isoOf(f.to)],
  ...(f.test === true ? [testCondition('conversions', true)] : []),
];

/** What is looked for, row by row. */
const fitting = (f: ConversionFilters): Condition[] => [
  anyOf('status', f.status),
  anyOf(folded('raw_status'), f.rawStatus?.map(foldCase)),
  anyOf('offer_id', f.offerId, 'uuid'),
  anyOf('offer_source_id', f.offerSourceId, 'uuid'),
  anyOf('currency', f.currency?.map(namedCurrency)),
  ['upsell = ?', f.upsell],
  // A click's time is its id's.
  ['click_id >= ?::uuid', f.by === 'click' && f.from !== undefined ? uuidAt(f.from, 'min') : undefined],
  ['click_id < ?::uuid', f.by === 'click' && f.to !== undefined ? uuidAt(f.to, 'min') : undefined],
  ...(f.test === false ? [testCondition('conversions', false)] : []),
  ...PARAMS.map((name) => anyOf(`params->>'${name}'`, f.params?.[name])),
  ...(f.facts ?? []),
];

const PARAMS = Array.from({ length: 20 }, (_, i) => `param${i + 1}`);

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
