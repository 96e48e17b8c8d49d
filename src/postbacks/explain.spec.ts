import { describe, expect, it } from '@jest/globals';
import { NO_VALUES } from '../conversions/conversion.js';
import { REFUSALS, RESULTS, WARNINGS, type Refusal, type Result, type Warning } from '../conversions/results.js';
import { explain, type Facts } from './explain.js';

const SOURCE = {
  name: 'Affise DE',
  defaultStatus: 'approved',
  retryWindowSeconds: 600,
  clickExpiryDays: 30,
  allowedIps: ['203.0.113.0/24'],
} as const;
const PLAIN: Facts = {
  result: 'created',
  reason: null,
  warnings: [],
  receivedAt: '2026-11-23T14:35:10.007Z',
  cid: '01jd3q4k8m2v6x0r7t5w9y1z3b',
  ip: '198.51.100.7',
  values: { ...NO_VALUES, status: 'sale', payout: '10' },
  texts: { status: 'sale', payout: '10' },
  unresolved: [],
  meaning: { meaning: 'approved', mappedBy: 'built-in' },
  source: SOURCE,
  token: { of: 'source', name: 'Affise DE' },
  click: { at: '2026-09-01T10:00:00.000Z', offer: 'Red shoes', source: 'Affise DE' },
  change: { from: null, to: 'approved', payout: '10', currency: 'EUR', rateDate: '2026-11-10' },
  conversion: { status: 'approved', payout: '10', currency: 'EUR' },
  earlier: null,
  isOfFile: false,
  waits: null,
};
const EARLIER = { id: '019abc12-3456-7890-8abc-def012345678', receivedAt: '2026-11-23T14:30:00.000Z' };

