import { expect, it } from '@jest/globals';
import { pauseAfter } from './pause.js';

it('doubles from one second to one minute', () => {
  expect([-499, 0, 1, 2, 3, 4, 5, 6, 7, 8, 5_000].map(pauseAfter)).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
});
