import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../db/changes.service.js';
import { CONFIG, type Config } from '../config.js';
import { HandlersService } from '../queues/handlers.service.js';
import { JobsService } from '../queues/jobs.service.js';
import { multiply } from '../lib/money.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { BUNDLED_RATES } from './bundled-rates.js';
import { parseEcb } from './ecb.js';
import { createRateTable, type RateRow, type RateTable } from './rate-table.js';

const BASE_PLACES = 6;
const FETCH_TIMEOUT_MS = 10_000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** All rates, held in memory; the bundled ones are there without a database row. */
@Injectable()
export class RatesService implements OnModuleInit {
  table: RateTable;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    @Inject(CONFIG) private readonly config: Config,
    private readonly changes: ChangesService,
    private readonly jobs: JobsService,
    handlers: HandlersService,
  ) {
    handlers.on('cron:rates', () => this.refresh());
    this.table = createRateTable(config.baseCurrency, BUNDLED_RATES);
  }

  async onModuleInit(): Promise<void> {
    await this.checkBase();
    await this.changes.hold('rates', () => this.load());
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

  /** `amount` of a UTC day in the base currency, 6 places; null when that currency has no rate. */
  toBase(amount: string, currency: string, day: string): string | null {
    const rate = this.table.find(currency, day);
    return rate === null ? null : multiply(amount, rate.rate, BASE_PLACES);
  }

  /**
   * Fetches RATES_URL, an ECB file, and stores what it says. Returns the number of rates, null without a URL.
   * @throws Error naming what was wrong with the address, the answer or the file; the rates in force stay
   */
  async refresh(): Promise<number | null> {
    if (this.config.ratesUrl === null) return null;
    const response = await fetch(this.config.ratesUrl, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
    if (!response.ok) throw new Error(`RATES_URL answered ${response.status}`);
    const rows = parseEcb(await textWithin((response.body ?? []) as AsyncIterable<Uint8Array>, MAX_FILE_BYTES));
    await this.store(rows);
    return rows.length;
  }

  /** The rates in force on a day, in base units for one unit. */
  list(day: string): { currency: string; rate: string; day: string; source: string }[] {
    return this.table.currencies().flatMap((currency) => {
      const rate = this.table.find(currency, day);
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
    this.table = createRateTable(this.config.baseCurrency, [...BUNDLED_RATES, ...rows]);
  }
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
