import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { Problem } from '../http/problem.js';
import { parseIpRanges, type IpRanges } from '../lib/ip-ranges.js';
import { IdsService } from '../db/ids.service.js';
import { cidToUuid, uuidAt, uuidTime, uuidToCid } from '../lib/ids.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { HandlersService } from '../queues/handlers.service.js';
import { findImported } from './click-log.query.js';
import { ClicksService } from './clicks.service.js';
import type { Erasure, ErasureAnswer } from './erase.dto.js';

const DAY_MS = 86_400_000;
const PERSONAL = 'ip = NULL, user_agent_id = NULL, referrer = NULL, landing_url = NULL, external_id = NULL';
const IS_PERSONAL =
  '(ip IS NOT NULL OR user_agent_id IS NOT NULL OR referrer IS NOT NULL OR landing_url IS NOT NULL OR external_id IS NOT NULL)';
const CLICK = `UPDATE clicks SET ${PERSONAL} WHERE click_id = $1 AND ${IS_PERSONAL}`;
const COUNT_CLICK = `SELECT FROM clicks WHERE click_id = $1 AND ${IS_PERSONAL}`;
const CLICKS_OF_IP = `UPDATE clicks SET ${PERSONAL} WHERE click_id >= $2 AND click_id < $3 AND ip = $1`;
const FIND_CLICKS_OF_IP = `SELECT click_id AS id, user_agent_id AS agent FROM clicks WHERE click_id >= $2 AND click_id < $3 AND ip = $1`;
const CLICKS_OF_PERSON = `UPDATE clicks SET ${PERSONAL} WHERE click_id >= $2 AND click_id < $3 AND external_id = $1`;
const FIND_CLICKS_OF_PERSON = `SELECT click_id AS id FROM clicks WHERE click_id >= $2 AND click_id < $3 AND external_id = $1`;
const CONVERSIONS_OF_PERSON = `UPDATE conversions SET click = click - 'externalId' WHERE click_id >= $2 AND click_id < $3 AND click->>'externalId' = $1`;
const COUNT_CONVERSIONS_OF_PERSON = `SELECT FROM conversions WHERE click_id >= $2 AND click_id < $3 AND click->>'externalId' = $1`;
const CONVERSIONS = `UPDATE conversions SET click = click - 'externalId' WHERE click_id = ANY($1::uuid[]) AND click ? 'externalId'`;
const COUNT_CONVERSIONS = `SELECT FROM conversions WHERE click_id = ANY($1::uuid[]) AND click ? 'externalId'`;
const POSTBACKS_OF_CID = 'UPDATE postbacks SET ip = NULL WHERE cid = ANY($1::text[]) AND ip IS NOT NULL';
const COUNT_POSTBACKS_OF_CID = 'SELECT FROM postbacks WHERE cid = ANY($1::text[]) AND ip IS NOT NULL';
const POSTBACKS_OF_IP = 'UPDATE postbacks SET ip = NULL WHERE id >= $2 AND id < $3 AND ip = ANY($1::text[])';
/** $4 click ids whose postbacks are counted already. */
const COUNT_POSTBACKS_OF_IP =
  'SELECT FROM postbacks WHERE id >= $2 AND id < $3 AND ip = ANY($1::text[]) AND (cid IS NULL OR cid <> ALL($4::text[]))';
/** Of pixels that wait for their click. */
const WAITING_OF_IP = 'UPDATE inbox SET ip = NULL WHERE ip = ANY($1::text[])';
const COUNT_WAITING_OF_IP = 'SELECT FROM inbox WHERE ip = ANY($1::text[])';
/** All ids by which postbacks name these clicks. */
const CIDS = `SELECT imported_cid AS cid FROM imported_cids WHERE click_id = ANY($1::uuid[])`;
/** A household has a few browsers; an address with more in one day stands for many people. */
const MOST_BROWSERS = 10;
/** What figures, replays and the proof of what was done stand on. */
const LEAVES =
  'What reports count clicks by (country, region, city, isp, device, language, domain of the referrer, source, keyword, subs, cost), user agents apart from clicks, conversions with their figures, subs and params, the requests in log and history (the click id and what the network wrote there), rows of the audit log that name the click, and for at most a day kept answers of requests with an Idempotency-Key.';
