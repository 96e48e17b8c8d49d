import { expect, test } from '@jest/globals';
import { whyOf } from './why';

const ROW = { reason: null, warnings: [], waitsUntil: null };

test.each([
  ['created', ROW, null],
  ['created', { ...ROW, warnings: ['fx_old' as const] }, 'Old rate'],
  ['click_not_found', ROW, 'No click has this id'],
  ['rejected', { ...ROW, reason: 'missing_cid' }, 'No click id came'],
  ['failed', { ...ROW, reason: 'deadlock detected' }, 'deadlock detected'],
  ['waiting_click', { ...ROW, waitsUntil: '2026-11-28T06:02:10.000Z' }, 'Waits for its click until 07:02'],
  ['waiting_click', ROW, 'Waits for its click'],
] as const)('%s %j', (result, row, why) => {
  expect(whyOf({ ...row, result, warnings: [...row.warnings] }, 'Europe/Berlin')).toBe(why);
});
