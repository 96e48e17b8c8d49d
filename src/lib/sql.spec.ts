import { expect, it } from '@jest/globals';
import { where } from './sql.js';

it('numbers what is asked for and leaves out the rest', () => {
  expect(
    where(
      [
        ['a = ?', 1],
        ['b = ?', undefined],
        ['(c > ? OR c IS NULL AND ?)', null],
      ],
      3,
    ),
  ).toEqual({
    sql: 'a = $3 AND (c > $4 OR c IS NULL AND $4)',
    values: [1, null],
  });
});

it('asks nothing of every row', () => {
  expect(where([['a = ?', undefined]])).toEqual({ sql: 'true', values: [] });
});
