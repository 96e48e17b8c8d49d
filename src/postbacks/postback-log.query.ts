import { uuidAt } from '../lib/ids.js';
import { bounded, type Condition, decimal, iso, where } from '../lib/sql.js';
import { conversionId } from '../conversions/conversion-id.js';
import { isRare, REFUSALS } from '../conversions/results.js';
import { LOOKED, LOOKED_APART, type Look } from '../http/looked.js';
import { SUMMED } from '../http/sums.js';
import type { ChangeAnswer, PostbackAnswer } from './postback-log.dto.js';

/** A request as read, from the log or still in the inbox. */
export type PostbackLogRow = Omit<PostbackAnswer, 'body' | 'conversionId' | 'change' | 'explanation' | 'waitsUntil'> & {
  clickId: string | null;
  conversionKey: string | null;
  body: Buffer | null;
  change: Omit<ChangeAnswer, 'conversionId'> | null;
};

/** A request's id is made as it comes, its time taken a moment later; this is more than the difference, and prunes partitions. */
const ID_SLACK_MS = 60_000;
/** What a list shows of a body. */
const LISTED_BODY_BYTES = 2_048;

const COMMON = 'id, received_at, token_source_id, token_offer_id, cid, method, query, content_type, body, ip, result, reason';
const LOG = `SELECT ${COMMON}, path, ignored, decided_at, offer_source_id, click_id, conversion_key, warnings FROM postbacks`;
/** Its source is not known before the verdict, but for what a token says. */
const INBOX = `SELECT ${COMMON}, NULL::text AS path, ignored, NULL::timestamptz AS decided_at, offer_source_id, NULL::uuid AS click_id, NULL::text AS conversion_key, NULL::text AS warnings
  FROM (SELECT *, token_source_id AS offer_source_id, NULL::text AS ignored FROM inbox) AS waiting`;

export interface PostbackFilters {
  id?: string;
  ids?: string[];
  cids?: string[];
  result?: string;
  reason?: string;
  offerSourceId?: string;
  tokenSourceId?: string;
  tokenOfferId?: string;
  conversion?: { clickId: string; key: string };
  warnings?: readonly string[];
  ips?: readonly string[];
  method?: string;
  /** Whether it was set aside. */
  ignored?: boolean;
  /** Milliseconds, `from ≤ receivedAt < to`. */
  from?: number;
  to?: number;
  /** Only what is older than this request. */
  before?: string;
}

/** Newest first, one row more than asked for, all with null: every request that was logged, and those that wait for their verdict. */
export function listPostbacks(f: PostbackFilters, limit: number | null, bodyBytes: number | null = LISTED_BODY_BYTES): Look {
  const read = where(readBy(f));
  const fits = where(fitting(f), read.values.length + 1);
  const most = isRare(resultOf(f)) ? LOOKED_APART : LOOKED;
  const from = `FROM (${placesOf(f).join(' UNION ALL ')}) AS p WHERE ${read.sql} ORDER BY id DESC`;
  const [looked, shown] = limit === null ? ['', ''] : [` LIMIT ${most}`, ` LIMIT ${limit + 1}`];
  const body = bodyBytes === null ? 'p.body' : `substring(p.body FROM 1 FOR ${bodyBytes})`;
  // A click folded again may have moved the request to another conversion: the history knows.
  const page = {
    text: `
      SELECT p.id, ${iso('p.received_at')} AS "receivedAt", ${iso('p.decided_at')} AS "decidedAt", p.offer_source_id AS "offerSourceId", p.token_source_id AS "tokenSourceId", p.token_offer_id AS "tokenOfferId", p.cid, p.method, p.path, p.query, p.content_type AS "contentType", ${body} AS body, p.ip,
        p.result, p.reason, p.ignored, coalesce(string_to_array(p.warnings, ' '), '{}') AS warnings, p.click_id AS "clickId",
        CASE WHEN h.postback_id IS NULL THEN p.conversion_key ELSE h.conversion_key END AS "conversionKey",
        CASE WHEN h.postback_id IS NOT NULL THEN json_build_object('result', h.result, 'from', h.from_status, 'to', h.to_status, 'payout', ${decimal('h.payout')}, 'currency', h.currency, 'note', h.note) END AS change
      FROM (SELECT * FROM (SELECT * ${from}${looked}) AS p WHERE ${fits.sql} ORDER BY id DESC${shown}) AS p
      LEFT JOIN conversion_history h ON h.click_id = p.click_id AND h.postback_id = p.id
      ORDER BY p.id DESC`,
    values: [...read.values, ...fits.values],
  };
  const edge = { text: `SELECT id ${from} OFFSET ${most - 1} LIMIT 1`, values: read.values };
  return { page, edge: fits.values.length === 0 ? null : edge };
}

