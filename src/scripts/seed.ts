import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { SingleBar } from 'cli-progress';
import { AppModule, openPools } from '../app.module.js';
import { openDatabase } from '../boot.js';
import { INSERT_CLICKS_ONCE, type NewClick } from '../clicks/clicks.query.js';
import { loadConfig } from '../config.js';
import { messageOf } from '../lib/message-of.js';
import { createIdMaker, uuidTime, uuidToCid } from '../lib/ids.js';
import { OffersService } from '../offers/offers.service.js';
import { OfferSourcesService } from '../offer-sources/offer-sources.service.js';
import { PartitionsService } from '../db/partitions.service.js';
import { DrainService } from '../postbacks/drain.service.js';
import { INSERT_INBOX_ONCE, type NewInboxRow } from '../postbacks/inbox.query.js';
import { queueBackend } from '../queues/queues.js';
import { ADMIN_POOL } from '../db/tokens.js';
import type pg from 'pg';

/**
 * Demo data: two sources, six offers, 30 days of clicks and their postbacks, by the statements that real traffic uses.
 * Deterministic: the same day and --clicks give the same rows, and running it twice adds nothing.
 */

const DAYS = 30;
const DAY_MS = 86_400_000;
const BATCH = 1_000;
const DEFAULT_CLICKS = 20_000;
/** One click in fifty converts. */
const CONVERSION_RATE = 0.02;
const DEMO = 'Demo';

const COUNTRIES = ['US', 'DE', 'BR', 'IN', 'FR', 'GB', 'PL', 'ID'];
const DEVICES = [
  { device: 'mobile', os: 'Android', browser: 'Chrome Mobile' },
  { device: 'mobile', os: 'iOS', browser: 'Mobile Safari' },
  { device: 'desktop', os: 'Windows', browser: 'Chrome' },
  { device: 'desktop', os: 'macOS', browser: 'Safari' },
];
const OFFERS = [
  { source: 'affise', name: 'Red shoes', payout: '12', currency: 'USD' },
  { source: 'affise', name: 'Running app', payout: '2.4', currency: 'USD' },
  { source: 'affise', name: 'Language course', payout: '18', currency: 'EUR' },
  { source: 'everflow', name: 'VPN yearly', payout: '31', currency: 'USD' },
  { source: 'everflow', name: 'Credit card', payout: '45', currency: 'EUR' },
  { source: null, name: 'Newsletter', payout: '1.1', currency: 'USD' },
] as const;

/** Small and repeatable (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The first values are the common ones, as in real traffic (Zipf). */
function skewed<T>(values: readonly T[], random: () => number): T {
  const weights = values.map((_, i) => 1 / (i + 1));
  let at = random() * weights.reduce((a, b) => a + b, 0);
  return values[weights.findIndex((w) => (at -= w) < 0)] ?? (values[0] as T);
}

function clicksWanted(args: string[]): number {
  const i = args.indexOf('--clicks');
  if (i === -1) return DEFAULT_CLICKS;
  const n = Number(args[i + 1]);
  if (!Number.isInteger(n) || n < 1 || n > 100_000_000) throw new Error('--clicks takes a whole number from 1 to 100000000');
  return n;
}

interface DemoOffer {
  id: string;
  offerSourceId: string | null;
  payout: string;
  currency: string;
}

async function demoOffers(app: INestApplicationContext): Promise<DemoOffer[]> {
  const sources = app.get(OfferSourcesService);
  const offers = app.get(OffersService);
  const pool = app.get<pg.Pool>(ADMIN_POOL);
  const known = await pool.query<DemoOffer & { name: string }>(
    `SELECT id, name, offer_source_id AS "offerSourceId", payout::text, currency FROM offers WHERE name LIKE $1`,
    [`${DEMO} %`],
  );
  if (known.rows.length === OFFERS.length) return known.rows;
  const sourceIds = new Map<string, string>();
  for (const template of ['affise', 'everflow'])
    sourceIds.set(template, (await sources.create({ name: `${DEMO} ${template}`, template })).id);
  const made: DemoOffer[] = [];
  for (const { source, name, payout, currency } of OFFERS) {
    const offerSourceId = source === null ? null : (sourceIds.get(source) ?? null);
    const offer = await offers.create({
      name: `${DEMO} ${name}`,
      url: `https://shop.example/${name.toLowerCase().replaceAll(' ', '-')}${source === null ? '?cid={clickid}' : ''}`,
      ...(offerSourceId === null ? {} : { offerSourceId }),
      payout,
      currency,
    });
    made.push({ id: offer.id, offerSourceId, payout, currency });
  }
  return made;
}

