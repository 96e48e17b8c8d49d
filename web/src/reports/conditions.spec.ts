import { describe, expect, it } from '@jest/globals';
import { readConditions } from './conditions';

describe('filters by typing', () => {
  it.each([
    ['country:DE', { country: ['DE'] }, ''],
    ['Country = DE', { country: ['DE'] }, ''],
    ['sub1 is empty', { sub1: [''] }, ''],
    ['country:DE,AT sub1 is empty', { country: ['DE', 'AT'], sub1: [''] }, ''],
    ['country:DE country:AT', { country: ['DE', 'AT'] }, ''],
    ['source:"two words" sub2:x', { source: ['two words'], sub2: ['x'] }, ''],
    ['offersource:1', { offerSource: ['1'] }, ''],
    ['sub1:a sub1 is empty', { sub1: ['a', ''] }, ''],
    ['country:DE and more', { country: ['DE'] }, 'and more'],
    ['day:2026-11-01', {}, 'day:2026-11-01'],
    ['nonsense:1', {}, 'nonsense:1'],
    ['country:', {}, 'country:'],
    ['sub1 is emptyish', {}, 'sub1 is emptyish'],
  ])('%s', (text, conditions, rest) => {
    expect(readConditions(text)).toEqual({ conditions, rest });
  });
});
