import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { migrate } from '../src/db/database.js';
import { insertCatalogue } from './data.js';
import type { Figure } from './figures.js';
import type { Job, Load } from './load.js';
import { load, ROOT, type Running, start } from './processes.js';

export interface Options {
  rounds: number;
  /** Of each measured load, and of the load before it that is not measured, for the compiler's sake. */
  seconds: number;
  warmUpSeconds: number;
  connections: number[];
  /** Sizes of the tables that reports are measured on, in millions of clicks, growing. */
  millions: number[];
  /** Of the loads that memory is measured after; without it they are as fast as they go. */
  perSecond?: number;
  /** The commit that a fresh clone's installation and start are compared with. */
  against?: string;
  /** Under a minute in all: fewer rounds, one number of connections, no embedded database. */
  quick: boolean;
}

/** One file in measures/ each. */
export interface Measurement {
  name: string;
  /** Left out of a quick run. */
  slow?: boolean;
  run(bench: Bench): Promise<Figure[]>;
}

/** Settings of every tracker measured: visitors come through a proxy at loopback, see `visits` in mix.ts. */
const SETTINGS = {
  SECRET_KEY: randomBytes(32).toString('hex'),
  ADMIN_API_KEY: randomBytes(32).toString('hex'),
  TRUST_PROXY: '127.0.0.1/32',
  LOG_LEVEL: 'error',
  // None of them has column copies unless it is asked for.
  COLUMNS_DIR: join(tmpdir(), `cidra-bench-columns-${process.pid}`),
};
const MAIN = join(ROOT, 'dist', 'src', 'main.js');

/** Postgres, Redis, a database for Cidra and one for the naive design; starts processes on them and loads them. */
export class Bench {
  private readonly running = new Set<Running>();

  private constructor(
    readonly options: Options,
    readonly db: pg.Pool,
    readonly naiveDb: pg.Pool,
    readonly redis: Redis,
    readonly naiveRedis: Redis,
    private readonly urls: { cidra: string; naive: string; redis: string },
    private readonly support: Support,
    private readonly close: () => Promise<void>,
  ) {}

  static async open(options: Options): Promise<Bench> {
    // The tests' support is plain JavaScript beside the sources; it is not compiled along.
    const support = (await import(pathToFileURL(join(ROOT, 'test', 'support', 'services.js')).href)) as Support;
    const [postgres, redis] = await Promise.all([support.startPostgres(), support.startRedis()]);
    const server = new pg.Pool({ connectionString: postgres.url, max: 1 });
    const names = { cidra: `bench_cidra_${process.pid}`, naive: `bench_naive_${process.pid}` };
    const urlOf = (name: string): string => Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
    for (const name of Object.values(names)) await server.query(`CREATE DATABASE ${name}`);
    const urls = { cidra: urlOf(names.cidra), naive: urlOf(names.naive), redis: redis.url };
    await migrate(urls.cidra, false);
    const db = new pg.Pool({ connectionString: urls.cidra, max: 2 });
    const naiveDb = new pg.Pool({ connectionString: urls.naive, max: 2 });
    // Dropping a database may end a connection that is just being closed.
    for (const pool of [db, naiveDb]) pool.on('error', () => undefined);
    const clients = [new Redis(`${redis.url}/0`), new Redis(`${redis.url}/1`, { maxRetriesPerRequest: null })] as const;
    await insertCatalogue(db);
    return new Bench(options, db, naiveDb, clients[0], clients[1], urls, support, async () => {
      for (const client of clients) client.disconnect();
      await Promise.all([db.end(), naiveDb.end()]);
      for (const name of Object.values(names)) await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
      await Promise.all([postgres.stop(), redis.stop()]);
    });
  }

  /** What every tracker measured is started with. */
  get settings(): Record<string, string> {
    return SETTINGS;
  }

  get adminKey(): string {
    return SETTINGS.ADMIN_API_KEY;
  }

