import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePostback, type ParsedPostback } from './parse-postback.js';
import { PARAMETERS } from '../offer-sources/vocabulary.js';
import { runs } from '../../test/support/runs.js';
import { character } from '../../test/support/texts.js';

const get = (query: string, aliases?: Record<string, string>): ParsedPostback =>
  parsePostback({ query, contentType: null, body: null }, aliases === undefined ? {} : { aliases });
const post = (contentType: string, body: string, query = 'cid=a'): ParsedPostback =>
  parsePostback({ query, contentType, body: Buffer.from(body) });

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
    [`cid=a&return=${'x'.repeat(64)}`, { return: 'x'.repeat(64) }],
    [`cid=a&return=${'x'.repeat(65)}`, { return: null }],
    ['cid=a&return=%C3%BC', { return: null }],
    ['cid=a&return=a%0Ab', { return: null }],
    ['cid=a&event_time=1700000000', { ts: 1_700_000_000_000 }],
    ['cid=a&disable_forward=1', { disableForward: true }],
    ['cid=a&disable_postback=0', { disableForward: false }],
    ['cid[0]=a&cid[1]=b', { cid: 'b' }],
    ['cid=a&status=x&status=', { status: 'x' }],
    ['cid=a&payout={payout}&sum=5', { payout: '5' }],
    ['&&cid=a&&=&', { cid: 'a' }],
    ['cid=A-b', { cid: 'A-b' }],
    ['cid=a&status=+hold+', { status: 'hold' }],
  ])('%s', (query, values) => expect(get(query).values).toMatchObject(values));

  it('takes a source’s own aliases, the canonical name first', () => {
    expect(get('cid=a&my_sum=5', { my_sum: 'payout' }).values.payout).toBe('5');
    expect(get('cid=a&my_sum=5&payout=6', { my_sum: 'payout' }).values.payout).toBe('6');
    expect(get('cid=a&my_sum=5&revenue=6', { my_sum: 'payout' }).values.payout).toBe('5');
    expect(get('cid=a&second=6&first=5', { first: 'payout', second: 'payout' }).values.payout).toBe('5');
    expect(get('cid=a&subid=x', { subid: 'param1' }).values.params).toEqual({ param1: 'x' });
    expect(get('cid=a&status=x', { status: 'param1' }).values.status).toBe('x');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('takes %s for a name like any other', (name) => {
    const { values, refusal } = get(`cid=a&${name}=x&payout=2`, {});
    expect([values.payout, refusal]).toEqual(['2', null]);
    expect(post('application/json', `{"${name}":"x","payout":3}`).values.payout).toBe('3');
  });

  it('lets the query win over the body, after names are canonical', () => {
    expect(post('application/x-www-form-urlencoded', 'payout=1&status=hold', 'cid=a&sum=2').values).toMatchObject({
      payout: '2',
      status: 'hold',
    });
    expect(post('application/json', '{"cid":"b","payout":12.5,"status":null,"nested":{"x":1},"list":[1]}', '').values).toMatchObject({
      cid: 'b',
      payout: '12.5',
      status: null,
    });
    expect(post('application/json', '{broken', 'cid=a').values.cid).toBe('a');
    expect(post('application/json', '"text"', '').refusal).toBe('missing_cid');
    expect(post('application/json', '[{"cid":"a"}]', '').refusal).toBe('missing_cid');
    expect(post('application/json', '\ufeff{"CID":"b"}', '').values.cid).toBe('b');
    expect(post('application/json', '{"status":"x"}', 'cid=a&status=').values.status).toBe('x');
    expect(post('application/json', '{"status":"x"}', 'cid=a&goal=y').values.status).toBe('y');
  });

  it('reads JSON numbers to the last digit', () => {
    const { values, warnings } = post(
      'application/json',
      '{"txid":12345678901234567890,"payout":0.0000015,"event1":-1.50,"event2":1e3,"param1":"5 \\" 6","disable_forward":true}',
    );
    expect(values).toMatchObject({
      txid: '12345678901234567890',
      payout: '0.0000015',
      events: { event1: '-1.5', event2: '1000' },
      params: { param1: '5 " 6' },
      disableForward: true,
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    // As PHP, Python and JavaScript write small and large numbers.
    ['5.46e-6', '0.00000546'],
    ['5.46e-06', '0.00000546'],
    ['-1.5E+1', '-15'],
    ['1.0e+3', '1000'],
    ['1e-7', '0.0000001'],
  ])('a number that a JSON encoder wrote as %s is %s; as text it is none', (number, payout) => {
    expect(post('application/json', `{"payout":${number}}`)).toMatchObject({ values: { payout }, warnings: [] });
    expect(post('application/json', `{"payout":"${number}"}`)).toMatchObject({ values: { payout: null }, warnings: ['bad_payout'] });
  });

  it('reads no more than 100 parameters', () => {
    const many = (n: number): string => Array.from({ length: n }, (_, i) => `x${i}=1`).join('&');
    expect(get(`${many(99)}&cid=a`).refusal).toBeNull();
    expect(get(`${many(100)}&cid=a`).refusal).toBe('missing_cid');
    expect(post('application/x-www-form-urlencoded', many(200), 'cid=a').refusal).toBeNull();
    expect(post('application/json', `{${many(99).replaceAll(/(x\d+)=1&?/g, '"$1":"1",')}"status":"x"}`, 'cid=a').values.status).toBeNull();
  });
});

describe('refusals', () => {
  it.each([
    ['', 'missing_cid'],
    ['payout=1', 'missing_cid'],
    ['cid=%20', 'missing_cid'],
    ['cid={sub1}', 'unresolved_macro'],
    ['cid=REPLACE', 'unresolved_macro'],
    ['cid=%7Bsub1%7D', 'unresolved_macro'],
    ['cid=%affid%', 'unresolved_macro'],
    ['cid=%5B%5B%5Bx%5D%5D%5D', 'unresolved_macro'],
    ['cid={sub1}&clickid=a', 'unresolved_macro'],
    ['cid=a%20b', 'bad_cid'],
    [`cid=${'a'.repeat(129)}`, 'bad_cid'],
    ['cid=%00', 'bad_cid'],
    [`cid=${'a'.repeat(128)}`, null],
    ['cid=A-b_c.9', null],
  ])('%s → %s', (query, refusal) => expect(get(query).refusal).toBe(refusal));
});

describe('unresolved macros', () => {
  it.each([
    'REPLACE',
    'OPTIONAL',
    '{x}',
    '{{x}}',
    '{{{x}}}',
    '${x}',
    '[x]',
    '[[[x]]]',
    '[=x=]',
    '#x#',
    '##x##',
    '%x%',
    '%%x%%',
    '__x__',
    '__CLICK_ID__',
    '<x>',
  ])('%s is absent, with a warning', (macro) => {
    for (const encoded of [encodeURIComponent(macro), encodeURIComponent(encodeURIComponent(macro))]) {
      const { values, warnings } = get(`cid=a&payout=${encoded}&status=${encoded}`);
      expect([values.payout, values.status, warnings]).toEqual([null, null, ['unresolved_macro']]);
      expect(get(`cid=${encoded}`).refusal).toBe('unresolved_macro');
    }
  });
  it.each(['%payout%', '%deal%', '%25deal%25', '%%payout%%', '%7Bx%7D', '%257Bx%257D'])('%s is one without being encoded, too', (macro) => {
    const { values, warnings } = get(`cid=a&status=${macro}`);
    expect([values.status, warnings]).toEqual([null, ['unresolved_macro']]);
  });
  it('leaves parameters that are not ours alone', () => expect(get('cid=a&x={x}').warnings).toEqual([]));
  it.each(['x{y}', '{x}y', '{x}_{y}', 'replace', '__x', '__a__b', 'a__b__', '100%', '50% off'])('%s is a value', (text) =>
    expect(get(`cid=a&status=${encodeURIComponent(text)}`).values.status).toBe(text),
  );
});

describe('amounts', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['payout=12.50', { payout: '12.5', currency: null }, []],
    ['payout=0.00000546&currency=BTC', { payout: '0.00000546', currency: 'BTC' }, []],
    ['payout=R%24+1.234,56', { payout: '1234.56', currency: 'BRL' }, []],
    ['payout=12.50+USD', { payout: '12.5', currency: 'USD' }, []],
    ['payout=%E2%82%AC7&currency=eur', { payout: '7', currency: 'EUR' }, []],
    ['payout=%E2%82%AC7&currency=USD', { payout: '7' }, ['bad_currency']],
    ['payout=$7&currency=EUR', { payout: '7', currency: 'EUR' }, []],
    ['payout=%E2%82%AC7&currency=!!', { payout: '7', currency: null }, ['bad_currency']],
    ['payout=150.000&currency=VND', { payout: '150000', currency: 'VND' }, ['ambiguous_amount']],
    ['payout=150.000&currency=EUR', { payout: '150', currency: 'EUR' }, []],
    ['payout=12.5&currency=rur', { payout: '12.5', currency: 'RUB' }, []],
    ['payout=(20)', { payout: '-20' }, []],
    ['payout=1e5', { payout: null }, ['bad_payout']],
    ['event1=2.5&add_event2=x', { events: { event1: '2.5' }, addEvents: {} }, ['bad_event']],
  ])('%s', (query, values, warnings) => {
    const parsed = get(`cid=a&${query}`);
    expect(parsed.values).toMatchObject(values);
    expect(parsed.warnings).toEqual(warnings);
  });
  it.each(['null', 'NULL', 'undefined', 'none', 'nil', 'n/a', 'N%2FA'])('currency=%s is absent', (text) => {
    const { values, warnings } = get(`cid=a&payout=5&currency=${text}`);
    expect([values.currency, values.payout, warnings]).toEqual([null, '5', ['unresolved_macro']]);
    expect(get(`cid=a&payout=5&currency=${text}&cur=EUR`).values.currency).toBe('EUR');
  });
  it('takes the currency that holds for the source where none is sent', () => {
    const at = (currency: string, payout: string): ParsedPostback =>
      parsePostback({ query: `cid=a&payout=${payout}`, contentType: null, body: null }, { currency });
    expect(at('VND', '150.000')).toMatchObject({ values: { payout: '150000', currency: null }, warnings: ['ambiguous_amount'] });
    expect(at('VND', '1.500.000')).toMatchObject({ values: { payout: '1500000' }, warnings: [] });
    expect(at('USD', '150.000')).toMatchObject({ values: { payout: '150' }, warnings: [] });
    expect(at('SEK', '100+kr')).toMatchObject({ values: { payout: '100', currency: 'SEK' }, warnings: [] });
    expect(at('USD', '100+kr')).toMatchObject({ values: { payout: '100', currency: null }, warnings: ['bad_currency'] });
  });
});

