import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUnresolved } from '../lib/unresolved.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import { checkRows, mergeRows, postbackUrl, postbackUrls } from './postback-url.js';

const BASE = 'https://t.example/postback/TOKEN';

describe('postbackUrl', () => {
  it.each([
    [{ cid: '{sub1}', payout: '{sum}', status: '{status}' }, '?cid={sub1}&payout={sum}&status={status}'],
    [{ status: '{status}', cid: '#s2#', txid: '{transactionid}_{goal}' }, '?cid=#s2#&status={status}&txid={transactionid}_{goal}'],
    [{ cid: '' }, '?cid=REPLACE'],
    [{ payout: '{p}' }, '?cid=REPLACE&payout={p}'],
    [{ cid: '[[[subid]]]', payout: '##PAYOUT##', currency: 'USD', txid: ' ' }, '?cid=[[[subid]]]&payout=##PAYOUT##&currency=USD'],
    [
      { cid: '{{EXTERNAL_ID}}', payout: '${amount}', param1: '[=TransID=]', status: '<type>', txid: '%order_id%' },
      '?cid={{EXTERNAL_ID}}&payout=${amount}&status=<type>&txid=%order_id%&param1=[=TransID=]',
    ],
    [{ cid: 'xxc1xx', param2: 'a b&c=d#e%', param10: 'x', event1: '1' }, '?cid=xxc1xx&param2=a%20b%26c%3Dd%23e%25&param10=x&event1=1'],
    [{ cid: '{Sub Param 1}' }, '?cid={Sub Param 1}'],
    [{ cid: 'a&{x}#b %y%' }, '?cid=a%26{x}%23b%20%y%'],
    [{ cid: '{c}', param1: '50% off', param2: 'a+b', param3: '\ud800' }, '?cid={c}&param1=50%25%20off&param2=a%2Bb&param3=%EF%BF%BD'],
    [
      { add_event2: '1', event10: '{e}', event2: '{f}', conversion_id: '{id}', param1: '{p}', cid: '{c}' },
      '?cid={c}&conversion_id={id}&param1={p}&event2={f}&event10={e}&add_event2=1',
    ],
  ])('%j', (rows, query) => expect(postbackUrl(BASE, rows as Record<string, string>)).toBe(BASE + query));
});

it('makes one URL per status only where there is no status macro', () => {
  const variants = [
    { status: 'approved', word: 'approved' },
    { status: 'reversed', word: 'refund' },
  ];
  expect(postbackUrls(BASE, { cid: '{c}' }, variants)).toEqual([
    { status: 'approved', url: `${BASE}?cid={c}&status=approved` },
    { status: 'reversed', url: `${BASE}?cid={c}&status=refund` },
  ]);
  expect(postbackUrls(BASE, { cid: '{c}', status: '{s}' }, variants)).toEqual([]);
});

it('lets the offer override row by row', () => {
  expect(mergeRows({ cid: '{a}', payout: '{p}' }, { payout: '5' })).toEqual({ cid: '{a}', payout: '5' });
  expect(postbackUrl(BASE, mergeRows({ cid: '{a}', payout: '{p}' }, { payout: '' }))).toBe(`${BASE}?cid={a}`);
});

it('names unknown rows and what was meant', () => {
  expect(
    checkRows({ cid: '', payout: '', status: '', txid: '', currency: '', conversion_id: '', param20: '', event30: '', add_event1: '' }),
  ).toEqual([]);
  const messages = Object.fromEntries(
    checkRows({ param0: '', clickid: '', Status: '', event_3: '', curency: '', ts: '', zzzzzzzz: '' }).map(({ pointer, message }) => [
      pointer,
      message.split('; ')[1],
    ]),
  );
  expect(messages).toEqual({
    '/linkBuilder/param0': 'did you mean param1?',
    '/linkBuilder/clickid': 'did you mean cid?',
    '/linkBuilder/Status': 'did you mean status?',
    '/linkBuilder/event_3': 'did you mean event3?',
    '/linkBuilder/curency': 'did you mean currency?',
    '/linkBuilder/ts': expect.stringMatching(/^use cid, payout/),
    '/linkBuilder/zzzzzzzz': expect.stringMatching(/^use cid, payout/),
  });
});

it('carries constant text to the parser as it was written', () => {
  const constant = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    // What is written like a macro, such as __x__, counts as one that was left in place.
    .filter((text) => text.trim() !== '' && !/[{}[\]<>#%]/.test(text) && !isUnresolved(text.trim()));
  fc.assert(
    fc.property(constant, (text) => {
      const url = postbackUrl(BASE, { cid: 'a', param1: text });
      const { values, warnings } = parsePostback({ query: url.slice(BASE.length + 1), contentType: null, body: null });
      expect([values.params.param1, warnings]).toEqual([
        text.replaceAll('\0', '\ufffd').trim(),
        text.includes('\0') ? ['invalid_encoding'] : [],
      ]);
    }),
  );
});
