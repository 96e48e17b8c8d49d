import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { NoticesService } from '../db/notices.service.js';
import { backupState, untrustedProxy } from '../db/notices.js';
import { migrationState } from '../db/preflight.js';
import { PartitionsService } from '../db/partitions.service.js';
import { hasAof, PREFIX, withTimeout } from '../queues/queues.js';
import { RatesService } from '../rates/rates.service.js';
import { ColumnsStateService } from '../reporting/columns/columns-state.service.js';
import { Readiness } from './readiness.js';
import { ADMIN_POOL, REDIS } from '../db/tokens.js';

export interface Part {
  /** ok, degraded (works, needs attention) or missing (not ready without it). */
  status: 'ok' | 'degraded' | 'missing';
  detail: string;
}
export interface Health {
  status: 'ok' | 'degraded' | 'unavailable';
  parts: Record<string, Part>;
}

const CHECK_TIMEOUT_MS = 1_000;
const CACHE_MS = 1_000;
const FEW_PARTITION_DAYS = 14;
/** Column copies of closed days are made within minutes. */
const LATE_COLUMNS_S = 6 * 3_600;
/** On the master that holds the queues. */
const PROBE_KEY = `${PREFIX}:ready`;

const ok = (detail: string): Part => ({ status: 'ok', detail });
const degraded = (detail: string): Part => ({ status: 'degraded', detail });
const missing = (detail: string): Part => ({ status: 'missing', detail });

