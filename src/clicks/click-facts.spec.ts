import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { botReason, deviceOf, readableHeaders, readRequest } from './click-facts.js';
import { character } from '../../test/support/texts.js';

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';

describe('readRequest', () => {
  it('reads everything a tracking link and a browser send', () => {
    expect(
      readRequest(
        {
          externalid: 'e-1',
          sub1: 'a',
          Sub20: ' b ',
          sub21: 'no',
          sub0: 'no',
          source: 'fb',
          KEYWORD: 'red shoes',
          cost: '0.050',
          cost_currency: 'eur',
        },
        { 'user-agent': CHROME, 'accept-language': 'de-AT,de;q=0.9,en;q=0.8', referer: 'https://News.example:8443/a?b=c' },
      ),
    ).toEqual({
      externalId: 'e-1',
      subs: { sub1: 'a', sub20: 'b' },
      source: 'fb',
      keyword: 'red shoes',
      cost: '0.05',
      costCurrency: 'EUR',
      language: 'de',
      referrer: 'https://News.example:8443/a?b=c',
      referrerDomain: 'news.example',
      userAgent: CHROME,
      warnings: [],
    });
  });

  it('knows nothing of an empty request', () => {
    expect(readRequest({ sub1: '', keyword: '  ' }, {})).toEqual({
      externalId: null,
      subs: null,
      source: null,
      keyword: null,
      cost: null,
      costCurrency: null,
      language: null,
      referrer: null,
      referrerDomain: null,
      userAgent: null,
      warnings: [],
    });
  });

  it.each<[unknown, string | null]>([
    [['a', 'b'], 'b'],
    [['a', '', ' '], 'a'],
    [['', ''], null],
    [['a', ['b']], 'a'],
    [[], null],
    [{ a: 'b' }, null],
    [5, null],
    [undefined, null],
    ['a\0b', 'ab'],
    ['\0', null],
    ['a\ud800b', 'ab'],
    ['😀', '😀'],
    ['x'.repeat(300), 'x'.repeat(255)],
    [`${'x'.repeat(254)}😀`, 'x'.repeat(254)],
  ])('sub1=%j is %j', (given, expected) => {
    expect(readRequest({ sub1: given }, {}).subs?.['sub1'] ?? null).toBe(expected);
  });

  it.each<[Record<string, string>, string | null, string | null]>([
    [{ cost: '0.05' }, '0.05', null],
    [{ cost: '0' }, '0', null],
    [{ cost: '007.10' }, '7.1', null],
    [{ cost: '12.600000000000001' }, '12.6', null],
    [{ cost: '0.0000005' }, '0.0000005', null],
    [{ cost: '1000000000' }, '1000000000', null],
    [{ cost: '.05' }, '0.05', null],
    [{ cost: '0,05' }, '0.05', null],
    [{ cost: '$0.05' }, '0.05', null],
    [{ cost: '0.05 EUR' }, '0.05', 'EUR'],
    [{ cost: '€0,05' }, '0.05', 'EUR'],
    [{ cost: '1 000' }, '1000', null],
    [{ cost: '1', currency: 'usdt' }, '1', 'USDT'],
    [{ cost: '1', currency: 'rur' }, '1', 'RUB'],
    [{ cost: '1', currency: 'USD', cost_currency: 'EUR' }, '1', 'EUR'],
    [{ cost: '1', currency: '{currency}' }, '1', null],
    [{ cost: '1', currency: 'null' }, '1', null],
    [{ currency: 'USD' }, null, null],
    [{ cost: ' ' }, null, null],
  ])('%j costs %s %s', (query, cost, currency) => {
    expect(readRequest(query, {})).toMatchObject({ cost, costCurrency: currency, warnings: [] });
  });

  it.each<Record<string, string>>([
    { cost: '-1' },
    { cost: '1e3' },
    { cost: '0x10' },
    { cost: 'NaN' },
    { cost: '1,500' },
    { cost: '{cost}' },
    { cost: 'x', currency: 'USD' },
    { cost: '€1', currency: 'USD' },
    { cost: '1', currency: '*' },
    { cost: '1000000000000001' },
  ])('%j has a cost that cannot be read, which is not nothing', (query) => {
    expect(readRequest(query, {})).toMatchObject({ cost: null, costCurrency: null, warnings: ['bad_cost'] });
  });

  it('reads the names that HTML made of a link, and says so', () => {
    expect(readRequest({ 'amp;cost': '0.5', 'AMP;Sub1': 'x', '#38;keyword': 'k', 'amp;utm_x': 'y', sub2: 'z' }, {})).toMatchObject({
      cost: '0.5',
      subs: { sub1: 'x', sub2: 'z' },
      keyword: 'k',
      warnings: ['repaired_url'],
    });
    expect(readRequest({ 'amp;cost': 'x' }, {})).toMatchObject({ cost: null, warnings: ['bad_cost', 'repaired_url'] });
    expect(readRequest({ 'amp;utm_x': 'y', sub1: 'a;b' }, {}).warnings).toEqual([]);
  });

  it('groups thousands in a cost of a currency without decimals', () => {
    for (const [query, base] of [
      [{ cost: '1.500', currency: 'VND' }, 'USD'],
      [{ cost: '1.500' }, 'JPY'],
    ] as const)
      expect(readRequest(query, {}, base)).toMatchObject({ cost: '1500', warnings: ['ambiguous_amount'] });
  });

  it('reads bytes of headers as the text they were', () => {
    const bytes = (text: Buffer): string => text.toString('latin1');
    const plain = { referer: 'https://news.example/', 'user-agent': CHROME };
    expect(readableHeaders(plain)).toBe(plain);
    expect(readableHeaders({ referer: bytes(Buffer.from('https://köln.example/?q=Привет')) }).referer).toBe(
      'https://köln.example/?q=Привет',
    );
    expect(readableHeaders({ referer: bytes(Buffer.from([0xcf, 0xf0, 0xe8])) }).referer).toBe('При');
    expect(readableHeaders({ 'user-agent': bytes(Buffer.from('Smartphone für alle')) })['user-agent']).toBe('Smartphone für alle');
  });

  it.each([
    ['en-US,en;q=0.9', 'en'],
    ['FR', 'fr'],
    ['fil-PH', 'fil'],
    ['pt_BR', 'pt'],
    [' es ; q=0.5', 'es'],
    ['*', null],
    ['', null],
    ['english', null],
    ['i-klingon', null],
  ])('language of "%s" is %s', (header, expected) => {
    expect(readRequest({}, { 'accept-language': header }).language).toBe(expected);
  });

  it.each([
    ['https://www.Example.com/x', 'www.example.com'],
    ['https://u:p@example.com:8080', 'example.com'],
    ['android-app://com.google.android.gm/', 'com.google.android.gm'],
    ['http://[2001:db8::1]:80/', '[2001:db8::1]'],
    ['https://example.com?x=a@b.example', 'example.com'],
    ['about:blank', null],
    ['nonsense', null],
    ['https://', null],
  ])('domain of "%s" is %s', (referer, expected) => {
    expect(readRequest({}, { referer }).referrerDomain).toBe(expected);
  });

  it('never throws and never gives what Postgres cannot hold', () => {
    const text = fc.string({ unit: character });
    const anything = fc.oneof(text, fc.array(text), fc.anything());
    const names = fc.oneof(fc.constantFrom('sub1', 'externalid', 'cost', 'currency', '__proto__', 'constructor'), text);
    fc.assert(
      fc.property(fc.dictionary(names, anything), text, (query, header) => {
        const facts = readRequest(query, { referer: header, 'user-agent': header, 'accept-language': header });
        for (const value of [...Object.values(facts), ...Object.values(facts.subs ?? {})]) {
          if (typeof value !== 'string') continue;
          expect(value).not.toContain('\0');
          expect(Buffer.from(value).toString()).toBe(value);
          expect(value.length).toBeLessThanOrEqual(1024);
        }
      }),
    );
  });
});

