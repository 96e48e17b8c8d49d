/** What became of the lines of an import. One snapshot sees each of its postbacks in the inbox or in the log. */

/** How many are not decided yet; one that waits for its click counts as decided. $1 import. */
export const COUNT_OPEN = `SELECT count(*)::int AS n FROM import_lines l JOIN inbox i ON i.id = l.postback_id WHERE l.import_id = $1 AND i.result = 'accepted'`;
/** Whether any of these is not decided yet. $1 postbacks. */
export const ANY_OPEN = `SELECT FROM inbox WHERE id = ANY($1::uuid[]) AND result = 'accepted' LIMIT 1`;
/** The first and last postback of an import, in which the log's partitions are looked for. $1 import. */
export const BOUNDS = `SELECT (SELECT postback_id FROM import_lines WHERE import_id = $1 ORDER BY postback_id LIMIT 1) AS least,
  (SELECT postback_id FROM import_lines WHERE import_id = $1 ORDER BY postback_id DESC LIMIT 1) AS greatest`;
const LINES = `FROM import_lines l LEFT JOIN postbacks p ON p.id = l.postback_id AND p.id BETWEEN $2 AND $3
  LEFT JOIN inbox i ON i.id = l.postback_id WHERE l.import_id = $1`;
/** $1 import, $2 and $3 its bounds. */
export const COUNT_RESULTS = `SELECT coalesce(p.result, i.result, 'accepted') AS result, p.warnings, count(*)::int AS n ${LINES} GROUP BY 1, 2`;
/** $1 import, $2 and $3 its bounds, $4 results that are no refusal, $5 how many. */
export const FIRST_REFUSED = `SELECT l.line, p.result, p.reason ${LINES} AND p.result <> ALL($4::text[]) ORDER BY l.line LIMIT $5`;
export const FORGET = 'DELETE FROM import_lines WHERE import_id = $1';
