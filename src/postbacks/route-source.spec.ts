import { expect, it } from '@jest/globals';
import { routeSource } from './route-source.js';

it.each([
  // token, click, offer → source, mismatch
  [null, null, null, null, false],
  [null, 'C', null, 'C', false],
  [null, 'C', 'O', 'C', false],
  [null, null, 'O', 'O', false],
  ['T', null, null, 'T', false],
  ['C', 'C', 'O', 'C', false],
  ['O', 'C', 'O', 'C', false],
  ['O', null, 'O', 'O', false],
  ['T', 'C', 'O', 'C', true],
  ['T', null, 'O', 'O', true],
] as const)('token %s, click %s, offer %s → %s, mismatch %s', (token, click, offer, source, mismatch) => {
  expect(routeSource({ token, click, offer })).toEqual({ source, mismatch });
});