describe('botReason', () => {
  it.each<[string, Record<string, string>, string | null, string | null]>([
    ['GET', {}, CHROME, null],
    ['GET', {}, IPHONE, null],
    [
      'GET',
      {},
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0]',
      null,
    ],
    [
      'GET',
      {},
      'Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 Instagram 312.0',
      null,
    ],
    ['HEAD', {}, CHROME, 'head'],
    ['GET', { purpose: 'prefetch' }, CHROME, 'prefetch'],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }, CHROME, 'prefetch'],
    ['GET', { 'x-moz': 'prefetch' }, CHROME, 'prefetch'],
    ['GET', { 'x-purpose': 'preview' }, IPHONE, 'prefetch'],
    ['GET', {}, null, 'no_user_agent'],
    ['GET', {}, 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'link_preview'],
    ['GET', {}, 'WhatsApp/2.23.20.0', 'link_preview'],
    ['GET', {}, 'TelegramBot (like TwitterBot)', 'link_preview'],
    ['GET', {}, 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', 'link_preview'],
    ['GET', {}, 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5', 'link_preview'],
    ['GET', {}, 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'bot'],
    ['GET', {}, 'curl/8.5.0', 'bot'],
    ['GET', {}, 'python-requests/2.31', 'bot'],
  ])('%s %j %s: %s', (method, headers, userAgent, expected) => {
    expect(botReason(method, headers, userAgent)).toBe(expected);
    // The second look-up comes from memory.
    expect(botReason(method, headers, userAgent)).toBe(expected);
  });
});

describe('deviceOf', () => {
  it('names everything a user agent tells', () => {
    expect(deviceOf(IPHONE)).toEqual({
      device: 'mobile',
      deviceBrand: 'Apple',
      deviceModel: 'iPhone',
      os: 'iOS',
      osVersion: '17.0',
      browser: 'Mobile Safari',
      browserVersion: '17.0',
    });
    expect(deviceOf(CHROME)).toEqual({
      device: 'desktop',
      deviceBrand: null,
      deviceModel: null,
      os: 'Windows',
      osVersion: '10',
      browser: 'Chrome',
      browserVersion: '120.0.0.0',
    });
    expect(deviceOf(IPHONE)).toBe(deviceOf(IPHONE));
  });

  it.each([
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15',
      'desktop',
      'Mac OS',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0', 'desktop', 'Linux'],
    ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0', 'desktop', 'Ubuntu'],
    ['Mozilla/5.0 (X11; FreeBSD amd64; rv:109.0) Gecko/20100101 Firefox/115.0', 'desktop', 'FreeBSD'],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
      'desktop',
      'Chromium OS',
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1',
      'tablet',
      'iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
      'mobile',
      'Android',
    ],
    ['Opera/9.80 (Android; Opera Mini/36.2/119.132; U; en) Presto/2.12.423 Version/12.16', 'mobile', 'Android'],
    ['Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36', 'tv', 'Tizen'],
    ['Mozilla/5.0 (PlayStation 4 3.11) AppleWebKit/537.73 (KHTML, like Gecko)', 'console', 'PlayStation'],
    ['curl/8.5.0', null, null],
  ])('%s', (userAgent, device, os) => {
    expect(deviceOf(userAgent)).toMatchObject({ device, os });
  });

  it('takes no processor for a version', () => {
    expect(deviceOf('Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0').osVersion).toBeNull();
  });

  it('is all null without a user agent', () => {
    expect(Object.values(deviceOf(null)).every((fact) => fact === null)).toBe(true);
  });
});