describe('what HTML made of a URL', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['cid=a&amp;payout=7&amp;status=hold', { cid: 'a', payout: '7', status: 'hold' }, ['repaired_url']],
    ['cid=a&AMP;payout=7&Amp;amp;status=hold', { payout: '7', status: 'hold' }, ['repaired_url']],
    ['cid=a&#38;payout=7&#038;status=hold&#x26;txid=1', { payout: '7', status: 'hold', txid: '1' }, ['repaired_url']],
    ['cid=a&amp%3Bpayout=7', { payout: '7' }, ['repaired_url']],
    ['cid=a&payout=7?status=hold', { payout: '7', status: 'hold' }, ['repaired_url']],
    ['?cid=a&payout=7', { cid: 'a', payout: '7' }, ['repaired_url']],
    ['cid=a?PAYOUT=7?goal=hold', { cid: 'a', payout: '7', status: 'hold' }, ['repaired_url']],
    ['cid=a?amp;payout=7', { cid: 'a', payout: '7' }, ['repaired_url']],
    ['cid=a&payout=7&param1=x?colour=red', { payout: '7', params: { param1: 'x?colour=red' } }, []],
    ['cid=a&payout=7&param1=x%3Fstatus=red', { payout: '7', status: null, params: { param1: 'x?status=red' } }, []],
    ['cid=a&payout=7&param1=sure?', { params: { param1: 'sure?' } }, []],
    ['cid=a&amplitude=5', { cid: 'a' }, []],
  ])('%s', (query, values, warnings) => {
    const parsed = get(query);
    expect(parsed.values).toMatchObject(values);
    expect(parsed.warnings).toEqual(warnings);
    expect(parsed.refusal).toBeNull();
  });
  it('knows a source’s own aliases behind a ?', () =>
    expect(get('cid=a&payout=7?my_goal=hold', { my_goal: 'status' }).values).toMatchObject({ payout: '7', status: 'hold' }));
  it.each(['payout=7&amp;status=hold', 'payout=7?status=hold', '?status=hold&payout=7'])('is mended in the form %s as well', (form) =>
    expect(post('application/x-www-form-urlencoded', form)).toMatchObject({
      values: { payout: '7', status: 'hold' },
      warnings: ['repaired_url'],
    }),
  );
});

