import { createHmac, createSecretKey, type KeyObject, randomInt } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { Counter, Histogram, register } from 'prom-client';
import QuickLRU from 'quick-lru';
import { CONFIG, type Config } from '../config.js';
import { DurableWriter } from '../queues/durable-writer.js';
import { HandlersService } from '../queues/handlers.service.js';
import { uuidTime, uuidToCid } from '../lib/ids.js';
import { truncateIp } from '../lib/ip-ranges.js';
import { compileLandingUrl, type GeoFacts, type LandingClick, type LandingUrl } from '../offers/landing-url.js';
import { LiveOffersService, type LiveOffer } from '../offers/live-offers.service.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { joinOfferUrlTemplate } from '../offer-sources/offer-url-template.js';
import { RatesService } from '../rates/rates.service.js';
import { INGEST_POOL, REDIS } from '../db/tokens.js';
import { DailyBudget } from '../lib/daily-budget.js';
import { ClickIdsService } from './click-ids.service.js';
import { botReason, deviceOf, readableHeaders, readRequest, userAgentId, type DeviceFacts, type RequestFacts } from './click-facts.js';
import { INSERT_CLICKS, INSERT_CLICKS_ONCE, type NewAgent, type NewClick } from './clicks.query.js';
import { GeoService } from './geo.service.js';
import { INSERT_TEST_CLICK } from './test-clicks.query.js';
import { TEST_PARAMETER, TestTokenService } from './test-token.service.js';

/** A visit to a tracking link, all that is known of it. */
export interface Visit {
  key: string;
  method: string;
  query: Readonly<Record<string, unknown>>;
  headers: IncomingHttpHeaders;
  ip: string | null;
  /** When it came, on performance.now()'s clock. */
  arrived: number;
}

const DEADLINE_MS = 800;
const MAX_BUFFERED = 20_000;
const ROW_BYTES = 800;
const DAY_MS = 86_400_000;
const KNOWN_AGENTS = 20_000;
/** User agents that nobody had before, in all and from one address, per process. A browser has one; a day's real traffic brings a few thousand. */
const AGENT_BYTES_A_DAY = 64 * 1024 * 1024;
const AGENT_BYTES_A_DAY_EACH = 256 * 1024;
const AGENT_OVERHEAD_BYTES = 150;
const BUDGETED_ADDRESSES = 50_000;
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];

/** Everything that was found out about a request. */
interface Facts {
  request: RequestFacts;
  device: DeviceFacts;
  geo: GeoFacts;
}

/** Clicks: who came, where they are sent, and that it is on storage before they go. */
@Injectable()
export class ClicksService {
  private readonly log = new Logger(ClicksService.name);
  private readonly writer: DurableWriter<NewClick>;
  /** The URL of an offer is compiled once; a changed offer or source is another object. */
  private readonly compiled = new WeakMap<LiveOffer, { source: object | null; landing: LandingUrl }>();
  private readonly secret: KeyObject;
  /** User agents that are stored. */
  private readonly knownAgents = new QuickLRU<string, true>({ maxSize: KNOWN_AGENTS });
  private readonly agentBudget = new DailyBudget(AGENT_BYTES_A_DAY, AGENT_BYTES_A_DAY_EACH, BUDGETED_ADDRESSES);
  private readonly agentsLeftOut = metric(
    'cidra_user_agents_left_out_total',
    (name) => new Counter({ name, help: 'Clicks stored without their user agent: too many new ones that day, in all or from one address' }),
  );
  private day = { number: -1, text: '' };
  private readonly lost = metric(
    'cidra_clicks_lost_total',
    (name) =>
      new Counter({
        name,
        help: 'Clicks redirected though neither Postgres nor Redis could store them, or Postgres refused what they hold',
      }),
  );
  private readonly redirects = metric(
    'cidra_redirect_seconds',
    (name) => new Histogram({ name, help: 'From the arrival of a click to its redirect', buckets: BUCKETS }),
  );

