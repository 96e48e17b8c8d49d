import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PARAMETERS, parsePostback, type ParsedPostback } from './parse-postback.js';

const get = (query: string, aliases?: Record<string, string>): ParsedPostback => parsePostback({ query, contentType: null, body: null }, aliases);
const post = (contentType: string, body: string, query = 'cid=a'): ParsedPostback => parsePostback({ query, contentType, body: Buffer.from(body) });
const payout = (text: string): [string | null, string[]] => {
  const { values, warnings } = get(`cid=a&payout=${encodeURIComponent(text)}`);
  return [values.payout, warnings];
};

describe('names', () => {
  it.each([
    ['CID=a', { cid: 'a' }],
    ['clickid=a', { cid: 'a' }],
    ['subid=b&clickid=a', { cid: 'a' }],
    ['clickid=a&subid=b', { cid: 'a' }],
    ['subid=b&cid=a', { cid: 'a' }],
    ['cid=&clickid=a', { cid: 'a' }],
    ['cid[]=a&cid[]=b', { cid: 'b' }],
    ['cid=a&status=lead&status=approved', { cid: 'a', status: 'approved' }],
    ['cid=a&revenue=5&sum=6', { payout: '5' }],
    ['cid=a&amount=6&sum=7', { payout: '7' }],
    ['cid=a&goal=FTD', { status: 'FTD' }],
    ['cid=a&order_id=X&tid=Y', { txid: 'Y' }],
    ['cid=a&cur=usdt', { currency: 'USDT' }],
    ['cid=a&conversion_id=9', { conversionId: '9' }],
    ['cid=a&param1=x&param20=y', { params: { param1: 'x', param20: 'y' } }],
    ['cid=a&param21=x', { params: {} }],
    ['cid=a&event_1=5&event30=6', { events: { event1: '5', event30: '6' } }],
    ['cid=a&add_event2=1.5', { addEvents: { event2: '1.5' } }],
    ['cid=a&disable_postbacks=TRUE', { disableForward: true }],
    ['cid=a&return=DUP', { return: 'DUP' }],
    [`cid=a&return=${'x'.repeat(65)}`, { return: null }],
    ['cid=a&status=+hold+', { status: 'hold' }],
  ])('%s', (query, values) => expect(get(query).values).toMatchObject(values));

  it('takes a source’s own aliases, the canonical name first', () => {
    expect(get('cid=a&my_sum=5', { my_sum: 'payout' }).values.payout).toBe('5');
    expect(get('cid=a&my_sum=5&payout=6', { my_sum: 'payout' }).values.payout).toBe('6');
    expect(get('cid=a&my_sum=5&revenue=6', { my_sum: 'payout' }).values.payout).toBe('5');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('takes %s for a name like any other', (name) => {
    const { values, refusal } = get(`cid=a&${name}=x&payout=2`, {});
    expect([values.payout, refusal]).toEqual(['2', null]);
    expect(post('application/json', `{"${name}":"x","payout":3}`).values.payout).toBe('3');
  });

  it('lets the query win over the body, after names are canonical', () => {
    expect(post('application/x-www-form-urlencoded', 'payout=1&status=hold', 'cid=a&sum=2').values).toMatchObject({ payout: '2', status: 'hold' });
    expect(post('application/json', '{"cid":"b","payout":12.5,"status":null,"nested":{"x":1},"list":[1]}', '').values).toMatchObject({ cid: 'b', payout: '12.5', status: null });
    expect(post('application/json', '{broken', 'cid=a').values.cid).toBe('a');
    expect(post('application/json', '"text"', '').refusal).toBe('missing_cid');
  });

  it('reads no more than 100 parameters', () => {
    expect(get(`${Array.from({ length: 100 }, (_, i) => `x${i}=1`).join('&')}&cid=a`).refusal).toBe('missing_cid');
  });
});

describe('refusals', () => {
  it.each([
    ['', 'missing_cid'],
    ['payout=1', 'missing_cid'],
    ['cid=%20', 'missing_cid'],
    ['cid={sub1}', 'unresolved_macro'],
    ['cid=REPLACE', 'unresolved_macro'],
    ['cid=a%20b', 'bad_cid'],
    [`cid=${'a'.repeat(129)}`, 'bad_cid'],
    ['cid=%00', 'bad_cid'],
    [`cid=${'a'.repeat(128)}`, null],
    ['cid=A-b_c.9', null],
  ])('%s → %s', (query, refusal) => expect(get(query).refusal).toBe(refusal));
});

describe('unresolved macros', () => {
  it.each(['REPLACE', 'OPTIONAL', '{x}', '{{x}}', '${x}', '[x]', '[[[x]]]', '[=x=]', '#x#', '##x##', '%x%', '<x>'])('%s is absent, with a warning', (macro) => {
    const { values, warnings } = get(`cid=a&payout=${encodeURIComponent(macro)}&status=${encodeURIComponent(macro)}`);
    expect([values.payout, values.status, warnings]).toEqual([null, null, ['unresolved_macro']]);
  });
  it.each(['x{y}', '{x}y', '{x}_{y}', 'replace'])('%s is a value', (text) => expect(get(`cid=a&status=${encodeURIComponent(text)}`).values.status).toBe(text));
});

describe('amounts', () => {
  it.each([
    ['12.5', '12.5'], ['12.600000000000001', '12.6'], ['0.0000005', '0.000001'], ['-0.0000005', '-0.000001'], ['0.0000004', '0'],
    ['1,234.56', '1234.56'], ['1.234,56', '1234.56'], ['1,234,567.8', '1234567.8'], ['1,50', '1.5'], ['1,5000', '1.5'], ['1.234', '1.234'], ['1 234,50', '1234.5'],
    ['$12.5', '12.5'], ['12.5 €', '12.5'], ['-$3', '-3'], ['+7', '7'], ['.5', '0.5'], ['5.', '5'], ['007', '7'], ['0', '0'], ['-0', '0'], ['1000000000', '1000000000'],
  ])('%s is %s', (text, amount) => expect(payout(text)).toEqual([amount, []]));
  it.each(['1,500', '1.234.567', '1,234,567', '12,34,5', 'NaN', 'Infinity', '1e5', '0x10', '1000000001', '1000000000.000001', '--5', '5-', 'abc', '$', '.', '1.2,3.4', '12,345.6,7', '1,23.4'])(
    '%s is no amount', (text) => expect(payout(text)).toEqual([null, ['bad_payout']]),
  );
  it('is strict with events as well', () => {
    const { values, warnings } = get('cid=a&event1=x&event2=2');
    expect([values.events, warnings]).toEqual([{ event2: '2' }, ['bad_event']]);
  });
});

describe('times', () => {
  it.each([
    ['1700000000', 1_700_000_000_000], ['1700000000.5', 1_700_000_000_500], ['1700000000123', 1_700_000_000_123], ['2026-11-23', Date.UTC(2026, 10, 23)],
    ['2026-11-23T10:00:00Z', Date.UTC(2026, 10, 23, 10)], ['2026-11-23 10:00:00', Date.UTC(2026, 10, 23, 10)], ['2026-11-23T10:00:00.25+02:00', Date.UTC(2026, 10, 23, 8, 0, 0, 250)], ['2026-11-23T10:00:00+0530', Date.UTC(2026, 10, 23, 4, 30)],
  ])('%s', (text, ms) => expect(get(`cid=a&ts=${encodeURIComponent(text)}`).values.ts).toBe(ms));
  it.each(['yesterday', '2026-13-01', '-5', '2026-11-23T25:00', '23.11.2026'])('%s is no time', (text) => {
    const { values, warnings } = get(`cid=a&ts=${text}`);
    expect([values.ts, warnings]).toEqual([null, ['bad_ts']]);
  });
});

describe('odd values', () => {
  it('cuts with a warning, and hashes a txid that is too long', () => {
    const { values, warnings } = get(`cid=a&status=${'s'.repeat(65)}&param1=${'p'.repeat(256)}&txid=${'t'.repeat(192)}`);
    expect([values.status?.length, values.params.param1?.length, values.txid]).toEqual([64, 255, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(warnings).toEqual(['too_long']);
  });
  it.each(['%00', '%ZZ', '%', '%E0%A4', '%ff', '%ED%A0%80'])('param1=%s is kept as Postgres can hold it', (text) => {
    const { values, warnings } = get(`cid=a&param1=x${text}`);
    expect(values.params.param1).toMatch(/^x/);
    expect(warnings).toEqual(['invalid_encoding']);
  });
  it('warns of a bad currency and a repeated name', () => {
    expect(get('cid=a&currency=%E2%82%AC').warnings).toEqual(['bad_currency']);
    expect(get('cid=a&cid=a').warnings).toEqual(['repeated_param']);
  });
});

describe('identity', () => {
  it('is the same whatever the order and the alias, and leaves ts and return out', () => {
    expect(get('cid=a&payout=1&x=2&ts=5&return=y').identity).toBe(get('x=2&sum=1&clickid=a').identity);
    expect(get('cid=a&payout=1').identity).not.toBe(get('cid=a&payout=2').identity);
    expect(get('cid=a&x=1').identity).not.toBe(get('cid=a').identity);
    expect(get('cid=a&conversion_id=1').identity).not.toBe(get('cid=a&conversion_id=2').identity);
  });
});

describe('for any input', () => {
  const storable = (parsed: ParsedPostback): boolean => {
    const text = JSON.stringify(parsed);
    // oxlint-disable-next-line no-control-regex
    return !/\\u0000|\0/.test(text) && text.isWellFormed() && !/\\ud[89a-f]/i.test(text);
  };
  it('never throws and gives only what Postgres can hold', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => storable(get(text))));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain'), (bytes, contentType) =>
      storable(parsePostback({ query: 'cid=a', contentType, body: Buffer.from(bytes) }))));
    fc.assert(fc.property(fc.constantFrom(...Object.keys(PARAMETERS)), fc.string({ unit: 'binary' }), (name, value) => storable(parsePostback({ query: '', contentType: 'application/json', body: Buffer.from(JSON.stringify({ [name]: value })) }))));
  });
  it('does not depend on the order of different names', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...Object.keys(PARAMETERS)), fc.webSegment()), { selector: ([name]) => name, maxLength: 8 });
    fc.assert(fc.property(pairs, (list) => {
      const query = (some: typeof list): string => some.map(([name, value]) => `${name}=${value}`).join('&');
      const { warnings: a, ...there } = get(query(list));
      const { warnings: b, ...back } = get(query(list.toReversed()));
      expect(back).toEqual(there);
      expect(b.toSorted()).toEqual(a.toSorted());
    }));
  });
  it('reads its own canonical amounts as themselves', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), fc.integer({ min: 0, max: 999_999 }), (whole, micro) => {
      const [amount] = payout(`${whole}.${String(micro).padStart(6, '0')}`);
      if (amount !== null) expect(payout(amount)).toEqual([amount, []]);
    }));
  });
});
