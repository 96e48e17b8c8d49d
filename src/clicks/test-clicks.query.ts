import type { Condition } from '../lib/sql.js';

/** Clicks that were made to try a link: a short table beside the long one. */
export const INSERT_TEST_CLICK = 'INSERT INTO test_clicks (click_id, offer_id) VALUES ($1, $2)';

/** Whether a row of `table` is of such a click. */
export const isTest = (table: 'clicks' | 'conversions'): string =>
  `EXISTS (SELECT FROM test_clicks t WHERE t.click_id = ${table}.click_id)`;

/** A condition: only test clicks, or all others. */
export const testCondition = (table: 'clicks' | 'conversions', test: boolean | undefined): Condition =>
  test === true
    ? [`(?::boolean AND ${table}.click_id = ANY (ARRAY(SELECT click_id FROM test_clicks)))`, true]
    : [`(?::boolean OR NOT ${isTest(table)})`, test];
