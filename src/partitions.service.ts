import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { uuidAt } from './lib/ids.js';
import { ADMIN_POOL } from './tokens.js';

/** Tables partitioned by month on a UUIDv7. */
const TABLES = ['clicks', 'postbacks'] as const;
export type PartitionedTable = (typeof TABLES)[number];
const MONTHS_AHEAD = 3;
const DAY_MS = 86_400_000;

const monthStart = (year: number, month: number): number => Date.UTC(year, month, 1);

/** Months ahead are made at start and daily, so that no row ever lacks its partition; there is no default partition. */
@Injectable()
export class PartitionsService implements OnModuleInit {
  private readonly log = new Logger(PartitionsService.name);

  constructor(@Inject(ADMIN_POOL) private readonly pool: pg.Pool) {}

  async onModuleInit(): Promise<void> {
    await this.ensureAhead();
  }

  /** From last month (late postbacks, clocks) to three months ahead. Returns the names made. */
  async ensureAhead(now = Date.now()): Promise<string[]> {
    const today = new Date(now);
    const from = monthStart(today.getUTCFullYear(), today.getUTCMonth() - 1);
    const to = monthStart(today.getUTCFullYear(), today.getUTCMonth() + MONTHS_AHEAD);
    const made: string[] = [];
    for (const table of TABLES) made.push(...(await this.ensure(table, from, to)));
    return made;
  }

  /** Makes the partitions of all months that touch `from ≤ t ≤ to` (ms). */
  async ensure(table: PartitionedTable, from: number, to: number): Promise<string[]> {
    const existing = new Set(
      (await this.pool.query<{ name: string }>('SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass', [table])).rows.map((r) => r.name),
    );
    const made: string[] = [];
    const first = new Date(from);
    for (let month = first.getUTCMonth(); ; month++) {
      const start = monthStart(first.getUTCFullYear(), month);
      if (start > to) return made;
      const name = `${table}_${new Date(start).toISOString().slice(0, 7).replace('-', '_')}`;
      if (existing.has(name)) continue;
      const end = monthStart(first.getUTCFullYear(), month + 1);
      const client = await this.pool.connect();
      try {
        // A partition waits for no long query: it is tried again the next day, three months early.
        await client.query(`SET lock_timeout = '2s'`);
        await client.query(`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table} FOR VALUES FROM ('${uuidAt(start, 'min')}') TO ('${uuidAt(end, 'min')}')`);
        made.push(name);
        this.log.log(`Made partition ${name}`);
      } finally {
        await client.query('RESET lock_timeout').catch(() => undefined);
        client.release();
      }
    }
  }

  /** Days until the first partitioned table has no partition left; null when one has none at all. */
  async daysAhead(now = Date.now()): Promise<number | null> {
    const rows = await this.pool.query<{ table: string; last: string | null }>(
      `SELECT t.name AS table, max(i.inhrelid::regclass::text) AS last
       FROM unnest($1::text[]) AS t(name) LEFT JOIN pg_inherits i ON i.inhparent = t.name::regclass GROUP BY t.name`,
      [TABLES],
    );
    let days: number | null = Number.POSITIVE_INFINITY;
    for (const { table, last } of rows.rows) {
      if (last === null) return null;
      const [year, month] = last.slice(table.length + 1).split('_').map(Number);
      days = Math.min(days, Math.floor((monthStart(year ?? 0, month ?? 0) - now) / DAY_MS));
    }
    return days;
  }
}
