import { deviceOf, userAgentId } from '../clicks/click-facts.js';
import type { NewClick } from '../clicks/clicks.query.js';
import { createIdMaker, uuidTime, uuidToCid } from '../lib/ids.js';
import type { InboxRow, LogRow } from '../postbacks/drain.query.js';
import type { NewInboxRow } from '../postbacks/inbox.query.js';
import type { DuplicateMode } from '../offer-sources/vocabulary.js';
import type { SourceFields } from '../offer-sources/source-rules.js';

/**
 * The demo data, as pure as a file can be: what stands in the catalogue, and the clicks and postbacks of a month that ends
 * now. The same month and number of clicks give the same rows. Its ids are its own, so that it can be told from all else
 * and taken back.
 */

export const DEMO_DAYS = 30;
export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const CONVERSION_RATE = 0.03;

const demoId = (n: number): string => `01900000-de30-7000-8000-${String(n).padStart(12, '0')}`;

export const DEMO_SOURCES: readonly { id: string; template: string; fields: Partial<SourceFields> & { name: string } }[] = [
  { id: demoId(1), template: 'affise', fields: { name: 'Nordlead (demo)', defaultCurrency: 'USD' } },
  { id: demoId(2), template: 'everflow', fields: { name: 'Apex Partners (demo)', defaultCurrency: 'EUR' } },
  { id: demoId(3), template: 'dr-cash', fields: { name: 'Dr.Cash (demo)', defaultCurrency: 'USD' } },
  {
    id: demoId(4),
    template: 'custom',
    fields: {
      name: 'Royal Casino (demo)',
      cidParameter: 'clickid',
      linkBuilder: { cid: '{clickid}', status: '{event}', payout: '{amount}', currency: '{currency}', txid: '{player}' },
      statusMap: { reg: 'pending', ftd: 'approved', fraud: 'trash' },
      defaultCurrency: 'GBP',
      duplicateMode: 'by_status',
      allowedIps: ['198.51.100.0/24'],
    },
  },
  { id: demoId(5), template: 'custom', fields: { name: 'Old Network (demo)', cidParameter: 'subid', enabled: false } },
];
const [AFFISE, EVERFLOW, DR_CASH, CASINO, OLD] = DEMO_SOURCES.map((source) => source.id) as [string, string, string, string, string];

export interface DemoOffer {
  id: string;
  key: string;
  name: string;
  offerSourceId: string | null;
  payout: string;
  currency: string;
  country: string | null;
  tags: string[];
  /** How much of the traffic it has, and how well it converts. */
  weight: number;
  converts: number;
  duplicateMode: DuplicateMode | null;
}

const offer = (
  n: number,
  name: string,
  offerSourceId: string | null,
  payout: string,
  currency: string,
  country: string | null,
  tags: string[],
  weight: number,
  converts: number,
  duplicateMode: DuplicateMode | null = null,
): DemoOffer => ({
  id: demoId(100 + n),
  key: `dem0${n}`,
  name: `${name} (demo)`,
  offerSourceId,
  payout,
  currency,
  country,
  tags,
  weight,
  converts,
  duplicateMode,
});
export const DEMO_OFFERS: readonly DemoOffer[] = [
  offer(1, 'Red shoes', AFFISE, '12', 'USD', 'US', ['shoes', 'fashion'], 10, 1),
  offer(2, 'Running app', AFFISE, '2.4', 'USD', null, ['app'], 8, 2.2),
  offer(3, 'Language course', AFFISE, '18', 'USD', 'DE', ['education'], 4, 0.8),
  offer(4, 'VPN yearly', EVERFLOW, '31', 'EUR', 'DE', ['software'], 7, 0.35),
  offer(5, 'Credit card', EVERFLOW, '45', 'EUR', 'FR', ['finance'], 3, 0.3, 'ignore'),
  offer(6, 'Joint cream', DR_CASH, '17.5', 'USD', 'ID', ['nutra', 'cod'], 6, 1.4),
  offer(7, 'Slim drops', DR_CASH, '15', 'USD', 'BR', ['nutra', 'cod'], 5, 1.3),
  offer(8, 'Royal slots', CASINO, '60', 'GBP', 'GB', ['gambling'], 4, 0.6),
  offer(9, 'Survey panel', OLD, '1.2', 'USD', 'US', ['leadgen'], 1, 1.5),
  offer(10, 'Newsletter', null, '1.1', 'USD', null, ['own'], 3, 2.5, 'new'),
];