  /** @param concurrency processes on the one port of an api */
  cidra(role: 'api' | 'worker', concurrency = 1, extra: Record<string, string> = {}): Promise<Running> {
    return this.start(MAIN, [role], {
      ...SETTINGS,
      WEB_CONCURRENCY: String(concurrency),
      DATABASE_URL: this.urls.cidra,
      REDIS_URL: `${this.urls.redis}/0`,
      ...extra,
    });
  }

  /** A worker that writes the statements of its drains to a file when it is sent SIGUSR2. */
  recordedWorker(file: string): Promise<Running> {
    return this.start(
      MAIN,
      ['worker'],
      { ...SETTINGS, DATABASE_URL: this.urls.cidra, REDIS_URL: `${this.urls.redis}/0`, BENCH_RECORD: file },
      join(ROOT, 'bench', 'record.mjs'),
    );
  }

  /** `npm start` as it comes: all roles in one process, database and queues embedded. */
  embedded(dataDir: string, main = MAIN): Promise<Running> {
    return this.start(main, [], { ...SETTINGS, DATA_DIR: dataDir });
  }

  /** As one writes it first; `tuned` works ten jobs at a time, on a queue of its own. The first api makes the tables. */
  naive(role: 'api' | 'worker', tuned = false): Promise<Running> {
    const tuning: Record<string, string> = tuned ? { QUEUE: 'tuned', CONCURRENCY: '10' } : {};
    return this.start(join(import.meta.dirname, 'naive', 'main.js'), [role], {
      DATABASE_URL: this.urls.naive,
      REDIS_URL: `${this.urls.redis}/1`,
      NODE_ENV: 'production',
      ...tuning,
    });
  }

  empty(): Promise<Running> {
    return this.start(join(import.meta.dirname, 'empty', 'main.js'), [], { NODE_ENV: 'production' });
  }

  /** The third opponent, on the naive design's database. */
  withoutQueue(): Promise<Running> {
    return this.start(join(import.meta.dirname, 'without-queue', 'main.js'), [], { DATABASE_URL: this.urls.naive, NODE_ENV: 'production' });
  }

  private async start(script: string, args: string[], env: Record<string, string>, preload?: string): Promise<Running> {
    const process = await start(script, args, await this.support.freePort(), env, preload);
    this.running.add(process);
    return process;
  }

  freePort(): Promise<number> {
    return this.support.freePort();
  }

  /** Before each load: what the last one left for Postgres to write is written now, at nobody's cost. */
  async settle(): Promise<void> {
    await this.db.query('CHECKPOINT');
  }

  load(
    target: Running,
    job: Omit<Job, 'port' | 'warmUpSeconds' | 'seconds'> & Partial<Pick<Job, 'seconds' | 'warmUpSeconds'>>,
  ): Promise<Load> {
    return load({ port: target.port, seconds: this.options.seconds, warmUpSeconds: this.options.warmUpSeconds, ...job });
  }

  /** The browser of the page’s tests, which is installed as theirs is. */
  chromium(): string {
    const found = this.support.chromiumBinary();
    return found.includes('/') ? found : `/usr/bin/${found}`;
  }

  /** A data folder for an embedded database; `remove` deletes it. */
  folder(): { path: string; remove: () => void } {
    const path = this.support.temporaryFolder('bench');
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
  }

  async stop(...processes: Running[]): Promise<void> {
    await Promise.all(processes.map((process) => process.stop()));
    for (const process of processes) this.running.delete(process);
  }

  stopAll(): Promise<void> {
    return this.stop(...this.running);
  }

  async end(): Promise<void> {
    await this.stopAll();
    await this.close();
    rmSync(SETTINGS.COLUMNS_DIR, { recursive: true, force: true });
  }
}

type Support = typeof import('../test/support/services.js');

/** Runs every target once per round, in an order that turns, so that none always comes after the same other. */
export async function inTurns<T>(rounds: number, targets: readonly T[], run: (target: T, round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < targets.length; i++) await run(targets[(i + round) % targets.length] as T, round);
  }
}

/** Until the condition holds; how many milliseconds that took. */
export async function until(condition: () => Promise<boolean>, limitMs: number, everyMs = 25): Promise<number> {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > limitMs) throw new Error(`not done within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return performance.now() - began;
}
