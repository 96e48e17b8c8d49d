import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { uuidAt } from '../lib/ids.js';
import { ADMIN_POOL } from './tokens.js';

/** Tables partitioned by month on a UUIDv7. */
const TABLES = ['clicks', 'postbacks'] as const;
export type PartitionedTable = (typeof TABLES)[number];
/** Saves what is to be kept of a month before its partition is dropped. */
export type KeepOfMonth = (month: { client: pg.ClientBase; from: number; end: number; ready: boolean }) => Promise<unknown>;
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
    const existing = new Set((await this.partitions(table)).map((p) => p.name));
    const made: string[] = [];
    const first = new Date(from);
    for (let month = first.getUTCMonth(); ; month++) {
      const start = monthStart(first.getUTCFullYear(), month);
      if (start > to) return made;
      const name = `${table}_${new Date(start).toISOString().slice(0, 7).replace('-', '_')}`;
      if (existing.has(name)) continue;
      const end = monthStart(first.getUTCFullYear(), month + 1);
      try {
        await this.ddl(
          `CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${uuidAt(start, 'min')}') TO ('${uuidAt(end, 'min')}')`,
        );
      } catch (error) {
        // Another process that starts at this moment was first; IF NOT EXISTS would not help, it looks before it locks.
        if ((await this.partitions(table)).some((p) => p.name === name)) continue;
        throw error;
      }
      made.push(name);
      this.log.log(`Made partition ${name}`);
    }
  }

  /**
   * Drops the partitions that end more than `days` ago: a month goes when its last day is old enough. Returns their names.
   * @param keep what has to be kept of a month: called once before, and once in the transaction that drops it, when nobody can write to it any more. While it throws, the month stays.
   */
  async dropOlder(table: PartitionedTable, days: number, now = Date.now(), keep?: KeepOfMonth): Promise<string[]> {
    const dropped: string[] = [];
    for (const { name, from, end } of await this.partitions(table)) {
      if (end > now - days * DAY_MS) continue;
      if (keep === undefined) await this.ddl(`DROP TABLE ${name}`);
      else {
        try {
          await this.dropKeeping(name, from, end, keep);
        } catch (error) {
          this.log.error({ err: error }, `The partition ${name} is older than ${days} days and stays until its statistics are kept`);
          continue;
        }
      }
      dropped.push(name);
      this.log.log(`Dropped partition ${name}, which is older than ${days} days`);
    }
    return dropped;
  }

  private async dropKeeping(name: string, from: number, end: number, keep: KeepOfMonth): Promise<void> {
    const client = await this.pool.connect();
    let failed: Error | undefined;
    try {
      await keep({ client, from, end, ready: false });
      await client.query(`BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
      await keep({ client, from, end, ready: true });
      await client.query(`DROP TABLE ${name}`);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch((lost: Error) => (failed = lost));
      throw error;
    } finally {
      client.release(failed);
    }
  }

  /** DDL waits for no long query: it is tried again the next day, months early. */
  private async ddl(statement: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query(`SET lock_timeout = '2s'`);
      await client.query(statement);
    } finally {
      await client.query('RESET lock_timeout').catch(() => undefined);
      client.release();
    }
  }

  /** Names with the milliseconds at which each begins and ends. */
  private async partitions(table: PartitionedTable): Promise<{ name: string; from: number; end: number }[]> {
    const { rows } = await this.pool.query<{ name: string }>(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass',
      [table],
    );
    return rows.map(({ name }) => {
      const [year, month] = name
        .slice(table.length + 1)
        .split('_')
        .map(Number);
      return { name, from: monthStart(year ?? 0, (month ?? 0) - 1), end: monthStart(year ?? 0, month ?? 0) };
    });
  }

  /** Days until the first partitioned table has no partition left; null when one has none at all. */
  async daysAhead(now = Date.now()): Promise<number | null> {
    const ends = await Promise.all(TABLES.map(async (table) => Math.max(...(await this.partitions(table)).map((p) => p.end))));
    const first = Math.min(...ends);
    return Number.isFinite(first) ? Math.floor((first - now) / DAY_MS) : null;
  }
}