const COUNTRIES = [
  { country: 'US', language: 'en', region: 'California', city: 'Los Angeles', isp: 'Comcast Cable', weight: 8 },
  { country: 'DE', language: 'de', region: 'Bavaria', city: 'Munich', isp: 'Deutsche Telekom', weight: 5 },
  { country: 'BR', language: 'pt', region: 'Sao Paulo', city: 'Sao Paulo', isp: 'Claro', weight: 4 },
  { country: 'ID', language: 'id', region: 'Jakarta', city: 'Jakarta', isp: 'Telkomsel', weight: 4 },
  { country: 'FR', language: 'fr', region: 'Ile-de-France', city: 'Paris', isp: 'Orange', weight: 3 },
  { country: 'GB', language: 'en', region: 'England', city: 'London', isp: 'BT', weight: 3 },
  { country: 'IN', language: 'hi', region: 'Maharashtra', city: 'Mumbai', isp: 'Reliance Jio', weight: 2 },
  { country: 'PL', language: 'pl', region: 'Mazovia', city: 'Warsaw', isp: 'Orange Polska', weight: 1 },
];
/** Versions that hardly anybody has, so that taking them back touches nobody's. */
const AGENTS = [
  {
    text: 'Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.9001.1 Mobile Safari/537.36',
    weight: 8,
  },
  {
    text: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5.9001 Mobile/15E148 Safari/604.1',
    weight: 6,
  },
  { text: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.9001.2 Safari/537.36', weight: 4 },
  {
    text: 'Mozilla/5.0 (Linux; Android 13; Redmi Note 12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.9001.3 Mobile Safari/537.36',
    weight: 4,
  },
  {
    text: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.9001 Safari/605.1.15',
    weight: 2,
  },
  { text: 'Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0.9001', weight: 1 },
  {
    text: 'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5.9002 Mobile/15E148 Safari/604.1',
    weight: 1,
  },
];
export const DEMO_AGENTS = AGENTS.map(({ text }) => userAgentId(text));
const TRAFFIC = [
  { source: 'push', keyword: null, cost: 0.03, weight: 6 },
  { source: 'native', keyword: null, cost: 0.06, weight: 4 },
  { source: 'search', keyword: 'running shoes', cost: 0.22, weight: 1.5 },
  { source: 'search', keyword: 'learn spanish', cost: 0.18, weight: 1 },
  { source: 'social', keyword: null, cost: 0.09, weight: 3 },
];
const REFERRERS = [null, null, 'https://news.example/today', 'https://www.search.example/', 'https://video.example/watch'];
/** By hour of the day in UTC. */
const HOURS = [5, 4, 3, 3, 3, 4, 5, 6, 7, 8, 8, 9, 9, 9, 9, 9, 10, 11, 12, 12, 11, 10, 8, 6];

export type Random = () => number;

/** Small and repeatable (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T extends { weight: number }>(values: readonly T[], random: Random): T {
  let at = random() * values.reduce((sum, { weight }) => sum + weight, 0);
  return values.find(({ weight }) => (at -= weight) < 0) ?? (values[0] as T);
}

/** A request that was refused at the door: it goes to the log alone. */
export type DoorRow = Pick<LogRow, 'reason' | 'warnings' | 'offerSourceId'> & { inbox: LogRow['inbox'] };

/** What one click brings. */
export interface DemoVisit {
  click: NewClick;
  postbacks: NewInboxRow[];
  refused: DoorRow[];
}

/** Visits in order of time, from `start` to `until`, `perMonth` in 30 days. */
export function* demoVisits(start: number, until: number, perMonth: number): Generator<DemoVisit> {
  const random = createRandom(20_260_101);
  const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => Math.floor(random() * 256));
  const makeClickId = createIdMaker(() => clickedAt, bytes);
  let clickedAt = start;
  let today: { day: string; clickId: string }[] = [];
  const perWeight = perMonth / weightOf(start, start + DEMO_DAYS * DAY_MS);
  let due = 0;
  for (let hour = start; hour < until; hour += HOUR_MS) {
    due += hourWeight(hour, start) * perWeight;
    const count = Math.floor(due);
    due -= count;
    for (let i = 0; i < count; i++) {
      clickedAt = hour + Math.floor((HOUR_MS * (i + random())) / count);
      if (clickedAt >= until) return;
      const chosen = pick(DEMO_OFFERS, random);
      const clickId = makeClickId();
      const day = new Date(clickedAt).toISOString().slice(0, 10);
      if (today[0]?.day !== day) today = [];
      const again = random() < 0.12 ? today[Math.floor(random() * today.length)] : undefined;
      if (again === undefined) today.push({ day, clickId });
      const click = demoClick(clickId, uuidTime(clickId), chosen, again?.clickId ?? clickId, random);
      const story = new Story(click, chosen, random, bytes, until);
      if (click.bot === null && random() < CONVERSION_RATE * chosen.converts) story.convert();
      story.stray();
      yield { click, postbacks: story.postbacks, refused: story.refused };
    }
  }
}

