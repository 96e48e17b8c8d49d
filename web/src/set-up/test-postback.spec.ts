import { expect, test } from '@jest/globals';
import { testPostback } from './test-postback';

const facts = { cid: '01j', payout: '12.5', currency: 'EUR', statusMap: { '2': 'pending', '1': 'approved' }, txid: 'test-1' } as const;

test('macros become what the network would send', () => {
  expect(
    testPostback(
      '/postback/T',
      { cid: '{sub1}', payout: '{sum}', status: '{status}', txid: '{id}', currency: '{cur}', param1: '{x}' },
      facts,
    ),
  ).toBe('/postback/T?cid=01j&payout=12.5&status=1&txid=test-1&currency=EUR');
});

test('constants stay, an unknown status is the word that means approved everywhere', () => {
  expect(testPostback('/postback/T', { cid: '#s2#', payout: '#price#', currency: 'USD', txid: '' }, { ...facts, statusMap: {} })).toBe(
    '/postback/T?cid=01j&payout=12.5&currency=USD&status=approved',
  );
});
