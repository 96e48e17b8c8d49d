import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { ChangesService } from '../changes.service.js';
import { CONFIG, type Config } from '../config.js';
import { JobsService } from '../jobs.service.js';
import { multiply } from '../lib/money.js';
import { ADMIN_POOL } from '../tokens.js';
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
  ) {
    this.table = createRateTable(config.baseCurrency, BUNDLED_RATES);
  }

  async onModuleInit(): Promise<void> {
    await this.changes.hold('rates', () => this.load());
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
    const rows = parseEcb(await textWithin(response, MAX_FILE_BYTES));
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
    const client = await this.pool.connect();
    let job: string;
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO rates (currency, day, source, rate) SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::numeric[])
         ON CONFLICT (currency, day, source) DO UPDATE SET rate = EXCLUDED.rate`,
        [rows.map((r) => r.currency), rows.map((r) => r.day), rows.map((r) => r.source), rows.map((r) => r.rate)],
      );
      await ChangesService.announce(client, 'rates');
      job = await this.jobs.add(client, 'fx-pending', {});
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
    await this.changes.refresh();
    await this.jobs.start(job);
  }

  private async load(): Promise<void> {
    const { rows } = await this.pool.query<RateRow>('SELECT currency, day::text, source, trim_scale(rate)::text AS rate FROM rates');
    this.table = createRateTable(this.config.baseCurrency, [...BUNDLED_RATES, ...rows]);
  }
}

async function textWithin(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > limit) throw new Error(`RATES_URL answers more than ${limit} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