  constructor(
    @Inject(INGEST_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(REDIS) redis: Redis | Cluster | null,
    @InjectQueue('store') store: Queue,
    private readonly clickIds: ClickIdsService,
    private readonly offers: LiveOffersService,
    private readonly sources: LiveSourcesService,
    private readonly rates: RatesService,
    private readonly geo: GeoService,
    private readonly testTokens: TestTokenService,
    handlers: HandlersService,
  ) {
    handlers.on('store:clicks', ({ clicks }: { clicks: NewClick[] }) => this.writer.unload(clicks));
    this.secret = createSecretKey(Buffer.from(config.secretKey));
    this.writer = new DurableWriter({
      name: 'clicks',
      pool,
      statement: (rows) => ({ name: INSERT_CLICKS.name, text: INSERT_CLICKS.text, values: INSERT_CLICKS.values(rows) }),
      statementOnce: (rows) => ({
        name: INSERT_CLICKS_ONCE.name,
        text: INSERT_CLICKS_ONCE.text,
        values: INSERT_CLICKS_ONCE.values(rows),
      }),
      sizeOf: () => ROW_BYTES,
      maxBuffered: MAX_BUFFERED,
      deadlineMs: DEADLINE_MS,
      fallback: redis === null ? null : { redis, queue: store, job: 'clicks', data: (clicks) => ({ clicks }) },
    });
  }

  /** Clicks accepted and not yet on storage. */
  get depth(): number {
    return this.writer.depth;
  }

  /** The URL the visitor is sent to; null: none (unknown key, or a paused offer without a fallback). */
  async track(visit: Visit): Promise<string | null> {
    const offer = this.offers.byKey(visit.key);
    if (offer === null || offer.status !== 'active') return offer?.fallbackUrl ?? null;
    const clickId = this.clickIds.next();
    const cid = uuidToCid(clickId);
    const createdAt = uuidTime(clickId);
    const request = readRequest(visit.query, readableHeaders(visit.headers), this.config.baseCurrency);
    const device = deviceOf(request.userAgent);
    const geo = this.geo.find(visit.ip);
    const offerSource = this.sources.byId(offer.offerSourceId);
    const landing = this.landingOf(offer, offerSource);
    const drawn: string[] = [];
    const facts: LandingClick & Facts = {
      cid,
      at: createdAt,
      offer,
      offerSource,
      request,
      ip: visit.ip,
      device,
      geo,
      random: () => {
        const number = String(randomInt(1_000_000_000));
        drawn.push(number);
        return number;
      },
    };
    const location = landing.expand(facts);
    const ip = this.keptIp(visit.ip);
    // What is kept of the URL must not say more of the visitor than the rest of the row; its random numbers are those that were sent.
    const landingUrl = ip === visit.ip ? location : landing.expand({ ...facts, ip, random: () => drawn.shift() ?? '' });
    const click = this.clickOf(visit, offer, facts, clickId, ip, landingUrl);
    const token = visit.query[TEST_PARAMETER];
    // Before the click, so that none counts as real by mistake.
    if (typeof token === 'string' && this.testTokens.isValid(token, createdAt))
      await this.pool.query(INSERT_TEST_CLICK, [clickId, offer.id]);
    try {
      await this.writer.add(click, visit.arrived);
      if (click.newAgent !== null && click.userAgentId !== null) this.knownAgents.set(click.userAgentId, true);
    } catch (error) {
      // The visitor is redirected although the click could not be stored; the log line has all that is needed to import it later.
      this.lost.inc();
      this.log.error({ click, userAgent: request.userAgent, reason: (error as Error).message }, 'click lost');
    }
    this.redirects.observe((performance.now() - visit.arrived) / 1_000);
    return location;
  }

  /** The row of a click that another tracker had, or this one once: the same facts from the same texts. `cid` is the id it came with. */
  importedRow({
    clickId,
    cid,
    offer,
    ip,
    query,
    headers,
  }: Pick<Visit, 'ip' | 'query' | 'headers'> & { clickId: string; cid: string; offer: LiveOffer }): NewClick {
    const request = readRequest(query, headers, this.config.baseCurrency);
    const facts = {
      cid,
      at: uuidTime(clickId),
      offer,
      offerSource: null,
      request,
      ip,
      device: deviceOf(request.userAgent),
      geo: this.geo.find(ip),
      random: () => '',
    };
    return {
      ...this.clickOf({ key: offer.key, method: 'GET', query, headers, ip, arrived: 0 }, offer, facts, clickId, this.keptIp(ip), ''),
      landingUrl: null,
    };
  }

  /** Field by field: copying the facts by spread costs more than finding them. */
  private clickOf(
    visit: Visit,
    offer: LiveOffer,
    { cid, at, request, device, geo }: LandingClick & Facts,
    clickId: string,
    ip: string | null,
    landingUrl: string,
  ): NewClick {
    const bot = botReason(visit.method, visit.headers, request.userAgent);
    const day = this.dayOf(at);
    const named = request.userAgent === null ? null : userAgentId(request.userAgent);
    const newAgent = this.newAgentOf(named, request.userAgent, device);
    // Every new user agent is a row of its own: a sender of a new one with each click must not fill the disk.
    const tooMany = newAgent !== null && !this.agentBudget.take(visit.ip ?? '', newAgent.userAgent.length + AGENT_OVERHEAD_BYTES, at);
    if (tooMany) this.agentsLeftOut.inc();
    const agentId = tooMany ? null : named;
    const costCurrency = request.cost === null ? null : (request.costCurrency ?? this.config.baseCurrency);
    return {
      clickId,
      cid,
      createdAt: at,
      offerId: offer.id,
      offerSourceId: offer.offerSourceId,
      day,
      visitor: bot === null ? this.visitorOf(visit.ip, request.userAgent, offer.id) : null,
      bot,
      cost: request.cost,
      costCurrency,
      costBase: request.cost === null || costCurrency === null ? null : this.rates.toBase(request.cost, costCurrency, day),
      country: geo.country,
      region: geo.region,
      city: geo.city,
      isp: geo.isp,
      device: device.device,
      os: device.os,
      browser: device.browser,
      language: request.language,
      externalId: request.externalId,
      source: request.source,
      keyword: request.keyword,
      subs: request.subs,
      referrer: request.referrer,
      referrerDomain: request.referrerDomain,
      ip,
      userAgentId: agentId,
      newAgent: tooMany ? null : newAgent,
      landingUrl,
      warnings: request.warnings.length === 0 ? null : request.warnings.join(' '),
    };
  }

  private newAgentOf(
    id: string | null,
    userAgent: string | null,
    { deviceBrand, deviceModel, osVersion, browserVersion }: DeviceFacts,
  ): NewAgent | null {
    return id === null || userAgent === null || this.knownAgents.has(id)
      ? null
      : { userAgent, deviceBrand, deviceModel, osVersion, browserVersion };
  }

  /** The UTC day, written out once a day. */
  private dayOf(at: number): string {
    const number = Math.floor(at / DAY_MS);
    if (this.day.number !== number) this.day = { number, text: new Date(at).toISOString().slice(0, 10) };
    return this.day.text;
  }

  private landingOf(offer: LiveOffer, source: LiveSource | null): LandingUrl {
    const known = this.compiled.get(offer);
    if (known !== undefined && known.source === source) return known.landing;
    const landing = compileLandingUrl(
      source === null ? offer.url : joinOfferUrlTemplate(offer.url, source.offerUrlTemplate, source.cidParameter),
    );
    this.compiled.set(offer, { source, landing });
    return landing;
  }

  /** 128 bits of an HMAC, as a UUID because Postgres stores those in 16 bytes. */
  private visitorOf(ip: string | null, userAgent: string | null, offerId: string): string {
    const hex = createHmac('sha256', this.secret)
      .update(`${ip ?? ''}\n${userAgent ?? ''}\n${offerId}`)
      .digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  }

  /** The forms in which an address may be kept: as it came, and as IP_MODE has it. */
  formsOf(ip: string): string[] {
    const kept = this.keptIp(ip);
    return kept === null || kept === ip ? [ip] : [ip, kept];
  }

  /** An address as IP_MODE lets it be kept. */
  keptIp(ip: string | null): string | null {
    if (ip === null) return null;
    switch (this.config.ipMode) {
      case 'full':
        return ip;
      case 'truncate':
        return truncateIp(ip);
      case 'hash':
        return createHmac('sha256', this.secret).update(ip).digest('hex').slice(0, 32);
      case 'off':
        return null;
    }
  }
}

// Tests boot several applications in one process; the registry is the process's.
function metric<M>(name: string, make: (name: string) => M): M {
  return (register.getSingleMetric(name) as M | undefined) ?? make(name);
}
