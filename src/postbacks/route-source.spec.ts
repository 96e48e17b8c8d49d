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
  expect(routeSource({ token, tokenOffer: null, click, clickOffer: 'F', offer })).toEqual({ own: click ?? offer, source, mismatch });
});

it.each([
  // offer of the token, click's source, offer's source → source, mismatch
  ['F', null, null, null, false],
  ['F', null, 'O', 'O', false],
  ['F', 'C', 'O', 'C', false],
  ['G', null, null, null, true],
  ['G', 'C', 'C', 'C', true],
] as const)(
  "own token of offer %s at a click of F, click's source %s, offer's %s → %s, mismatch %s",
  (tokenOffer, click, offer, source, mismatch) => {
    expect(routeSource({ token: null, tokenOffer, click, clickOffer: 'F', offer })).toEqual({ own: click ?? offer, source, mismatch });
  },
);