describe('bodies', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['application/x-www-form-urlencoded', '{"payout":7,"status":"hold"}', { payout: '7', status: 'hold' }],
    ['text/plain', ' \n{"payout":7}', { payout: '7' }],
    ['application/vnd.api+json', '{"payout":7}', { payout: '7' }],
    ['', '{"payout":7}', { payout: '7' }],
    ['application/octet-stream', 'payout=7&status=hold', { payout: '7', status: 'hold' }],
    ['application/x-www-form-urlencoded', 'payout=7', { payout: '7' }],
    ['application/x-www-form-urlencoded', 'colour=red', {}],
    ['application/json', '{"payout":7,"status":null}', { payout: '7', status: null }],
    ['application/json', '{}', {}],
    ['application/json', ' \n', {}],
  ])('%s %s is read', (type, body, values) => {
    const parsed = post(type, body);
    expect(parsed.values).toMatchObject(values);
    expect(parsed.warnings).toEqual([]);
  });
  it('a text in base64 is no form with an empty field', () => {
    for (const [body, warnings] of [
      ['status=reject', ['unreadable_body']],
      ['status=reject&payout=5', ['unreadable_body']],
    ] as const) {
      const encoded = Buffer.from(body).toString('base64');
      const parsed = parsePostback({ query: 'cid=a', contentType: 'application/x-www-form-urlencoded', body: Buffer.from(encoded) });
      expect([encoded, parsed.warnings]).toEqual([encoded, warnings]);
    }
    for (const form of ['debug=', 'comment=', 'payout=', 'reference=='])
      expect([form, parsePostback({ query: 'cid=a', contentType: null, body: Buffer.from(form) }).warnings]).toEqual([form, []]);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['application/json', '{"payout":7,"order":{"status":"hold"}}', { payout: '7', status: null }],
    ['application/json', '{"payout":7,"items":["x"]}', { payout: '7' }],
    ['application/json', '{"payout":7,', { payout: null }],
    ['application/json', '[{"payout":7}]', { payout: null }],
    ['text/plain', '[{"payout":7}]', { payout: null }],
    ['application/x-www-form-urlencoded', '{"payout":7,', { payout: null }],
    ['application/json', '"text"', {}],
    ['application/json', 'null', {}],
    ['application/json', 'payout=7', { payout: null }],
    ['text/xml', '<order a="1"><status>hold</status></order>', { status: null }],
    ['text/plain', 'payout: 7', { payout: null }],
    ['application/x-www-form-urlencoded', '\x1f\x8b\x08\x00=&status=hold', {}],
    ['multipart/form-data', 'payout=7', { payout: '7' }],
    ['multipart/form-data', '--x\r\nContent-Disposition: form-data; name="status"\r\n\r\nhold&payout=9', { payout: null }],
    ['application/json; content-encoding=zstd', '{"payout":7}', { payout: null }],
  ])('%s %s is not, or not wholly', (type, body, values) => {
    const parsed = post(type, body);
    expect(parsed.values).toMatchObject(values);
    expect(parsed.warnings).toEqual(['unreadable_body']);
    expect(parsed.refusal).toBeNull();
  });
  it('an empty one is none', () =>
    expect(parsePostback({ query: 'cid=a', contentType: 'application/json', body: Buffer.alloc(0) }).warnings).toEqual([]));
});

