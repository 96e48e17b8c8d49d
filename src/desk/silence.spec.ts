import { expect, it } from '@jest/globals';
import { silentSince } from './silence.js';

const HOUR = 3_600_000;

it.each([
  ['every hour for a day, quiet for 6 hours', { hours: 24, first: 0, last: 23 * HOUR }, 30 * HOUR, null],
  ['… and for longer', { hours: 24, first: 0, last: 23 * HOUR }, 30 * HOUR + 1, 24 * HOUR],
  ['once in 8 hours, quiet for a day', { hours: 4, first: 0, last: 24 * HOUR }, 49 * HOUR, null],
  ['… and for longer', { hours: 4, first: 0, last: 24 * HOUR }, 49 * HOUR + 1, 25 * HOUR],
  ['too little to tell', { hours: 3, first: 0, last: 2 * HOUR }, 300 * HOUR, null],
])('%s', (_name, heartbeat, now, expected) => {
  expect(silentSince(heartbeat, now)).toBe(expected);
});
