import { compileTemplate, type MacroValue, parseTemplate, type TemplateMacro } from '../lib/macros.js';
import { joinOfferUrlTemplate } from '../offer-sources/offer-url-template.js';

/** Where a click is sent: the offer's URL, joined with its source's template, macros expanded (docs/reference.md#macros). */

/** All that a URL's macros can name. Facts the URL does not need (see `needs`) may be null. */
export interface LandingClick {
  cid: string;
  /** Milliseconds. */
  at: number;
  offer: { id: string; name: string };
  offerSource: { id: string; name: string } | null;
  /** What the tracking link and the visitor's headers say. */
  request: Readonly<
    Record<'externalId' | 'source' | 'keyword' | 'cost' | 'language' | 'referrer' | 'referrerDomain' | 'userAgent', string | null>
  > & {
    /** `{ sub1: 'x' }`; null when there is none. */
    subs: Readonly<Record<string, string>> | null;
  };
  ip: string | null;
  device: Readonly<
    Record<'device' | 'deviceBrand' | 'deviceModel' | 'os' | 'osVersion' | 'browser' | 'browserVersion', string | null>
  > | null;
  geo: GeoFacts | null;
  /** Called once per `{random}`; a number in text. */
  random: () => string;
}

export interface GeoFacts {
  /** ISO 3166-1 alpha-2, upper case. */
  country: string | null;
  region: string | null;
  city: string | null;
  isp: string | null;
}

/** A URL macro as `GET /macros` shows it. */
export interface Macro {
  name: string;
  description: string;
  sample: string;
}

export interface LandingUrl {
  expand: (click: LandingClick) => string;
  /** The costly facts that the URL's macros name; the others can be found after the answer. */
  needs: { device: boolean; geo: boolean };
}

export interface OfferUrlMacro extends Pick<TemplateMacro, 'name' | 'start' | 'end' | 'known'> {}

export interface OfferUrl {
  /** `url.slice(start, end)` is the macro with its braces. */
  macros: OfferUrlMacro[];
  errors: { pointer: string; message: string }[];
  warnings: string[];
}

export interface OfferUrlSource {
  offerUrlTemplate: string;
  cidParameter: string;
}

interface MacroRow extends Macro {
  value: MacroValue<LandingClick>;
  needs?: keyof LandingUrl['needs'];
}

const SUBS = Array.from({ length: 20 }, (_, i) => `sub${i + 1}`);
const COUNTRY_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

const ROWS: MacroRow[] = [
  {
    name: 'clickid',
    description: 'Our click id, which the network must send back',
    sample: '01jwnv5c8he1x8rk2m4p6q7s9t',
    value: (c) => c.cid,
  },
  { name: 'cid', description: 'The same as {clickid}', sample: '01jwnv5c8he1x8rk2m4p6q7s9t', value: (c) => c.cid },
  { name: 'offerid', description: 'Id of the offer', sample: '01973b52-b111-7f02-8c4e-52a1d8e6f301', value: (c) => c.offer.id },
  { name: 'offername', description: 'Name of the offer', sample: 'Red shoes DE', value: (c) => c.offer.name },
  {
    name: 'offersourceid',
    description: 'Id of the offer source',
    sample: '01973b50-3c20-7a10-9d2b-0f4c6b8e7d12',
    value: (c) => c.offerSource?.id,
  },
  { name: 'offersourcename', description: 'Name of the offer source', sample: 'Example network', value: (c) => c.offerSource?.name },
  {
    name: 'externalid',
    description: "Parameter externalid of the tracking link: the traffic source's own click id",
    sample: 'ext-8c1f',
    value: (c) => c.request.externalId,
  },
  ...SUBS.map(
    (name): MacroRow => ({
      name,
      description: `Parameter ${name} of the tracking link`,
      sample: `${name}-value`,
      value: (c) => c.request.subs?.[name],
    }),
  ),
  { name: 'source', description: 'Parameter source of the tracking link', sample: 'newsletter', value: (c) => c.request.source },
  { name: 'keyword', description: 'Parameter keyword of the tracking link', sample: 'red shoes', value: (c) => c.request.keyword },
  { name: 'cost', description: 'Parameter cost of the tracking link', sample: '0.05', value: (c) => c.request.cost },
  {
    name: 'country',
    description: 'Country by ip, English name',
    sample: 'Germany',
    value: (c) => countryName(c.geo?.country ?? null),
    needs: 'geo',
  },
  { name: 'countrycode', description: 'Country by ip, two letters (ISO 3166-1)', sample: 'DE', value: (c) => c.geo?.country, needs: 'geo' },
  {
    name: 'region',
    description: 'Region by ip; needs a database in GEOIP_PATH',
    sample: 'Bavaria',
    value: (c) => c.geo?.region,
    needs: 'geo',
  },
  { name: 'city', description: 'City by ip; needs a database in GEOIP_PATH', sample: 'Munich', value: (c) => c.geo?.city, needs: 'geo' },
  {
    name: 'isp',
    description: 'Internet provider by ip; needs a database in GEOIP_PATH',
    sample: 'Example Telecom',
    value: (c) => c.geo?.isp,
    needs: 'geo',
  },
  { name: 'language', description: 'First language of the browser', sample: 'de', value: (c) => c.request.language },
  {
    name: 'device',
    description: 'desktop, mobile, tablet, tv, console, wearable or embedded',
    sample: 'mobile',
    value: (c) => c.device?.device,
    needs: 'device',
  },
  { name: 'devicebrand', description: 'Maker of the device', sample: 'Samsung', value: (c) => c.device?.deviceBrand, needs: 'device' },
  { name: 'devicemodel', description: 'Model of the device', sample: 'SM-G991B', value: (c) => c.device?.deviceModel, needs: 'device' },
  { name: 'os', description: 'Operating system', sample: 'Android', value: (c) => c.device?.os, needs: 'device' },
  { name: 'osversion', description: 'Version of the operating system', sample: '13', value: (c) => c.device?.osVersion, needs: 'device' },
  { name: 'browser', description: 'Browser', sample: 'Chrome', value: (c) => c.device?.browser, needs: 'device' },
  {
    name: 'browserversion',
    description: 'Version of the browser',
    sample: '120.0.0.0',
    value: (c) => c.device?.browserVersion,
    needs: 'device',
  },
  { name: 'ip', description: 'Address of the visitor', sample: '203.0.113.7', value: (c) => c.ip },
  {
    name: 'useragent',
    description: 'User agent of the browser',
    sample: 'Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
    value: (c) => c.request.userAgent,
  },
  { name: 'referrer', description: 'Page the visitor came from', sample: 'https://news.example/shoes', value: (c) => c.request.referrer },
  {
    name: 'domain',
    description: 'Domain of the page the visitor came from',
    sample: 'news.example',
    value: (c) => c.request.referrerDomain,
  },
  { name: 'timestamp', description: 'Time of the click, Unix seconds', sample: '1748779200', value: (c) => `${Math.floor(c.at / 1000)}` },
  { name: 'date', description: 'Day of the click, UTC', sample: '2025-06-01', value: (c) => new Date(c.at).toISOString().slice(0, 10) },
  {
    name: 'time',
    description: 'Time of day of the click, UTC',
    sample: '12:00:00',
    value: (c) => new Date(c.at).toISOString().slice(11, 19),
  },
  { name: 'random', description: 'A random number, another one each time', sample: '482913075', value: (c) => c.random() },
];