describe('words in old encodings', () => {
  const percent = (bytes: number[]): string => bytes.map((b) => `%${b.toString(16).padStart(2, '0')}`).join('');
  const CP1251 = {
    approved: [0xef, 0xee, 0xe4, 0xf2, 0xe2, 0xe5, 0xf0, 0xe6, 0xe4, 0xe5, 0xed],
    refused: [0xee, 0xf2, 0xea, 0xeb, 0xee, 0xed, 0xe5, 0xed, 0xee, 0x21, 0x21],
  };
  it('are two words where they are', () => {
    const read = (bytes: number[]): unknown => get(`cid=a&status=${percent(bytes)}`).values.status;
    expect([read(CP1251.approved), read(CP1251.refused)]).toEqual(['подтвержден', 'отклонено!!']);
  });
  it.each<[string | null, number[], string]>([
    [null, [0xcf, 0xe8], 'Пи'],
    [null, [0xa3, 0x35], '£5'],
    [null, [0x66, 0xfc, 0x72], 'fьr'],
    ['latin1', [0x66, 0xfc, 0x72], 'für'],
    ['latin-1', [0x66, 0xfc, 0x72], 'für'],
    ['koi8-r', [0xf0, 0xc9], 'Пи'],
    ['iso-8859-2', [0xb3], 'ł'],
    ['iso-8859-6', [0xff, 0xff], 'яя'],
  ])('%s %j is %s', (legacyEncoding, bytes, word) => {
    const rules = { legacyEncoding };
    const inQuery = parsePostback({ query: `cid=a&param1=${percent(bytes)}`, contentType: null, body: null }, rules);
    expect([inQuery.values.params.param1, inQuery.warnings]).toEqual([word, ['invalid_encoding']]);
    for (const [type, before, after] of [
      ['application/x-www-form-urlencoded', 'param1=', ''],
      ['application/json', '{"param1":"', '"}'],
    ] as const) {
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      const inBody = parsePostback({ query: 'cid=a', contentType: type, body }, rules);
      expect([inBody.values.params.param1, inBody.warnings]).toEqual([word, ['invalid_encoding']]);
    }
  });
  it('never become one, whatever their bytes', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 6 });
    const read = (word: Uint8Array): string => get(`cid=a&txid=x${percent([...word])}x`).values.txid ?? '';
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        // NUL cannot be stored, and UTF-8 may spell what another encoding spells.
        fc.pre(one.length === other.length && !one.includes(0) && !other.includes(0) && !isUtf8(one) && !isUtf8(other));
        const kind = (word: Uint8Array): boolean => word.filter((b) => b >= 0xc0).length * 2 > word.filter((b) => b >= 0x80).length;
        fc.pre(kind(one) === kind(other));
        expect(read(one) === read(other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
      }),
      { numRuns: runs(1_000) },
    );
  });
});