/** Whether this process can do its work, and which part is missing. */
@Injectable()
export class HealthService {
  private cached: { health: Promise<Health>; until: number } | null = null;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(REDIS) private readonly redis: Redis | Cluster | null,
    @InjectQueue('ingest') private readonly queue: Queue,
    private readonly partitions: PartitionsService,
    private readonly rates: RatesService,
    private readonly readiness: Readiness,
    private readonly notices: NoticesService,
    private readonly columns: ColumnsStateService,
  ) {}

  /** The last result, kept for a second, so that frequent probes cost nothing. */
  check(): Promise<Health> {
    if (this.readiness.leaving)
      return Promise.resolve({ status: 'unavailable', parts: { process: missing('stopping: it takes no new work') } });
    const now = performance.now();
    if (this.cached === null || now >= this.cached.until) this.cached = { health: this.look(), until: now + CACHE_MS };
    return this.cached.health;
  }

  private async look(): Promise<Health> {
    const checks: Record<string, () => Promise<Part>> = {
      postgres: () => this.postgres(),
      migrations: () => this.migrations(),
      partitions: () => this.partitionDays(),
      queue: () => this.queueParts(),
      rates: async () => this.rateAge(),
      backup: () => this.backupAge(),
      proxy: () => this.proxy(),
      columns: () => this.columnCopies(),
    };
    const away = new Set<string>();
    const parts = Object.fromEntries(
      await Promise.all(
        Object.entries(checks).map(async ([name, check]) => {
          const part = await withTimeout(check(), CHECK_TIMEOUT_MS).catch((error: unknown) => {
            away.add(name);
            return missing(reasonOf(error));
          });
          return [name, part] as const;
        }),
      ),
    );
    // With one of its two stores a process still takes every postback and click, and with PostgreSQL it decides them: a
    // balancer should keep it.
    if (this.redis !== null) {
      const others = Object.entries(parts)
        .filter(([name]) => !away.has(name))
        .map(([, part]) => part);
      const postgresAway = this.config.role !== 'worker' && away.has('postgres') && parts.queue?.status === 'ok';
      const redisAway = away.size === 1 && away.has('queue');
      if ((postgresAway || redisAway) && others.every((part) => part.status !== 'missing')) {
        const meanwhile = postgresAway
          ? 'Redis takes postbacks and clicks meanwhile'
          : 'PostgreSQL takes postbacks and clicks, and workers decide by their own clocks';
        for (const name of away) parts[name] = degraded(`${parts[name]?.detail}; ${meanwhile}`);
      }
    }
    const all = Object.values(parts).map((p) => p.status);
    return { status: all.includes('missing') ? 'unavailable' : all.includes('degraded') ? 'degraded' : 'ok', parts };
  }

  /** Reachable, and set up so that a commit is on disk. */
  private async postgres(): Promise<Part> {
    const { rows } = await this.pool.query<{ version: string; fsync: string; commit: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
    );
    const [row] = rows;
    if (row?.fsync !== 'on') return missing('fsync is off: what is acknowledged would not survive a power cut. Set fsync = on');
    if (row.commit === 'off')
      return missing('synchronous_commit is off: what is acknowledged would not survive a crash. Set synchronous_commit = on');
    return ok(`PostgreSQL ${row.version}`);
  }

  private async migrations(): Promise<Part> {
    const { missing: pending } = await migrationState(this.pool, this.config.redisUrl === null);
    return pending.length === 0 ? ok('all applied') : missing(`${pending.join(', ')} not applied: run npm run migrate`);
  }

  private async partitionDays(): Promise<Part> {
    const days = await this.partitions.daysAhead();
    if (days === null || days < 1) return missing('no partition for tomorrow: start a worker, its nightly job makes them');
    return days < FEW_PARTITION_DAYS ? degraded(`partitions for ${days} days ahead: is a worker running?`) : ok(`${days} days ahead`);
  }

  private async queueParts(): Promise<Part> {
    if (this.redis === null) {
      await this.queue.getJobCounts('waiting');
      return ok('BullMQ on PostgreSQL');
    }
    // Commands to a Redis that is away would wait in memory until it is back.
    if (this.redis.status !== 'ready') throw new Error('not connected');
    const [memory, persistence] = await Promise.all([
      this.redis.info('memory'),
      this.redis.info('persistence'),
      // In a cluster INFO may come from another master than the queue's; and a full or read-only one still answers it.
      this.redis.set(PROBE_KEY, '1', 'EX', 60),
    ]);
    const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? 'unknown';
    if (policy !== 'noeviction') return missing(`Redis evicts keys (maxmemory-policy ${policy}): set it to noeviction`);
    return hasAof(persistence)
      ? ok('Redis with AOF')
      : degraded('Redis has no AOF that it can write: while PostgreSQL is away postbacks are answered 503. Set appendonly yes');
  }

  private async backupAge(): Promise<Part> {
    const { last, missingSince } = backupState(await this.notices.all(), Date.now());
    const when = last === null ? 'none yet' : `the last was at ${last.toISOString()}`;
    return missingSince === null ? ok(when) : degraded(`${when}: run npm run backup, or npm run backup -- --made after one of your own`);
  }

  private async proxy(): Promise<Part> {
    const peer = untrustedProxy(await this.notices.all(), this.config.trustProxy);
    return peer === null
      ? ok('none that is not trusted')
      : degraded(`requests come with X-Forwarded-For from ${peer}: if that is your proxy, set TRUST_PROXY=${peer}`);
  }

  /** Reports are right without them, and slower. */
  private async columnCopies(): Promise<Part> {
    const { valid, toBuild, oldestSeconds } = await this.columns.status();
    const [first, ...more] = this.columns.faults;
    if (first !== undefined)
      return degraded(
        `${first}${more.length === 0 ? '' : ` (and ${more.length} more)`}: reports are right and slower, see docs/operations.md`,
      );
    if (oldestSeconds > LATE_COLUMNS_S)
      return degraded(
        `${toBuild} closed days wait for their column copy, the longest for ${Math.floor(oldestSeconds / 3_600)} h: is a worker running?`,
      );
    return ok(`${valid} days${toBuild === 0 ? '' : `, ${toBuild} to build`}`);
  }

  private rateAge(): Part {
    const { days, needed, stale } = this.rates.age();
    if (!needed) return ok(`no other currency than ${this.config.baseCurrency} was seen`);
    if (!stale) return ok(`${days} days old`);
    const cure = this.config.ratesUrl === null ? 'set RATES_URL or import some' : 'RATES_URL is not fetched, the log says why';
    return degraded(days === null ? `no published rates: ${cure}` : `the newest published rates are ${days} days old: ${cure}`);
  }
}

/** For the public: no more of an error than its code or, without one, its time-out; addresses and names of users stay in the log. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  // Redis says why in capitals: OOM, MISCONF, READONLY.
  const refusal = /^[A-Z]{3,}(?= )/.exec(message ?? '');
  if (refusal !== null) return `takes no writes (${refusal[0]})`;
  return code === undefined
    ? /no answer within|timeout/.exec(message ?? '') === null
      ? 'cannot be reached'
      : 'does not answer'
    : `cannot be asked (${code})`;
}