const OLDEST = `SELECT (SELECT click_id FROM clicks ORDER BY click_id LIMIT 1) AS click, (SELECT click_id FROM conversions ORDER BY click_id LIMIT 1) AS conversion,
  (SELECT id FROM postbacks ORDER BY id LIMIT 1) AS postback`;

/** The UTC days of clicks. */
const daysOf = (ids: readonly string[]): string[] => [...new Set(ids.map((id) => new Date(uuidTime(id)).toISOString().slice(0, 10)))];

/** Removes what says who a visitor was: address, user agent, referrer, landing URL and external id. Figures and money stay. */
@Injectable()
export class EraseService {
  private readonly trusted: IpRanges;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly clicks: ClicksService,
    private readonly handlers: HandlersService,
    @Inject(CONFIG) config: Config,
  ) {
    this.trusted = parseIpRanges(config.trustProxy).ranges;
  }

  /**
   * @throws Problem 400 unless exactly one of cid, ip and externalId is given, 404 for a click nobody knows, 409 for an address that looks
   *   like a proxy's, unless forced
   */
  async erase({ cid, ip, externalId, dryRun = false, force = false }: Erasure): Promise<ErasureAnswer> {
    if ([cid, ip, externalId].filter((one) => one !== undefined).length !== 1)
      throw Problem.invalid([{ pointer: '', message: 'give exactly one of cid, ip and externalId' }]);
    if (cid !== undefined) return this.eraseClick(cid, dryRun);
    if (externalId !== undefined) return this.erasePerson(externalId, dryRun);
    const found = await this.lookAtIp(ip as string);
    if (dryRun) return found;
    if (found.warning !== undefined && !force) throw new Problem(409, 'many_visitors', `${found.warning} Nothing was erased.`);
    return this.eraseIp(ip as string);
  }

  private async eraseClick(cid: string, dryRun: boolean): Promise<ErasureAnswer> {
    const imported = findImported(cid);
    const clickId = (await this.pool.query<{ clickId: string }>(imported.text, imported.values)).rows[0]?.clickId ?? cidToUuid(cid);
    const known =
      clickId === null
        ? null
        : await this.pool.query(
            'SELECT 1 FROM clicks WHERE click_id = $1 UNION ALL SELECT 1 FROM conversions WHERE click_id = $1 LIMIT 1',
            [clickId],
          );
    if (known === null || known.rowCount === 0) throw Problem.notFound('click', cid);
    const answer = {
      clicks: await this.count(dryRun ? COUNT_CLICK : CLICK, [clickId]),
      conversions: await this.count(dryRun ? COUNT_CONVERSIONS : CONVERSIONS, [[clickId]]),
      postbacks: await this.count(dryRun ? COUNT_POSTBACKS_OF_CID : POSTBACKS_OF_CID, [
        [cid, ...(clickId === null ? [] : await this.cidsOf([clickId]))],
      ]),
      leaves: LEAVES,
    };
    if (!dryRun && clickId !== null) await this.handlers.run('after:erase', { days: daysOf([clickId]) });
    return answer;
  }

  /** All clicks that carried a visitor's id, and conversions that outlived theirs. */
  private async erasePerson(externalId: string, dryRun: boolean): Promise<ErasureAnswer> {
    const answer = nothingYet();
    const { conversionDays } = await this.days();
    for (const range of conversionDays()) {
      const { rows } = await this.pool.query<{ id: string }>(FIND_CLICKS_OF_PERSON, [externalId, ...range]);
      answer.conversions += await this.count(dryRun ? COUNT_CONVERSIONS_OF_PERSON : CONVERSIONS_OF_PERSON, [externalId, ...range]);
      answer.clicks += rows.length;
      if (rows.length === 0) continue;
      const cids = await this.cidsOf(rows.map((row) => row.id));
      answer.postbacks += await this.count(dryRun ? COUNT_POSTBACKS_OF_CID : POSTBACKS_OF_CID, [cids]);
      if (dryRun) continue;
      await this.count(CLICKS_OF_PERSON, [externalId, ...range]);
      await this.handlers.run('after:erase', { days: daysOf(rows.map((row) => row.id)) });
    }
    return answer;
  }

  /** What erasing it would change, and whether it looks like the address of more than one person. */
  private async lookAtIp(ip: string): Promise<ErasureAnswer> {
    const answer = nothingYet();
    let browsers = 0;
    const counted: string[] = [];
    const { clickDays, postbackDays } = await this.days();
    const kept = this.clicks.keptIp(ip);
    for (const range of kept === null ? [] : clickDays()) {
      const { rows } = await this.pool.query<{ id: string; agent: string | null }>(FIND_CLICKS_OF_IP, [kept, ...range]);
      answer.clicks += rows.length;
      browsers = Math.max(browsers, new Set(rows.map((row) => row.agent)).size);
      if (rows.length === 0) continue;
      const ids = rows.map((row) => row.id);
      answer.conversions += await this.count(COUNT_CONVERSIONS, [ids]);
      const cids = await this.cidsOf(ids);
      answer.postbacks += await this.count(COUNT_POSTBACKS_OF_CID, [cids]);
      counted.push(...cids);
    }
    const ips = this.clicks.formsOf(ip);
    answer.postbacks += await this.count(COUNT_WAITING_OF_IP, [ips]);
    for (const range of postbackDays()) answer.postbacks += await this.count(COUNT_POSTBACKS_OF_IP, [ips, ...range, counted]);
    if (this.trusted.contains(ip))
      answer.warning = `${ip} is a proxy in TRUST_PROXY: clicks with this address are of many people, ${answer.clicks} of them. Send force: true to erase them all.`;
    else if (browsers > MOST_BROWSERS)
      answer.warning = `${ip} looks like a proxy's address or one that many share: ${browsers} different browsers in one day, ${answer.clicks} clicks in all. Send force: true to erase them all.`;
    return answer;
  }

  private async eraseIp(ip: string): Promise<ErasureAnswer> {
    const answer = nothingYet();
    const { clickDays, postbackDays } = await this.days();
    const kept = this.clicks.keptIp(ip);
    for (const range of kept === null ? [] : clickDays()) {
      const { rows } = await this.pool.query<{ id: string }>(FIND_CLICKS_OF_IP, [kept, ...range]);
      if (rows.length === 0) continue;
      const ids = rows.map((row) => row.id);
      answer.conversions += await this.count(CONVERSIONS, [ids]);
      answer.postbacks += await this.count(POSTBACKS_OF_CID, [await this.cidsOf(ids)]);
      answer.clicks += await this.count(CLICKS_OF_IP, [kept, ...range]);
      await this.handlers.run('after:erase', { days: daysOf(ids) });
    }
    // The request of a postback pixel comes from the visitor's browser, so that its address is the visitor's.
    const ips = this.clicks.formsOf(ip);
    answer.postbacks += await this.count(WAITING_OF_IP, [ips]);
    for (const range of postbackDays()) answer.postbacks += await this.count(POSTBACKS_OF_IP, [ips, ...range]);
    return answer;
  }

  private async cidsOf(ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ cid: string }>(CIDS, [ids]);
    return [...ids.map(uuidToCid), ...rows.map((row) => row.cid)];
  }

  private async count(text: string, values: unknown[]): Promise<number> {
    return (await this.pool.query(text, values)).rowCount ?? 0;
  }

  /** No index knows addresses: rows are read day by day, so that no statement runs for long. */
  private async days(): Promise<Record<'clickDays' | 'conversionDays' | 'postbackDays', () => Generator<[string, string]>>> {
    const { rows } = await this.pool.query<Record<'click' | 'conversion' | 'postback', string | null>>(OLDEST);
    const [oldest] = rows;
    const until = this.ids.now() + DAY_MS;
    const since = function* (first: string | null | undefined): Generator<[string, string]> {
      if (first === null || first === undefined) return;
      for (let day = uuidTime(first); day < until; day += DAY_MS) yield [uuidAt(day, 'min'), uuidAt(day + DAY_MS, 'min')];
    };
    // Conversions outlive their clicks.
    const fact = [oldest?.click, oldest?.conversion].filter((id) => id !== null && id !== undefined).toSorted()[0];
    return { clickDays: () => since(oldest?.click), conversionDays: () => since(fact), postbackDays: () => since(oldest?.postback) };
  }
}

const nothingYet = (): ErasureAnswer => ({ clicks: 0, conversions: 0, postbacks: 0, leaves: LEAVES });
