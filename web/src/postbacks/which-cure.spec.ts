import { describe, expect, test } from '@jest/globals';
import { REFUSALS, RESULTS } from '../../../src/conversions/results';
import { curesOf, isReplayable, mended } from './which-cure';
import { saidOf } from './read-parameters';

const row = { warnings: [], query: 'cid=a', ip: '198.51.100.7', cid: 'a', reason: null };
const kinds = (of: Partial<Parameters<typeof curesOf>[0]> & Pick<Parameters<typeof curesOf>[0], 'result'>): string[] =>
  curesOf({ ...row, ...of }).map((cure) => (cure.kind === 'rule' ? cure.of : cure.kind));

describe('what mends a request', () => {
  const COUNTED = ['accepted', 'created', 'updated', 'no_change'];
  test.each(RESULTS.filter((result) => !COUNTED.includes(result) && result !== 'rejected'))('%s has a cure', (result) => {
    expect(kinds({ result })).not.toEqual([]);
  });
  test.each(REFUSALS)('a refusal with %s has a cure', (reason) => {
    expect(kinds({ result: 'rejected', reason })).not.toEqual([]);
  });
  test.each([
    [{ result: 'created', warnings: ['unmapped_status', 'fx_pending'] }, ['word', 'rate']],
    [{ result: 'created' }, []],
    [{ result: 'rejected', reason: 'ip_denied', ip: null }, []],
    [{ result: 'rejected', reason: 'token_required' }, ['requireToken', 'copy']],
    [{ result: 'ignored_status', query: 'cid=a&goal=ping' }, ['word']],
    [{ result: 'ignored_status' }, ['defaultStatus']],
  ] as const)('%j', (of, expected) => {
    expect(kinds({ ...of, warnings: [...('warnings' in of ? of.warnings : [])] })).toEqual(expected);
  });
});

test('what was refused at the door cannot be decided again', () => {
  const of = (reason: string, cid: string | null = 'a') => isReplayable({ result: 'rejected', reason, cid });
  expect(REFUSALS.filter((reason) => of(reason))).toEqual(['token_required', 'ip_denied']);
  expect(of('ip_denied', null)).toBe(false);
  expect(isReplayable({ result: 'stale_status', reason: null, cid: 'a' })).toBe(true);
});

test('an address is added to those that are allowed, once', () => {
  const source = { allowedIps: ['203.0.113.0/24'] } as Parameters<typeof mended>[1];
  expect(mended('allowedIps', source, '::1')).toEqual({ allowedIps: ['203.0.113.0/24', '::1'] });
  expect(mended('allowedIps', source, '203.0.113.0/24')).toEqual({ allowedIps: ['203.0.113.0/24'] });
});

test.each([
  ['status=&goal=Sale', 'Sale'],
  ['STATUS=Qualified', 'Qualified'],
  ['cid=a', null],
])('the word of %s', (query, word) => {
  expect(saidOf(query, 'status')).toBe(word);
});