describe('times', () => {
  it.each([
    ['1700000000', 1_700_000_000_000],
    ['1700000000.5', 1_700_000_000_500],
    ['1700000000123', 1_700_000_000_123],
    ['2026-11-23', Date.UTC(2026, 10, 23)],
    ['2026-11-23T10:00:00Z', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23 10:00:00', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23T10:00:00.25+02:00', Date.UTC(2026, 10, 23, 8, 0, 0, 250)],
    ['2026-11-23T10:00:00+0530', Date.UTC(2026, 10, 23, 4, 30)],
    ['99999999999', 99_999_999_999_000],
    ['100000000000', 100_000_000_000],
    ['2026-11-23T10:00', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23 10:00:00+00', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23 10:00:00 -03:00', Date.UTC(2026, 10, 23, 13)],
    ['2026-11-23T10:00:00 02:00', Date.UTC(2026, 10, 23, 8)],
    ['2026-11-23t10:00:00z', Date.UTC(2026, 10, 23, 10)],
    ['2026-11-23 10:00:00,5 Z', Date.UTC(2026, 10, 23, 10, 0, 0, 500)],
  ])('%s', (text, ms) => expect(get(`cid=a&ts=${encodeURIComponent(text)}`).values.ts).toBe(ms));
  it.each([
    'yesterday',
    '2026-13-01',
    '-5',
    '2026-11-23T25:00',
    '23.11.2026',
    '99999999999999999',
    '2026-02-30',
    '2026-11-23T10:00+25:00',
    '2026-11-23T10',
    '1e9',
    'NaN',
  ])('%s is no time', (text) => {
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
  it.each([
    ['%00', '\ufffd'],
    ['%ZZ', '%ZZ'],
    ['%', '%'],
    ['%E0%A4', 'à¤'],
    ['%ff', 'я'],
    ['%ED%A0%80', 'í\u00a0\u0080'],
    ['%41%ZZ%C3%BC+', 'A%ZZü'],
    ['\ud800', '\ufffd'],
  ])('param1=x%s is kept as Postgres can hold it', (text, kept) => {
    const { values, warnings } = get(`cid=a&param1=x${text}`);
    expect([values.params.param1, warnings]).toEqual([`x${kept}`, ['invalid_encoding']]);
  });
  it('keeps what bodies hold as Postgres can hold it', () => {
    expect(post('application/json', '{"param1":"x\\u0000\\ud800"}')).toMatchObject({
      values: { params: { param1: 'x\ufffd\ufffd' } },
      warnings: ['invalid_encoding'],
    });
    const latin1 = parsePostback({
      query: 'cid=a',
      contentType: 'application/x-www-form-urlencoded',
      body: Buffer.from('param1=\xfc', 'latin1'),
    });
    expect(latin1).toMatchObject({ values: { params: { param1: 'ь' } }, warnings: ['invalid_encoding'] });
  });
  it('takes good text as it is', () =>
    expect(get('cid=a&param1=%F0%9F%98%80%EF%BF%BD')).toMatchObject({ values: { params: { param1: '😀\ufffd' } }, warnings: [] }));
  it('never cuts a character in half', () => expect(get(`cid=a&status=${'s'.repeat(63)}%F0%9F%98%80`).values.status).toBe('s'.repeat(63)));
  it('hashes bytes, so that anyone can find a long txid again', () => {
    expect(get(`cid=a&txid=${'t'.repeat(191)}`).values.txid).toBe('t'.repeat(191));
    expect(get(`cid=a&txid=${'t'.repeat(192)}`).values.txid).toBe(createHash('sha256').update('t'.repeat(192)).digest('hex'));
  });
  it('warns of a bad currency and a repeated name', () => {
    expect(get('cid=a&currency=%E2%82%AC').warnings).toEqual(['bad_currency']);
    expect(get('cid=a&currency=EU').warnings).toEqual(['bad_currency']);
    expect(get('cid=a&cid=a').warnings).toEqual(['repeated_param']);
    expect(get('cid=a&status=&status=x').warnings).toEqual([]);
    expect(get('cid=a&clickid=b').warnings).toEqual([]);
  });
});

describe('identity', () => {
  it('is the same whatever the order and the alias, and leaves ts and return out', () => {
    expect(get('cid=a&payout=1&x=2&ts=5&return=y').identity).toBe(get('x=2&sum=1&clickid=a').identity);
    expect(get('cid=a&payout=1').identity).not.toBe(get('cid=a&payout=2').identity);
    expect(get('cid=a&x=1').identity).not.toBe(get('cid=a').identity);
    expect(get('cid=a&payout=1.00').identity).toBe(get('cid=a&payout=1').identity);
    expect(get('cid=a&i[0]=1&i[1]=2').identity).not.toBe(get('cid=a&i[0]=7&i[1]=2').identity);
    expect(get('cid=a&x=1%26%3Fy%3D2').identity).not.toBe(get('cid=a&x=1&y=2').identity);
    expect(get('cid=a&x%3Dy=z').identity).not.toBe(get('cid=a&x=y%3Dz').identity);
    expect(get('cid=a&x').identity).toBe(get('cid=a').identity);
    expect(get('cid=a&conversion_id=1').identity).not.toBe(get('cid=a&conversion_id=2').identity);
  });
});

describe('for any input', () => {
  const texts = (of: unknown): string[] =>
    typeof of === 'string'
      ? [of]
      : typeof of === 'object' && of !== null
        ? [...Object.keys(of), ...Object.values(of).flatMap((inner) => texts(inner))]
        : [];
  const storable = (parsed: ParsedPostback): boolean => texts(parsed).every((text) => text.isWellFormed() && !text.includes('\0'));
  /** Text with what hurts in it more often than chance would put it there. */
  const nasty = fc
    .array(
      fc.oneof(
        fc.string({ unit: character, maxLength: 4 }),
        fc.constantFrom(
          '%00',
          '%',
          '%ED%A0%80',
          '\0',
          '\ud800',
          '\udc00',
          '&',
          '=',
          'cid',
          'ts=',
          'payout=',
          'txid=',
          '{',
          '}',
          '[',
          ']',
          '"',
          '\\',
          '\\u0000',
          '1',
          ',',
          '.',
          '__proto__',
          '2026-11-23',
        ),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));
  const contentType = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', null);

  it('never throws and gives only what Postgres can hold', () => {
    fc.assert(
      fc.property(nasty, (query) => storable(get(query, { own: 'payout' }))),
      { numRuns: runs(1_000) },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), contentType, (bytes, type) =>
        storable(parsePostback({ query: 'cid=a', contentType: type, body: Buffer.from(bytes) })),
      ),
    );
    fc.assert(
      fc.property(nasty, contentType, (text, type) => storable(parsePostback({ query: '', contentType: type, body: Buffer.from(text) }))),
      { numRuns: runs(1_000) },
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(PARAMETERS)), nasty, (name, value) =>
        storable(post('application/json', JSON.stringify({ [name]: value }), '')),
      ),
      { numRuns: runs(1_000) },
    );
  });
  it.each(['1', ',', '.', '"', '"\\', '[', '{', '%ff', '%', '&', 'a=1&', ' '])('takes its time with no run of %j', (unit) => {
    const long = unit.repeat(60_000 / unit.length);
    const start = performance.now();
    for (const text of [`cid=a&payout=${long}x`, `cid=a&ts=2026-11-23${long}x`, `{"a":${long}x`, `{"a":"${long}x`]) {
      get(text);
      post('application/json', text);
    }
    // Seconds where an expression backtracks.
    expect(performance.now() - start).toBeLessThan(500);
  });
  it('reads its own output as itself', () => {
    const value = fc.oneof(
      nasty,
      fc.double().map(String),
      fc.constantFrom('1.234,50', '$5', 'usd', '2026-11-23T10:00:00+02:00', '1700000000', 'true', 't'.repeat(200), 'p'.repeat(300)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(PARAMETERS)), value), (given) => {
        const { values } = post('application/json', JSON.stringify(given), 'cid=a');
        const { values: again, refusal, warnings } = post('application/json', JSON.stringify(written(values)), '');
        expect([again, refusal, warnings]).toEqual([values, null, []]);
      }),
      { numRuns: runs(1_000) },
    );
  });
  it('does not depend on the order of different names', () => {
    const own = { own2: 'payout', own1: 'payout' };
    const names = [...Object.entries(PARAMETERS).flat(2), 'own1', 'own2', 'unknown'];
    const segment = fc.string({ unit: fc.constantFrom(...".abcxyzABCXYZ019-_~!$&'()*+,;=:@", '%20', '%41', '%C3%A4', '%E4') });
    const anything = fc.oneof(segment, fc.constantFrom('{x}', '5', '', '%ff'));
    const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), anything), { selector: ([name]) => name, maxLength: 12 });
    fc.assert(
      fc.property(pairs, (list) => {
        const query = (some: typeof list): string => some.map(([name, value]) => `${name}=${value}`).join('&');
        const { warnings: a, ...there } = get(query(list), own);
        const { warnings: b, ...back } = get(query(list.toReversed()), own);
        expect(back).toEqual(there);
        expect(b.toSorted()).toEqual(a.toSorted());
      }),
    );
  });
});

/** Values as a sender would write them. */
function written({
  conversionId,
  params,
  events,
  addEvents,
  ts,
  disableForward,
  ...same
}: ParsedPostback['values']): Record<string, unknown> {
  const added = Object.fromEntries(Object.entries(addEvents).map(([name, amount]) => [`add_${name}`, amount]));
  // A number below this would be taken for seconds.
  const time = ts === null || ts >= 1e11 ? ts : new Date(ts).toISOString();
  return { ...same, conversion_id: conversionId, ...params, ...events, ...added, ts: time, disable_forward: disableForward };
}
