import { describe, expect, it } from '@jest/globals';
import { Problem } from './problem.js';
import { wholeListPage } from './whole-list.js';

const people = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name, i) => ({ id: String(i), name, role: i % 2 === 0 ? 'Admin' : null }));
const names = (rows: readonly object[]): unknown[] => rows.map((row) => (row as { name: string }).name);
const page = (query: Record<string, string | string[]>, rows: readonly object[] = people): ReturnType<ReturnType<typeof wholeListPage>> =>
  wholeListPage(query, ['role', 'name'])(rows as Record<string, unknown>[]);
const pointers = (query: Record<string, string | string[]>): string[] => {
  try {
    page(query);
    return [];
  } catch (error) {
    return (error as Problem).errors.map(({ pointer }) => pointer);
  }
};

describe('a list that is there whole', () => {
  it('is one page without a limit', () => expect(page({})).toEqual({ data: people, nextCursor: null }));

  it('is filtered by its fields, in any letter case, by several values, and by none', () => {
    expect(names(page({ role: 'ADMIN' }).data)).toEqual(['ann', 'cid', 'eve']);
    expect(names(page({ role: '' }).data)).toEqual(['bob', 'dan']);
    expect(names(page({ role: ['admin', ''], name: ['bob', 'eve'] }).data)).toEqual(['bob', 'eve']);
  });

  it('goes on behind the row at which the page ended, whatever came and went meanwhile', () => {
    const first = page({ limit: '2' });
    expect(names(first.data)).toEqual(['ann', 'bob']);
    const cursor = first.nextCursor as string;
    expect(names(page({ limit: '2', cursor }).data)).toEqual(['cid', 'dan']);
    expect(names(page({ limit: '2', cursor }, [{ id: '9', name: 'new' }, ...people]).data)).toEqual(['cid', 'dan']);
    expect(names(page({ limit: '9', cursor }).data)).toEqual(['cid', 'dan', 'eve']);
    const last = page({ limit: '3', cursor });
    expect([names(last.data), last.nextCursor]).toEqual([['cid', 'dan', 'eve'], null]);
    const gone = people.filter(({ name }) => name !== 'bob');
    expect(names(page({ limit: '2', cursor }, gone).data)).toEqual(['cid', 'dan']);
  });

  it('names every wrong parameter', () => {
    for (const limit of ['0', '201', '-1', '1.5', 'x', '', ['1', '2']]) expect(pointers({ limit })).toEqual(['/limit']);
    expect(pointers({ roll: 'x', 'a/b': '1', limit: '0' })).toEqual(['/roll', '/a~1b', '/limit']);
    expect(pointers({ cursor: 'x' })).toEqual(['/cursor']);
    expect(pointers({ cursor: ['a', 'b'] })).toEqual(['/cursor']);
  });
});
