import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { conversionId } from './conversion-id.js';
import { NO_VALUES, type Postback, type PostbackValues } from './conversion.js';
import { checkIfMatch } from '../http/etag.js';
import { Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { uuidToCid } from '../lib/ids.js';
import { canonical } from '../lib/money.js';
import { iso } from '../lib/sql.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import type { AddConversion, UpdateConversion } from './conversion.dto.js';
import { findClicks } from './find-clicks.query.js';
import { LedgerService } from './ledger.service.js';
import { RulesService } from './rules.service.js';
import { writeLedger } from './write-ledger.query.js';
import { namedCurrency } from '../lib/currency-signs.js';

const RACE_ATTEMPTS = 5;
const STANDING = `SELECT ${iso('updated_at')} AS at, last_at AS "lastAt" FROM conversions WHERE click_id = $1 AND key = $2`;

/** Entries that admins make by hand. Each is a step of the click's history like a postback, but the guards of transitions do not apply to it. */
@Injectable()
export class ConversionsService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly ledger: LedgerService,
    private readonly rules: RulesService,
  ) {}

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 400 when nothing is to change, 404, 412
   */
  async enter(
    id: string,
    { clickId, key }: { clickId: string; key: string },
    { status, payout, note }: UpdateConversion,
    ifMatch?: string,
  ): Promise<void> {
    const amount = payout === undefined ? null : canonical(payout);
    if (status === undefined && amount === null && note === undefined)
      throw Problem.invalid([{ pointer: '', message: 'give at least one of status, payout and note' }]);
    await inTransaction(
      this.pool,
      async (client) => {
        const [click] = (await findClicks(client, [uuidToCid(clickId)], true)).values();
        if (click === undefined) throw Problem.notFound('conversion', id);
        // Nothing changes a conversion whose click is locked.
        const [standing] = (await client.query<{ at: string; lastAt: number }>(STANDING, [clickId, key])).rows;
        if (standing === undefined) throw Problem.notFound('conversion', id);
        if (ifMatch !== undefined) checkIfMatch(ifMatch, standing.at);
        // It comes after all that it corrects, also where a network's clock is ahead.
        const values = { ...NO_VALUES, ts: standing.lastAt > this.ids.now() ? standing.lastAt : null };
        const postback = await this.entryOf(client, values, { key, status: status ?? null, payout: amount, note: note ?? '' });
        const outcomes = await this.ledger.settle(client, [
          { click, source: await this.rules.sourceOf(click), arrivals: [], entry: postback },
        ]);
        await writeLedger(client, outcomes, this.ids.now());
      },
      RACE_ATTEMPTS,
    );
  }

  /**
   * A conversion that no postback has brought: its id.
   * @throws Problem 404 for a click nobody knows, 409 when it has a conversion with this txid
   */
  async add({ cid, status, payout, currency, txid, note }: AddConversion): Promise<string> {
    return inTransaction(
      this.pool,
      async (client) => {
        const [click] = (await findClicks(client, [cid], true)).values();
        if (click === undefined) throw Problem.notFound('click', cid);
        const values = { ...NO_VALUES, txid: txid?.trim() || null, currency: currency ? namedCurrency(currency) : null };
        const manual = { status, payout: payout === undefined ? null : canonical(payout), note: note ?? '', create: true as const };
        const entry = await this.entryOf(client, values, manual);
        const outcomes = await this.ledger.settle(client, [
          { click, source: await this.rules.sourceOf(click), arrivals: [], entry, cid: uuidToCid(click.clickId) },
        ]);
        const made = outcomes[0]?.entries.find(({ postbackId, result }) => postbackId === entry.id && result === 'created');
        if (made === undefined || made.key === null)
          throw new Problem(409, 'conflict', `This click has a conversion with the txid ${values.txid}. Change that one.`);
        await writeLedger(client, outcomes, this.ids.now());
        return conversionId(click.clickId, made.key);
      },
      RACE_ATTEMPTS,
    );
  }

  /** A step of the click's history that no request brought. */
  private async entryOf(client: pg.ClientBase, values: PostbackValues, manual: NonNullable<Postback['manual']>): Promise<Postback> {
    const { rows } = await client.query<{ seq: number }>(`SELECT nextval(pg_get_serial_sequence('inbox', 'seq')) AS seq`);
    const id = this.ids.next();
    return { id, seq: rows[0]?.seq ?? 0, receivedAt: Math.round(this.ids.now()), values, meaning: null, warnings: [], hash: id, manual };
  }
}
