import { describe, expect, it } from '@jest/globals';
import type { Conversion, PostbackValues } from './conversion.js';
import { conversionKey, eventTarget, targetOf } from './conversion-key.js';
import { Standing } from './standing.js';
import { DUPLICATE_MODES } from '../offer-sources/vocabulary.js';

const values = (given: Partial<PostbackValues>): PostbackValues => ({
  cid: 'c',
  payout: null,
  status: null,
  txid: null,
  currency: null,
  conversionId: null,
  params: {},
  events: {},
  addEvents: {},
  ts: null,
  return: null,
  disableForward: false,
  ...given,
});
let made = 0;
const conversion = (given: Partial<Conversion>): Conversion => {
  made++;
  return {
    key: '',
    txid: null,
    networkConversionId: null,
    status: 'approved',
    rawStatus: null,
    statusTs: null,
    payout: null,
    currency: null,
    rate: null,
    rateDate: null,
    rateSource: null,
    payoutBase: null,
    payoutReversed: '0',
    payoutReversedBase: '0',
    upsell: false,
    convertedAt: made,
    params: {},
    events: {},
    lastAt: made,
    lastSeq: made,
    ...given,
  };
};

const on = (conversions: Conversion[]): Standing => new Standing({ conversions, waiting: null, recent: [] });

describe('conversionKey', () => {
  it.each([
    ['update', ''],
    ['ignore', ''],
    ['sum', ''],
    ['new', 'n:p1'],
    ['by_status', 's:ftd'],
  ] as const)('%s without txid: %j', (mode, key) => expect(conversionKey(mode, values({ status: 'FTD' }), 'p1')).toBe(key));

  it.each(DUPLICATE_MODES)('%s with txid: t:', (mode) =>
    expect(conversionKey(mode, values({ txid: 'A-1', status: 'ftd' }), 'p1')).toBe('t:A-1'),
  );

  it('holds by_status without a word, and words that grow in lower case', () => {
    expect(conversionKey('by_status', values({}), 'p1')).toBe('s:');
    expect(conversionKey('by_status', values({ status: 'Charge-Back' }), 'p1')).toBe('s:chargeback');
    expect(conversionKey('by_status', values({ status: 'İ'.repeat(64) }), 'p1')).toHaveLength(66);
  });
});

describe('targetOf', () => {
  const plain = conversion({ status: 'pending' });
  const t1 = conversion({ key: 't:1', txid: '1' });
  const t2 = conversion({ key: 't:2', txid: '2' });

  it('finds a txid by the key or by the column', () => {
    expect(targetOf(on([t1, t2]), '2', 't:2', 'update', false)).toEqual({ conversion: t2, mixed: false });
    const took = conversion({ key: '', txid: '9' });
    expect(targetOf(on([t1, took]), '9', 't:9', 'update', false)).toEqual({ conversion: took, mixed: false });
  });

  it.each([
    ['pending', true],
    ['unmapped', true],
    ['approved', false],
    ['rejected', false],
    ['trash', false],
    ['reversed', false],
  ] as const)('lets an only conversion that is %s take a txid: %s', (status, takes) => {
    const only = conversion({ status });
    for (const mode of DUPLICATE_MODES) {
      expect(targetOf(on([only]), '1', 't:1', mode, false)).toEqual({ conversion: takes ? only : null, mixed: true });
    }
    expect(targetOf(on([only, t2]), '1', 't:1', 'update', false).conversion).toBeNull();
  });

  it('knows a word whose key was made when dashes and spaces still counted', () => {
    const old = conversion({ key: 's:charge-back' });
    expect(targetOf(on([t1, old]), null, 's:chargeback', 'by_status', false)).toEqual({ conversion: old, mixed: false });
  });

  it('lets a request without txid update the only conversion, in update alone', () => {
    expect(targetOf(on([t1]), null, '', 'update', false)).toEqual({ conversion: t1, mixed: true });
    expect(targetOf(on([t1]), null, '', 'ignore', false)).toEqual({ conversion: null, mixed: true });
    expect(targetOf(on([t1]), null, '', 'sum', false)).toEqual({ conversion: null, mixed: true });
    expect(targetOf(on([t1, t2]), null, '', 'update', false)).toEqual({ conversion: null, mixed: true });
    expect(targetOf(on([t1, plain]), null, '', 'update', false)).toEqual({ conversion: plain, mixed: false });
    expect(targetOf(on([]), null, '', 'update', false)).toEqual({ conversion: null, mixed: false });
  });

  it.each([
    ['new', 'n:p'],
    ['by_status', 's:refund'],
  ] as const)('%s: what takes back goes to the latest approved, else latest pending', (mode, key) => {
    const early = conversion({ key: 's:a' });
    const late = conversion({ key: 's:b' });
    const lead = conversion({ key: 's:reg', status: 'pending' });
    expect(targetOf(on([late, early, lead]), null, key, mode, true).conversion).toBe(late);
    expect(targetOf(on([plain, lead]), null, key, mode, true).conversion).toBe(lead);
    expect(targetOf(on([conversion({ key: 's:x', status: 'reversed' })]), null, key, mode, true).conversion).toBeNull();
    expect(targetOf(on([early]), '7', 't:7', mode, true).conversion).toBeNull();
    expect(targetOf(on([early]), null, key, mode, false).conversion).toBeNull();
  });

  it('does not depend on the order of rows made in one millisecond', () => {
    const a = conversion({ key: 'n:a', convertedAt: 5, lastAt: 5, lastSeq: 1 });
    const b = conversion({ key: 'n:b', convertedAt: 5, lastAt: 5, lastSeq: 2 });
    expect(targetOf(on([a, b]), null, 'n:p', 'new', true).conversion).toBe(b);
    expect(targetOf(on([b, a]), null, 'n:p', 'new', true).conversion).toBe(b);
  });
});

describe('eventTarget', () => {
  it('prefers the conversion without txid, else the latest', () => {
    const plain = conversion({});
    const t1 = conversion({ key: 't:1', txid: '1' });
    const t2 = conversion({ key: 't:2', txid: '2' });
    expect(eventTarget(on([plain, t1, t2]))).toBe(plain);
    expect(eventTarget(on([t2, t1]))).toBe(t2);
    expect(eventTarget(on([]))).toBeNull();
  });
});