/** What each sentence must name: the facts of the case, and the way out. */
const results: Record<Exclude<Result, 'rejected'>, [Partial<Facts>, string[]]> = {
  accepted: [
    { change: null, reason: '23514 check', waits: { next: '2026-11-23T14:36:00.000Z', until: '2026-11-23T15:00:00.000Z' } },
    ['23514 check', '14:36:00 UTC'],
  ],
  created: [{}, ['new approved conversion', '10 EUR', 'Red shoes', '“sale” means approved', 'built-in']],
  updated: [{ change: { ...PLAIN.change!, from: 'pending' } }, ['from pending to approved', 'Red shoes', '“sale”']],
  no_change: [{ change: { ...PLAIN.change!, from: 'approved' } }, ['approved conversion of 10 EUR', 'nothing changed']],
  duplicate: [{ earlier: EARLIER }, ['Affise DE', EARLIER.id, '2026-11-23 14:30:00 UTC', 'duplicateMode']],
  duplicate_request: [{ earlier: EARLIER }, [EARLIER.id, '2026-11-23 14:30:00 UTC', '600 seconds', 'txid']],
  ignored_status: [
    { values: { ...NO_VALUES, status: 'ping' }, meaning: { meaning: 'ignored', mappedBy: 'source' }, change: null, conversion: null },
    ['“ping”', 'status words of its source', 'map the word'],
  ],
  stale_status: [
    { values: { ...NO_VALUES, status: 'hold' }, change: { ...PLAIN.change!, from: 'approved', to: 'pending' } },
    ['“hold” (pending)', 'was approved already', 'transitionPolicy'],
  ],
  click_not_found: [
    { click: null, change: null, conversion: null },
    ['no click 01jd3q4k8m2v6x0r7t5w9y1z3b', 'source “Affise DE”', '90 days'],
  ],
  click_expired: [{ change: null }, ['2026-09-01 10:00:00 UTC', '30 days', 'Affise DE', 'clickExpiryDays']],
  waiting_click: [
    { click: null, change: null, conversion: null, waits: { next: '2026-11-23T14:36:00.000Z', until: '2026-11-23T15:49:00.000Z' } },
    ['01jd3q4k8m2v6x0r7t5w9y1z3b', 'until 2026-11-23 15:49:00 UTC', '14:36:00 UTC'],
  ],
  source_mismatch: [
    { token: { of: 'source', name: 'Everflow US' }, change: null, conversion: null },
    ['token of source “Everflow US”', 'offer “Red shoes” of source “Affise DE”', 'replay'],
  ],
  source_disabled: [{ change: null }, ['Affise DE', 'disabled', 'enable it', 'replay']],
  failed: [{ reason: '23514 new row violates check', change: null }, ['23514 new row violates check', 'replay']],
};
const refusals: Record<Refusal, [Partial<Facts>, string[]]> = {
  missing_cid: [{ cid: null }, ['400', 'no click id', 'source “Affise DE”', 'cid']],
  unresolved_macro: [
    { cid: null, unresolved: [{ name: 'cid', text: '{sub1}' }], warnings: ['unresolved_macro'] },
    ['“{sub1}”', '400', 'macro'],
  ],
  bad_cid: [{ cid: null, texts: { cid: 'a b' } }, ['“a b”', '128']],
  bad_token: [{ token: null }, ['403', '198.51.100.7', 'postback URL']],
  bad_path: [{ token: null }, ['404', '/postback/TOKEN', '198.51.100.7']],
  token_required: [{ token: null }, ['Affise DE', 'requireToken', 'replay']],
  ip_denied: [{}, ['198.51.100.7', '203.0.113.0/24', 'Affise DE', 'allowedIps', 'replay']],
  too_large: [{}, ['8 KiB', '64 KiB']],
};
const warnings: Record<Warning, [Partial<Facts>, string[]]> = {
  unmapped_status: [
    { values: { ...NO_VALUES, status: 'Qualified' }, meaning: { meaning: 'unmapped', mappedBy: null } },
    ['“Qualified”', 'held', 'status words of source “Affise DE”'],
  ],
  bad_payout: [{ texts: { payout: '1e5' }, conversion: { status: 'approved', payout: '7', currency: 'USD' } }, ['“1e5”', '7 USD stands']],
  bad_currency: [{ texts: { currency: '*', payout: '5' }, values: { ...NO_VALUES, payout: '5' } }, ['“*”', 'currency', '“5”']],
  ambiguous_amount: [{ texts: { payout: '150.000' }, values: { ...NO_VALUES, payout: '150000' } }, ['“150.000”', 'read as 150000']],
  fx_pending: [{ values: { ...NO_VALUES, payout: '1', currency: 'XTS' } }, ['XTS', '2026-11-23', 'rates']],
  fx_old: [{ values: { ...NO_VALUES, payout: '1', currency: 'EUR' } }, ['EUR', '2026-11-10', '7 days']],
  bad_event: [{ texts: { event1: 'many', event2: '5' } }, ['event1 “many”']],
  bad_ts: [{ texts: { ts: '2000-01-01' } }, ['“2000-01-01”', 'receipt']],
  too_long: [{}, ['cut']],
  unresolved_macro: [{ unresolved: [{ name: 'payout', text: '{payout}' }] }, ['“{payout}” for payout']],
  mixed_txid: [{}, ['txid']],
  reversal_without_sale: [{}, ['never came']],
  reinstated: [{}, ['approved after all']],
  repaired_url: [{}, ['&amp;', 'mended']],
  unreadable_body: [{ values: NO_VALUES }, ['may have held the status', 'flat JSON']],
  repeated_param: [{}, ['more than once']],
  invalid_encoding: [{}, ['UTF-8']],
};

