import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { byStatusKey, statusKey } from './status-word.js';

describe('a status word', () => {
  it.each([
    ['Charge-Back', 'chargeback'],
    ['charge back', 'chargeback'],
    ['on hold', 'onhold'],
    ['ON_HOLD', 'onhold'],
    [' Approved\t', 'approved'],
    ['ap\u200bpro\u200dved\ufeff', 'approved'],
    ['validé'.normalize('NFD'), 'validé'],
    ['VALIDÉ'.normalize('NFD'), 'validé'],
    ['Подтвержден', 'подтвержден'],
    ['İ', 'i̇'],
    ['1', '1'],
    ['first_dep', 'firstdep'],
    ['-', '-'],
    [' _ ', '_'],
    ['', ''],
  ])('%j is %s', (word, key) => expect(statusKey(word)).toBe(key));

  it('has one key, whatever is put around and into it', () => {
    const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'B', 'é', 'ж', '1', '.') });
    const noise = fc.constantFrom('', ' ', '-', '_', '\u200b', '\u200c', '\u200d', '\ufeff');
    fc.assert(
      fc.property(word, fc.array(noise, { minLength: 13, maxLength: 13 }), (text, noises) => {
        const noisy = [...text].map((letter, i) => noises[i] + letter).join('') + noises[12];
        expect(statusKey(noisy)).toBe(statusKey(text));
        expect(statusKey(noisy.normalize('NFD').toUpperCase())).toBe(statusKey(text));
        expect(statusKey(statusKey(noisy))).toBe(statusKey(noisy));
      }),
    );
  });
});

it('keys a map, the plain spelling first', () => {
  expect(byStatusKey({ 'On-Hold': 1, onhold: 2, 'on hold': 3, first_dep: 4 })).toEqual({ onhold: 2, firstdep: 4 });
});
