import { describe, expect, it } from '@jest/globals';
import { resolveStatus } from './resolve-status.js';

/** Typed off once more, so that a slip in either list is seen (docs/reference.md#status-words). */
const WORDS = {
  pending: [
    'pending',
    'hold',
    'holded',
    'new',
    'wait',
    'waiting',
    'lead',
    'reg',
    'registration',
    'registered',
    'install',
    'created',
    'create',
    'processing',
    'in_progress',
    'in_processing',
    'check',
    'start',
  ],
  approved: [
    'approved',
    'approve',
    'confirmed',
    'confirm',
    'sale',
    'paid',
    'payed',
    'buyout',
    'ftd',
    'first_dep',
    'purchase',
    'rebill',
    'upsell',
    'onetime',
    'redeem',
    'autosell',
  ],
  rejected: [
    'rejected',
    'reject',
    'declined',
    'decline',
    'cancel',
    'canceled',
    'cancelled',
    'invalid',
    'fail',
    'failure',
    'denied',
    'refused',
  ],
  trash: ['trash', 'trashed', 'spam', 'fake'],
  reversed: ['refund', 'refunded', 'rfnd', 'chargeback', 'cgbk', 'reversed', 'reversal'],
  ignored: ['test', 'ping'],
};
/** Networks disagree on these, or they are properties of every object. */
const NEVER = [
  '0',
  '1',
  '2',
  '10',
  'dep',
  'deposit',
  'subscribe',
  'accept',
  'accepted',
  'valid',
  'success',
  'duplicate',
  'double',
  'stop',
  'charge',
  '',
  'toString',
  'constructor',
  '__proto__',
];

describe('resolveStatus', () => {
  it.each(Object.entries(WORDS))('knows the words of %s', (meaning, words) => {
    for (const word of words) {
      for (const written of [word, word.toUpperCase(), ` ${word}\t`, word.replaceAll('_', ' '), word.replace(/^./, '$&-\u200b')])
        expect([word, resolveStatus(written, [{}])]).toEqual([word, { meaning, mappedBy: 'built-in' }]);
    }
  });

  it.each(NEVER)('knows nothing of "%s"', (word) => expect(resolveStatus(word, [{}])).toEqual({ meaning: 'unmapped', mappedBy: null }));

  it('asks the maps first, in their order', () => {
    expect(resolveStatus('1', [{ 1: 'approved' }, { 1: 'pending' }])).toEqual({ meaning: 'approved', mappedBy: 0 });
    expect(resolveStatus('1', [{}, { 1: 'pending' }])).toEqual({ meaning: 'pending', mappedBy: 1 });
    expect(resolveStatus('lead', [{ lead: 'approved' }])).toEqual({ meaning: 'approved', mappedBy: 0 });
    expect(resolveStatus('lead', [{}])).toEqual({ meaning: 'pending', mappedBy: 'built-in' });
  });
});