const weightOf = (from: number, to: number): number => {
  let sum = 0;
  for (let hour = from; hour < to; hour += HOUR_MS) sum += hourWeight(hour, from);
  return sum;
};
/** More in the evening and on working days, and growing over the month. */
function hourWeight(hour: number, start: number): number {
  const date = new Date(hour);
  const weekend = date.getUTCDay() % 6 === 0 ? 0.75 : 1;
  return (HOURS[date.getUTCHours()] ?? 1) * weekend * (0.8 + (0.5 * (hour - start)) / (DEMO_DAYS * DAY_MS));
}

function demoClick(
  clickId: string,
  createdAt: number,
  { id, offerSourceId, country }: DemoOffer,
  visitor: string,
  random: Random,
): NewClick {
  const place = random() < 0.6 ? (COUNTRIES.find((c) => c.country === country) ?? pick(COUNTRIES, random)) : pick(COUNTRIES, random);
  const agent = pick(AGENTS, random).text;
  const { device, os, browser, deviceBrand, deviceModel, osVersion, browserVersion } = deviceOf(agent);
  const traffic = pick(TRAFFIC, random);
  const chance = random();
  const bot = chance < 0.03 ? 'bot' : chance < 0.035 ? 'link_preview' : chance < 0.04 ? 'head' : null;
  const cost = (traffic.cost * (0.6 + random() * 0.8)).toFixed(4);
  const referrer = REFERRERS[Math.floor(random() * REFERRERS.length)] ?? null;
  const campaign = 1 + Math.floor(random() ** 2 * 5);
  return {
    clickId,
    cid: uuidToCid(clickId),
    createdAt,
    offerId: id,
    offerSourceId,
    day: new Date(createdAt).toISOString().slice(0, 10),
    visitor: bot === null ? visitor : null,
    bot,
    cost,
    costCurrency: 'USD',
    costBase: cost,
    country: place.country,
    region: random() < 0.8 ? place.region : null,
    city: random() < 0.6 ? place.city : null,
    isp: random() < 0.7 ? place.isp : null,
    device,
    os,
    browser,
    language: place.language,
    externalId: null,
    source: traffic.source,
    keyword: traffic.keyword,
    subs: {
      sub1: `campaign-${campaign}`,
      sub2: `banner-${1 + Math.floor(random() * 20)}`,
      sub3: `zone-${1 + Math.floor(random() ** 2 * 60)}`,
    },
    referrer,
    referrerDomain: referrer === null ? null : new URL(referrer).hostname,
    ip: `203.0.113.${Math.floor(random() * 256)}`,
    userAgentId: userAgentId(agent),
    newAgent: { userAgent: agent, deviceBrand, deviceModel, osVersion, browserVersion },
    landingUrl: null,
  };
}

/** What the network sends about a click, in order; what would come after `until` has not come yet. */
class Story {
  readonly postbacks: NewInboxRow[] = [];
  readonly refused: DoorRow[] = [];

  constructor(
    private readonly click: NewClick,
    private readonly of: DemoOffer,
    private readonly random: Random,
    private readonly bytes: (n: number) => Uint8Array,
    private readonly until: number,
  ) {}

  private later(span: number): number {
    return Math.floor(this.random() ** 2 * span);
  }

  private row(at: number, query: string, token = this.of.offerSourceId, ip = this.networkIp()): NewInboxRow {
    return {
      id: createIdMaker(() => at, this.bytes)(),
      receivedAt: at,
      cid: this.click.cid,
      tokenSourceId: token,
      tokenOfferId: token === null && this.of.offerSourceId === null ? this.of.id : null,
      method: 'GET',
      query,
      contentType: null,
      body: null,
      ip,
    };
  }

  private networkIp(): string {
    return this.of.offerSourceId === CASINO
      ? '198.51.100.17'
      : `192.0.2.${DEMO_SOURCES.findIndex(({ id }) => id === this.of.offerSourceId) + 10}`;
  }

  private send(at: number, query: string, token?: string | null): void {
    const row = this.row(at, `cid=${this.click.cid}&${query}`, token);
    if (at < this.until) this.postbacks.push(row);
  }

  /** Refused before anything was stored. */
  private refuse(at: number, query: string, reason: string, cid: string | null, ip?: string): void {
    const row: InboxRow = { ...this.row(at, query, undefined, ip), seq: 0, attempts: 0, replayed: false };
    if (at < this.until) this.refused.push({ inbox: { ...row, seq: null, cid }, offerSourceId: row.tokenSourceId, reason, warnings: [] });
  }

