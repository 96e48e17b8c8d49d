import { expect, it } from '@jest/globals';
import { checkIfMatch } from './etag.js';
import { Problem } from './problem.js';

it.each([undefined, '*', '"3"', 'W/"3"', '"1", "3"'])('If-Match %s passes version 3', (header) => {
  expect(() => checkIfMatch(header, 3)).not.toThrow();
});

it.each(['', '"2"', '3', '"33"', 'W/"2", "4"'])('If-Match %s does not', (header) => {
  expect(() => checkIfMatch(header, 3)).toThrow(Problem);
});
