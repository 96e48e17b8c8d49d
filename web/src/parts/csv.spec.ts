import { expect, test } from '@jest/globals';
import { csvOf } from './csv';

test('a file of what is shown', () => {
  expect(
    csvOf([
      ['Name', 'Payout'],
      ['a, "b"', 12.5],
      ['=1+1', null],
      ['-5', '-5'],
      ['@x', undefined],
    ]),
  ).toBe('Name,Payout\r\n"a, ""b""",12.5\r\n\'=1+1,\r\n-5,-5\r\n\'@x,\r\n');
});
