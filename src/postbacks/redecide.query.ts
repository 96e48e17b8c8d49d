import { isRare } from '../conversions/results.js';
import { LOOKED_APART } from '../http/looked.js';
import { SUMMED } from '../http/sums.js';
import type { ReplayFilter } from '../queues/jobs.service.js';
import { where } from '../lib/sql.js';
import { REPLAYABLE } from './inbox-return.query.js';
import { fitting, readBy, resultOf, type PostbackFilters } from './postback-log.query.js';

/** Statements of the jobs that decide the past anew. They read slice by slice, so that none of them runs for long, however much is stored. */

/** Whether a postback has been due for longer than it should. */
export const IS_ANY_LATE = {
  name: 'is-any-late',
  text: `SELECT EXISTS (SELECT FROM inbox WHERE next_attempt_at <= now() - interval '200 milliseconds') AS late`,
};

const NONE = '00000000-0000-0000-0000-000000000000';
/** Rows that one statement of a job reads; those of one click stay together. */
const SLICE = 20_000;

/** The last click of the next slice of a table, none when there is less than one left. $1 the last of the slice before. */
export const nextClick = (table: 'conversion_history' | 'conversions'): string =>
  `SELECT click_id AS id FROM ${table} WHERE click_id > $1 ORDER BY click_id OFFSET ${SLICE - 1} LIMIT 1`;
/** About how many slices a table has: as many rows as were last counted. */
export const countSlices = (table: 'conversion_history' | 'conversions'): string =>
  `SELECT ceil(greatest(reltuples, 1) / ${SLICE})::int AS n FROM pg_class WHERE oid = '${table}'::regclass`;

/** Words of a slice with what they were taken for. $1 after this click, $2 up to that one, $3 a source, null for all. */
export const WORDS = `
  SELECT offer_source_id AS "offerSourceId", request->'values'->>'status' AS word, request->>'meaning' AS meaning
  FROM conversion_history WHERE click_id > $1 AND click_id <= $2 AND request->'values' ? 'status' AND ($3::uuid IS NULL OR offer_source_id = $3) GROUP BY 1, 2, 3`;
/** Clicks of a slice with one of these words. $1 and $2 as before, $3 sources (the nil id for none), $4 words, $5 meanings. */
export const TOUCHED = `
  SELECT DISTINCT h.click_id AS id FROM conversion_history h JOIN unnest($3::uuid[], $4::text[], $5::text[]) AS w(source, word, meaning)
    ON coalesce(h.offer_source_id, '${NONE}') = w.source AND h.request->'values'->>'status' = w.word AND h.request->>'meaning' = w.meaning
  WHERE h.click_id > $1 AND h.click_id <= $2 ORDER BY 1`;

/** Pings without a click, by source; $1 a source, null for all, $2 the last seen, $3 how many. */
export const NEXT_PINGS = `
  SELECT id, token_source_id AS "tokenSourceId", query, content_type AS "contentType", body FROM postbacks
  WHERE result = 'ignored_status' AND click_id IS NULL AND seq IS NOT NULL AND ($1::uuid IS NULL OR offer_source_id = $1) AND id > $2 ORDER BY id LIMIT $3`;

/** Clicks of a slice with a request whose amount could not be converted, be it paid or taken back. $1 after this click, $2 up to that one. */
export const FX_PENDING = `SELECT DISTINCT click_id AS id FROM conversion_history WHERE click_id > $1 AND click_id <= $2 AND warnings LIKE '%fx_pending%' ORDER BY 1`;

interface Replay {
  filter: ReplayFilter;
  before: string;
}

const wanted = ({ filter: { cid, ...filter }, before }: Replay): PostbackFilters => ({
  ...filter,
  cids: cid === undefined ? undefined : [cid],
  before,
});

export interface ReplayCount {
  result: string;
  n: number;
  looked: number;
  most: number;
}
/** What rows of `countReplayable` come to; with `complete: false` there are at least so many. */
export const replayCount = (rows: readonly ReplayCount[]): { count: number; complete: boolean; results: Record<string, number> } => ({
  count: rows.reduce((sum, { n }) => sum + n, 0),
  complete: rows.reduce((sum, { looked }) => sum + looked, 0) <= (rows[0]?.most ?? 0),
  results: Object.fromEntries(rows.flatMap(({ result, n }) => (n === 0 ? [] : [[result, n]]))),
});

/** Rows of the log that can be decided again, by result, among the newest that an index finds; `looked` says how many those are, of at most `most`. */
export function countReplayable(replay: Replay): { text: string; values: unknown[] } {
  const asked = wanted(replay);
  const read = where(readBy(asked));
  const fits = where(fitting(asked), read.values.length + 1);
  const result = resultOf(asked);
  // Of a rare result the index alone says how many there are, unless its rows have to be looked at.
  const isKnown = isRare(result) && result !== 'rejected' && fits.values.length === 0;
  const most = isRare(result) && !isKnown ? LOOKED_APART : SUMMED;
  return {
    text: `SELECT result, (count(*) FILTER (WHERE ${isKnown ? 'true' : REPLAYABLE} AND ${fits.sql}))::int AS n, count(*)::int AS looked, ${most} AS most
      FROM (SELECT * FROM postbacks WHERE ${read.sql} ORDER BY id DESC LIMIT ${most + 1}) AS p GROUP BY 1 ORDER BY 2 DESC`,
    values: [...read.values, ...fits.values],
  };
}

/** The last row of the log's next slice, none when there is less than one left. */
export function nextOfLog(replay: Replay, after: string): { text: string; values: unknown[] } {
  const { sql, values } = where([...readBy(wanted(replay)), ['id > ?::uuid', after]]);
  return { text: `SELECT id FROM postbacks WHERE ${sql} ORDER BY id OFFSET ${SLICE - 1} LIMIT 1`, values };
}

/** Those of a slice that can be decided again, in the order in which they came. */
export function replayableOf(replay: Replay, after: string, to: string): { text: string; values: unknown[] } {
  const { sql, values } = where([...readBy(wanted(replay)), ...fitting(wanted(replay)), ['id > ?::uuid', after], ['id <= ?::uuid', to]]);
  return { text: `SELECT id FROM postbacks WHERE ${REPLAYABLE} AND ${sql} ORDER BY id`, values };
}
