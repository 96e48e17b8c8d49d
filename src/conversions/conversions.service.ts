import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { NO_VALUES, type Postback } from './conversion.js';
import { Problem } from '../http/problem.js';
import { IdsService } from '../db/ids.service.js';
import { uuidToCid } from '../lib/ids.js';
import { canonical } from '../lib/money.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import type { UpdateConversion } from './conversion.dto.js';
import { findClicks } from './find-clicks.query.js';
import { LedgerService } from './ledger.service.js';
import { RulesService } from './rules.service.js';
import { writeLedger } from './write-ledger.query.js';

const RACE_ATTEMPTS = 5;

/** Admins' entries: each is a step of the click's history like a postback, but that it beats the guards. */
@Injectable()
export class ConversionsService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly ledger: LedgerService,
    private readonly rules: RulesService,
  ) {}

  /** @throws Problem 400 when nothing is to change, 404 */
  async enter(id: string, { clickId, key }: { clickId: string; key: string }, { status, payout, note }: UpdateConversion): Promise<void> {
    const amount = payout === undefined ? null : canonical(payout);
    if (status === undefined && amount === null && note === undefined)
      throw Problem.invalid([{ pointer: '/', message: 'give at least one of status, payout and note' }]);
    await inTransaction(
      this.pool,
      async (client) => {
        const [click] = (await findClicks(client, [uuidToCid(clickId)], true)).values();
        if (click === undefined) throw Problem.notFound('conversion', id);
        const { rows } = await client.query<{ seq: number }>(`SELECT nextval(pg_get_serial_sequence('inbox', 'seq')) AS seq`);
        const postbackId = this.ids.next();
        const postback: Postback = {
          id: postbackId,
          seq: rows[0]?.seq ?? 0,
          receivedAt: Math.round(this.ids.now()),
          values: NO_VALUES,
          meaning: null,
          warnings: [],
          hash: postbackId,
          manual: { key, status: status ?? null, payout: amount, note: note ?? '' },
        };
        const outcomes = await this.ledger.settle(client, [
          { click, source: await this.rules.sourceOf(click, null), arrivals: [], entry: postback },
        ]);
        if (outcomes[0]?.before.some((c) => c.key === key) !== true) throw Problem.notFound('conversion', id);
        await writeLedger(client, outcomes, this.ids.nowText());
      },
      RACE_ATTEMPTS,
    );
  }
}
