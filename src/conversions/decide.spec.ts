import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/runs.js';
import { PLAIN_RULES } from '../../test/support/rules.js';
import type { ClickState, Conversion, Postback, PostbackValues, Rules } from './conversion.js';
import { add, compare, subtract } from '../lib/money.js';
import { decide, emptyState, fold, isLate, isRetryGuarded, orderOf, totals } from './decide.js';
import type { Rates } from '../rates/rate-table.js';
import { BUCKETS, DUPLICATE_MODES, type StatusMeaning } from '../offer-sources/vocabulary.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY_MINUTES = 24 * 60;
const NOON = Date.UTC(2026, 0, 10, 12);
const CLICK = { clickedAt: NOON - HOUR };

/** EUR: 1.1 on the 10th, 1.2 from the 11th to 14th. GBP is first known on the 12th. OLD has not moved since the 1st. */
const TABLE: Record<string, [date: string, rate: string][]> = {
  EUR: [
    ['2026-01-11', '1.2'],
    ['2026-01-10', '1.1'],
  ],
  GBP: [['2026-01-12', '1.3333333333']],
  OLD: [['2026-01-01', '2']],
};
const RATES: Rates = {
  find(currency, day) {
    if (currency === 'USD') return { rate: '1', date: day, source: 'base' };
    const known = TABLE[currency]?.find(([date]) => date <= day);
    return known ? { rate: known[1], date: known[0], source: 'ecb' } : null;
  },
};

const WORDS: Record<string, StatusMeaning> = {
  hold: 'pending',
  lead: 'pending',
  reg: 'pending',
  sale: 'approved',
  ftd: 'approved',
  rejected: 'rejected',
  trash: 'trash',
  refund: 'reversed',
  test: 'ignored',
  what: 'unmapped',
};
type Request = Partial<PostbackValues> & { minutes?: number; seq?: number; id?: string; warnings?: Postback['warnings'] } & Pick<
    Partial<Postback>,
    'frozenRate' | 'manual'
  >;