describe('explain', () => {
  it.each(RESULTS.filter((result) => result !== 'rejected'))('result %s', (result) => {
    const [facts, words] = results[result];
    const sentence = explain({ ...PLAIN, ...facts, result });
    for (const word of words) expect(sentence).toContain(word);
    expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
  });

  it('a repeated line of a file is none of the network’s retries', () => {
    const sentence = explain({ ...PLAIN, result: 'duplicate_request', earlier: EARLIER, isOfFile: true });
    expect(sentence).toContain('the same line of a file counts once: a second sale needs a txid or a time of its own');
    expect(sentence).not.toContain('600 seconds');
  });

  it('a refused request of 0 made a conversion that stands with what the offer pays, not with 0', () => {
    const values = { ...NO_VALUES, status: 'reject', payout: '0' };
    const change = { ...PLAIN.change!, to: 'rejected' as const, payout: '0' };
    const sentence = explain({ ...PLAIN, values, change, conversion: { status: 'rejected', payout: '14.5', currency: 'EUR' } });
    expect(sentence).toContain('Made a new rejected conversion without money of its own of offer “Red shoes”');
    expect(explain({ ...PLAIN, values: { ...values, payout: '7' }, change: { ...change, payout: '7' } })).toContain('conversion of 7 EUR');
  });

  it('a reversal in another currency than the sale’s may lack the rate of either', () => {
    const facts: Partial<Facts> = {
      values: { ...NO_VALUES, payout: '3', currency: 'EUR' },
      change: { ...PLAIN.change!, from: 'approved', to: 'reversed' },
      conversion: { status: 'reversed', payout: '12.6', currency: 'XTS' },
    };
    expect(explain({ ...PLAIN, ...facts, warnings: ['fx_pending'] })).toContain('no rate of EUR or XTS');
  });

  it('an amount below zero takes back, whatever the word says', () => {
    const values = { ...NO_VALUES, status: 'sale', payout: '-4' };
    const change = { ...PLAIN.change!, from: 'approved' as const, payout: '-4' };
    expect(explain({ ...PLAIN, result: 'updated', values, change })).toContain('Took 4 EUR back from the approved conversion');
    const whole = explain({ ...PLAIN, result: 'updated', values, change: { ...change, to: 'reversed' } });
    expect(whole).toContain('from approved to reversed, because source “Affise DE” takes an amount below zero for a reversal');
    const refused = explain({ ...PLAIN, result: 'updated', values, change, warnings: ['bad_payout'] });
    expect(refused).toContain('Updated the approved conversion');
  });

  it('a request without a status takes back where that is what it counts as', () => {
    const change = { ...PLAIN.change!, from: 'approved' as const, payout: '4' };
    const facts: Facts = { ...PLAIN, result: 'updated', values: { ...NO_VALUES, payout: '4' }, meaning: null, change };
    expect(explain({ ...facts, source: { ...SOURCE, defaultStatus: 'reversed' } })).toContain('Took 4 EUR back');
    expect(explain(facts)).toContain('Updated the approved conversion of offer “Red shoes”, with the amount 4 EUR');
  });

  it('a currency without an amount that can be read does not hold up the money of the offer', () => {
    for (const texts of [{ currency: 'E' }, { currency: 'E', payout: 'abc' }] as Record<string, string>[]) {
      const sentence = explain({ ...PLAIN, texts, values: NO_VALUES, warnings: ['bad_currency'] });
      expect(sentence).toContain('“E” is none');
      expect(sentence).not.toContain('as soon as it is corrected');
    }
  });

  it.each(REFUSALS)('refusal %s', (reason) => {
    const [facts, words] = refusals[reason];
    const sentence = explain({ ...PLAIN, change: null, conversion: null, click: null, ...facts, result: 'rejected', reason });
    for (const word of words) expect(sentence).toContain(word);
    if (reason === 'unresolved_macro') expect(sentence.match(/\{sub1\}/g)).toHaveLength(1);
  });

  it.each(WARNINGS)('warning %s', (warning) => {
    const [facts, words] = warnings[warning];
    const sentence = explain({ ...PLAIN, ...facts, warnings: [warning] });
    for (const word of words) expect(sentence).toContain(word);
  });

  it.each(RESULTS.flatMap((result) => [null, ...REFUSALS].map((reason) => [result, reason] as const)))(
    'every warning beside result %s, reason %s, however little is known',
    (result, reason) => {
      const nothing: Facts = {
        ...PLAIN,
        result,
        reason,
        cid: null,
        ip: null,
        values: NO_VALUES,
        texts: {},
        unresolved: [],
        meaning: null,
        source: null,
        token: null,
        click: null,
        change: null,
        conversion: null,
      };
      const sentences = WARNINGS.flatMap((warning) =>
        [nothing, { ...PLAIN, result, reason }].map((facts) => explain({ ...facts, warnings: [warning] })),
      );
      expect(sentences.filter((sentence) => !/^[A-Z][^\n]{15,}\.$/.test(sentence))).toEqual([]);
      expect(sentences.filter((sentence) => /undefined|null|NaN|\[object| {2}|“”/.test(sentence))).toEqual([]);
    },
  );

  it.each([
    [
      { token: { of: 'offer', name: 'Hats' }, click: { ...PLAIN.click!, source: null } },
      'the token of offer “Hats” came and click 01jd3q4k8m2v6x0r7t5w9y1z3b is of offer “Red shoes”: have the network call the postback URL of that offer',
    ],
  ] as const)('whose token came and whose click it was', (facts, text) => {
    expect(explain({ ...PLAIN, change: null, conversion: null, ...facts, result: 'source_mismatch' })).toContain(text);
  });

  it('says what a request without a status counts as, and where the money is from', () => {
    expect(explain({ ...PLAIN, values: NO_VALUES, texts: {}, meaning: null })).toBe(
      'Made a new approved conversion of 10 EUR (the offer’s payout) of offer “Red shoes”, because it names no status and such requests count as approved at source “Affise DE”.',
    );
    expect(
      explain({ ...PLAIN, change: null, values: { ...NO_VALUES, events: { event1: '5' } }, conversion: null, result: 'updated' }),
    ).toContain('has no conversion yet');
    expect(
      explain({
        ...PLAIN,
        result: 'updated',
        meaning: { meaning: 'reversed', mappedBy: 'built-in' },
        change: { from: 'approved', to: 'approved', payout: '3', currency: 'EUR', rateDate: null },
      }),
    ).toBe('Took 3 EUR back from the approved conversion of offer “Red shoes”.');
  });

  it('says what an offer with a fixed payout pays, not what the request asked', () => {
    const click = { ...PLAIN.click!, fixed: { payout: '7' } };
    const values = { ...PLAIN.values, payout: '99', currency: 'USD' };
    const change = { ...PLAIN.change!, payout: '99', currency: 'USD' };
    const facts: Facts = {
      ...PLAIN,
      click,
      values,
      change,
      warnings: ['fx_old'],
      conversion: { status: 'approved', payout: '7', currency: 'EUR' },
    };
    expect(explain(facts)).toMatch(/^Made a new approved conversion of 7 EUR \(the offer’s fixed payout\) .*the rate of EUR is/);
    expect(explain({ ...facts, warnings: [], result: 'updated', change: { ...change, from: 'approved' } })).toBe(
      'Updated the approved conversion of offer “Red shoes”.',
    );
    expect(explain({ ...facts, warnings: [], click: { ...click, fixed: { payout: null } } })).toContain(
      'conversion without money of offer',
    );
  });

  it('does not take a negative amount that was refused for the one that counts', () => {
    const facts: Facts = {
      ...PLAIN,
      warnings: ['bad_payout'],
      values: { ...PLAIN.values, payout: '-5' },
      texts: { status: 'sale', payout: '-5' },
      change: { ...PLAIN.change!, payout: '-5' },
    };
    expect(explain(facts)).toBe(
      'Made a new approved conversion of 10 EUR of offer “Red shoes”, because “sale” means approved by the built-in words; the payout “-5” is below zero, which only what rejects or reverses may be (amountSign), so 10 EUR stands.',
    );
    expect(explain({ ...facts, result: 'updated', change: { ...facts.change!, from: 'approved' } })).toMatch(
      /^Updated the approved conversion of offer “Red shoes”; /,
    );
    expect(
      explain({
        ...facts,
        result: 'updated',
        warnings: [],
        meaning: { meaning: 'reversed', mappedBy: 'built-in' },
        change: { from: 'approved', to: 'approved', payout: '-2', currency: 'EUR', rateDate: null },
      }),
    ).toBe('Took 2 EUR back from the approved conversion of offer “Red shoes”.');
  });

  it('is not turned around by what somebody wrote', () => {
    const sentence = explain({ ...PLAIN, click: { ...PLAIN.click!, offer: '\u202egnp.exe \u2067אבג' } });
    expect(sentence).toContain('of offer “gnp.exe אבג”, because');
  });

  it('shows long texts cut', () => {
    expect(explain({ ...PLAIN, result: 'rejected', reason: 'bad_cid', texts: { cid: 'x '.repeat(5_000) } }).length).toBeLessThan(400);
  });
});
