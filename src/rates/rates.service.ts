import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../db/changes.service.js';
import { CONFIG, type Config } from '../config.js';
import { HandlersService } from '../queues/handlers.service.js';
import { JobsService } from '../queues/jobs.service.js';
import { compare, multiply } from '../lib/money.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { BUNDLED_RATES } from './bundled-rates.js';
import { parseEcb } from './ecb.js';
import { createRateTable, type RateRow, type RateTable } from './rate-table.js';

const BASE_PLACES = 6;
const FETCH_TIMEOUT_MS = 10_000;
/** How long to wait before a fetch that failed is tried again. */
const FETCH_AGAIN_MS = [1_000, 3_000];
const OLD_DAYS = 7;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** How old the newest published rate is, and whether that matters to anybody. */
export interface RateAge {
  /** The newest one's; null: there is none. */
  day: string | null;
  days: number | null;
  /** Whether an amount in another currency than the base was ever converted. */
  needed: boolean;
  /** Needed, and missing or over 7 days old. */
  stale: boolean;
}

/** All rates, held in memory; the bundled ones are there without a database row. */
@Injectable()
export class RatesService implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(RatesService.name);
  private readonly stopping = new AbortController();
  private known: RateTable;
  private otherSeen = false;
  /** What amounts are converted by. */
  readonly table: Pick<RateTable, 'find'> = {
    find: (currency, day) => {
      if (!this.otherSeen && currency !== this.config.baseCurrency) this.see();
      return this.known.find(currency, day);
    },
  };

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    private readonly changes: ChangesService,
    private readonly jobs: JobsService,
    handlers: HandlersService,
  ) {
    handlers.on('cron:rates', () => this.refresh());
    this.known = createRateTable(config.baseCurrency, BUNDLED_RATES);
  }

  async onModuleInit(): Promise<void> {
    await this.checkBase();
    await this.changes.hold('rates', () => this.load());
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  age(): RateAge {
    const days = this.known.ageDays(new Date().toISOString().slice(0, 10));
    return { day: this.known.newestDay(), days, needed: this.otherSeen, stale: this.otherSeen && (days === null || days > OLD_DAYS) };
  }

  /** Another currency than the base has come: from now on it matters how old rates are. Once in a database's life. */
  private see(): void {
    this.otherSeen = true;
    void this.pool
      .query('UPDATE base_currency SET other_seen_at = now() WHERE other_seen_at IS NULL')
      .then(({ rowCount }) => (rowCount === 0 ? undefined : ChangesService.announce(this.pool, 'rates')))
      .catch(() => (this.otherSeen = false));
  }

  /** Amounts are kept in the base currency: with conversions stored another one would mix two. */
  private async checkBase(): Promise<void> {
    const { baseCurrency } = this.config;
    await this.pool.query(
      `INSERT INTO base_currency (only_row, currency) VALUES (true, $1)
       ON CONFLICT (only_row) DO UPDATE SET currency = EXCLUDED.currency WHERE base_currency.currency <> EXCLUDED.currency AND NOT EXISTS (SELECT 1 FROM conversions)`,
      [baseCurrency],
    );
    const { rows } = await this.pool.query<{ currency: string }>('SELECT currency FROM base_currency');
    const kept = rows[0]?.currency;
    if (kept !== baseCurrency)
      throw new Error(
        `BASE_CURRENCY is ${baseCurrency}, but the conversions of this database are counted in ${kept}. Set BASE_CURRENCY=${kept}, or start with an empty database.`,
      );
  }

  /** What is wrong with a rate that somebody sets; null when nothing is. The base currency is worth itself. */
  wrongIn({ currency, rate }: Pick<RateRow, 'currency' | 'rate'>): string | null {
    return currency === this.config.baseCurrency && compare(rate, '1') !== 0
      ? `${currency} is the base currency: its rate is 1, not ${rate}`
      : null;
  }

  /** `amount` of a UTC day in the base currency, 6 places; null when that currency has no rate. */
  toBase(amount: string, currency: string, day: string): string | null {
    const rate = this.table.find(currency, day);
    return rate === null ? null : multiply(amount, rate.rate, BASE_PLACES);
  }

  /**
   * Fetches RATES_URL, an ECB file, and stores what it says; a few tries, then a warning, and the rates in force stay: a
   * machine without a network says so once a day. Returns the number of rates, null where none came.
   */
  async refresh(): Promise<number | null> {
    const { ratesUrl } = this.config;
    if (ratesUrl === null) return null;
    for (const again of [...FETCH_AGAIN_MS, null]) {
      try {
        const rows = await this.fetch(ratesUrl);
        await this.store(rows);
        return rows.length;
      } catch (error) {
        if (this.stopping.signal.aborted) return null;
        if (again !== null) await setTimeout(again, undefined, { signal: this.stopping.signal }).catch(() => undefined);
        else
          this.log.warn(
            `Rates were not fetched from ${new URL(ratesUrl).host}: ${reasonOf(error)}. Those of ${this.known.newestDay()} stay in use.`,
          );
      }
    }
    return null;
  }

  private async fetch(ratesUrl: string): Promise<RateRow[]> {
    const signal = AbortSignal.any([AbortSignal.timeout(FETCH_TIMEOUT_MS), this.stopping.signal]);
    const response = await fetch(ratesUrl, { signal, redirect: 'error' });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return parseEcb(await textWithin((response.body ?? []) as AsyncIterable<Uint8Array>, MAX_FILE_BYTES));
  }

  /** The rates in force on a day, in base units for one unit. */
  list(day: string): { currency: string; rate: string; day: string; source: string }[] {
    return this.known.currencies().flatMap((currency) => {
      const rate = this.known.find(currency, day);
      return rate === null ? [] : [{ currency, rate: rate.rate, day: rate.date, source: rate.source }];
    });
  }

  /** Stores rows and makes every process use them; conversions that had no rate are decided anew, as a job. What is stored twice is replaced. */
  async store(rows: readonly RateRow[]): Promise<void> {
    const job = await inTransaction(this.pool, async (client) => {
      await client.query(
        `INSERT INTO rates (currency, day, source, rate) SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::numeric[])
         ON CONFLICT (currency, day, source) DO UPDATE SET rate = EXCLUDED.rate`,
        [rows.map((r) => r.currency), rows.map((r) => r.day), rows.map((r) => r.source), rows.map((r) => r.rate)],
      );
      await ChangesService.announce(client, 'rates');
      return this.jobs.add(client, 'fx-pending', {});
    });
    await this.changes.refresh();
    await this.jobs.start(job);
  }

  private async load(): Promise<void> {
    const { rows } = await this.pool.query<RateRow>('SELECT currency, day::text, source, trim_scale(rate)::text AS rate FROM rates');
    const seen = await this.pool.query('SELECT 1 FROM base_currency WHERE other_seen_at IS NOT NULL');
    this.otherSeen ||= seen.rowCount === 1;
    this.known = createRateTable(this.config.baseCurrency, [...BUNDLED_RATES, ...rows]);
  }
}

/** `fetch` says no more than "fetch failed"; its cause knows why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? ((cause.message || (cause as { code?: string }).code) ?? message) : message;
}

async function textWithin(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw new Error('RATES_URL answered with more than 16 MiB');
    read.push(chunk);
  }
  return Buffer.concat(read).toString('utf8');
}
