import { expect, test } from '@jest/globals';
import { testPostback } from './test-postback';

const SOURCE = {
  linkBuilder: { cid: '{sub1}', payout: '{sum}', status: '{status}' },
  statusMap: { foo123: 'approved', '1': 'approved' },
  defaultCurrency: 'EUR',
};
const OFFER = { linkBuilder: {}, payout: null, currency: null };
const NETWORK = { statusMap: { '1': 'approved', '2': 'pending' }, variants: [] };

test.each([
  ['the template’s word, and no txid that the URL does not have', SOURCE, OFFER, NETWORK, { status: '1', payout: '1' }],
  ['a network without words of its own', SOURCE, OFFER, { statusMap: {}, variants: [] }, { status: 'approved', payout: '1' }],
  [
    'a word that means something else now is none',
    { ...SOURCE, statusMap: { '1': 'rejected' } },
    OFFER,
    NETWORK,
    { status: 'approved', payout: '1' },
  ],
  [
    'the offer’s own rows',
    SOURCE,
    { linkBuilder: { txid: '{id}', currency: '{cur}', payout: '' }, payout: '12', currency: null },
    NETWORK,
    { status: '1', currency: 'EUR', txid: 'T-1' },
  ],
  [
    'constants as they stand',
    { ...SOURCE, linkBuilder: { cid: '{sub1}', currency: 'USD', status: 'lead' } },
    OFFER,
    undefined,
    { currency: 'USD', status: 'lead' },
  ],
  [
    'a URL per status',
    { ...SOURCE, linkBuilder: { cid: '#s2#', payout: '#price#' } },
    OFFER,
    { statusMap: {}, variants: [{ status: 'approved', word: 'approved' }] },
    { status: 'approved', payout: '1' },
  ],
])('a test postback: %s', (_, source, offer, network, sent) => {
  expect(testPostback(source, offer, network, 'T-1')).toEqual(sent);
});
