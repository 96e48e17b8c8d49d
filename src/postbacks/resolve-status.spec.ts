import { describe, expect, it } from '@jest/globals';
import { resolveStatus } from './resolve-status.js';

describe('resolveStatus', () => {
  it.each([
    ['Approved', 'approved'], [' SALE ', 'approved'], ['hold', 'pending'], ['lead', 'pending'], ['declined', 'rejected'], ['spam', 'trash'], ['chargeback', 'reversed'], ['ping', 'ignored'],
    ['1', 'unmapped'], ['dep', 'unmapped'], ['deposit', 'unmapped'], ['subscribe', 'unmapped'], ['accept', 'unmapped'], ['accepted', 'unmapped'], ['valid', 'unmapped'],
    ['success', 'unmapped'], ['duplicate', 'unmapped'], ['double', 'unmapped'], ['stop', 'unmapped'], ['charge', 'unmapped'], ['constructor', 'unmapped'], ['__proto__', 'unmapped'],
  ])('%s is %s', (word, meaning) => expect(resolveStatus(word, []).meaning).toBe(meaning));

  it('asks the maps first, in their order', () => {
    expect(resolveStatus('1', [{ 1: 'approved' }, { 1: 'pending' }])).toEqual({ meaning: 'approved', mappedBy: 0 });
    expect(resolveStatus('1', [{}, { 1: 'pending' }])).toEqual({ meaning: 'pending', mappedBy: 1 });
    expect(resolveStatus('lead', [{ lead: 'approved' }])).toEqual({ meaning: 'approved', mappedBy: 0 });
    expect(resolveStatus('lead', [{}])).toEqual({ meaning: 'pending', mappedBy: 'built-in' });
  });
});
