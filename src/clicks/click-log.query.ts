import type { ReadsService } from '../db/reads.service.js';
import { anyOf, decimal, iso, where, type Condition } from '../lib/sql.js';
import { isTest, testCondition } from './test-clicks.query.js';
import { LOOKED, type Look } from '../http/looked.js';
import { SUMMED } from '../http/sums.js';
import type { ClickWarning } from './click-facts.js';
import { uuidAt, cidToUuid } from '../lib/ids.js';

/** A row of the list of clicks; sub1 to sub20 are still in one object. */
export interface ClickLogRow {
  clickId: string;
  createdAt: string;
  offerId: string;
  offerSourceId: string | null;
  externalId: string | null;
  subs: Record<string, string> | null;
  source: string | null;
  keyword: string | null;
  cost: string | null;
  costCurrency: string | null;
  costBase: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  isp: string | null;
  device: string | null;
  deviceBrand: string | null;
  deviceModel: string | null;
  os: string | null;
  osVersion: string | null;
  browser: string | null;
  browserVersion: string | null;
  language: string | null;
  referrer: string | null;
  referrerDomain: string | null;
  ip: string | null;
  userAgent: string | null;
  landingUrl: string | null;
  unique: boolean;
  bot: string | null;
  test: boolean;
  importedCid: string | null;
  warnings: ClickWarning[];
}

const COLUMNS = `click_id AS "clickId", ${iso('created_at')} AS "createdAt", offer_id AS "offerId", offer_source_id AS "offerSourceId",
  external_id AS "externalId", subs, source, keyword, ${decimal('cost')} AS cost, cost_currency AS "costCurrency", ${decimal('cost_base')} AS "costBase",
  country, region, city, isp, device, device_brand AS "deviceBrand", device_model AS "deviceModel", os, os_version AS "osVersion",
  browser, browser_version AS "browserVersion", language, referrer, referrer_domain AS "referrerDomain", ip, user_agent AS "userAgent",
  landing_url AS "landingUrl", is_unique AS "unique", bot, ${isTest('clicks')} AS test, coalesce(string_to_array(warnings, ' '), '{}') AS warnings, (SELECT min(imported_cid) FROM imported_cids i WHERE i.click_id = clicks.click_id) AS "importedCid"`;

export interface ClickFilters {
  clickId?: string;
  offerId?: readonly string[];
  offerSourceId?: readonly string[];
  /** Any of these. */
  ips?: readonly string[];
  unique?: boolean;
  bot?: boolean;
  test?: boolean;
  /** What is known of the click (fact-filters.dto.ts). */
  facts?: readonly Condition[];
  /** Milliseconds, `from ≤ t < to`. */
  from?: number;
  to?: number;
  /** Only what is older than this click. */
  before?: string;
}

/** Newest first, one row more than asked for; all with null. A click's time is its id's, so all bounds are bounds of the id, by which partitions are pruned. */
export function listClicks(f: ClickFilters, limit: number | null): Look {
  const read = where(readBy(f));
  const fits = where(fitting(f), read.values.length + 1);
  const [looked, shown] = limit === null ? ['', ''] : [` LIMIT ${LOOKED}`, ` LIMIT ${limit + 1}`];
  return {
    page: {
      text: `SELECT ${COLUMNS} FROM (
          SELECT * FROM (SELECT * FROM clicks WHERE ${read.sql} ORDER BY click_id DESC${looked}) AS clicks WHERE ${fits.sql} ORDER BY click_id DESC${shown}
        ) AS clicks LEFT JOIN user_agents a ON a.id = clicks.user_agent_id ORDER BY click_id DESC`,
      values: [...read.values, ...fits.values],
    },
    edge:
      fits.values.length === 0
        ? null
        : {
            text: `SELECT click_id AS "clickId" FROM clicks WHERE ${read.sql} ORDER BY click_id DESC OFFSET ${LOOKED - 1} LIMIT 1`,
            values: read.values,
          },
  };
}

/** What the clicks of a list cost, the newest ones if there are too many. */
export function sumClicks(f: ClickFilters): { text: string; values: unknown[] } {
  const { sql, values } = where([...readBy(f), ...fitting(f)]);
  return {
    text: `SELECT cost_currency AS currency, count(*)::int AS count, ${decimal('coalesce(sum(cost), 0)')} AS cost, ${decimal('coalesce(sum(cost_base), 0)')} AS "costBase"
      FROM (SELECT cost_currency, cost, cost_base FROM clicks WHERE ${sql} ORDER BY click_id DESC LIMIT ${SUMMED + 1}) AS c GROUP BY cost_currency ORDER BY count DESC, currency`,
    values,
  };
}

/** What an index finds. */
const readBy = (f: ClickFilters): Condition[] => [
  ['click_id = ?::uuid', f.clickId],
  ['click_id >= ?::uuid', f.from === undefined ? undefined : uuidAt(f.from, 'min')],
  ['click_id < ?::uuid', f.to === undefined ? undefined : uuidAt(f.to, 'min')],
  ['click_id < ?::uuid', f.before],
  ...(f.test === true ? [testCondition('clicks', true)] : []),
];

/** What is looked for, row by row. */
const fitting = (f: ClickFilters): Condition[] => [
  anyOf('offer_id', f.offerId, 'uuid'),
  anyOf('offer_source_id', f.offerSourceId, 'uuid'),
  ['ip = ANY(?::text[])', f.ips],
  ['is_unique = ?', f.unique],
  ['(bot IS NOT NULL) = ?', f.bot],
  ...(f.test === false ? [testCondition('clicks', false)] : []),
  ...(f.facts ?? []),
];

/** The click that another tracker's id stands for. */
export const findImported = (cid: string): { text: string; values: unknown[] } => ({
  text: `SELECT click_id AS "clickId" FROM imported_cids WHERE imported_cid = $1`,
  values: [cid],
});

/** The click that a cid names: what an imported click came with, else one of our ids in any letter case; null when it is neither. */
export async function clickIdOf(reads: ReadsService, cid: string): Promise<string | null> {
  const [imported] = await reads.rows<{ clickId: string }>(findImported(cid));
  return imported?.clickId ?? cidToUuid(cid);
}
