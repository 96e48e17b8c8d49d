import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { createIdMaker } from '../lib/ids.js';
import { ADMIN_POOL } from './tokens.js';

const SYNC_MS = 60_000;

/** The time and the ids of this process, on Postgres's clock: machines whose clocks differ still agree on the order. */
@Injectable()
export class IdsService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(IdsService.name);
  /** From performance.now(), which goes on evenly when somebody sets this machine's clock, to Postgres's time. */
  private offset = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly make = createIdMaker(() => this.now(), randomBytes);

  constructor(@Inject(ADMIN_POOL) private readonly pool: pg.Pool) {}

  async onModuleInit(): Promise<void> {
    await this.sync();
    this.timer = setInterval(
      () => void this.sync().catch((error: Error) => this.log.warn(`The database's clock could not be read: ${error.message}`)),
      SYNC_MS,
    );
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Math.floor(performance.now() + this.offset);
  }

  /** A new UUIDv7, greater than the last one of this process. */
  next(): string {
    return this.make();
  }

  private async sync(): Promise<void> {
    const sent = performance.now();
    const rows = await this.pool.query<{ ms: number }>(`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`);
    const answered = performance.now();
    this.offset = (rows.rows[0]?.ms ?? Number.NaN) - (sent + answered) / 2;
  }
}
