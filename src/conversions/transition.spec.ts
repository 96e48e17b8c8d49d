import { describe, expect, it } from '@jest/globals';
import { takesBack, transition } from './transition.js';
import { type Bucket, BUCKETS } from '../offer-sources/vocabulary.js';

/** The table of docs/reference.md#transitions, cell by cell, in its own words. `?` is "stale_status unless newer". */
const TABLE: Record<Bucket | 'none', Record<Bucket, string>> = {
  none: {
    pending: 'created',
    approved: 'created',
    rejected: 'created',
    trash: 'created',
    reversed: 'created reversal_without_sale',
    unmapped: 'created unmapped_status',
  },
  pending: {
    pending: 'updated',
    approved: 'updated',
    rejected: 'updated',
    trash: 'updated',
    reversed: 'updated',
    unmapped: 'kept unmapped_status',
  },
  approved: {
    pending: '?',
    approved: 'updated',
    rejected: 'updated',
    trash: 'updated',
    reversed: 'updated',
    unmapped: 'kept unmapped_status',
  },
  rejected: {
    pending: '?',
    approved: 'updated reinstated',
    rejected: 'updated',
    trash: 'updated',
    reversed: 'updated',
    unmapped: 'kept unmapped_status',
  },
  trash: {
    pending: '?',
    approved: 'updated reinstated',
    rejected: 'updated',
    trash: 'updated',
    reversed: 'updated',
    unmapped: 'kept unmapped_status',
  },
  reversed: {
    pending: 'stale_status',
    approved: '?',
    rejected: 'stale_status',
    trash: 'stale_status',
    reversed: 'updated',
    unmapped: 'kept unmapped_status',
  },
  unmapped: {
    pending: 'updated',
    approved: 'updated',
    rejected: 'updated',
    trash: 'updated',
    reversed: 'updated',
    unmapped: 'kept unmapped_status',
  },
};

const told = (policy: 'guarded' | 'latest', from: Bucket | 'none', to: Bucket, newer: boolean) => {
  const { apply, result, warning } = transition(policy, from === 'none' ? null : from, to, newer);
  const word = result === 'stale_status' ? (apply ? 'applied though stale' : result) : apply ? result : 'kept';
  return warning ? `${word} ${warning}` : word;
};
const cells = (Object.keys(TABLE) as (Bucket | 'none')[]).flatMap((from) => BUCKETS.map((to) => [from, to, TABLE[from][to]] as const));

describe('transition', () => {
  it.each(cells)('guarded: %s → %s: %s', (from, to, expected) => {
    expect(told('guarded', from, to, false)).toBe(expected === '?' ? 'stale_status' : expected);
    expect(told('guarded', from, to, true)).toBe(expected === '?' ? 'updated' : expected);
  });

  it.each(cells)('latest: %s → %s has no guard', (from, to, guarded) => {
    const expected = guarded === '?' || guarded === 'stale_status' ? 'updated' : guarded;
    expect(told('latest', from, to, false)).toBe(expected);
    expect(told('latest', from, to, true)).toBe(expected);
  });

  it('takes back by rejected, trash and reversed', () => {
    expect([...BUCKETS, 'ignored' as const].filter(takesBack)).toEqual(['rejected', 'trash', 'reversed']);
  });
});
