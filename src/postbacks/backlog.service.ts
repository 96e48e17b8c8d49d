import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { queryWithin } from '../db/deadline.js';
import { IdsService } from '../db/ids.service.js';
import { INGEST_POOL } from '../db/tokens.js';
import { LookFrom } from '../lib/look-from.js';

const LOOK_MS = 200;
const TIMEOUT_MS = 500;
/** While the oldest postback without a verdict is younger than this, storing is not delayed. */
const FREE_MS = 250;
/** The delay for each millisecond of age beyond it, and the most there is: senders wait for seconds, and verdicts stay within one. */
const SHARE = 1 / 8;
const MOST_MS = 100;

/** $1 from which time on, in milliseconds; 0: from the beginning (look-from.ts). */
const OLDEST = `SELECT seq, (extract(epoch FROM now() - next_attempt_at) * 1000)::float8 AS age FROM inbox
  WHERE next_attempt_at >= to_timestamp($1::float8 / 1000) ORDER BY next_attempt_at, inbox.seq LIMIT 1`;

/**
 * Acknowledging costs less than deciding and would take the processor from it for as long as senders are fast enough:
 * while the workers are behind, groups are stored a little later, so that senders and workers come to the same rate.
 * With no worker at work there is nothing to wait for.
 */
@Injectable()
export class BacklogService {
  private ageMs = 0;
  private seq: string | number | null = null;
  private lookedAt = Number.NEGATIVE_INFINITY;

  private readonly oldest = new LookFrom();

  constructor(
    @Inject(INGEST_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
  ) {}

  /** Milliseconds by which the next group is to be stored later. */
  delayMs(): number {
    if (performance.now() - this.lookedAt > LOOK_MS) void this.look();
    return Math.min(MOST_MS, Math.max(0, this.ageMs - FREE_MS) * SHARE);
  }

  private async look(): Promise<void> {
    this.lookedAt = Number.POSITIVE_INFINITY;
    try {
      const from = this.oldest.next();
      const [now, began] = [this.ids.now(), performance.now()];
      const query = { name: 'oldest-postback', text: OLDEST, values: [from ?? 0] };
      const [oldest] = (await queryWithin<{ seq: string | number; age: number }>(this.pool, query, TIMEOUT_MS)).rows;
      this.oldest.looked(from, now - Math.max(0, oldest?.age ?? 0), performance.now() - began);
      const isWorkedOn = oldest !== undefined && oldest.seq !== this.seq;
      this.seq = oldest?.seq ?? null;
      this.ageMs = isWorkedOn ? oldest.age : 0;
    } catch {
      // That PostgreSQL is away is noticed, and logged, where rows are stored.
      this.ageMs = 0;
    }
    this.lookedAt = performance.now();
  }
}
