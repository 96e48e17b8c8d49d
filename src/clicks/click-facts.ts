import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isbot } from 'isbot';
import UAParser from 'my-ua-parser';
import QuickLRU from 'quick-lru';
import { readAmount } from '../lib/amount.js';
import { currencyCode, isNoCurrency } from '../lib/currency-signs.js';
import { headerText } from '../lib/legacy-text.js';
import { mendedName } from '../lib/mended-name.js';
import { isUnresolved } from '../lib/unresolved.js';

/** What the request of a click says about it: its parameters and the headers of the browser. A fact that is not known is null. */

export interface RequestFacts {
  externalId: string | null;
  /** `{ sub1: 'x' }`; null when there is none. */
  subs: Record<string, string> | null;
  source: string | null;
  keyword: string | null;
  /** Canonical decimal, at most 18 places, not negative. */
  cost: string | null;
  /** Upper case; null without a cost. */
  costCurrency: string | null;
  /** Primary tag of the visitor's first language, lower case: `en` of `en-GB,fr;q=0.8`. */
  language: string | null;
  referrer: string | null;
  /** Lower case, without port; `www.` is kept. */
  referrerDomain: string | null;
  userAgent: string | null;
  warnings: readonly ClickWarning[];
}

/** What was odd about a click's link: a cost that could not be read and is absent, or one whose dot or comma was taken to group thousands; names that HTML had spoilt. */
export const CLICK_WARNINGS = ['bad_cost', 'ambiguous_amount', 'repaired_url'] as const;
export type ClickWarning = (typeof CLICK_WARNINGS)[number];

export interface DeviceFacts {
  /** desktop, mobile, tablet, tv, console, wearable or embedded. */
  device: string | null;
  deviceBrand: string | null;
  deviceModel: string | null;
  os: string | null;
  osVersion: string | null;
  browser: string | null;
  browserVersion: string | null;
}

/**
 * Why a click counts as a bot's; the first that applies, in this order:
 * `head` the method is HEAD · `prefetch` a browser fetched ahead of its user · `no_user_agent` none was sent ·
 * `link_preview` a messenger or social network looks at a link it shows · `bot` any other robot, by `isbot`.
 */
export type BotReason = 'head' | 'prefetch' | 'no_user_agent' | 'link_preview' | 'bot';

/** Longest texts kept, in UTF-16 units; the rest is cut off. */
const MAX_VALUE = 255;
const MAX_REFERRER = 1024;
const MAX_USER_AGENT = 512;
/** User agents kept parsed: a parse costs 30 µs and few agents make most of the clicks. */
const AGENTS = 4000;

