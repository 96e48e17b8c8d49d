import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import QuickLRU from 'quick-lru';
import { ADMIN_POOL } from '../db/tokens.js';
import { Problem } from '../http/problem.js';
import { truncateIp } from '../lib/ip-ranges.js';
import { pauseAfter } from './pause.js';

const FORGET = `interval '15 minutes'`;
const FORGET_MS = 15 * 60_000;
/** A key has 256 random bits and cannot be guessed: this limits useless requests, and leaves a program that still has an old key alone. */
const FREE_KEYS = 500;
const MAX_ADDRESSES = 10_000;

const PAUSES = [1, 2, 3, 4, 5, 6, 7].map(pauseAfter);

/** Whoever fails to sign in waits: 1 s, 2 s, 4 s … 1 min, by address and by account, in every process. */
@Injectable()
export class SlowingService {
  private readonly wrongKeys = new QuickLRU<string, { failures: number; until: number }>({ maxSize: MAX_ADDRESSES, maxAge: FORGET_MS });

  constructor(@Inject(ADMIN_POOL) private readonly pool: pg.Pool) {}

  /** Seconds until these may try again; 0: now. */
  async pause(subjects: string[]): Promise<number> {
    const { rows } = await this.pool.query<{ seconds: number | null }>(
      'SELECT ceil(extract(epoch FROM max(slowed_until) - clock_timestamp()))::int AS seconds FROM sign_in_failures WHERE subject = ANY ($1)',
      [subjects],
    );
    return Math.max(0, rows[0]?.seconds ?? 0);
  }

  async failed(subjects: string[]): Promise<void> {
    await this.pool.query(`DELETE FROM sign_in_failures WHERE slowed_until < clock_timestamp() - ${FORGET}`);
    await this.pool.query(
      `INSERT INTO sign_in_failures AS f (subject, failures, slowed_until)
       SELECT subject, 1, clock_timestamp() + ($2::int[])[1] * interval '1 second' FROM unnest($1::text[]) AS s(subject) ORDER BY subject
       ON CONFLICT (subject) DO UPDATE SET failures = f.failures + 1,
         slowed_until = clock_timestamp() + ($2::int[])[least(f.failures + 1, cardinality($2::int[]))] * interval '1 second'`,
      [subjects, PAUSES],
    );
  }

  /** Ends the waiting time of the account, not that of the address: otherwise one good account would allow guesses at others. */
  async succeeded(account: string): Promise<void> {
    await this.pool.query('DELETE FROM sign_in_failures WHERE subject = $1', [account]);
  }

  /** Seconds for which wrong keys of this address are not even answered as such; a right one always passes. */
  wrongKey(address: string | null): number {
    const subject = bySubject(address);
    const now = performance.now();
    const seen = this.wrongKeys.get(subject) ?? { failures: 0, until: 0 };
    if (seen.until > now) return Math.ceil((seen.until - now) / 1_000);
    const failures = seen.failures + 1;
    this.wrongKeys.set(subject, { failures, until: now + pauseAfter(failures - FREE_KEYS) * 1_000 });
    return 0;
  }
}

/** Of IPv6 the network: one visitor has millions of addresses in it. */
export const bySubject = (address: string | null): string =>
  `address ${address === null ? '' : address.includes(':') ? truncateIp(address) : address}`;
/** Hashed, since people may have typed a password here. */
export const byAccount = (email: string): string => `account ${createHash('sha256').update(email.toLowerCase()).digest('hex')}`;

/** The answer to a caller who has to wait; `retryAfter` becomes the header Retry-After. */
export const slowed = (seconds: number): Problem =>
  new Problem(429, 'slowed', `Too many failures. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`, [], seconds);
