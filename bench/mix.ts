import { createIdMaker, uuidToCid } from '../src/lib/ids.js';

/** What is sent: random, distinct, and the same for the same seed. */

export type Random = () => number;

/** Small and repeatable (mulberry32): 0 ≤ x < 1. */
export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const randomBytes =
  (random: Random) =>
  (n: number): Uint8Array =>
    Uint8Array.from({ length: n }, () => Math.floor(random() * 256));

/** Shares of the kinds of postbacks, which add up to 1. */
export interface Mix {
  first: number;
  update: number;
  duplicate: number;
  unknown: number;
  garbage: number;
}
export const REAL_MIX: Mix = { first: 0.7, update: 0.2, duplicate: 0.05, unknown: 0.04, garbage: 0.01 };
export const FIRSTS_ONLY: Mix = { first: 1, update: 0, duplicate: 0, unknown: 0, garbage: 0 };

const CURRENCIES = ['USD', 'EUR', 'GBP'];
/** Four statuses; a network first reports leads and sales and settles them later. */
const FIRST_STATUS = ['lead', 'lead', 'lead', 'sale', 'sale', 'rejected'];
const LATER_STATUS = ['sale', 'sale', 'sale', 'rejected', 'rejected', 'refund'];
const GARBAGE = ['payout=1.00&status=sale', 'cid={clickid}&payout=1.00&status=sale', 'cid=%3Cscript%3E&status=sale', 'cid=&payout=NaN'];
/** How far back an update or a duplicate reaches, in first postbacks. */
const REACH = 5_000;
const UNKNOWN_AGE_MS = 30 * 86_400_000;

/**
 * Complete request texts of `count` postbacks on the global URL.
 * @throws RangeError when there are fewer clicks than first postbacks
 */
export function postbacks(count: number, mix: Mix, clicks: readonly string[], random: Random): string[] {
  const firsts: { query: string; cid: string; txid: string; currency: string }[] = [];
  // Click ids of a click nobody stored, too old to be waited for.
  const unknownId = createIdMaker(() => Date.now() - UNKNOWN_AGE_MS, randomBytes(random));
  const earlier = (): (typeof firsts)[number] | undefined =>
    firsts[firsts.length - 1 - Math.floor(random() * Math.min(firsts.length, REACH))];
  const first = (cid: string): string => {
    const currency = pick(CURRENCIES, random);
    const txid = random() < 0.5 ? `&txid=T${Math.floor(random() * 1e9).toString(36)}${firsts.length}` : '';
    const query = `cid=${cid}&payout=${amount(random)}&status=${pick(FIRST_STATUS, random)}&currency=${currency}${txid}`;
    firsts.push({ query, cid, txid, currency });
    return query;
  };
  const known = (): string => {
    const cid = clicks[firsts.length];
    if (cid === undefined) throw new RangeError(`${count} postbacks need more than ${clicks.length} clicks`);
    return first(cid);
  };
  const query = (): string => {
    let at = random();
    const old = earlier();
    if ((at -= mix.first) < 0 || old === undefined) return known();
    if ((at -= mix.update) < 0)
      return `cid=${old.cid}&payout=${amount(random)}&status=${pick(LATER_STATUS, random)}&currency=${old.currency}${old.txid}`;
    if ((at -= mix.duplicate) < 0) return old.query;
    if ((at -= mix.unknown) < 0) return `cid=${uuidToCid(unknownId())}&payout=${amount(random)}&status=sale&currency=USD`;
    return pick(GARBAGE, random);
  };
  return Array.from(
    { length: count },
    () => `GET /postback?${query()} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: network/1.0\r\nAccept: */*\r\n\r\n`,
  );
}

/** How many clicks the first postbacks among `count` requests of the mix need, luck included. */
export const clicksFor = (count: number, mix: Mix): number => Math.ceil(count * mix.first + 6 * Math.sqrt(count)) + 1;

const AGENTS: ((version: number) => string)[] = [
  (v) => `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Safari/537.36`,
  (v) => `Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Mobile Safari/537.36`,
  (v) => `Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Mobile Safari/537.36`,
  (v) =>
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_${v % 7} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.${v % 7} Mobile/15E148 Safari/604.1`,
  (v) => `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.${v % 7} Safari/605.1.15`,
  (v) => `Mozilla/5.0 (X11; Linux x86_64; rv:${v}.0) Gecko/20100101 Firefox/${v}.0`,
];
const LANGUAGES = ['en-US,en;q=0.9', 'de-DE,de;q=0.9,en;q=0.8', 'pt-BR,pt;q=0.9', 'fr-FR,fr;q=0.9'];

/** Complete request texts of `count` visits to tracking links, behind a proxy at loopback that reports the visitor's address. */
export function visits(count: number, offerKeys: readonly string[], random: Random): string[] {
  const octet = (): number => 1 + Math.floor(random() * 254);
  return Array.from({ length: count }, (_, i) => {
    const query = `sub1=campaign-${Math.floor(random() * 20)}&sub2=banner-${Math.floor(random() * 500)}&source=push&keyword=kw${Math.floor(random() * 1_000)}&cost=0.0${octet()}&externalid=e${i}-${Math.floor(random() * 1e9).toString(36)}`;
    const agent = pick(AGENTS, random)(100 + Math.floor(random() * 40));
    const referrer = random() < 0.5 ? `Referer: https://news-${Math.floor(random() * 50)}.example/page\r\n` : '';
    return `GET /c/${pick(offerKeys, random)}?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${agent}\r\nAccept: text/html\r\nAccept-Language: ${pick(LANGUAGES, random)}\r\n${referrer}X-Forwarded-For: ${octet()}.${octet()}.${octet()}.${octet()}\r\n\r\n`;
  });
}

const pick = <T>(values: readonly T[], random: Random): T => values[Math.floor(random() * values.length)] as T;
const amount = (random: Random): string => (0.5 + random() * 49.5).toFixed(2);
