import { describe, expect, it } from '@jest/globals';
import { fieldsOf, readFlag, readRow, readTime } from './read-click.js';

const NOW = Date.UTC(2026, 10, 23);

describe('columns of a file of clicks', () => {
  it.each([
    [
      'Keitaro',
      ['subid', 'datetime', 'offer', 'sub_id_1', 'sub_id_20', 'user_agent', 'external_id'],
      ['cid', 'createdAt', 'offer', 'sub1', 'sub20', 'userAgent', 'externalId'],
    ],
    [
      'Voluum',
      ['Click ID', 'Visit timestamp', 'Custom variable 3', 'Country code', 'Device type'],
      ['cid', 'createdAt', 'sub3', 'country', 'device'],
    ],
    ['Binom', ['clickid', 'click_time', 't1', 'ua', 'Cost'], ['cid', 'createdAt', 'sub1', 'userAgent', 'cost']],
    ['ours', ['cid', 'createdAt', 'offer', 'sub7', 'referrer'], ['cid', 'createdAt', 'offer', 'sub7', 'referrer']],
    ['a stranger', ['cid', 'createdAt', 'favourite colour', 'click_id'], ['cid', 'createdAt', null, null]],
  ])('of %s', (_name, headers, fields) => {
    expect(fieldsOf(headers, {})).toEqual(fields);
  });

  it('takes a wished column before what it looks like', () => {
    expect(fieldsOf(['When', 'datetime', 'clickid'], { When: 'createdAt' })).toEqual(['createdAt', null, 'cid']);
  });
});

describe('a row', () => {
  it.each([
    ['1763900000', 'Z', 1_763_900_000_000],
    ['1763900000123', 'Z', 1_763_900_000_123],
    ['2026-11-01T10:00:00Z', '+05:00', Date.UTC(2026, 10, 1, 10)],
    ['2026-11-01 10:00:00', '+02:00', Date.UTC(2026, 10, 1, 8)],
    ['2026-11-01', 'Z', Date.UTC(2026, 10, 1)],
    ['2026-11-01 10:00:00+02:00', 'Z', Date.UTC(2026, 10, 1, 8)],
    ['2009-01-01', 'Z', null],
    ['2027-01-01', 'Z', null],
    ['2026-02-30 10:00:00', 'Z', null],
    ['01/02/2026', 'Z', null],
    ['soon', 'Z', null],
  ])('at %s, zone %s', (text, offset, at) => {
    expect(readTime(text, offset, NOW)).toBe(at);
  });

  it('says what is missing or wrong', () => {
    const fields = fieldsOf(['cid', 'createdAt', 'sub1'], {});
    expect(readRow(fields, ['a-1', '2026-11-01', ' x '], 'Z', NOW)).toEqual({
      cid: 'a-1',
      createdAt: Date.UTC(2026, 10, 1),
      values: { cid: 'a-1', createdAt: '2026-11-01', sub1: 'x' },
    });
    expect(readRow(fields, ['', '2026-11-01'], 'Z', NOW)).toBe('cid is missing');
    expect(readRow(fields, ['a b', '2026-11-01'], 'Z', NOW)).toMatch(/^cid must be/);
    expect(readRow(fields, ['a'], 'Z', NOW)).toBe('createdAt is missing');
    expect(readRow(fields, ['a', 'x'], 'Z', NOW)).toMatch(/no time/);
  });

  it('reads flags', () => {
    expect(['1', 'Yes', 'true', '0', 'no', 'perhaps', undefined].map(readFlag)).toEqual([true, true, true, false, false, null, null]);
  });
});
