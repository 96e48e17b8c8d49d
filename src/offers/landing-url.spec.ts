import { describe, expect, it } from '@jest/globals';
import { compileLandingUrl, type LandingClick, MACROS, parseOfferUrl, sampleLandingUrl } from './landing-url.js';

const CLICK: LandingClick = {
  cid: '01jwnv5c8he1x8rk2m4p6q7s9t',
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  offer: { id: 'o-1', name: 'Red & blue' },
  offerSource: { id: 's-1', name: 'Net' },
  request: {
    externalId: 'e1',
    subs: { sub1: 'one', sub20: 'twenty' },
    source: 'fb',
    keyword: 'a b',
    cost: '0.05',
    language: 'de',
    referrer: 'https://n.example/?a=b',
    referrerDomain: 'n.example',
    userAgent: 'UA/1',
  },
  ip: '203.0.113.7',
  device: {
    device: 'mobile',
    deviceBrand: 'Apple',
    deviceModel: 'iPhone',
    os: 'iOS',
    osVersion: '17.0',
    browser: 'Safari',
    browserVersion: '17',
  },
  geo: { country: 'DE', region: 'Bavaria', city: 'Munich', isp: 'Telecom' },
  random: () => '42',
};
const NOTHING: LandingClick = {
  ...CLICK,
  offerSource: null,
  ip: null,
  device: null,
  geo: null,
  request: {
    externalId: null,
    subs: null,
    source: null,
    keyword: null,
    cost: null,
    language: null,
    referrer: null,
    referrerDomain: null,
    userAgent: null,
  },
};
const DEFAULT_TEMPLATE = '{url}?{cidParameter}={clickid}';

describe('macros', () => {
  it('are these', () => {
    const names = `clickid cid offerid offername offersourceid offersourcename externalid ${Array.from({ length: 20 }, (_, i) => `sub${i + 1}`).join(' ')} source keyword cost
      country countrycode region city isp language device devicebrand devicemodel os osversion browser browserversion ip useragent referrer domain timestamp date time random`;
    expect(MACROS.map((macro) => macro.name)).toEqual(names.split(/\s+/));
    expect(MACROS.every((macro) => macro.description !== '' && macro.sample !== '')).toBe(true);
  });

  it.each([
    ['clickid', '01jwnv5c8he1x8rk2m4p6q7s9t'],
    ['CID', '01jwnv5c8he1x8rk2m4p6q7s9t'],
    ['offerid', 'o-1'],
    ['offername', 'Red & blue'],
    ['offersourceid', 's-1'],
    ['offersourcename', 'Net'],
    ['externalid', 'e1'],
    ['sub1', 'one'],
    ['sub2', ''],
    ['sub20', 'twenty'],
    ['source', 'fb'],
    ['keyword', 'a b'],
    ['cost', '0.05'],
    ['country', 'Germany'],
    ['countrycode', 'DE'],
    ['region', 'Bavaria'],
    ['city', 'Munich'],
    ['isp', 'Telecom'],
    ['language', 'de'],
    ['device', 'mobile'],
    ['devicebrand', 'Apple'],
    ['devicemodel', 'iPhone'],
    ['os', 'iOS'],
    ['osversion', '17.0'],
    ['browser', 'Safari'],
    ['browserversion', '17'],
    ['ip', '203.0.113.7'],
    ['useragent', 'UA/1'],
    ['referrer', 'https://n.example/?a=b'],
    ['domain', 'n.example'],
    ['timestamp', '1767323045'],
    ['date', '2026-01-02'],
    ['time', '03:04:05'],
    ['random', '42'],
  ])('{%s} is %s', (name, expected) => {
    const url = new URL(compileLandingUrl(`https://h.example/?v={${name}}`).expand(CLICK));
    expect(url.searchParams.get('v')).toBe(expected);
  });

  it('are empty where the click has no such fact', () => {
    const always = new Set(['clickid', 'cid', 'offerid', 'offername', 'timestamp', 'date', 'time', 'random']);
    for (const { name } of MACROS) {
      if (!always.has(name)) expect(compileLandingUrl(`https://h.example/{${name}}`).expand(NOTHING)).toBe('https://h.example/');
    }
  });

  it('give an unknown country code as it is', () => {
    expect(
      compileLandingUrl('https://h.example/{country}').expand({ ...CLICK, geo: { country: 'XZ', region: null, city: null, isp: null } }),
    ).toBe('https://h.example/XZ');
  });

  it('tell which costly facts a URL needs', () => {
    expect(compileLandingUrl('https://h.example/{clickid}?u={useragent}&i={ip}').needs).toEqual({ device: false, geo: false });
    expect(compileLandingUrl('https://h.example/{COUNTRY}').needs).toEqual({ device: false, geo: true });
    expect(compileLandingUrl('https://h.example/{osVersion}{isp}').needs).toEqual({ device: true, geo: true });
  });

  it('have samples for a preview', () => {
    expect(sampleLandingUrl('https://h.example/{countrycode}?k={keyword}&x={nope}')).toBe('https://h.example/DE?k=red%20shoes&x={nope}');
  });
});

describe('parseOfferUrl', () => {
  it('lists macros with their positions', () => {
    expect(parseOfferUrl('https://h.example/?c={ClickId}&s={subb1}')).toEqual({
      macros: [
        { name: 'clickid', start: 21, end: 30, known: true },
        { name: 'subb1', start: 33, end: 40, known: false },
      ],
      errors: [],
      warnings: ['{subb1} is not a known macro and stays as written; did you mean {sub1}?'],
    });
  });

  it.each([
    ['https://{country}.h.example/', '{country} in its scheme or host'],
    ['ftp://h.example/', 'http:// or https://'],
    ['https://user:pass@h.example/', 'user name or password'],
    ['h.example', 'is not a URL'],
  ])('%s: %s', (url, message) => {
    expect(parseOfferUrl(url).errors).toEqual([{ pointer: '/url', message: expect.stringContaining(message) }]);
  });

  it.each<[string, string | null, string[]]>([
    ['https://h.example/{cid}', null, []],
    ['https://h.example/', null, ['no click id travels']],
    ['https://h.example/', DEFAULT_TEMPLATE, []],
    ['https://h.example/', '{url}?s={sub1}', ['no click id travels']],
    ['https://h.example/?aff_sub=fixed', DEFAULT_TEMPLATE, ['no click id travels']],
    [
      'https://h.example/?c={click_id}',
      null,
      ['{click_id} is not a known macro and stays as written; did you mean {clickid}?', 'no click id travels'],
    ],
    ['https://h.example/?c={clickid}&x={whatever_else}', null, ['{whatever_else} is not a known macro and stays as written']],
    ['https://h.example/?c={{clickid}}', null, ['{{clickid}} has one pair of braces too many']],
  ])('%s with %s warns %j', (url, template, warnings) => {
    const source = template === null ? null : { offerUrlTemplate: template, cidParameter: 'aff_sub' };
    expect(parseOfferUrl(url, source).warnings).toEqual(warnings.map((text) => expect.stringContaining(text)));
  });
});
