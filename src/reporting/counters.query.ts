import { GRAINS, type Grain } from './counter-grains.js';
import { MEASURES } from './report-columns.js';

/** Rows folded by one statement. */
export const FOLD_LIMIT = 5_000;

const columns = MEASURES.map((m) => m.column);

const into = (grain: Grain): string => {
  const { table, column } = GRAINS[grain];
  const key = `axis, ${column}, offer_id, offer_source_id`;
  const start = grain === 'quarter' ? 'quarter' : `date_trunc('${grain}', quarter, 'UTC')`;
  return `
      INSERT INTO ${table} (${key}, ${columns.join(', ')})
      SELECT axis, ${start}, offer_id, offer_source_id, ${columns.map((c) => `sum(${c})`).join(', ')} FROM taken GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (${key}) DO UPDATE SET ${columns.map((c) => `${c} = ${table}.${c} + EXCLUDED.${c}`).join(', ')}`;
};

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
      RETURNING axis, quarter, offer_id, offer_source_id, ${columns.join(', ')}
    ), quarters AS (${into('quarter')}
      RETURNING 1
    ), hours AS (${into('hour')}
    ), days AS (${into('day')}
    )
    SELECT (SELECT count(*) FROM taken)::int AS deltas, (SELECT count(*) FROM quarters)::int AS counters`,
};
