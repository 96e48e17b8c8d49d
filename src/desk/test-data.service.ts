import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { ClicksService } from '../clicks/clicks.service.js';
import { TEST_PARAMETER, TestTokenService } from '../clicks/test-token.service.js';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { given } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { cidToUuid, uuidToCid } from '../lib/ids.js';
import { bounded } from '../lib/sql.js';
import { OffersService } from '../offers/offers.service.js';
import { PostbacksService } from '../postbacks/postbacks.service.js';
import type { SendTestPostback, TestDataRemoved, TestPostbackSent, TestToken } from './test-data.dto.js';
import { CLAIM_TEST_CLICKS, DELETE_CLICKS, DELETE_CONVERSIONS, DELETE_REST, LOCKS, UNCOUNT } from './test-data.query.js';

const BATCH = 500;
const RACE_ATTEMPTS = 5;

/** Test clicks and test postbacks, by which a user tries an offer, and their removal. */
@Injectable()
export class TestDataService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly tokens: TestTokenService,
    private readonly clicks: ClicksService,
    private readonly offers: OffersService,
    private readonly postbacks: PostbacksService,
  ) {}

  token(): TestToken {
    return { parameter: TEST_PARAMETER, ...this.tokens.make(this.ids.now()) };
  }

  /** @throws Problem 404, 409 for a click that is no test and for an offer that sends nobody anywhere, 503 when it could not be stored */
  async send({ offerId, cid, ...said }: SendTestPostback): Promise<TestPostbackSent> {
    const offer = await this.offers.get(offerId.toLowerCase());
    if (offer.postbackUrl === null)
      throw new Problem(409, 'conflict', 'The offer has no postback URL: give it an offer source, or switch the global one on.');
    const clickId = cid === undefined ? await this.anyTestClick(offer) : await this.testClick(offer.id, cid);
    const named = uuidToCid(clickId);
    const base = new URL(offer.postbackUrl);
    const query = new URLSearchParams({ cid: named, ...(given(said) as Record<string, string>) });
    const token = /\/postback\/([^/]+)$/.exec(base.pathname)?.[1] ?? null;
    const answer = await this.postbacks.receive({
      method: 'GET',
      url: `${base.pathname}?${query}`,
      contentType: null,
      body: null,
      ip: null,
      token,
      arrived: performance.now(),
    });
    if (answer.status === 503) throw new Problem(503, 'unavailable', 'The postback could not be stored. Try again in a moment.');
    const reason = answer.status === 200 ? null : answer.reason;
    return {
      id: answer.id,
      cid: named,
      url: `${base.origin}${base.pathname}?${query}`,
      result: reason === null ? 'accepted' : 'rejected',
      reason,
    };
  }

  /** Takes every test click and its conversions out of the tables and the figures. Their requests stay in the log. */
  async remove(): Promise<TestDataRemoved> {
    const removed = { clicks: 0, conversions: 0 };
    for (;;) {
      const batch = await inTransaction(this.pool, (client) => this.removeBatch(client), RACE_ATTEMPTS);
      if (batch === null) return removed;
      removed.clicks += batch.clicks;
      removed.conversions += batch.conversions;
    }
  }

  private async removeBatch(client: pg.PoolClient): Promise<TestDataRemoved | null> {
    const { rows } = await client.query<{ id: string }>(CLAIM_TEST_CLICKS, [BATCH]);
    if (rows.length === 0) return null;
    const values = bounded(rows.map(({ id }) => id));
    for (const lock of LOCKS) await client.query(lock, values);
    await client.query(UNCOUNT, values);
    const conversions = await client.query(DELETE_CONVERSIONS, values);
    const clicks = await client.query(DELETE_CLICKS, values);
    for (const statement of DELETE_REST) await client.query(statement, values);
    return { clicks: clicks.rowCount ?? 0, conversions: conversions.rowCount ?? 0 };
  }

  private async testClick(offerId: string, cid: string): Promise<string> {
    const clickId = cidToUuid(cid);
    const { rowCount } =
      clickId === null
        ? { rowCount: 0 }
        : await this.pool.query('SELECT 1 FROM test_clicks WHERE click_id = $1 AND offer_id = $2', [clickId, offerId]);
    if (clickId === null || rowCount === 0)
      throw new Problem(
        409,
        'not_a_test',
        'This is no test click of the offer. Open its tracking link with a test token, or leave cid out.',
      );
    return clickId;
  }

  private async anyTestClick(offer: { id: string; key: string }): Promise<string> {
    const known = await this.newestTestClick(offer.id);
    if (known !== null) return known;
    const { token } = this.token();
    await this.clicks.track({
      key: offer.key,
      method: 'GET',
      query: { [TEST_PARAMETER]: token },
      headers: {},
      ip: null,
      arrived: performance.now(),
    });
    const made = await this.newestTestClick(offer.id);
    if (made === null) throw new Problem(409, 'conflict', 'The offer is paused or archived and takes no clicks.');
    return made;
  }

  private async newestTestClick(offerId: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ id: string }>(
      'SELECT t.click_id AS id FROM test_clicks t WHERE t.offer_id = $1 ORDER BY t.click_id DESC LIMIT 1',
      [offerId],
    );
    return rows[0]?.id ?? null;
  }
}
