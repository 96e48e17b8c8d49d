import { describe, expect, it } from '@jest/globals';
import { eventId, isWanted, type LiveEvent, positionOf, wantsAll, written } from './event-stream.js';

const POSTBACK = '019abc12-3456-7890-8abc-def012345678';
const verdict = {
  id: 'x',
  kind: 'verdict',
  data: { cid: 'abc', offerSourceId: POSTBACK, result: 'rejected', reason: 'bad_cid', method: 'GET', warnings: ['fx_old', 'bad_ts'] },
} as unknown as LiveEvent;
const conversion = {
  id: 'x',
  kind: 'conversion',
  data: {
    cid: 'abc',
    offerSourceId: POSTBACK,
    offerId: POSTBACK,
    status: 'approved',
    rawStatus: 'Sale',
    currency: 'EUR',
    txid: 'T',
    test: false,
  },
} as unknown as LiveEvent;

it('reads the ids it writes, and nothing else', () => {
  for (const kind of ['verdict', 'conversion'] as const) {
    const position = { decidedAt: 1_795_788_310_007, rowId: POSTBACK, teller: '5f0c2e91', kind };
    expect(positionOf(eventId(position))).toEqual(position);
  }
  const id = `1795788310007-${POSTBACK}-5f0c2e91v`;
  expect(positionOf(id)).not.toBeNull();
  for (const other of [undefined, '', 'x', `1-${POSTBACK}`, `${id}0`, id.toUpperCase(), id.slice(0, -1), `${id.slice(0, -1)}x`])
    expect(positionOf(other)).toBeNull();
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
    [{ offerSourceId: [POSTBACK] }, true, true],
    [{ offerSourceId: ['other'] }, false, false],
    [{ result: ['created'] }, false, false],
    [{ result: ['created', 'rejected'], reason: ['bad_cid'] }, true, false],
    [{ reason: ['bad_token'] }, false, false],
    [{ offerId: [POSTBACK], status: ['pending', 'approved'], txid: ['T'] }, false, true],
    [{ status: ['pending'] }, false, false],
    [{ txid: ['t'] }, false, false],
    [{ warnings: ['bad_ts', 'too_long'] }, true, false],
    [{ warnings: ['too_long'] }, false, false],
    [{ method: ['get'] }, true, false],
    [{ rawStatus: ['SALE'], currency: ['eur'] }, false, true],
    [{ test: true }, false, false],
    [{ test: false }, false, true],
  ] as const)('with %j', (wanted, verdictToo, conversionToo) => {
    expect([isWanted(verdict, wanted as never), isWanted(conversion, wanted as never)]).toEqual([verdictToo, conversionToo]);
    expect(wantsAll(wanted as never)).toBe(Object.keys(wanted).length === 0);
  });
});
