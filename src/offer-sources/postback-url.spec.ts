import { describe, expect, it } from '@jest/globals';
import { checkRows, mergeRows, postbackUrl, postbackUrls } from './postback-url.js';

const BASE = 'https://t.example/postback/TOKEN';

describe('postbackUrl', () => {
  it.each([
    [{ cid: '{sub1}', payout: '{sum}', status: '{status}' }, '?cid={sub1}&payout={sum}&status={status}'],
    [{ status: '{status}', cid: '#s2#', txid: '{transactionid}_{goal}' }, '?cid=#s2#&status={status}&txid={transactionid}_{goal}'],
    [{ cid: '' }, '?cid=REPLACE'],
    [{ payout: '{p}' }, '?cid=REPLACE&payout={p}'],
    [{ cid: '[[[subid]]]', payout: '##PAYOUT##', currency: 'USD', txid: ' ' }, '?cid=[[[subid]]]&payout=##PAYOUT##&currency=USD'],
    [{ cid: '{{EXTERNAL_ID}}', payout: '${amount}', param1: '[=TransID=]', status: '<type>', txid: '%order_id%' }, '?cid={{EXTERNAL_ID}}&payout=${amount}&status=<type>&txid=%order_id%&param1=[=TransID=]'],
    [{ cid: 'xxc1xx', param2: 'a b&c=d#e%', param10: 'x', event1: '1' }, '?cid=xxc1xx&event1=1&param2=a%20b%26c%3Dd%23e%25&param10=x'],
    [{ cid: '{Sub Param 1}' }, '?cid={Sub Param 1}'],
  ])('%j', (rows, query) => expect(postbackUrl(BASE, rows as Record<string, string>)).toBe(BASE + query));
});

it('makes one URL per status only where there is no status macro', () => {
  const variants = [{ status: 'approved', word: 'approved' }, { status: 'reversed', word: 'refund' }];
  expect(postbackUrls(BASE, { cid: '{c}' }, variants)).toEqual([
    { status: 'approved', url: `${BASE}?cid={c}&status=approved` },
    { status: 'reversed', url: `${BASE}?cid={c}&status=refund` },
  ]);
  expect(postbackUrls(BASE, { cid: '{c}', status: '{s}' }, variants)).toEqual([]);
});

it('lets the offer override row by row', () => {
  expect(mergeRows({ cid: '{a}', payout: '{p}' }, { payout: '5' })).toEqual({ cid: '{a}', payout: '5' });
});

it('names unknown rows', () => {
  expect(checkRows({ cid: '', param20: '', event30: '', add_event1: '' })).toEqual([]);
  expect(checkRows({ param21: '', click: '' }).map((e) => e.pointer)).toEqual(['/linkBuilder/param21', '/linkBuilder/click']);
});
