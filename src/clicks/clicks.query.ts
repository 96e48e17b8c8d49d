import { type BulkColumn, bulkRows } from '../lib/bulk.js';

/** A click about to be stored, complete: it is written once and never updated. Times in milliseconds, money as decimal text. */
export interface NewClick {
  clickId: string;
  createdAt: number;
  offerId: string;
  offerSourceId: string | null;
  /** UTC day, and HMAC of ip, user agent and offer; null for bots, who are never unique. */
  day: string;
  visitor: string | null;
  bot: string | null;
  cost: string | null;
  costCurrency: string | null;
  costBase: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  isp: string | null;
  device: string | null;
  os: string | null;
  browser: string | null;
  language: string | null;
  externalId: string | null;
  source: string | null;
  keyword: string | null;
  /** `{ sub1: 'x' }`, null when there are none. */
  subs: Record<string, string> | null;
  referrer: string | null;
  referrerDomain: string | null;
  ip: string | null;
  userAgentId: string | null;
  /** The user agent where it may not be stored yet. */
  newAgent: NewAgent | null;
  landingUrl: string | null;
  /** Words, parted by spaces. */
  warnings?: string | null;
  /** Our click id as text, by which waiting postbacks know it. */
  cid: string;
}

/** A user agent with what nothing but the user agent says. */
export interface NewAgent {
  userAgent: string;
  deviceBrand: string | null;
  deviceModel: string | null;
  osVersion: string | null;
  browserVersion: string | null;
}

const STORED: readonly BulkColumn<NewClick>[] = [
  ['click_id', 'uuid', (c) => c.clickId],
  ['created_at', 'timestamptz', (c) => c.createdAt],
  ['offer_id', 'uuid', (c) => c.offerId],
  ['offer_source_id', 'uuid', (c) => c.offerSourceId],
  ['bot', 'text', (c) => c.bot],
  ['cost', 'numeric', (c) => c.cost],
  ['cost_currency', 'text', (c) => c.costCurrency],
  ['cost_base', 'numeric', (c) => c.costBase],
  ['country', 'text', (c) => c.country],
  ['region', 'text', (c) => c.region],
  ['city', 'text', (c) => c.city],
  ['isp', 'text', (c) => c.isp],
  ['device', 'text', (c) => c.device],
  ['os', 'text', (c) => c.os],
  ['browser', 'text', (c) => c.browser],
  ['language', 'text', (c) => c.language],
  ['external_id', 'text', (c) => c.externalId],
  ['source', 'text', (c) => c.source],
  ['keyword', 'text', (c) => c.keyword],
  ['subs', 'jsonb', (c) => (c.subs === null ? null : JSON.stringify(c.subs))],
  ['referrer', 'text', (c) => c.referrer],
  ['referrer_domain', 'text', (c) => c.referrerDomain],
  ['ip', 'text', (c) => c.ip],
  ['user_agent_id', 'bigint', (c) => c.userAgentId],
  ['landing_url', 'text', (c) => c.landingUrl],
  ['warnings', 'text', (c) => c.warnings ?? null],
];
const AGENT: readonly BulkColumn<NewClick>[] = [
  ['user_agent', 'text', (c) => c.newAgent?.userAgent ?? null],
  ['device_brand', 'text', (c) => c.newAgent?.deviceBrand ?? null],
  ['device_model', 'text', (c) => c.newAgent?.deviceModel ?? null],
  ['os_version', 'text', (c) => c.newAgent?.osVersion ?? null],
  ['browser_version', 'text', (c) => c.newAgent?.browserVersion ?? null],
];
const ARRIVING: readonly BulkColumn<NewClick>[] = [
  ...STORED,
  ...AGENT,
  ['day', 'date', (c) => c.day],
  ['visitor', 'uuid', (c) => c.visitor],
  ['cid', 'text', (c) => c.cid],
];

const stored = STORED.map(([name]) => name);
const agent = AGENT.map(([name]) => name).join(', ');
const arriving = bulkRows(ARRIVING, 'u');

/**
 * One statement, one transaction: who is seen first this UTC day (the claim is the key of `visitors`), the clicks, what
 * they add to the counters, user agents not seen before, and the wake-up of postbacks that came before their click.
 * Visitors and user agents are claimed in key order, so that two groups never wait for each other.
 */
const text = (onConflict: string): string => `
  WITH r AS (
    SELECT * FROM ${arriving.from}
  ), claimed AS (
    INSERT INTO visitors (day, visitor)
    SELECT DISTINCT day, visitor FROM r WHERE visitor IS NOT NULL ORDER BY day, visitor
    ON CONFLICT DO NOTHING
    RETURNING day, visitor
  ), firsts AS (
    SELECT DISTINCT ON (r.day, r.visitor) r.click_id FROM r JOIN claimed USING (day, visitor) ORDER BY r.day, r.visitor, r.click_id
  ), c AS (
    INSERT INTO clicks (${stored.join(', ')}, is_unique)
    SELECT ${stored.map((name) => `r.${name}`).join(', ')}, f.click_id IS NOT NULL
    FROM r LEFT JOIN firsts f ON f.click_id = r.click_id
    ${onConflict}
    RETURNING created_at, offer_id, offer_source_id, is_unique, bot, cost_base
  ), agents AS (
    INSERT INTO user_agents (id, ${agent})
    SELECT DISTINCT ON (user_agent_id) user_agent_id, ${agent} FROM r WHERE user_agent IS NOT NULL ORDER BY user_agent_id
    ON CONFLICT DO NOTHING
  ), woken AS (
    UPDATE inbox SET next_attempt_at = now() WHERE result = 'waiting_click' AND cid = ANY ($${ARRIVING.length}::text[])
  )
  INSERT INTO counter_deltas (axis, quarter, offer_id, offer_source_id, clicks, unique_clicks, bots, cost,
    conversions, approved, pending, rejected, trash, reversed, unmapped, upsells, revenue, revenue_hold, revenue_reversed)
  SELECT 'click', date_bin('15 minutes', created_at, 'epoch'), offer_id, coalesce(offer_source_id, '00000000-0000-0000-0000-000000000000'),
    count(*) FILTER (WHERE bot IS NULL), count(*) FILTER (WHERE is_unique), count(*) FILTER (WHERE bot IS NOT NULL), coalesce(sum(cost_base), 0),
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM c GROUP BY 2, 3, 4`;

export const INSERT_CLICKS = { name: 'insert-clicks', text: text(''), values: arriving.values };
/** The same for clicks from the queue `store`, where they were kept while PostgreSQL was away, and for clicks that come a second time. */
export const INSERT_CLICKS_ONCE = { name: 'insert-clicks-once', text: text('ON CONFLICT (click_id) DO NOTHING'), values: arriving.values };