const VALUES = new Map(ROWS.map((row) => [row.name, row.value]));
const SAMPLES = new Map(ROWS.map((row) => [row.name, (): string => row.sample]));
const CLICK_ID_MACROS = new Set(['clickid', 'cid']);

/** All URL macros, in the order of the documentation. */
export const MACROS: readonly Macro[] = ROWS.map(({ name, description, sample }) => ({ name, description, sample }));

/** Checks an offer's URL as it is saved. Without a source, the URL itself must carry the click id. */
export function parseOfferUrl(url: string, source: OfferUrlSource | null = null): OfferUrl {
  const { macros, errors } = parseTemplate(url, VALUES.keys());
  const warnings = macros
    .filter((macro) => !macro.known)
    .map(
      ({ start, end, nearest }) =>
        `${url.slice(start, end)} is not a known macro and stays as written${nearest === null ? '' : `; did you mean {${nearest}}?`}`,
    );
  for (const { start, end, known } of macros) {
    if (known && url[start - 1] === '{' && url[end] === '}') warnings.push(`{${url.slice(start, end)}} has one pair of braces too many`);
  }
  if (errors.length === 0) {
    const sent = source === null ? url : joinOfferUrlTemplate(url, source.offerUrlTemplate, source.cidParameter);
    if (!parseTemplate(sent, VALUES.keys()).macros.some((macro) => CLICK_ID_MACROS.has(macro.name))) {
      warnings.push(
        'no click id travels in this URL, so no postback will find its click: add {clickid} to the parameter that the network sends back',
      );
    }
  }
  return {
    macros: macros.map(({ name, start, end, known }) => ({ name, start, end, known })),
    errors: errors.map((message) => ({ pointer: '/url', message })),
    warnings,
  };
}

/**
 * Prepares a URL that `parseOfferUrl` found no error in, joined with its source's template.
 * @throws TypeError when it has errors
 */
export function compileLandingUrl(url: string): LandingUrl {
  const { macros } = parseTemplate(url, VALUES.keys());
  const named = new Set(macros.map((macro) => macro.name));
  const needs = (fact: MacroRow['needs']): boolean => ROWS.some((row) => row.needs === fact && named.has(row.name));
  return { expand: compileTemplate(url, VALUES), needs: { device: needs('device'), geo: needs('geo') } };
}

/**
 * The URL with the macros' samples in place of a click's facts.
 * @throws TypeError when it has errors
 */
export function sampleLandingUrl(url: string): string {
  return compileTemplate(url, SAMPLES)(null);
}

function countryName(code: string | null): string | null {
  return code === null ? null : (COUNTRY_NAMES.of(code) ?? code);
}