const PARAMETERS = new Set(['externalid', 'source', 'keyword', 'cost', 'cost_currency', 'currency']);
const SUB = /^sub(?:[1-9]|1\d|20)$/;
const LANGUAGE = /^\s*([a-z]{2,3})(?![a-z])/i;
const DOMAIN = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?(\[[\da-f:.]+\]|[^/?#:@\s]+)/i;
/** What Postgres or UTF-8 cannot hold. */
// oxlint-disable-next-line no-control-regex
const MAY_BE_UNSTORABLE = /[\0\ud800-\udfff]/;
// oxlint-disable-next-line no-control-regex
const UNSTORABLE = /[\0\p{Surrogate}]/gu;
const PREFETCH = /prefetch|prerender|preview/i;
const LINK_PREVIEW =
  /facebookexternalhit|facebot|twitterbot|telegrambot|whatsapp\/|slackbot|slack-img|discordbot|linkedinbot|skypeuripreview|^viber\/|redditbot|pinterestbot|vkshare|snap url preview|kakaotalk-scrap|line-poker|iframely|embedly|bitlybot|google-pagerenderer|mastodon\/|microsoftpreview|zoombot/i;
const DESKTOP_OS =
  /^(?:windows$|mac os|chromium os|linux|.*bsd|solaris|gnu|ubuntu|debian|fedora|mint|suse|centos|redhat|gentoo|arch|manjaro|elementary os|deepin)/i;
const MOBILE_OS = /^(?:android|ios|windows (?:phone|mobile)|harmonyos|kaios|blackberry|symbian|series40|bada|firefox os|sailfish)/i;
const DEVICE_WORDS: Record<string, string> = { smarttv: 'tv' };
const NO_DEVICE: DeviceFacts = {
  device: null,
  deviceBrand: null,
  deviceModel: null,
  os: null,
  osVersion: null,
  browser: null,
  browserVersion: null,
};

/**
 * Reads the parameters of a tracking link and the visitor's headers; nothing in them makes it fail.
 *
 * Parameters, names in any letter case: `externalid`, `sub1` to `sub20`, `source`, `keyword`, `cost` and
 * `cost_currency`, short `currency` (the long name wins). Values are trimmed,
 * an empty one is absent; of a repeated one the last that is not wins; NUL and lone surrogates are removed. A cost is read as a payout is. `amp;sub1`, which HTML makes of
 * a link, is sub1.
 * @param baseCurrency of a cost that comes without a currency
 */
export function readRequest(
  query: Readonly<Record<string, unknown>>,
  headers: IncomingHttpHeaders,
  baseCurrency: string | null = null,
): RequestFacts {
  const values: Record<string, string> = {};
  let subs: Record<string, string> | null = null;
  let isMended = false;
  for (const [key, said] of Object.entries(query)) {
    const value = Array.isArray(said) ? lastOf(said) : storable(said, MAX_VALUE);
    if (value === null) continue;
    const given = key.toLowerCase();
    const name = mendedName(given);
    if (SUB.test(name)) (subs ??= {})[name] = value;
    else if (PARAMETERS.has(name)) values[name] = value;
    else continue;
    isMended ||= name !== given;
  }
  const cost = readCost(values['cost'], values['cost_currency'] ?? values['currency'], baseCurrency);
  const referrer = storable(headers.referer, MAX_REFERRER);
  return {
    externalId: values['externalid'] ?? null,
    subs,
    source: values['source'] ?? null,
    keyword: values['keyword'] ?? null,
    cost: cost.amount,
    costCurrency: cost.currency,
    language: LANGUAGE.exec(headers['accept-language'] ?? '')?.[1]?.toLowerCase() ?? null,
    referrer,
    referrerDomain: referrer === null ? null : domainOf(referrer),
    userAgent: storable(headers['user-agent'], MAX_USER_AGENT),
    warnings: isMended ? [...cost.warnings, 'repaired_url'] : cost.warnings,
  };
}

/** What a user agent is stored under: 8 bytes of its SHA-256, as a whole number. */
export const userAgentId = remembered((userAgent) => createHash('sha256').update(userAgent).digest().readBigInt64BE().toString());

/** Why the request is a robot's, or null. */
export function botReason(method: string, headers: IncomingHttpHeaders, userAgent: string | null): BotReason | null {
  if (method === 'HEAD') return 'head';
  if (
    isPrefetch(headers['sec-purpose']) ||
    isPrefetch(headers['purpose']) ||
    isPrefetch(headers['x-purpose']) ||
    isPrefetch(headers['x-moz'])
  )
    return 'prefetch';
  return userAgent === null ? 'no_user_agent' : robotOf(userAgent);
}

/** The device, system and browser a user agent names. */
export function deviceOf(userAgent: string | null): DeviceFacts {
  return userAgent === null ? NO_DEVICE : parsedDevice(userAgent);
}

const robotOf = remembered((userAgent): BotReason | null => {
  if (LINK_PREVIEW.test(userAgent)) return 'link_preview';
  return isbot(userAgent) ? 'bot' : null;
});

const parsedDevice = remembered((userAgent): DeviceFacts => {
  const { device, os, browser } = UAParser(userAgent);
  const osName = os.name ?? null;
  return {
    device: device.type === undefined ? deviceOfSystem(osName) : (DEVICE_WORDS[device.type] ?? device.type),
    deviceBrand: device.vendor ?? null,
    deviceModel: device.model ?? null,
    os: osName,
    // The parser takes the processor of `Linux x86_64` for a version.
    osVersion: osName === 'Linux' && !/^\d+\./.test(os.version ?? '') ? null : (os.version ?? null),
    browser: browser.name ?? null,
    browserVersion: browser.version ?? null,
  };
});

function deviceOfSystem(os: string | null): string | null {
  if (os === null) return null;
  if (MOBILE_OS.test(os)) return 'mobile';
  return DESKTOP_OS.test(os) ? 'desktop' : null;
}

function remembered<V>(find: (userAgent: string) => V): (userAgent: string) => V {
  const found = new QuickLRU<string, V>({ maxSize: AGENTS });
  return (userAgent) => {
    let value = found.get(userAgent);
    if (value === undefined) {
      value = find(userAgent);
      found.set(userAgent, value);
    }
    return value;
  };
}

const NO_WARNINGS: readonly ClickWarning[] = [];
const NO_COST = { amount: null, currency: null, warnings: NO_WARNINGS };
const BAD_COST = { ...NO_COST, warnings: ['bad_cost'] as const };
const AMBIGUOUS: readonly ClickWarning[] = ['ambiguous_amount'];

/** What cannot be read is absent, and said: it would otherwise be a click that cost nothing. */
function readCost(
  text: string | undefined,
  currencyText: string | undefined,
  baseCurrency: string | null,
): { amount: string | null; currency: string | null; warnings: readonly ClickWarning[] } {
  if (text === undefined) return NO_COST;
  const given = currencyText === undefined || isNoCurrency(currencyText) || isUnresolved(currencyText) ? null : currencyText;
  const code = given === null ? null : currencyCode(given);
  const cost = readAmount(text, code, baseCurrency);
  if (cost === null || cost.badCurrency || cost.amount.startsWith('-') || (given !== null && code === null)) return BAD_COST;
  return { amount: cost.amount, currency: cost.currency, warnings: cost.ambiguous ? AMBIGUOUS : NO_WARNINGS };
}

function domainOf(url: string): string | null {
  return DOMAIN.exec(url)?.[1]?.slice(0, MAX_VALUE).toLowerCase() ?? null;
}

/** Headers as Node hands them out, a character a byte, with the referrer and the user agent as they were meant; nearly always the same object. */
export function readableHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { referer, 'user-agent': userAgent } = headers;
  const read = { referer: referer && headerText(referer), userAgent: userAgent && headerText(userAgent) };
  if (read.referer === referer && read.userAgent === userAgent) return headers;
  return { ...headers, referer: read.referer, 'user-agent': read.userAgent };
}

function isPrefetch(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && PREFETCH.test(header);
}

/** Of a repeated parameter; an empty one is none. */
function lastOf(said: readonly unknown[]): string | null {
  for (const one of said.toReversed()) {
    const value = storable(one, MAX_VALUE);
    if (value !== null) return value;
  }
  return null;
}

function storable(value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string') return null;
  let text = value.trim();
  if (text.length > maxLength) text = text.slice(0, maxLength);
  if (MAY_BE_UNSTORABLE.test(text)) text = text.replace(UNSTORABLE, '').trim();
  return text === '' ? null : text;
}
