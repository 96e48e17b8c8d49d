import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { checkIfMatch } from '../http/etag.js';
import { Problem } from '../http/problem.js';
import { isTimeZone } from '../lib/zones.js';
import type { AccountAnswer } from './account.dto.js';

/** The settings that all people who sign in share. */
@Injectable()
export class AccountService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
  ) {}

  async read(db: Pick<pg.Pool, 'query'> = this.pool): Promise<AccountAnswer> {
    const { rows } = await db.query<AccountAnswer>('SELECT time_zone AS "timeZone" FROM account');
    return rows[0] ?? { timeZone: this.config.timeZone };
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 400 for a zone that this program or PostgreSQL does not know, 412
   */
  async change({ timeZone }: AccountAnswer, ifMatch?: string): Promise<AccountAnswer> {
    const known = await this.pool.query('SELECT 1 FROM pg_timezone_names WHERE name = $1', [timeZone]);
    if (known.rowCount === 0 || !isTimeZone(timeZone))
      throw Problem.invalid([{ pointer: '/timeZone', message: 'timeZone must be a zone of IANA such as Europe/Berlin' }]);
    await inTransaction(this.pool, async (db) => {
      // There may be no row yet that could be locked.
      await db.query('LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE');
      checkIfMatch(ifMatch, (await this.read(db)).timeZone);
      await db.query(
        'INSERT INTO account (only_row, time_zone) VALUES (true, $1) ON CONFLICT (only_row) DO UPDATE SET time_zone = EXCLUDED.time_zone',
        [timeZone],
      );
    });
    return { timeZone };
  }
}
