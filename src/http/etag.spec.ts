import { expect, it } from '@jest/globals';
import { checkIfMatch } from './etag.js';
import { Problem } from './problem.js';

it.each([undefined, '*', '"3"', 'W/"3"', '"1", "3"'])('If-Match %s passes version 3', (header) => {
  expect(() => checkIfMatch(header, 3)).not.toThrow();
});

it('a time of change is a version, too', () => {
  const at = '2026-11-23T14:35:10.007Z';
  expect(() => checkIfMatch(`"${at}"`, at)).not.toThrow();
  expect(() => checkIfMatch('"2026-11-23T14:35:10.008Z"', at)).toThrow(Problem);
});

it.each(['', '"2"', '3', '"33"', 'W/"2", "4"'])('If-Match %s does not', (header) => {
  expect(() => checkIfMatch(header, 3)).toThrow(Problem);
});
