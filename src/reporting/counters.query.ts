import { MEASURES } from './report-columns.js';

/** Rows folded by one statement. */
export const FOLD_LIMIT = 5_000;

const KEY = 'axis, quarter, offer_id, offer_source_id';
const columns = MEASURES.map((m) => m.column);

/**
 * Moves deltas into their counters: one statement, so that it happens wholly or not at all and a report, which adds both
 * up in one snapshot, sees no difference. Rows that another worker holds are left to it; counters are taken in key order,
 * so that two workers never wait for each other in a circle.
 */
export const FOLD = {
  name: 'fold-counters',
  text: `
    WITH taken AS (
      DELETE FROM counter_deltas WHERE id = ANY(ARRAY(SELECT id FROM counter_deltas ORDER BY id LIMIT ${FOLD_LIMIT} FOR UPDATE SKIP LOCKED))
      RETURNING ${KEY}, ${columns.join(', ')}
    ), folded AS (
      INSERT INTO counters (${KEY}, ${columns.join(', ')})
      SELECT ${KEY}, ${columns.map((c) => `sum(${c})`).join(', ')} FROM taken GROUP BY ${KEY} ORDER BY ${KEY}
      ON CONFLICT (${KEY}) DO UPDATE SET ${columns.map((c) => `${c} = counters.${c} + EXCLUDED.${c}`).join(', ')}
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM taken)::int AS deltas, (SELECT count(*) FROM folded)::int AS counters`,
};
