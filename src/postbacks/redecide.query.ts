import type { JobData, ReplayFilter } from '../queues/jobs.service.js';
import { uuidAt } from '../lib/ids.js';
import { where } from '../lib/sql.js';
import { REPLAYABLE } from './inbox-return.query.js';

/** Statements of the jobs that decide the past anew. They read in steps by id, so that none of them runs for long. */

/** Whether a postback has been due for longer than it should. */
export const IS_ANY_LATE = {
  name: 'is-any-late',
  text: `SELECT EXISTS (SELECT FROM inbox WHERE next_attempt_at <= now() - interval '200 milliseconds') AS late`,
};

const NONE = '00000000-0000-0000-0000-000000000000';

/** The words of the history with what they were taken for; $1 a source, null for all. */
export const WORDS = `
  SELECT offer_source_id AS "offerSourceId", request->'values'->>'status' AS word, request->>'meaning' AS meaning
  FROM conversion_history WHERE request->'values' ? 'status' AND ($1::uuid IS NULL OR offer_source_id = $1) GROUP BY 1, 2, 3`;

/** Clicks with one of these words; $1 sources (the nil id for none), $2 words, $3 meanings, $4 the last click seen. */
const TOUCHED = `
  FROM conversion_history h JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS w(source, word, meaning)
    ON coalesce(h.offer_source_id, '${NONE}') = w.source AND h.request->'values'->>'status' = w.word AND h.request->>'meaning' = w.meaning`;
export const COUNT_TOUCHED = `SELECT count(DISTINCT h.click_id)::int AS n ${TOUCHED}`;
export const NEXT_TOUCHED = `SELECT DISTINCT h.click_id AS id ${TOUCHED} WHERE h.click_id > $4 ORDER BY 1 LIMIT $5`;

/** Pings without a click, by source; $1 a source, null for all, $2 the last seen, $3 how many. */
export const NEXT_PINGS = `
  SELECT id, token_source_id AS "tokenSourceId", query, content_type AS "contentType", body FROM postbacks
  WHERE result = 'ignored_status' AND click_id IS NULL AND seq IS NOT NULL AND ($1::uuid IS NULL OR offer_source_id = $1) AND id > $2 ORDER BY id LIMIT $3`;

/** Clicks with a conversion that has an amount and no rate; $1 the last seen, $2 how many. */
const FX_PENDING = 'FROM conversions WHERE payout IS NOT NULL AND payout_base IS NULL';
export const COUNT_FX_PENDING = `SELECT count(DISTINCT click_id)::int AS n ${FX_PENDING}`;
export const NEXT_FX_PENDING = `SELECT DISTINCT click_id AS id ${FX_PENDING} AND click_id > $1 ORDER BY 1 LIMIT $2`;

const ID_SLACK_MS = 60_000;

/** Rows of the log that can be decided again. */
function replayable({ filter: f, before }: JobData['replay']): { sql: string; values: unknown[] } {
  return where([
    [`${REPLAYABLE} AND id < ?::uuid`, before],
    ['result = ?', f.result],
    ['reason = ?', f.reason],
    ['offer_source_id = ?::uuid', f.offerSourceId],
    ['cid = ?', f.cid],
    ['received_at >= ?::timestamptz', f.from === undefined ? undefined : new Date(f.from).toISOString()],
    ['received_at < ?::timestamptz', f.to === undefined ? undefined : new Date(f.to).toISOString()],
    ['id >= ?::uuid', f.from === undefined ? undefined : uuidAt(f.from - ID_SLACK_MS, 'min')],
    ['id < ?::uuid', f.to === undefined ? undefined : uuidAt(f.to + ID_SLACK_MS, 'min')],
  ]);
}

export function countReplayable(data: { filter: ReplayFilter; before: string }): { text: string; values: unknown[] } {
  const { sql, values } = replayable(data);
  return { text: `SELECT result, count(*)::int AS n FROM postbacks WHERE ${sql} GROUP BY 1 ORDER BY 2 DESC`, values };
}

export function nextReplayable(
  data: { filter: ReplayFilter; before: string },
  after: string,
  limit: number,
): { text: string; values: unknown[] } {
  const { sql, values } = replayable(data);
  return {
    text: `SELECT id FROM postbacks WHERE ${sql} AND id > $${values.length + 1}::uuid ORDER BY id LIMIT ${limit}`,
    values: [...values, after],
  };
}
