import { describe, expect, it } from '@jest/globals';
import { differencesOf, pickNearest, pickSame, type Claim, type Ours } from './reconcile.js';

const claim = (fields: Partial<Claim>): Claim => ({
  line: 2,
  cid: 'a',
  txid: null,
  status: null,
  meaning: null,
  payout: null,
  currency: null,
  at: null,
  ...fields,
});
const ours = (fields: Partial<Ours>): Ours => ({
  cid: 'a',
  txid: null,
  status: 'approved',
  payout: '10',
  payoutReversed: '0',
  currency: 'USD',
  ...fields,
});

describe('a statement’s line and a conversion', () => {
  it.each<[string, Partial<Claim>, Partial<Ours>, string[]]>([
    ['nothing said', {}, {}, []],
    ['all the same', { meaning: 'approved', payout: '10.00', currency: 'USD' }, {}, []],
    ['another status', { meaning: 'rejected', payout: '10' }, {}, ['differentStatus']],
    ['another amount', { payout: '10.01' }, {}, ['differentAmount']],
    ['another currency', { payout: '10', currency: 'EUR' }, {}, ['differentAmount']],
    ['no amount with us', { payout: '10' }, { payout: null, currency: null }, ['differentAmount']],
    ['a word we do not know', { meaning: 'unmapped', payout: '10' }, {}, []],
    ['nothing for what is not paid', { meaning: 'rejected', payout: '0' }, { status: 'rejected' }, []],
    ['a refund with its minus', { meaning: 'reversed', payout: '-10' }, { status: 'reversed' }, []],
    ['a refund of another amount', { meaning: 'reversed', payout: '-9' }, { status: 'reversed' }, ['differentAmount']],
    ['a minus on a sale', { meaning: 'approved', payout: '-10' }, {}, ['differentAmount']],
    ['what is left of a partial refund', { meaning: 'approved', payout: '7' }, { payoutReversed: '3' }, []],
    ['nothing on both sides', { payout: '0' }, { payout: null, currency: null }, []],
    ['both', { meaning: 'pending', payout: '1' }, {}, ['differentStatus', 'differentAmount']],
  ])('%s', (_name, theirs, own, kinds) => {
    expect(differencesOf(claim(theirs), ours(own))).toEqual(kinds);
  });

  it('is found by txid, then by all it says, then by status', () => {
    const both = [
      ours({ txid: '1', status: 'pending' }),
      ours({ txid: '2', status: 'reversed' }),
      ours({ txid: null, status: 'pending', payout: '4' }),
    ];
    expect(pickSame(claim({ txid: '2' }), both)).toBe(both[1]);
    expect(pickSame(claim({ meaning: 'pending', payout: '4' }), both)).toBe(both[2]);
    expect(pickSame(claim({ meaning: 'pending', payout: '5' }), both)).toBeNull();
    expect(pickNearest(claim({ meaning: 'reversed' }), both)).toBe(both[1]);
    expect(pickNearest(claim({ meaning: 'trash' }), both)).toBe(both[0]);
    expect(pickNearest(claim({}), [])).toBeNull();
  });
});
