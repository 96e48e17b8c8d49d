import { CHANGES_CLICKS, DAY_OF_DELTA } from '../counters.query.js';

/** Statements on `column_days`. A day is a text such as 2026-11-23. */

/** A copy as it was noted when it was made. */
export interface Copy {
  day: string;
  file: string;
  bytes: number;
  sha256: string;
  /** Its clicks are gone with their partition: this file is all there is of them. */
  retired: boolean;
}

const DAY = `to_char(day, 'YYYY-MM-DD') AS day`;
/** Its month is still there; a retired copy needs it no more. */
const KEPT = `to_regclass('clicks_' || to_char(day, 'YYYY_MM')) IS NOT NULL`;
/** Nobody has changed the day's clicks since, and no change waits to be counted. $1 SCHEMA. */
const VALID = `schema = $1 AND (retired OR (built_version = changed_version AND ${KEPT} AND day NOT IN (SELECT ${DAY_OF_DELTA} FROM counter_deltas WHERE ${CHANGES_CLICKS})))`;

/** Copies that are true in this snapshot. $1 SCHEMA, $2 and $3 first and last day. */
export const VALID_COPIES = `
  SELECT ${DAY}, file, bytes, sha256, retired FROM column_days
  WHERE day BETWEEN $2::date AND $3::date AND ${VALID} ORDER BY column_days.day`;

/**
 * Days to build: closed ones that have none first, the newest first, then those that have changed and been quiet since. A day
 * closes an hour after its end, when nothing of it is late any more. $1 SCHEMA, $2 days that want a new file though theirs
 * is valid, $3 quiet seconds.
 */
export const DAYS_TO_BUILD = `
  SELECT ${DAY} FROM column_days
  WHERE NOT retired AND ${KEPT} AND (day + 1 + time '01:00') AT TIME ZONE 'UTC' <= now() AND changed_at <= now() - $3 * interval '1 second'
    AND (built_version IS DISTINCT FROM changed_version OR schema IS DISTINCT FROM $1 OR day = ANY($2::date[]))
  ORDER BY built_version IS NOT NULL, column_days.day DESC`;

/** In the snapshot that is copied: its version, null while changes wait to be counted or another worker builds it. $1 day. */
export const BEGIN_BUILD = `
  SELECT CASE WHEN pg_try_advisory_xact_lock(5021603, day - '2000-01-01'::date)
      AND NOT EXISTS (SELECT FROM counter_deltas WHERE ${CHANGES_CLICKS} AND ${DAY_OF_DELTA} = day) THEN changed_version END AS version
  FROM column_days WHERE day = $1::date AND NOT retired`;

/** $1 day, $2 version, $3 file, $4 SCHEMA, $5 rows, $6 bytes, $7 sha256. */
export const NOTE_COPY = `
  UPDATE column_days SET built_version = $2, built_at = now(), file = $3, schema = $4, rows = $5, bytes = $6, sha256 = $7 WHERE day = $1::date AND NOT retired`;

/** Every file that counts, whatever its schema. */
export const NOTED_FILES = `SELECT ${DAY}, file, bytes, retired FROM column_days WHERE file IS NOT NULL`;

/** In the transaction that drops the days' clicks. $1 SCHEMA, $2 and $3 first and last day. */
export const RETIRE_DAYS = `UPDATE column_days SET retired = true WHERE day BETWEEN $2::date AND $3::date AND ${VALID}`;
/** $1 and $2 first and last day. */
export const UNRETIRED_DAYS = `SELECT ${DAY} FROM column_days WHERE NOT retired AND day BETWEEN $1::date AND $2::date ORDER BY column_days.day`;

/** Days whose clicks are gone with their partition and were not kept as statistics. */
export const FORGET_DAYS = `DELETE FROM column_days WHERE NOT retired AND NOT (${KEPT}) AND day < (now() AT TIME ZONE 'UTC')::date`;
/** Statistics that are too old. $1 days kept. */
export const FORGET_STATISTICS = `DELETE FROM column_days WHERE retired AND day < (now() AT TIME ZONE 'UTC')::date - $1::int`;

/** Nobody reads the copies of these days any more. $1 days. */
export const MARK_CHANGED = `UPDATE column_days SET changed_version = changed_version + 1, changed_at = now() WHERE day = ANY($1::date[]) AND NOT retired RETURNING file`;

/** All days that have clicks, as the counters know them; what was built is forgotten. */
export const START_ANEW = [
  `UPDATE column_days SET changed_version = changed_version + 1, changed_at = 'epoch' WHERE NOT retired`,
  `INSERT INTO column_days (day, changed_version, changed_at)
   SELECT DISTINCT (day AT TIME ZONE 'UTC')::date, 1, 'epoch'::timestamptz FROM counters_daily WHERE axis = 'click' AND clicks + bots > 0 ON CONFLICT (day) DO NOTHING`,
];

/** How the copies stand. $1 SCHEMA. */
export const STATUS = `
  SELECT count(*) FILTER (WHERE valid)::int AS valid, count(*) FILTER (WHERE NOT valid AND closed)::int AS "toBuild",
    coalesce(extract(epoch FROM now() - min(greatest(changed_at, closed_at)) FILTER (WHERE NOT valid AND closed AND changed_at > 'epoch')), 0)::float8 AS "oldestSeconds",
    count(*) FILTER (WHERE retired)::int AS statistics, coalesce(sum(bytes) FILTER (WHERE valid), 0)::bigint AS bytes, coalesce(sum(rows) FILTER (WHERE valid), 0)::bigint AS rows
  FROM (SELECT *, coalesce(${VALID}, false) AS valid, (day + 1 + time '01:00') AT TIME ZONE 'UTC' AS closed_at, (day + 1 + time '01:00') AT TIME ZONE 'UTC' <= now() AS closed FROM column_days
        WHERE retired OR ${KEPT}) AS d`;
export interface ColumnStatus {
  valid: number;
  toBuild: number;
  /** How long the longest waiting changed day has waited. */
  oldestSeconds: number;
  /** Days of which only the copy is left. */
  statistics: number;
  bytes: number;
  rows: number;
}
