import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { cidToUuid, uuidAt, uuidTime } from '../lib/ids.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { findImported } from './click-log.query.js';
import { ClicksService } from './clicks.service.js';
import type { Erasure, ErasureAnswer } from './erase.dto.js';

const DAY_MS = 86_400_000;
const PERSONAL = 'ip = NULL, user_agent_id = NULL, referrer = NULL, landing_url = NULL, external_id = NULL';
const IS_PERSONAL =
  '(ip IS NOT NULL OR user_agent_id IS NOT NULL OR referrer IS NOT NULL OR landing_url IS NOT NULL OR external_id IS NOT NULL)';
const CLICK = `UPDATE clicks SET ${PERSONAL} WHERE click_id = $1 AND ${IS_PERSONAL}`;
const CLICKS_OF_IP = `UPDATE clicks SET ${PERSONAL} WHERE click_id >= $2 AND click_id < $3 AND ip = $1 RETURNING click_id AS id`;
const CONVERSIONS = `UPDATE conversions SET click = click - 'externalId' WHERE click_id = ANY($1::uuid[]) AND click ? 'externalId'`;
const POSTBACKS_OF_CID = 'UPDATE postbacks SET ip = NULL WHERE cid = ANY($1::text[]) AND ip IS NOT NULL';
const POSTBACKS_OF_IP = 'UPDATE postbacks SET ip = NULL WHERE id >= $2 AND id < $3 AND ip = $1';
const OLDEST =
  'SELECT (SELECT min(click_id::text) FROM (SELECT click_id FROM clicks ORDER BY click_id LIMIT 1) c) AS click, (SELECT min(id::text) FROM (SELECT id FROM postbacks ORDER BY id LIMIT 1) p) AS postback';

/** Removes what says who a visitor was: address, user agent, referrer, landing URL and external id. Figures and money stay. */
@Injectable()
export class EraseService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly clicks: ClicksService,
  ) {}

  /** @throws Problem 400 unless exactly one of cid and ip is given, 404 for a click nobody knows */
  async erase({ cid, ip }: Erasure): Promise<ErasureAnswer> {
    if ((cid === undefined) === (ip === undefined)) throw Problem.invalid([{ pointer: '/', message: 'give exactly one of cid and ip' }]);
    return cid === undefined ? this.eraseIp(ip as string) : this.eraseClick(cid);
  }

  private async eraseClick(cid: string): Promise<ErasureAnswer> {
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
    const [clicks, conversions, postbacks] = [
      await this.pool.query(CLICK, [clickId]),
      await this.pool.query(CONVERSIONS, [[clickId]]),
      await this.pool.query(POSTBACKS_OF_CID, [[cid, cid.toLowerCase()]]),
    ];
    return { clicks: clicks.rowCount ?? 0, conversions: conversions.rowCount ?? 0, postbacks: postbacks.rowCount ?? 0 };
  }

  /** No index knows addresses: rows are read day by day, so that no statement runs for long. */
  private async eraseIp(ip: string): Promise<ErasureAnswer> {
    const answer: ErasureAnswer = { clicks: 0, conversions: 0, postbacks: 0 };
    const kept = this.clicks.keptIp(ip);
    const { rows } = await this.pool.query<{ click: string | null; postback: string | null }>(OLDEST);
    const until = this.ids.now() + DAY_MS;
    const days = function* (first: string | null | undefined): Generator<[string, string]> {
      if (first === null || first === undefined) return;
      for (let day = uuidTime(first); day < until; day += DAY_MS) yield [uuidAt(day, 'min'), uuidAt(day + DAY_MS, 'min')];
    };
    if (kept !== null) {
      for (const range of days(rows[0]?.click)) {
        const found = await this.pool.query<{ id: string }>(CLICKS_OF_IP, [kept, ...range]);
        answer.clicks += found.rowCount ?? 0;
        if (found.rows.length > 0) answer.conversions += (await this.pool.query(CONVERSIONS, [found.rows.map((r) => r.id)])).rowCount ?? 0;
      }
    }
    // A pixel's request comes from the visitor himself.
    for (const range of days(rows[0]?.postback)) answer.postbacks += (await this.pool.query(POSTBACKS_OF_IP, [ip, ...range])).rowCount ?? 0;
    return answer;
  }
}
