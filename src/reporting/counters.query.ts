import { GRAINS, TOTALS, type Grain } from './counter-grains.js';
import { MEASURES } from './report-columns.js';

/** Rows folded by one statement. */
export const FOLD_LIMIT = 5_000;

const columns = MEASURES.map((m) => m.column);

const byOffer = (grain: Grain): string => into(GRAINS[grain], grain, ['offer_id', 'offer_source_id']);

function into({ table, column }: { table: string; column: string }, grain: Grain, of: readonly string[]): string {
  const key = ['axis', column, ...of].join(', ');
  const values = ['axis', grain === 'quarter' ? 'quarter' : `date_trunc('${grain}', quarter, 'UTC')`, ...of];
  const order = values.map((_, i) => i + 1).join(', ');
  return `
      INSERT INTO ${table} (${key}, ${columns.join(', ')})
      SELECT ${values.join(', ')}, ${columns.map((c) => `sum(${c})`).join(', ')} FROM taken GROUP BY ${order} ORDER BY ${order}
      ON CONFLICT (${key}) DO UPDATE SET ${columns.map((c) => `${c} = ${table}.${c} + EXCLUDED.${c}`).join(', ')}`;
}

/** The UTC day of a delta, and whether its clicks are others than before: their column copy (columns/) is then no longer true. */
export const DAY_OF_DELTA = `(quarter AT TIME ZONE 'UTC')::date`;
export const CHANGES_CLICKS = `axis = 'click' AND (clicks, unique_clicks, bots, cost) <> (0, 0, 0, 0)`;

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
    ), quarters AS (${byOffer('quarter')}
      RETURNING 1
    ), hours AS (${byOffer('hour')}
    ), days AS (${byOffer('day')}
    ), totals AS (${into(TOTALS, 'hour', [])}
    ), changed AS (
      INSERT INTO column_days (day, changed_version, changed_at)
      SELECT DISTINCT ${DAY_OF_DELTA}, 1, now() FROM taken WHERE ${CHANGES_CLICKS} ORDER BY 1
      ON CONFLICT (day) DO UPDATE SET changed_version = column_days.changed_version + 1, changed_at = EXCLUDED.changed_at
    )
    SELECT (SELECT count(*) FROM taken)::int AS deltas, (SELECT count(*) FROM quarters)::int AS counters`,
};
