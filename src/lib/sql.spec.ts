import { expect, it } from '@jest/globals';
import { inAnyCase, where } from './sql.js';

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

it('finds a text in any case of any alphabet, and takes nothing of it for a pattern', () => {
  for (const [text, name] of [
    ['söme', 'SÖME Öffer'],
    ['SÖME ÖFFER', 'Söme Öffer'],
    ['партнёр', 'Мой ПАРТНЁР'],
    ['strasse', 'STRASSE'],
    ['STRASSE', 'straße'],
    ['a.b*(c)[d]{2}|^$\\', 'x A.B*(C)[D]{2}|^$\\'],
  ] as const)
    expect([text, new RegExp(inAnyCase(text)).test(name)]).toEqual([text, name !== 'straße']);
  expect(new RegExp(inAnyCase('ß')).test('SS')).toBe(true);
  expect(new RegExp(inAnyCase('.')).test('a')).toBe(false);
});

it('asks nothing of every row', () => {
  expect(where([['a = ?', undefined]])).toEqual({ sql: 'true', values: [] });
});
