import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { Counter, Gauge, register } from 'prom-client';
import { ADMIN_POOL } from '../../db/tokens.js';
import { STATUS, type ColumnStatus } from './columns.query.js';
import { SCHEMA } from './copy.js';

/** A fault is named for so long after it was last seen. */
const REMEMBERED_MS = 900_000;
const CACHE_MS = 1_000;

/** How the column copies stand, and what of them was found wrong by this process: for /readyz and /metrics. */
@Injectable()
export class ColumnsStateService implements OnModuleInit {
  private readonly seen = new Map<string, { what: string; at: number }>();
  private cached: { status: Promise<ColumnStatus>; until: number } | null = null;
  private readonly total =
    (register.getSingleMetric('cidra_columns_faults_total') as Counter | undefined) ??
    new Counter({ name: 'cidra_columns_faults_total', help: 'Column copies that could not be made or read, or were not what was written' });

  constructor(@Inject(ADMIN_POOL) private readonly pool: pg.Pool) {}

  onModuleInit(): void {
    this.gauge('cidra_columns_days_valid', 'Days whose clicks reports read from a column copy', ({ valid }) => valid);
    this.gauge('cidra_columns_days_to_build', 'Closed days without a column copy that is true', ({ toBuild }) => toBuild);
    this.gauge('cidra_columns_oldest_changed_seconds', 'How long the longest waiting changed day has waited', (s) => s.oldestSeconds);
    this.gauge('cidra_columns_bytes', 'Bytes of the column copies that are true', ({ bytes }) => bytes);
  }

  /** @param of a day, a file or the folder */
  note(of: string, what: string): void {
    this.total.inc();
    this.seen.set(of, { what, at: Date.now() });
  }

  clear(of: string): void {
    this.seen.delete(of);
  }

  get faults(): string[] {
    const since = Date.now() - REMEMBERED_MS;
    return [...this.seen].flatMap(([of, { what, at }]) => (at < since ? [] : [`${of} ${what}`]));
  }

  /** At most a second old. */
  status(): Promise<ColumnStatus> {
    const now = performance.now();
    if (this.cached === null || now >= this.cached.until) {
      const status = this.pool.query<ColumnStatus>(STATUS, [SCHEMA]).then(({ rows }) => rows[0] as ColumnStatus);
      this.cached = { status, until: now + CACHE_MS };
    }
    return this.cached.status;
  }

  private gauge(name: string, help: string, of: (status: ColumnStatus) => number): void {
    register.removeSingleMetric(name);
    const status = (): Promise<ColumnStatus | null> => this.status().catch(() => null);
    const gauge: Gauge = new Gauge({
      name,
      help,
      collect: async () => {
        const found = await status();
        if (found !== null) gauge.set(of(found));
      },
    });
  }
}

/** What an error says to the public: its code. */
export const codeOf = (error: unknown): string => String((error as { code?: string }).code ?? 'an error, see the log');
