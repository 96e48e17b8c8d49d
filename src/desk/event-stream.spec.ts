import { describe, expect, it } from '@jest/globals';
import { eventId, isWanted, type LiveEvent, positionOf, wantsAll, written } from './event-stream.js';

const POSTBACK = '019abc12-3456-7890-8abc-def012345678';
const verdict = {
  id: 'x',
  kind: 'verdict',
  data: { cid: 'abc', offerSourceId: POSTBACK, result: 'rejected', reason: 'bad_cid' },
} as unknown as LiveEvent;
const conversion = {
  id: 'x',
  kind: 'conversion',
  data: { cid: 'abc', offerSourceId: POSTBACK, offerId: POSTBACK, status: 'approved', txid: 'T' },
} as unknown as LiveEvent;

it('reads the ids it writes, and nothing else', () => {
  const position = { decidedAt: 1_795_788_310_007, postbackId: POSTBACK };
  expect(positionOf(eventId(position))).toEqual(position);
  for (const id of [undefined, '', 'x', `1-${POSTBACK}`, `1795788310007-${POSTBACK}0`, `1795788310007-${POSTBACK.toUpperCase()}`])
    expect(positionOf(id)).toBeNull();
});

it('writes what a browser reads as one event', () => {
  expect(written('verdict', { text: 'a\nb\r\n\u2028' }, '1')).toBe('id: 1\nevent: verdict\ndata: {"text":"a\\nb\\r\\n\u2028"}\n\n');
});

describe('a listener', () => {
  it.each([
    [{}, true, true],
    [{ event: 'verdict' }, true, false],
    [{ event: 'conversion' }, false, true],
    [{ cid: 'ABC' }, true, true],
    [{ cid: 'other' }, false, false],
    [{ offerSourceId: POSTBACK.toUpperCase() }, true, true],
    [{ result: 'created' }, false, true],
    [{ result: 'rejected', reason: 'bad_cid' }, true, true],
    [{ reason: 'bad_token' }, false, true],
    [{ offerId: POSTBACK, status: 'approved', txid: 'T' }, true, true],
    [{ status: 'pending' }, true, false],
    [{ txid: 't' }, true, false],
  ] as const)('with %j', (wanted, verdictToo, conversionToo) => {
    expect([isWanted(verdict, wanted as never), isWanted(conversion, wanted as never)]).toEqual([verdictToo, conversionToo]);
    expect(wantsAll(wanted as never)).toBe(Object.keys(wanted).length === 0);
  });
});
