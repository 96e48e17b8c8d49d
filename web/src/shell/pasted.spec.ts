import { expect, it } from '@jest/globals';
import { readPasted } from './pasted';

it.each([
  ['https://t.example/postback/TOKEN?cid=abc&txid=T-1&payout=2', { cid: 'abc', txid: 'T-1' }],
  ['/postback?click_id=abc&order_id=9', { cid: 'abc', txid: '9' }],
  ['https://t.example/postback.gif?subid=abc', { cid: 'abc', txid: null }],
  ['https://t.example/postback/TOKEN?cid={sub1}&txid=[tid]', { cid: null, txid: null }],
  ['https://t.example/postback/TOKEN', { cid: null, txid: null }],
  ['https://t.example/postbacks?cid=abc', null],
  ['red shoes', null],
])('%s', (text, read) => {
  expect(readPasted(text)).toEqual(read);
});
