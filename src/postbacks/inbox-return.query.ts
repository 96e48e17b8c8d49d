/** What can be replayed: every row that was acknowledged, and of those refused on arrival the ones whose address was not allowed, since an admin can allow it. */
export const REPLAYABLE = `(seq IS NOT NULL OR (reason = 'ip_denied' AND cid IS NOT NULL))`;

/**
 * A replay moves rows of the log back into the inbox as they came (id, receipt sequence, time of receipt), and the worker
 * decides them like any other; `attempts` begins at 0. A row that was refused for its address had no sequence and gets one now.
 * A row may be in the inbox already (its group was stored both by PostgreSQL and by the queue `store`): it must not be taken
 * for a new one there, now that the log no longer has it.
 */
const returning = (which: string): string => `
  WITH gone AS (
    DELETE FROM postbacks WHERE ${which} AND cid IS NOT NULL AND ${REPLAYABLE}
    RETURNING seq, id, received_at, cid, token_source_id, token_offer_id, method, query, content_type, body, ip
  ), back AS (
    INSERT INTO inbox (seq, id, received_at, next_attempt_at, replayed, cid, token_source_id, token_offer_id, method, query, content_type, body, ip)
    OVERRIDING SYSTEM VALUE
    SELECT coalesce(seq, nextval(pg_get_serial_sequence('inbox', 'seq'))), id, received_at, now(), true, cid, token_source_id, token_offer_id, method, query, content_type, body, ip FROM gone
    ON CONFLICT (id) DO UPDATE SET next_attempt_at = EXCLUDED.next_attempt_at, replayed = true
  )
  SELECT id FROM gone`;

/** Those of these ids. $1 ids, $2 least, $3 greatest. */
export const RETURN_IDS = { name: 'return-ids', text: returning('id = ANY($1::uuid[]) AND id BETWEEN $2 AND $3') };

/** Those whose click was not found and has now been imported. $1 cids, $2 the oldest postback id to look at (they are kept 90 days). */
export const RETURN_UNMATCHED = {
  name: 'return-unmatched',
  text: returning(`result = 'click_not_found' AND cid = ANY($1::text[]) AND id >= $2`),
};

/**
 * Who logs that there is no click and who brings the click must not pass each other unseen: the drain would not see a click
 * that is not committed yet, and the import would not see a row of the log that is not. So the drain holds one half of this
 * lock from its last look for the click to its commit, and an import the whole of it from its look into the log to its own.
 * Drains hold it together, and only those with such rows.
 */
const UNMATCHED_LOCK = '5021604, 0';
export const HOLD_UNMATCHED = { name: 'hold-unmatched', text: `SELECT pg_advisory_xact_lock_shared(${UNMATCHED_LOCK})` };
export const LOCK_UNMATCHED = { name: 'lock-unmatched', text: `SELECT pg_advisory_xact_lock(${UNMATCHED_LOCK})` };