async function main(): Promise<void> {
  const clicks = clicksWanted(process.argv.slice(2));
  const config = loadConfig({ ...process.env, ROLE: 'api', LOG_LEVEL: process.env.LOG_LEVEL ?? 'error' });
  const database = await openDatabase(config, false);
  const resources = {
    config,
    databaseUrl: database.url,
    directUrl: database.directUrl,
    queues: queueBackend(config, database.directUrl),
    pools: openPools(database.url),
  };
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(resources), { logger: ['error', 'warn'] });
  try {
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const start = today - DAYS * DAY_MS;
    const partitions = app.get(PartitionsService);
    await partitions.ensure('clicks', start, today);
    await partitions.ensure('postbacks', start, today + DAY_MS);
    const offers = await demoOffers(app);
    const random = generator(20_260_101);
    let clickedAt = start;
    let receivedAt = start;
    const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => Math.floor(random() * 256));
    const makeClickId = createIdMaker(() => clickedAt, bytes);
    const makePostbackId = createIdMaker(() => receivedAt, bytes);

    const bar = new SingleBar({
      format: 'clicks {bar} {value}/{total} | {eta_formatted} left',
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
    });
    bar.start(clicks, 0);
    for (let done = 0; done < clicks; ) {
      const batch: NewClick[] = [];
      const postbacks: NewInboxRow[] = [];
      for (; batch.length < BATCH && done < clicks; done++) {
        clickedAt = start + Math.floor((done / clicks) * (today - start));
        const offer = skewed(offers, random);
        const clickId = makeClickId();
        const cid = uuidToCid(clickId);
        const createdAt = uuidTime(clickId);
        batch.push(demoClick(clickId, cid, createdAt, offer, random));
        if (random() < CONVERSION_RATE)
          postbacks.push(
            ...demoPostbacks(cid, offer, createdAt, today, random, (time) => {
              receivedAt = time;
              return makePostbackId();
            }),
          );
      }
      await resources.pools.ingest.query({
        name: INSERT_CLICKS_ONCE.name,
        text: INSERT_CLICKS_ONCE.text,
        values: INSERT_CLICKS_ONCE.values(batch),
      });
      if (postbacks.length > 0)
        await resources.pools.ingest.query({
          name: INSERT_INBOX_ONCE.name,
          text: INSERT_INBOX_ONCE.text,
          values: INSERT_INBOX_ONCE.values(postbacks),
        });
      bar.update(done);
    }
    bar.stop();
    const report = await app.get(DrainService).drain();
    console.log(`Seeded ${clicks} clicks; ${report.rows} postbacks decided: ${JSON.stringify(report.results)}`);
  } finally {
    await app.close();
    await Promise.allSettled([resources.queues.close(), ...Object.values(resources.pools).map((pool) => pool.end())]);
    await database.stop();
  }
}

function demoClick(clickId: string, cid: string, createdAt: number, offer: DemoOffer, random: () => number): NewClick {
  const { device, os, browser } = skewed(DEVICES, random);
  const bot = random() < 0.04 ? 'bot' : null;
  const hex = (n: number): string => Array.from({ length: n }, () => Math.floor(random() * 16).toString(16)).join('');
  const cost = (0.01 + random() * 0.09).toFixed(3);
  return {
    clickId,
    cid,
    createdAt,
    offerId: offer.id,
    offerSourceId: offer.offerSourceId,
    day: new Date(createdAt).toISOString().slice(0, 10),
    visitor: bot === null ? `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}` : null,
    bot,
    cost,
    costCurrency: 'USD',
    costBase: cost,
    country: skewed(COUNTRIES, random),
    region: null,
    city: null,
    isp: null,
    device,
    os,
    browser,
    language: 'en',
    externalId: null,
    source: 'push',
    keyword: null,
    subs: { sub1: `campaign-${1 + Math.floor(random() * 5)}`, sub2: `banner-${1 + Math.floor(random() * 20)}` },
    referrer: null,
    referrerDomain: null,
    ip: `203.0.113.${Math.floor(random() * 256)}`,
    userAgentId: null,
    newAgent: null,
    landingUrl: null,
  };
}

/** A lead, most of them decided within two days; a few refunds. */
function demoPostbacks(
  cid: string,
  offer: DemoOffer,
  clickedAt: number,
  until: number,
  random: () => number,
  makeId: (receivedAt: number) => string,
): NewInboxRow[] {
  const row = (at: number, query: string): NewInboxRow => ({
    id: makeId(at),
    receivedAt: at,
    cid,
    tokenSourceId: offer.offerSourceId,
    tokenOfferId: offer.offerSourceId === null ? offer.id : null,
    method: 'GET',
    query: `cid=${cid}&${query}`,
    contentType: null,
    body: null,
    ip: null,
  });
  const money = `payout=${offer.payout}&currency=${offer.currency}`;
  const lead = clickedAt + Math.floor(random() * 3_600_000);
  const decided = lead + Math.floor(random() * 2 * DAY_MS);
  const rows = [row(lead, `status=pending&${money}`)];
  const fate = random();
  if (fate < 0.7) rows.push(row(decided, `status=approved&${money}`));
  else if (fate < 0.85) rows.push(row(decided, 'status=rejected'));
  if (fate < 0.03) rows.push(row(decided + DAY_MS, 'status=refund'));
  return rows.filter((r) => r.receivedAt < until);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`Seeding failed: ${messageOf(error)}`);
    process.exit(1);
  },
);