  convert(): void {
    const { payout } = this.of;
    const at = this.click.createdAt + 30_000 + this.later(HOUR_MS);
    const decided = at + HOUR_MS + this.later(2.5 * DAY_MS);
    const amount = (Number(payout) * (0.85 + this.random() * 0.3)).toFixed(2);
    const txid = `A-${this.click.cid.slice(-10)}`;
    const fate = this.random();
    switch (this.of.offerSourceId) {
      case AFFISE: {
        const unheard = fate >= 0.8 && fate < 0.86;
        this.send(at, `payout=${amount}&status=${unheard ? 'qualified' : '2'}&txid=${txid}&currency=USD`);
        if (fate < 0.62) this.send(decided, `payout=${amount}&status=1&txid=${txid}&currency=USD`);
        else if (fate < 0.8) this.send(decided, `payout=${amount}&status=3&txid=${txid}&currency=USD`);
        if (fate < 0.04) this.send(decided + DAY_MS, `status=refund&txid=${txid}`);
        else if (fate < 0.06)
          this.send(decided + DAY_MS, `status=refund&payout=${(Number(amount) / 2).toFixed(2)}&txid=${txid}&currency=USD`);
        else if (fate < 0.1) this.send(decided + MINUTE_MS, `payout=${amount}&status=1&txid=${txid}&currency=USD`);
        else if (fate < 0.13) this.send(decided + HOUR_MS, `payout=${amount}&status=2&txid=${txid}&currency=USD`);
        else if (fate < 0.16) this.send(decided + DAY_MS, `payout=${amount}&status=1&txid=${txid}-2&currency=USD`);
        break;
      }
      case EVERFLOW: {
        if (fate < 0.75) this.send(at, `payout=${amount}&txid=${txid}&currency=EUR&status=approved`);
        else if (fate < 0.8) this.send(at, `payout={payout_amount}&txid=${txid}&currency={offer_currency}&status=approved`);
        else if (fate < 0.85) this.send(at, `payout=${amount}&txid=${txid}&currency=USDT&status=approved`);
        else this.send(at, `payout=${amount}&txid=${txid}&status=lead`);
        if (fate < 0.05) this.send(decided, `txid=${txid}&status=chargeback`);
        else if (fate < 0.2) this.send(at + MINUTE_MS, `payout=${amount}&txid=${txid}&currency=EUR&status=approved`);
        break;
      }
      case DR_CASH: {
        const word = fate < 0.35 ? 'approved' : fate < 0.65 ? 'rejected' : fate < 0.78 ? 'trash' : fate < 0.9 ? null : 'callback';
        if (fate < 0.93) this.send(at, `payout=${payout}&status=pending&currency=USD`);
        if (word !== null) this.send(decided, `payout=${payout}&status=${word}&currency=USD`);
        break;
      }
      case CASINO: {
        this.send(at, 'status=reg&payout=0');
        if (fate < 0.45) {
          this.send(at + HOUR_MS, `status=ftd&payout=${payout}&currency=GBP&event1=${20 + Math.floor(this.random() * 80)}`);
          for (let n = 1; n < 1 + this.random() * 4; n++)
            this.send(at + n * DAY_MS, `add_event1=${10 + Math.floor(this.random() * 90)}&add_event2=1`);
        } else if (fate < 0.52) this.send(decided, 'status=fraud');
        break;
      }
      default:
        this.send(at, `payout=${payout}&status=sale`);
        if (fate < 0.2) this.send(at + MINUTE_MS, `payout=${payout}&status=sale`);
    }
  }

  /** What goes wrong at networks, now and then. */
  stray(): void {
    const chance = this.random();
    const at = this.click.createdAt + 3 * HOUR_MS + this.later(DAY_MS);
    const { offerSourceId, payout } = this.of;
    if (chance < 0.000_6) {
      const lost = uuidToCid(createIdMaker(() => this.click.createdAt - 60 * DAY_MS, this.bytes)());
      const row = this.row(at, `cid=${lost}&payout=${payout}&status=approved`);
      if (at < this.until) this.postbacks.push({ ...row, cid: lost });
    } else if (offerSourceId === null) return;
    else if (chance < 0.001) this.refuse(at, `cid={sub1}&payout=${payout}`, 'unresolved_macro', null);
    else if (chance < 0.001_2) this.refuse(at, `payout=${payout}&status=approved`, 'missing_cid', null);
    else if (chance < 0.001_4 && offerSourceId === CASINO)
      this.refuse(at, `cid=${this.click.cid}&status=ftd&payout=${payout}`, 'ip_denied', this.click.cid, '198.18.0.9');
    else if (chance < 0.001_7) this.send(at, `payout=${payout}&status=approved`, null);
    else if (chance < 0.002) this.send(at, `payout=${payout}&status=approved`, offerSourceId === AFFISE ? EVERFLOW : AFFISE);
    else if (chance < 0.002_2) this.send(at, 'status=refund');
    else if (chance < 0.002_4) this.send(at, 'status=test');
    else if (chance < 0.002_6) this.send(at, `payout=1e5&status=approved&ts=2000-01-01`);
  }
}