let receipts = 0;
/** `minutes` after noon of the 10th; each call is received after the one before. */
function postback({ minutes, seq, id, warnings, frozenRate, manual, ...given }: Request): Postback {
  receipts++;
  const { ts: _ts, return: _return, ...identity } = given;
  return {
    id: id ?? `p${receipts}`,
    seq: seq ?? receipts,
    receivedAt: minutes === undefined ? NOON + receipts : NOON + minutes * MINUTE,
    values: {
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
    },
    meaning: given.status ? (WORDS[given.status] ?? 'unmapped') : null,
    warnings: warnings ?? [],
    hash: JSON.stringify(identity),
    frozenRate,
    manual,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

/** Decides the requests in turn, as they would come; everything handed in is frozen, so that a mutation throws. */
function run(requests: Request[], rules: Partial<Rules> = {}, rates = RATES) {
  let state: ClickState = deepFreeze(emptyState());
  const entries = [];
  for (const request of requests) {
    const verdict = deepFreeze(decide(state, deepFreeze(postback(request)), CLICK, { ...PLAIN_RULES, ...rules }, rates));
    state = verdict.state;
    entries.push(verdict.entry);
  }
  return {
    state,
    entries,
    conversions: state.conversions,
    only: state.conversions[0] as Conversion,
    last: entries.at(-1),
    results: entries.map((entry) => entry.result),
    warnings: entries.map((entry) => entry.warnings.join(' ')),
    sums: sumsOf(state),
  };
}
function sumsOf(state: ClickState) {
  const sums = { revenue: '0', hold: '0', reversed: '0' };
  for (const { revenue, revenueHold, revenueReversed } of state.conversions.map(totals)) {
    sums.revenue = add(sums.revenue, revenue);
    sums.hold = add(sums.hold, revenueHold);
    sums.reversed = add(sums.reversed, revenueReversed);
  }
  return sums;
}

describe('examples of the rules', () => {
  it('1: a bare cid, hold, sale 10: one conversion, approved, 10', () => {
    const { conversions, results, sums, only } = run([{}, { status: 'hold' }, { status: 'sale', payout: '10' }]);
    expect(conversions).toHaveLength(1);
    expect(results).toEqual(['created', 'stale_status', 'updated']);
    expect(only).toMatchObject({ key: '', status: 'approved', rawStatus: 'sale', upsell: false });
    expect(sums).toEqual({ revenue: '10', hold: '0', reversed: '0' });
  });

  it('2: txid 1, 2, 2: two conversions, in every mode', () => {
    for (const duplicateMode of DUPLICATE_MODES) {
      const { conversions, results } = run(
        [
          { txid: '1', status: 'sale' },
          { txid: '2', status: 'sale' },
          { txid: '2', status: 'sale' },
        ],
        { duplicateMode },
      );
      expect(conversions.map((c) => [c.key, c.txid, c.upsell])).toEqual([
        ['t:1', '1', false],
        ['t:2', '2', true],
      ]);
      const third = {
        update: 'no_change',
        by_status: 'no_change',
        ignore: 'duplicate',
        new: 'duplicate_request',
        sum: 'duplicate_request',
      };
      expect(results[2]).toBe(third[duplicateMode]);
    }
  });

  it('3: sale, then hold', () => {
    const guarded = run([
      { status: 'sale', payout: '5' },
      { status: 'hold', payout: '8' },
    ]);
    expect(guarded.results).toEqual(['created', 'stale_status']);
    expect(guarded.only).toMatchObject({ status: 'approved', payout: '5', rawStatus: 'sale' });
    expect(guarded.last).toMatchObject({ from: 'approved', to: 'pending', payout: '8', rate: null });
    const latest = run([{ status: 'sale', payout: '5' }, { status: 'hold' }], { transitionPolicy: 'latest' });
    expect(latest.only).toMatchObject({ status: 'pending', payout: '5' });
  });

  it.each([
    [{ status: 'refund' }, { revenue: '0', hold: '0', reversed: '50' }],
    [
      { status: 'refund', payout: '0' },
      { revenue: '0', hold: '0', reversed: '50' },
    ],
    [
      { status: 'refund', payout: '20' },
      { revenue: '30', hold: '0', reversed: '20' },
    ],
    [
      { status: 'refund', payout: '-20' },
      { revenue: '30', hold: '0', reversed: '20' },
    ],
    [
      { status: 'refund', payout: '50' },
      { revenue: '0', hold: '0', reversed: '50' },
    ],
    [
      { status: 'refund', payout: '70' },
      { revenue: '0', hold: '0', reversed: '50' },
    ],
  ])('4: sale 50, then %j', (refund, expected) => {
    const { conversions, sums } = run([{ status: 'sale', payout: '50' }, refund]);
    expect(conversions).toHaveLength(1);
    expect(sums).toEqual(expected);
  });

  it('5: an unresolved payout uses the offer’s; its warning is kept', () => {
    const { only, last } = run([{ warnings: ['unresolved_macro'] }], { offerPayout: '7', offerCurrency: 'EUR' });
    expect(only).toMatchObject({ payout: '7', currency: 'EUR', payoutBase: '7.7' });
    expect(last).toMatchObject({ result: 'created', warnings: ['unresolved_macro'], payout: '7', currency: 'EUR', rate: { rate: '1.1' } });
  });

  it('8: the rate is frozen until amount or currency change', () => {
    const sale = { status: 'hold', payout: '10', currency: 'EUR', minutes: 0 };
    const { conversions } = run([sale, { status: 'sale', minutes: DAY_MINUTES }]);
    expect(conversions[0]).toMatchObject({ payoutBase: '11', rate: '1.1', rateDate: '2026-01-10', rateSource: 'ecb' });
    const same = run([sale, { ...sale, status: 'sale', minutes: DAY_MINUTES }]);
    expect(same.only).toMatchObject({ status: 'approved', payoutBase: '11', rate: '1.1' });
    const more = run([sale, { status: 'sale', payout: '12', currency: 'EUR', minutes: DAY_MINUTES }]);
    expect(more.only).toMatchObject({ payoutBase: '14.4', rate: '1.2', rateDate: '2026-01-11' });
    const byDefault = run(
      [
        { ...sale, currency: null },
        { payout: '12', minutes: DAY_MINUTES },
      ],
      { defaultCurrency: 'EUR' },
    );
    expect(byDefault.only).toMatchObject({ currency: 'EUR', payoutBase: '14.4' });
  });

  it('9: an unknown currency waits for its rate; an event leaves the status alone', () => {
    const { only, last, sums } = run([{ status: 'sale', payout: '10', currency: 'ZZZ' }]);
    expect(only).toMatchObject({ payout: '10', currency: 'ZZZ', payoutBase: null, rate: null });
    expect(last?.warnings).toEqual(['fx_pending']);
    expect(sums.revenue).toBe('0');
    const held = run([{ status: 'hold', payout: '10' }, { events: { event2: '1' } }]);
    expect(held.only).toMatchObject({ status: 'pending', rawStatus: 'hold', payout: '10', events: { event2: '1' } });
    expect(held.results).toEqual(['created', 'updated']);
  });

  it('10: events set, add once within the window, and wait for the conversion', () => {
    const twice = { addEvents: { event1: '2' } };
    const { state, results } = run([{ events: { event1: '5' } }, { events: { event1: '7' } }, twice, twice]);
    expect(state).toMatchObject({ conversions: [], waiting: { events: { event1: '9' } } });
    expect(results).toEqual(['updated', 'updated', 'updated', 'duplicate_request']);
    const sale = run([{ events: { event1: '5' } }, { status: 'sale' }]);
    expect(sale.only.events).toEqual({ event1: '5' });
    expect(sale.state.waiting).toBeNull();
  });

  it('11: a hundred identical requests make one conversion', () => {
    for (const duplicateMode of DUPLICATE_MODES) {
      const { conversions, results, sums } = run(
        Array.from({ length: 100 }, () => ({ status: 'sale', payout: '3' })),
        { duplicateMode },
      );
      expect(conversions).toHaveLength(1);
      expect(results.filter((r) => r === 'created')).toHaveLength(1);
      expect(sums.revenue).toBe('3');
    }
  });

  it('13: by_status: reg, ftd 30, refund', () => {
    const { conversions } = run([{ status: 'reg' }, { status: 'ftd', payout: '30' }, { status: 'refund' }], { duplicateMode: 'by_status' });
    expect(conversions.map((c) => [c.key, c.status, c.payout])).toEqual([
      ['s:reg', 'pending', null],
      ['s:ftd', 'reversed', '30'],
    ]);
  });
});

/** Each with the `ts` given in minutes after noon. */
function statusOfSaleThenHold(sale: number | null, hold: number | null) {
  return run([
    { status: 'sale', ts: sale && NOON + sale * MINUTE, minutes: 10 },
    { status: 'hold', ts: hold && NOON + hold * MINUTE, minutes: 11 },
  ]).only.status;
}

describe('status', () => {
  it('applies the default to a request with payout or txid, and to a bare one', () => {
    for (const request of [{}, { payout: '4' }, { txid: '8' }, { conversionId: 'x' }]) {
      expect(run([{ status: 'hold' }, request]).only.status).toBe('approved');
    }
  });

  it('lets an unreadable event make no sale', () => {
    const { state, results } = run([{ warnings: ['bad_event'] }]);
    expect(state.conversions).toEqual([]);
    expect(results).toEqual(['no_change']);
    expect(run([{ status: 'hold' }, { warnings: ['bad_event'] }]).only.status).toBe('pending');
  });

  it.each(['approved', 'rejected', 'ignored', 'unmapped'] as const)(
    'makes pending of what may have lost its status, whatever the default is (%s)',
    (defaultStatus) => {
      const lost = { warnings: ['unreadable_body' as const] };
      const { state, entries } = run([{ ...lost, payout: '7' }], { defaultStatus, offerPayout: '9' });
      expect(state.conversions).toMatchObject([{ status: 'pending', payout: '7' }]);
      expect(entries[0]).toMatchObject({ result: 'created', to: 'pending', warnings: ['unreadable_body'] });
      expect(run([lost], { defaultStatus, offerPayout: '9' }).state.conversions).toMatchObject([{ status: 'pending', payout: '9' }]);
      expect(run([{ ...lost, payout: '-7' }], { defaultStatus, amountSign: 'signed' }).state.conversions).toMatchObject([
        { status: 'pending', payout: null },
      ]);
      expect(run([{ ...lost, status: 'sale', payout: '7' }], { defaultStatus }).state.conversions).toMatchObject([
        { status: 'approved', payout: '7' },
      ]);
    },
  );
  it.each(['hold', 'sale', 'rejected', 'trash', 'refund', 'what'])('leaves %s alone when the status may have been lost', (status) => {
    for (const transitionPolicy of ['guarded', 'latest'] as const) {
      for (const duplicateMode of ['update', 'sum'] as const) {
        const before = run([{ status, payout: '5' }], { transitionPolicy, duplicateMode }).state.conversions[0];
        const { state } = run(
          [{ status, payout: '5' }, { warnings: ['unreadable_body'], params: { param1: 'x' } }, { warnings: ['unreadable_body'] }],
          {
            transitionPolicy,
            duplicateMode,
          },
        );
        expect(state.conversions).toMatchObject([{ status: before?.status, payout: '5', rawStatus: status, params: { param1: 'x' } }]);
      }
    }
  });
  it('leaves the status alone for params', () => {
    const { only, results } = run([{ status: 'hold' }, { params: { param1: 'x' } }, { params: { param1: 'x' } }]);
    expect(only).toMatchObject({ status: 'pending', params: { param1: 'x' } });
    expect(results).toEqual(['created', 'updated', 'no_change']);
  });

  it('counts nothing that is ignored, by its word or by the default', () => {
    expect(run([{ status: 'test', payout: '-5' }])).toMatchObject({ results: ['ignored_status'], state: emptyState(), warnings: [''] });
    const byDefault = run([{ status: 'sale', payout: '5' }, { payout: '9' }, {}], { defaultStatus: 'ignored' });
    expect(byDefault.results).toEqual(['created', 'ignored_status', 'ignored_status']);
    expect(byDefault.only.payout).toBe('5');
  });

  it('counts an unmapped word and holds its money; on a conversion it changes nothing', () => {
    const first = run([{ status: 'what', payout: '5' }, { status: 'what', payout: '7', params: { param1: 'a' } }, { status: 'sale' }]);
    expect(first.results).toEqual(['created', 'updated', 'updated']);
    expect(first.warnings).toEqual(['unmapped_status', 'unmapped_status', '']);
    expect(run([{ status: 'what', payout: '5' }]).sums).toEqual({ revenue: '0', hold: '5', reversed: '0' });
    const later = run([
      { status: 'sale', payout: '5', params: { param1: 'a' } },
      { status: 'what', payout: '7', params: { param1: 'b', param2: 'c' }, conversionId: 'n' },
    ]);
    expect(later.only).toMatchObject({
      status: 'approved',
      rawStatus: 'sale',
      payout: '5',
      params: { param1: 'a', param2: 'c' },
      networkConversionId: 'n',
    });
  });

  it('fills empty params and counts events of a stale request', () => {
    const { only } = run([
      { status: 'sale', params: { param1: 'a' }, conversionId: 'n' },
      { status: 'hold', params: { param1: 'b', param2: 'c' }, conversionId: 'm', addEvents: { event1: '2' } },
    ]);
    expect(only).toMatchObject({ params: { param1: 'a', param2: 'c' }, networkConversionId: 'n', events: { event1: '2' } });
  });

  it('passes an "unless newer" cell only with a greater ts on both sides', () => {
    expect(statusOfSaleThenHold(1, 2)).toBe('pending');
    for (const [sale, hold] of [
      [null, 12],
      [1, null],
      [2, 2],
      [1, 999],
    ] as const) {
      expect(statusOfSaleThenHold(sale, hold)).toBe('approved');
    }
  });

  it('warns of what is odd', () => {
    expect(run([{ status: 'refund' }]).warnings).toEqual(['reversal_without_sale']);
    expect(run([{ status: 'rejected' }, { status: 'sale' }]).warnings).toEqual(['', 'reinstated']);
    expect(run([{ status: 'sale', ts: NOON - 2 * HOUR }]).warnings).toEqual(['bad_ts']);
  });

  it('says what changed in the history', () => {
    const { entries, conversions } = run([
      { status: 'hold', id: 'a' },
      { status: 'sale', payout: '5', id: 'b' },
    ]);
    expect(conversions).toHaveLength(1);
    expect(entries[1]).toEqual({
      postbackId: 'b',
      key: '',
      result: 'updated',
      from: 'pending',
      to: 'approved',
      payout: '5',
      currency: 'USD',
      note: null,
      warnings: [],
      rate: { rate: '1', date: '2026-01-10', source: 'base' },
    });
  });
});

/** One and the same sale at these minutes. */
function received(...minutes: number[]): Request[] {
  return minutes.map((m) => ({ status: 'sale', payout: '1', minutes: m }));
}

describe('which conversion', () => {
  it('ignore: the first wins', () => {
    const { only, results } = run(
      [{ status: 'hold', payout: '1' }, { status: 'sale', payout: '2' }, { status: 'refund' }, { params: { param1: 'x' } }],
      { duplicateMode: 'ignore' },
    );
    expect(results).toEqual(['created', 'duplicate', 'duplicate', 'duplicate']);
    expect(only).toMatchObject({ status: 'pending', payout: '1', params: {} });
    const { state } = run([{ status: 'sale' }], { duplicateMode: 'ignore' });
    expect(decide(state, postback({ status: 'sale' }), CLICK, { ...PLAIN_RULES, duplicateMode: 'ignore' }, RATES).state).toBe(state);
  });

  it('ignore: events alone are no duplicate, and a first txid is taken with its status', () => {
    const { only, results, warnings } = run(
      [
        { status: 'hold' },
        { events: { event1: '1' } },
        { status: 'sale', txid: '5', payout: '9' },
        { status: 'sale', txid: '5', payout: '9' },
      ],
      { duplicateMode: 'ignore' },
    );
    expect(results).toEqual(['created', 'updated', 'updated', 'duplicate']);
    expect(warnings[2]).toBe('mixed_txid');
    expect(only).toMatchObject({ key: '', txid: '5', status: 'approved', payout: '9', events: { event1: '1' } });
  });

  it('new: each is its own', () => {
    const { conversions, sums } = run(
      [{ status: 'sale', payout: '1', id: 'a' }, { status: 'sale', payout: '2', id: 'b' }, { status: 'refund' }],
      { duplicateMode: 'new' },
    );
    expect(conversions.map((c) => [c.key, c.status, c.upsell])).toEqual([
      ['n:a', 'approved', false],
      ['n:b', 'reversed', true],
    ]);
    expect(sums).toEqual({ revenue: '1', hold: '0', reversed: '2' });
  });

  it('a retry window starts at the first applied request and is not prolonged', () => {
    expect(run(received(0, 6, 10, 11, 20), { duplicateMode: 'new' }).results).toEqual([
      'created',
      'duplicate_request',
      'duplicate_request',
      'created',
      'duplicate_request',
    ]);
    expect(run([{ status: 'sale', payout: '1', minutes: 60, ts: NOON }, ...received(1)], { duplicateMode: 'new' }).results).toEqual([
      'created',
      'created',
    ]);
    const other = run(
      [
        { status: 'sale', payout: '1' },
        { status: 'sale', payout: '1', conversionId: 'x' },
      ],
      { duplicateMode: 'new' },
    );
    expect(other.conversions).toHaveLength(2);
  });

  it('a stale addition is not added again either', () => {
    const stale = { status: 'hold', addEvents: { event1: '2' } };
    const { only, results } = run([{ status: 'sale' }, stale, stale]);
    expect(results).toEqual(['created', 'stale_status', 'duplicate_request']);
    expect(only.events).toEqual({ event1: '2' });
  });

  it('by_status: a refund sent again does not go on to the next sale', () => {
    const { conversions, last } = run([{ status: 'reg' }, { status: 'ftd' }, { status: 'refund' }, { status: 'refund' }], {
      duplicateMode: 'by_status',
    });
    expect(last).toMatchObject({ result: 'duplicate_request', key: 's:ftd' });
    expect(conversions.map((c) => c.status)).toEqual(['pending', 'reversed']);
    expect(isRetryGuarded(postback({ status: 'reg' }), { ...PLAIN_RULES, duplicateMode: 'by_status' })).toBe(false);
    expect(isRetryGuarded(postback({ status: 'sale' }), PLAIN_RULES)).toBe(false);
  });

  it('separate conversions of a click that mixes both are warned of', () => {
    const { conversions, warnings } = run([{ status: 'sale' }, { status: 'sale', txid: '1' }]);
    expect(conversions.map((c) => c.key)).toEqual(['', 't:1']);
    expect(warnings).toEqual(['', 'mixed_txid']);
  });

  it('an expired click makes no new conversion but lets old ones change', () => {
    const day40 = 40 * DAY_MINUTES;
    const rules = { clickExpiryDays: 30 };
    const { conversions, results } = run(
      [
        { status: 'hold', minutes: 0 },
        { status: 'sale', minutes: day40 },
        { status: 'sale', txid: '2', minutes: day40 + 1 },
      ],
      rules,
    );
    expect(results).toEqual(['created', 'updated', 'click_expired']);
    expect(conversions).toHaveLength(1);
    expect(run([{ status: 'sale', minutes: day40 }], rules)).toMatchObject({ results: ['click_expired'], conversions: [] });
    expect(run([{ status: 'sale', minutes: day40, ts: NOON }], rules).results).toEqual(['created']);
  });
});

describe('money', () => {
  it('takes the currency of the request, the offer, the source, the base, in that order', () => {
    const rules = { offerPayout: '5', offerCurrency: 'GBP', defaultCurrency: 'EUR' };
    expect(run([{ payout: '1', currency: 'OLD' }], rules).only.currency).toBe('OLD');
    expect(run([{ payout: '1' }], rules).only.currency).toBe('EUR');
    expect(run([{}], rules).only.currency).toBe('GBP');
    expect(run([{}], { ...rules, offerCurrency: null }).only.currency).toBe('EUR');
    expect(run([{}], { offerPayout: '5' }).only.currency).toBe('USD');
    expect(run([{ currency: 'EUR' }]).only).toMatchObject({ payout: null, currency: null, payoutBase: null });
  });

  it('replaces a payout that is present, 0 included, and keeps one that is absent', () => {
    expect(run([{ status: 'hold', payout: '5' }, { status: 'sale' }]).only.payout).toBe('5');
    expect(
      run([
        { status: 'hold', payout: '5' },
        { status: 'sale', payout: '0' },
      ]).only,
    ).toMatchObject({ payout: '0', payoutBase: '0' });
    expect(run([{ status: 'sale', payout: '0' }], { offerPayout: '9' }).only.payout).toBe('0');
  });

  it.each(['rejected', 'trash', 'refund'])('%s never replaces a stored payout', (status) => {
    const { only, last } = run([
      { status: 'hold', payout: '5' },
      { status, payout: '3' },
    ]);
    expect(only.payout).toBe('5');
    expect(last?.payout).toBe('3');
    expect(run([{ status, payout: '3' }], { offerPayout: '9' }).only.payout).toBe('3');
    expect(run([{ status, payout: '0' }], { offerPayout: '9' }).only.payout).toBe('9');
  });

  it('knows a negative amount by the status, or by the source that signs its reversals', () => {
    const sale = { status: 'sale', payout: '50' };
    const bad = run([sale, { status: 'sale', payout: '-20' }]);
    expect(bad).toMatchObject({ results: ['created', 'no_change'], warnings: ['', 'bad_payout'] });
    expect(bad.only.payout).toBe('50');
    expect(run([{ status: 'sale', payout: '-20' }], { offerPayout: '9' }).only).toMatchObject({ status: 'approved', payout: '9' });
    const signed = { amountSign: 'signed' } as const;
    expect(run([sale, { status: 'sale', payout: '-20' }], signed).sums).toEqual({ revenue: '30', hold: '0', reversed: '20' });
    expect(run([sale, { payout: '-50' }], signed).sums).toEqual({ revenue: '0', hold: '0', reversed: '50' });
    expect(run([{ status: 'sale', payout: '-20' }], signed)).toMatchObject({
      warnings: ['reversal_without_sale'],
      sums: { reversed: '20' },
    });
    expect(run([{ status: 'what', payout: '-20' }], signed)).toMatchObject({
      warnings: ['bad_payout unmapped_status'],
      sums: { hold: '0' },
    });
  });

  it('fixed: the offer’s payout, the request’s is logged', () => {
    const fixed = { payoutMode: 'fixed', offerPayout: '9' } as const;
    const { only, entries, sums } = run(
      [
        { status: 'sale', payout: '5', currency: 'EUR' },
        { status: 'refund', payout: '2' },
      ],
      fixed,
    );
    expect(only).toMatchObject({ payout: '9', currency: 'USD', status: 'reversed' });
    expect(entries.map((e) => e.payout)).toEqual(['5', '2']);
    expect(sums.reversed).toBe('9');
  });

  it('a bad payout keeps the stored one', () => {
    expect(
      run(
        [
          { status: 'hold', payout: '5' },
          { status: 'sale', warnings: ['bad_payout'] },
        ],
        { offerPayout: '9' },
      ).only.payout,
    ).toBe('5');
  });

  it('an offer that got its payout later pays a conversion that has none', () => {
    const { state } = run([{ status: 'hold' }]);
    const { state: paid } = decide(state, postback({ status: 'sale' }), CLICK, { ...PLAIN_RULES, offerPayout: '9' }, RATES);
    expect(paid.conversions[0]).toMatchObject({ payout: '9', payoutBase: '9' });
  });

  it('never converts a bad code', () => {
    const { only, last, sums } = run([{ status: 'sale', payout: '5', warnings: ['bad_currency'] }], { defaultCurrency: 'EUR' });
    expect(only).toMatchObject({ payout: '5', currency: null, payoutBase: null, rate: null });
    expect(last?.warnings).toEqual(['bad_currency']);
    expect(sums.revenue).toBe('0');
    expect(
      run([
        { status: 'sale', payout: '50' },
        { status: 'refund', payout: '5', warnings: ['bad_currency'] },
      ]).sums.reversed,
    ).toBe('50');
  });

  it('warns of a rate over 7 days old', () => {
    const warnings = [8, 9].map(
      (day) => run([{ status: 'sale', payout: '1', currency: 'OLD', minutes: (day - 10) * DAY_MINUTES }]).warnings[0],
    );
    expect(warnings).toEqual(['', 'fx_old']);
  });

  it('uses a frozen rate again, but not for another currency', () => {
    const frozenRate = { rate: '3', date: '2026-01-09', source: 'manual' };
    const sale = { status: 'sale', payout: '2', currency: 'EUR' };
    expect(run([{ ...sale, frozenRate }]).only).toMatchObject({ rate: '3', rateDate: '2026-01-09', rateSource: 'manual', payoutBase: '6' });
    expect(run([{ ...sale, frozenRate: { ...frozenRate, currency: 'EUR' } }]).only.rate).toBe('3');
    expect(run([{ ...sale, frozenRate: { ...frozenRate, currency: 'GBP' } }]).only.rate).toBe('1.1');
  });

  it('rounds a base amount once, half away from zero', () => {
    expect(run([{ status: 'sale', payout: '0.000001', currency: 'GBP', minutes: 3 * DAY_MINUTES }]).only.payoutBase).toBe('0.000001');
    expect(run([{ status: 'sale', payout: '1.5', currency: 'GBP', minutes: 3 * DAY_MINUTES }]).only.payoutBase).toBe('2');
  });

  it('compares a partial reversal in its own currency, or in the base', () => {
    const sale = { status: 'sale', payout: '50', currency: 'EUR' };
    expect(run([sale, { status: 'refund', payout: '20' }]).only).toMatchObject({
      status: 'approved',
      payoutReversed: '20',
      payoutReversedBase: '22',
    });
    const inDollars = run([sale, { status: 'refund', payout: '22', currency: 'USD' }]);
    expect(inDollars.only).toMatchObject({ payoutReversed: '20', payoutReversedBase: '22' });
    expect(inDollars.last).toMatchObject({ currency: 'USD', rate: { rate: '1' } });
    expect(run([sale, { status: 'refund', payout: '55', currency: 'USD' }]).only.status).toBe('reversed');
    expect(run([sale, { status: 'refund', payout: '5', currency: 'ZZZ' }])).toMatchObject({
      warnings: ['', 'fx_pending'],
      sums: { reversed: '55' },
    });
  });

  it('sets a partial reversal, and forgets it with the sale it belongs to', () => {
    const part = [
      { status: 'sale', payout: '50' },
      { status: 'refund', payout: '20' },
    ];
    expect(run([...part, { status: 'refund', payout: '20' }])).toMatchObject({
      results: ['created', 'updated', 'no_change'],
      sums: { revenue: '30', reversed: '20' },
    });
    expect(run([...part, { status: 'refund', payout: '10' }]).sums).toMatchObject({ revenue: '40', reversed: '10' });
    expect(run([...part, { status: 'sale', payout: '50' }]).sums).toMatchObject({ revenue: '30', reversed: '20' });
    expect(run([...part, { status: 'sale', payout: '60' }]).sums).toMatchObject({ revenue: '60', reversed: '0' });
    expect(run([...part, { status: 'refund' }]).sums).toMatchObject({ revenue: '0', reversed: '50' });
    expect(run([...part, { status: 'rejected' }]).only).toMatchObject({ status: 'rejected', payoutReversed: '0', payoutReversedBase: '0' });
  });

  it('a pending amount said again is converted when its rate is known, its partial reversal with it', () => {
    const sale = { status: 'sale', payout: '50', currency: 'GBP' };
    const { only, sums } = run([
      { ...sale, minutes: 0 },
      { status: 'refund', payout: '20', minutes: 1 },
      { ...sale, minutes: 3 * DAY_MINUTES },
    ]);
    expect(only).toMatchObject({ payoutBase: '66.666667', payoutReversed: '20', payoutReversedBase: '26.666667' });
    expect(sums).toMatchObject({ revenue: '40', reversed: '26.666667' });
  });
});

function saleOf(payout: string, currency: string | null = null, minutes = 0): Request {
  return { status: 'sale', payout, currency, minutes };
}
function fromMicros(n: bigint): string {
  return `${n / 1_000_000n}.${(n % 1_000_000n).toString().padStart(6, '0')}`;
}

describe('sum', () => {
  const sum = { duplicateMode: 'sum' } as const;

  it('adds approved to approved, else updates', () => {
    expect(run([{ status: 'hold', payout: '5' }, saleOf('10'), saleOf('2.5'), { status: 'sale' }], sum).only).toMatchObject({
      payout: '12.5',
      payoutBase: '12.5',
    });
    expect(
      run(
        [
          { ...saleOf('10'), txid: '1' },
          { ...saleOf('11'), txid: '1' },
        ],
        sum,
      ).only.payout,
    ).toBe('11');
    expect(run([saleOf('10'), saleOf('3')], { ...sum, payoutMode: 'fixed', offerPayout: '9' }).only.payout).toBe('18');
  });

  it('converts each addition at its own day', () => {
    const { only } = run([saleOf('10', 'EUR'), saleOf('10', 'EUR', DAY_MINUTES)], sum);
    expect(only).toMatchObject({ payout: '20', currency: 'EUR', payoutBase: '23', rate: '1.2', rateDate: '2026-01-11' });
    const refunded = run(
      [saleOf('10', 'EUR'), saleOf('10', 'EUR', DAY_MINUTES), { status: 'refund', payout: '5', minutes: DAY_MINUTES }],
      sum,
    );
    expect(refunded.only).toMatchObject({ payoutReversed: '5', payoutReversedBase: '5.75' });
  });

  it('shows two currencies in the base currency', () => {
    const { only, sums } = run(
      [saleOf('10', 'EUR'), { status: 'refund', payout: '2' }, saleOf('4'), saleOf('10', 'EUR', DAY_MINUTES)],
      sum,
    );
    expect(only).toMatchObject({
      payout: '27',
      currency: 'USD',
      rate: '1',
      payoutBase: '27',
      payoutReversed: '2.2',
      payoutReversedBase: '2.2',
    });
    expect(sums).toEqual({ revenue: '24.8', hold: '0', reversed: '2.2' });
  });

  it.each([
    ['the first', [saleOf('10', 'ZZZ'), saleOf('4', 'EUR')], { payout: '10', currency: 'ZZZ' }],
    ['the second', [saleOf('4', 'EUR'), saleOf('10', 'ZZZ')], { payout: '4', currency: 'EUR' }],
    ['one in between', [saleOf('4', 'EUR'), saleOf('10', 'ZZZ'), saleOf('5', 'EUR')], { payout: '9', currency: 'EUR' }],
  ])('is not converted while %s part waits for its rate', (_which, requests, shown) => {
    const { only, sums } = run(requests, sum);
    expect(only).toMatchObject({ ...shown, payoutBase: null, rate: null });
    expect(sums.revenue).toBe('0');
    const known: Rates = { find: (currency, day) => RATES.find(currency, day) ?? { rate: '0.5', date: day, source: 'manual' } };
    expect(run(requests, sum, known).only).toMatchObject({
      currency: 'USD',
      rate: '1',
      payoutBase: requests.length === 2 ? '9.4' : '14.9',
    });
  });

  it('never loses a digit', () => {
    const amounts = fc.array(fc.bigInt(1n, 10n ** 15n), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(amounts, (micros) => {
        const { only } = run(
          micros.map((n, i) => ({ ...saleOf(fromMicros(n)), conversionId: `${i}` })),
          sum,
        );
        const total = fromMicros(micros.reduce((a, b) => a + b));
        expect([compare(only.payout ?? '', total), compare(only.payoutBase ?? '', total)]).toEqual([0, 0]);
      }),
    );
  });
});

describe('events', () => {
  it('go to the conversion without txid, else the latest', () => {
    const event = { events: { event1: '1' } };
    const with1 = (requests: Request[]) =>
      run([...requests, event])
        .conversions.filter((c) => c.events.event1)
        .map((c) => c.key);
    expect(with1([{ status: 'sale' }, { status: 'sale', txid: '1' }])).toEqual(['']);
    expect(
      with1([
        { status: 'sale', txid: '1' },
        { status: 'sale', txid: '2' },
      ]),
    ).toEqual(['t:2']);
  });

  it('set first, then add, in one request; waiting ones come before the conversion’s own', () => {
    const { only } = run([
      { events: { event1: '1', event2: '2' } },
      { status: 'sale', events: { event1: '5' }, addEvents: { event1: '0.5', event2: '-3' } },
    ]);
    expect(only.events).toEqual({ event1: '5.5', event2: '-1' });
  });

  it('make a conversion where the source says so', () => {
    const { only, results } = run([{ events: { event1: '1' } }, { events: { event1: '2' } }], {
      eventMakesConversion: true,
      offerPayout: '3',
    });
    expect(results).toEqual(['created', 'updated']);
    expect(only).toMatchObject({ status: 'approved', payout: '3', events: { event1: '2' } });
  });

  it('with a payout that cannot be read are no events alone: losing a sale is worse than not knowing its amount', () => {
    const unread: Request = { events: { event1: '1' }, warnings: ['bad_payout'] };
    expect(run([unread], { offerPayout: '3' }).only).toMatchObject({ status: 'approved', payout: '3', events: { event1: '1' } });
    expect(run([{ status: 'hold' }, unread]).only).toMatchObject({ status: 'approved', events: { event1: '1' } });
    expect(run([{ status: 'hold' }, { params: { param1: 'x' }, warnings: ['bad_payout'] }]).only.status).toBe('approved');
    expect(run([{ status: 'sale', id: 'a' }, unread], { duplicateMode: 'new' }).conversions).toHaveLength(2);
    // It is guarded like any other.
    expect(run([{ status: 'refund' }, unread]).results).toEqual(['created', 'stale_status']);
  });

  it('that change nothing are no_change', () => {
    expect(run([{ events: { event1: '1' } }, { events: { event1: '1' } }]).results).toEqual(['updated', 'no_change']);
  });
});

function byAdmin(given: Partial<NonNullable<Postback['manual']>>): Request {
  return { manual: { status: null, payout: null, note: 'call', ...given } };
}

describe('manual entries', () => {
  it('an amount entered without a currency is in that of the offer, else of the source, else the base currency', () => {
    for (const [rules, currency] of [
      [{ offerCurrency: 'EUR', defaultCurrency: 'GBP' }, 'EUR'],
      [{ defaultCurrency: 'EUR' }, 'EUR'],
      [{}, 'USD'],
    ] as const) {
      const added = byAdmin({ status: 'approved', payout: '4', create: true });
      expect(run([added], { payoutMode: 'fixed', offerPayout: '7', ...rules }).only).toMatchObject({ payout: '4', currency });
    }
  });

  it('beat the guards', () => {
    const { only, last } = run([
      { status: 'sale', payout: '5' },
      { status: 'refund' },
      byAdmin({ key: '', status: 'pending', payout: '6' }),
    ]);
    expect(only).toMatchObject({ status: 'pending', rawStatus: 'refund', payout: '6', payoutBase: '6' });
    expect(last).toMatchObject({ result: 'updated', from: 'reversed', to: 'pending', payout: '6', note: 'call', warnings: [] });
    expect(run([{ status: 'sale', payout: '5' }, byAdmin({ status: 'reversed', payout: '2' })]).sums.reversed).toBe('2');
  });

  it('keep the currency of the conversion and count a note alone as no change', () => {
    expect(run([{ status: 'sale', payout: '5', currency: 'EUR' }, byAdmin({ payout: '10' })]).only).toMatchObject({
      currency: 'EUR',
      payoutBase: '11',
    });
    expect(run([{ status: 'sale' }, byAdmin({})]).last).toMatchObject({ result: 'no_change', note: 'call' });
  });

  it('find a conversion by key, by txid, or as the only one', () => {
    const two: Request[] = [
      { status: 'sale', txid: '1' },
      { status: 'sale', txid: '2' },
    ];
    const touched = (requests: Request[], key: string) =>
      run([...requests, byAdmin({ key, status: 'trash' })])
        .conversions.filter((c) => c.status === 'trash')
        .map((c) => c.key);
    expect(touched(two, 't:1')).toEqual(['t:1']);
    expect(touched(two, 'n:gone')).toEqual([]);
    expect(touched([{ status: 'hold' }, { status: 'sale', txid: '1' }], 't:1')).toEqual(['']);
    expect(touched([{ status: 'sale', txid: '1' }], '')).toEqual(['t:1']);
  });

  it('are guarded again against what comes later', () => {
    const { only, last } = run([
      { status: 'sale', ts: NOON, minutes: 1 },
      { ...byAdmin({ status: 'approved' }), minutes: 2 },
      { status: 'hold', minutes: 3 },
    ]);
    expect([only.status, last?.result]).toEqual(['approved', 'stale_status']);
  });
});

describe('order', () => {
  it.each([
    [-HOUR - 5 * MINUTE, true],
    [-HOUR - 5 * MINUTE - 1, false],
    [5 * MINUTE, true],
    [5 * MINUTE + 1, false],
  ])('a ts %i ms from receipt is plausible: %s', (offset, plausible) => {
    const p = postback({ ts: NOON + offset, minutes: 0, seq: 7 });
    expect(orderOf(p, CLICK)).toEqual(plausible ? { at: NOON + offset, seq: 7, ts: NOON + offset } : { at: NOON, seq: 7, ts: null });
  });

  it('knows a late postback by time, then by receipt', () => {
    const { state } = run([{ status: 'sale', minutes: 10, seq: 5 }]);
    const late = (request: Request) => isLate(state, postback(request), CLICK);
    expect([late({ minutes: 10, seq: 4 }), late({ minutes: 9, seq: 9 }), late({ minutes: 12, ts: NOON, seq: 9 })]).toEqual([
      true,
      true,
      true,
    ]);
    expect([late({ minutes: 10, seq: 6 }), late({ minutes: 11, seq: 1 }), late({ minutes: 9, seq: 1, status: 'test' })]).toEqual([
      false,
      false,
      false,
    ]);
    expect(isLate(run([{ events: { event1: '1' }, minutes: 10 }]).state, postback({ minutes: 9 }), CLICK)).toBe(true);
    expect(isLate(emptyState(), postback({ minutes: 9 }), CLICK)).toBe(false);
  });

  it('a refused request is remembered, so that one before it folds it again', () => {
    const expired = { status: 'sale', payout: '5', minutes: 31 * DAY_MINUTES, id: 'b' };
    const rules = { ...PLAIN_RULES, clickExpiryDays: 30 };
    const { state } = run([expired], rules);
    const early = postback({ status: 'hold', ts: NOON, minutes: 32 * DAY_MINUTES });
    expect(isLate(state, early, CLICK)).toBe(true);
    expect(fold([postback(expired), early], CLICK, rules, RATES).state.conversions).toMatchObject([{ status: 'approved', payout: '5' }]);
  });
});

// -- Properties -------------------------------------------------------------------------------------------------------

const eventsArb = fc.option(fc.dictionary(fc.constantFrom('event1', 'event2'), fc.constantFrom('1', '2.5', '-3', '0'), { maxKeys: 2 }), {
  nil: undefined,
  freq: 2,
});
const requestArb = fc.record({
  status: fc.constantFrom(null, null, ...Object.keys(WORDS)),
  payout: fc.constantFrom(null, null, '10', '10', '3.3', '0', '-10', '-3', '0.000001'),
  currency: fc.constantFrom(null, null, 'EUR', 'USD', 'GBP', 'ZZZ', 'OLD'),
  txid: fc.constantFrom(null, null, null, '1', '2'),
  params: fc.constantFrom<Record<string, string>>({}, {}, { param1: 'a' }, { param1: 'b', param2: 'c' }),
  events: eventsArb.map((e) => e ?? {}),
  addEvents: eventsArb.map((e) => e ?? {}),
  conversionId: fc.constantFrom(null, null, null, 'n1', 'n2'),
  warnings: fc.constantFrom<Postback['warnings']>([], [], [], ['bad_currency'], ['bad_event']),
  manual: fc.option(
    fc.record({
      key: fc.constantFrom('', 't:1', 's:sale', 'n:gone'),
      status: fc.constantFrom(null, ...BUCKETS),
      payout: fc.constantFrom(null, '4'),
      note: fc.constant('n'),
    }),
    { nil: undefined, freq: 12 },
  ),
});
const rulesArb: fc.Arbitrary<Rules> = fc.record({
  duplicateMode: fc.constantFrom(...DUPLICATE_MODES),
  transitionPolicy: fc.constantFrom('guarded', 'latest'),
  amountSign: fc.constantFrom('absolute', 'signed'),
  retryWindowSeconds: fc.constantFrom(0, 60, 3600),
  clickExpiryDays: fc.constantFrom(null, null, 1),
  eventMakesConversion: fc.boolean(),
  defaultStatus: fc.constantFrom<StatusMeaning>('approved', 'approved', 'pending', 'ignored', 'unmapped', 'rejected'),
  defaultCurrency: fc.constantFrom(null, 'EUR'),
  baseCurrency: fc.constant('USD'),
  payoutMode: fc.constantFrom('auto', 'auto', 'fixed'),
  offerPayout: fc.constantFrom(null, '7.77'),
  offerCurrency: fc.constantFrom(null, 'EUR', 'GBP'),
});
/** A click's postbacks over four days, some with their own time, in any order of processing. */
const historyArb = fc
  .array(
    fc.record({
      request: requestArb,
      minutes: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 4 * DAY_MINUTES })),
      tsBack: fc.option(fc.integer({ min: -4, max: 60 }), { nil: null, freq: 2 }),
      rank: fc.nat(),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((all) =>
    all
      .map(({ request, minutes, tsBack, rank }, i) => ({
        rank,
        postback: postback({ ...request, minutes, id: `p${i}`, seq: i, ts: tsBack === null ? null : NOON + (minutes - tsBack) * MINUTE }),
      }))
      .toSorted((a, b) => a.rank - b.rank)
      .map((one) => deepFreeze(one.postback)),
  );

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
/** Rows of a table have no order. */
const asTable = (state: ClickState) => ({
  ...state,
  conversions: state.conversions.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  recent: state.recent.toSorted(byText),
});
const withoutReceipt = ({ conversions, waiting }: ClickState) => ({
  conversions: conversions.map((c) => ({ ...c, lastSeq: 0 })),
  waiting: waiting && { ...waiting, lastSeq: 0 },
});
const RUNS = { numRuns: runs(1_500) };

describe('properties', () => {
  it('one by one or in batches, in any processing order, with late ones folded again, equals the fold', () => {
    fc.assert(
      fc.property(historyArb, rulesArb, fc.array(fc.integer({ min: 1, max: 4 })), (history, rules, cuts) => {
        let state = deepFreeze(emptyState());
        const counted = { revenue: '0', hold: '0', reversed: '0' };
        for (let done = 0, n = 0; done < history.length; n++) {
          const batch = history.slice(done, done + (cuts[n] ?? 1)).toSorted((a, b) => {
            const [x, y] = [orderOf(a, CLICK), orderOf(b, CLICK)];
            return x.at - y.at || x.seq - y.seq;
          });
          const before = sumsOf(state);
          if (batch.some((p) => isLate(state, p, CLICK))) state = fold(history.slice(0, done + batch.length), CLICK, rules, RATES).state;
          else for (const p of batch) state = decide(state, p, CLICK, rules, RATES).state;
          // Rows come back from a table in any order.
          state = deepFreeze({ ...state, conversions: state.conversions.toReversed() });
          for (const sum of ['revenue', 'hold', 'reversed'] as const)
            counted[sum] = add(counted[sum], subtract(sumsOf(state)[sum], before[sum]));
          done += batch.length;
        }
        const whole = fold(history, CLICK, rules, RATES).state;
        expect(asTable(state)).toEqual(asTable(whole));
        expect(counted).toEqual(sumsOf(whole));
      }),
      RUNS,
    );
  });

  it('arrival order does not matter where every postback has its own time', () => {
    fc.assert(
      fc.property(
        fc.array(requestArb, { minLength: 1, maxLength: 8 }),
        rulesArb,
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        (requests, rules, ranks) => {
          const arrive = (order: number[]) =>
            fold(
              order.map((i, seq) =>
                postback({ ...requests[i], manual: undefined, id: `p${i}`, ts: NOON + i * MINUTE, minutes: 60 + seq, seq }),
              ),
              CLICK,
              { ...PLAIN_RULES, ...rules, retryWindowSeconds: 3600 },
              RATES,
            );
          const inOrder = requests.map((_, i) => i);
          const shuffled = inOrder.toSorted((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
          const [one, other] = [arrive(inOrder), arrive(shuffled)];
          expect(withoutReceipt(other.state)).toEqual(withoutReceipt(one.state));
          expect(other.entries).toEqual(one.entries);
        },
      ),
      RUNS,
    );
  });

  it('money is whole: converted only with a rate, never negative, a part less than its payout', () => {
    fc.assert(
      fc.property(historyArb, rulesArb, (history, rules) => {
        const { state, entries } = fold(history, CLICK, rules, RATES);
        expect(entries).toHaveLength(history.length);
        expect(new Set(state.conversions.map((c) => c.key)).size).toBe(state.conversions.length);
        for (const c of state.conversions) {
          if (c.payoutBase !== null) expect([c.rate, c.rateDate, c.rateSource, c.payout, c.currency]).not.toContain(null);
          else expect(c.rate).toBeNull();
          if (c.status !== 'approved') expect([c.payoutReversed, c.payoutReversedBase]).toEqual(['0', '0']);
          if (c.payoutReversed !== '0') expect(compare(c.payoutReversed, c.payout ?? '0')).toBeLessThanOrEqual(0);
          const { revenue, revenueHold, revenueReversed } = totals(c);
          for (const amount of [revenue, revenueHold, revenueReversed]) expect(compare(amount, '0')).toBeGreaterThanOrEqual(0);
          const counts = c.payoutBase !== null && c.status !== 'rejected' && c.status !== 'trash';
          expect(compare(add(add(revenue, revenueHold), revenueReversed), counts ? (c.payoutBase ?? '0') : '0')).toBe(0);
        }
      }),
      RUNS,
    );
  });

  it('folding again with the rates that the entries froze moves no money, whatever the rates are by then', () => {
    fc.assert(
      fc.property(historyArb, rulesArb, (history, rules) => {
        const first = fold(history, CLICK, rules, RATES);
        const frozen = new Map(first.entries.map((e) => [e.postbackId, e.rate && { ...e.rate, currency: e.currency ?? undefined }]));
        const moved: Rates = { find: (currency, day) => (RATES.find(currency, day) ? { rate: '99', date: day, source: 'moved' } : null) };
        const again = fold(
          history.map((p) => ({ ...p, frozenRate: frozen.get(p.id) })),
          CLICK,
          rules,
          moved,
        );
        expect(sumsOf(again.state)).toEqual(sumsOf(first.state));
      }),
      RUNS,
    );
  });
});
