import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createIdMark } from './id-mark.js';
import { cidToUuid, createIdMaker, uuidTime, uuidToCid } from './ids.js';
import { runs } from '../../test/support/runs.js';

describe('marks of click ids', () => {
  const make = createIdMaker(Date.now, randomBytes);
  const ours = createIdMark('a'.repeat(64));

  it('are known again, by the same secret only, and leave time and order as they are', () => {
    const other = createIdMark('b'.repeat(64));
    let last = '';
    for (let i = 0; i < runs(2_000); i++) {
      const id = make();
      const marked = ours.mark(id);
      expect(ours.isMarked(marked)).toBe(true);
      expect(ours.isMarked(cidToUuid(uuidToCid(marked)) as string)).toBe(true);
      expect(uuidTime(marked)).toBe(uuidTime(id));
      expect(marked > last).toBe(true);
      last = marked;
      expect(other.isMarked(marked)).toBe(false);
    }
  });

  it('are not found in made-up ids, nor in ours with any digit changed', () => {
    expect(Array.from({ length: runs(20_000) }, make).filter((id) => ours.isMarked(id)).length).toBeLessThan(3);
    const marked = ours.mark(make());
    for (let i = 0; i < marked.length; i++) {
      if (marked[i] === '-') continue;
      const changed = marked.slice(0, i) + (marked[i] === '0' ? '1' : '0') + marked.slice(i + 1);
      expect(ours.isMarked(changed)).toBe(false);
    }
  });
});