/** How many requests of a list had which result, the newest ones if there are too many. */
export function sumPostbacks(f: PostbackFilters): { text: string; values: unknown[] } {
  const { sql, values } = where([...readBy(f), ...fitting(f)]);
  return {
    text: `SELECT result, count(*)::int AS count FROM (
        SELECT result FROM (${placesOf(f).join(' UNION ALL ')}) AS p WHERE ${sql} ORDER BY id DESC LIMIT ${SUMMED + 1}
      ) AS p GROUP BY result ORDER BY count DESC, result`,
    values,
  };
}

/** With the least and the greatest, so that only their partitions are read. */
function idsIn(ids: string[] | undefined): Condition[] {
  if (ids === undefined) return [];
  const [all, least, greatest] = bounded(ids);
  return [
    ['id = ANY(?::uuid[])', all],
    ['id >= ?::uuid', least],
    ['id <= ?::uuid', greatest],
  ];
}

/** Where such requests are: what waits for its verdict is in the inbox, all else in the log. */
function placesOf({ ignored, ...f }: PostbackFilters): string[] {
  const result = resultOf({ ignored, ...f });
  return result === undefined ? [LOG, INBOX] : result === 'accepted' || result === 'waiting_click' ? [INBOX] : [LOG];
}

/** Some filters say what the result is: only refusals have such reasons, and only dead letters are set aside. */
export const resultOf = ({ result, reason, ignored }: PostbackFilters): string | undefined =>
  result ?? (REFUSALS.some((refusal) => refusal === reason) ? 'rejected' : ignored === true ? 'failed' : undefined);

/** What an index finds: rare results have one of their own (postbacks_rare_idx). */
export function readBy(f: PostbackFilters): Condition[] {
  const result = resultOf(f);
  return [
    ['id = ?::uuid', f.id],
    ...idsIn(f.ids),
    // The history knows each that concerned the conversion as it stands now.
    [
      'id = ANY(ARRAY(SELECT postback_id FROM conversion_history WHERE click_id = (?::text[])[1]::uuid AND conversion_key = (?::text[])[2]))',
      f.conversion === undefined ? undefined : [f.conversion.clickId, f.conversion.key],
    ],
    ['cid = ANY(?::text[])', f.cids],
    ['result = ?', isRare(result) ? result : undefined],
    ['id >= ?::uuid', f.from === undefined ? undefined : uuidAt(f.from - ID_SLACK_MS, 'min')],
    ['id < ?::uuid', f.to === undefined ? undefined : uuidAt(f.to + ID_SLACK_MS, 'min')],
    ['id < ?::uuid', f.before],
  ];
}

/** What is looked for, row by row. */
export const fitting = (f: PostbackFilters): Condition[] => [
  ['result = ?', isRare(f.result) ? undefined : f.result],
  ['reason = ?', f.reason],
  ['offer_source_id = ?::uuid', f.offerSourceId],
  ['token_source_id = ?::uuid', f.tokenSourceId],
  ['token_offer_id = ?::uuid', f.tokenOfferId],
  [`string_to_array(warnings, ' ') && ?::text[]`, f.warnings],
  ['ip = ANY(?::text[])', f.ips],
  ['method = ?', f.method],
  ['(ignored IS NOT NULL) = ?::boolean', f.ignored],
  ['received_at >= ?::timestamptz', f.from === undefined ? undefined : new Date(f.from).toISOString()],
  ['received_at < ?::timestamptz', f.to === undefined ? undefined : new Date(f.to).toISOString()],
];

/** Without its sentence, which takes looking up: explain.service.ts. */
export function toPostback({
  clickId,
  conversionKey,
  body,
  change,
  ...row
}: PostbackLogRow): Omit<PostbackAnswer, 'explanation' | 'waitsUntil'> {
  const conversion = clickId === null || conversionKey === null ? null : conversionId(clickId, conversionKey);
  return {
    ...row,
    body: body === null ? null : body.toString('utf8'),
    conversionId: conversion,
    change: change === null ? null : { conversionId: conversion, ...change },
  };
}

/** Sets a dead letter aside; replaying it takes the note away with the verdict. $1 id, $2 note. */
export const IGNORE_FAILED = { name: 'ignore-failed', text: `UPDATE postbacks SET ignored = $2 WHERE id = $1 AND result = 'failed'` };
/** Dead letters that nobody has set aside. $1 the oldest id looked at. */
export const COUNT_DEAD_LETTERS = {
  name: 'count-dead-letters',
  text: `SELECT count(*)::int AS dead FROM postbacks WHERE id >= $1 AND result = 'failed' AND ignored IS NULL`,
};
