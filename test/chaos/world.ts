import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { cidToUuid, uuidToCid } from '../../src/lib/ids.js';
import { migrate } from '../../src/db/database.js';
import { ADMIN_KEY, environment, type Backend } from '../support/environment.js';
import { TrackerProcess } from '../support/processes.js';
import { startPooler, type Service } from '../support/services.js';
import { Proxy } from '../support/proxy.js';
import { Postgres, RedisServer, SmallDisk } from './stores.js';

export const NAMES = ['api1', 'api2', 'worker1', 'worker2'] as const;
export type Name = (typeof NAMES)[number];
const SMALL_DISK_MB = 400;
/** Fewer than the trackers' own pools have together. */
const POOL_SIZE = 12;
const HOOKS = join(process.cwd(), 'test', 'chaos', 'hooks.mjs');

/** Guards that can be taken away to see that the checker misses them. */
export type Guard = 'commit-before-ack' | 'click-lock' | 'fresh-read' | 'version-check' | 'claim-lock' | 'history-key' | 'log-key';

/** Two API processes, two workers and their stores, each of which a test may harm. Trackers reach the stores through proxies. */
export class World {
  readonly trackers = new Map<Name, TrackerProcess>();
  /** All that processes which are gone have printed. */
  private printedBefore = '';

  private constructor(
    readonly backend: Backend,
    readonly postgres: Postgres,
    readonly redis: RedisServer | null,
    readonly toPostgres: Proxy,
    readonly toRedis: Proxy | null,
    readonly db: pg.Pool,
    private readonly without: readonly Guard[],
    /** Both stores are on it; null: on the machine's. */
    readonly disk: SmallDisk | null,
    /** What the trackers reach PostgreSQL through, if anything. */
    private readonly pooler: Service | null,
  ) {}

  static async open(
    backend: Backend,
    without: readonly Guard[] = [],
    { onSmallDisk = false, pooled = false }: { onSmallDisk?: boolean; pooled?: boolean } = {},
  ): Promise<World> {
    const disk = onSmallDisk ? SmallDisk.mount(SMALL_DISK_MB) : null;
    const folder = (name: string): string | undefined => (disk === null ? undefined : join(disk.folder, name));
    const [postgres, redis] = await Promise.all([
      Postgres.start(folder('postgres-data')),
      backend === 'redis' ? RedisServer.start(folder('redis-data')) : null,
    ]);
    await migrate(postgres.url, backend === 'postgres');
    const toPostgres = await Proxy.before(new URL(postgres.url));
    const pooler = pooled ? await startPooler(Proxy.url(postgres.url, toPostgres), POOL_SIZE) : null;
    const toRedis = redis === null ? null : await Proxy.before(new URL(redis.url));
    const db = new pg.Pool({ connectionString: postgres.url, max: 6, connectionTimeoutMillis: 5_000 });
    db.on('error', () => undefined);
    if (without.includes('history-key')) await db.query('ALTER TABLE conversion_history DROP CONSTRAINT conversion_history_pkey');
    if (without.includes('log-key')) await db.query('ALTER TABLE postbacks DROP CONSTRAINT postbacks_pkey');
    const world = new World(backend, postgres, redis, toPostgres, toRedis, db, without, disk, pooler);
    await Promise.all(NAMES.map((name) => world.start(name)));
    return world;
  }

  /** No guard was taken away. */
  get isWhole(): boolean {
    return this.without.length === 0;
  }

  /** Starts a process, on the port it had before. */
  async start(name: Name): Promise<void> {
    const old = this.trackers.get(name);
    const direct = Proxy.url(this.postgres.url, this.toPostgres);
    const env = environment('postgres', this.pooler?.url ?? direct, {
      ...(this.pooler === null ? {} : { DATABASE_DIRECT_URL: direct }),
      ...(this.redis === null || this.toRedis === null ? {} : { REDIS_URL: Proxy.url(this.redis.url, this.toRedis) }),
      ROLE: name.startsWith('api') ? 'api' : 'worker',
      LOG_LEVEL: 'warn',
      CHAOS_LOCK_MS: '3000',
      CHAOS_WITHOUT: this.without.join(','),
    });
    if (old !== undefined) this.printedBefore += old.printed;
    this.trackers.set(name, await TrackerProcess.spawn(env, old?.port, HOOKS));
  }

  tracker(name: Name): TrackerProcess {
    const found = this.trackers.get(name);
    if (found === undefined) throw new Error(`${name} was never started`);
    return found;
  }

  pid(name: Name): number {
    return this.tracker(name).child.pid ?? 0;
  }

  async killAndStart(name: Name): Promise<void> {
    await this.tracker(name).end('SIGKILL');
    await this.start(name);
  }

  /** Tells a process's hooks something; resolves with its clock. */
  async tell(name: Name, message: { arm?: string; signal?: NodeJS.Signals; clock?: number; offer?: string | null }): Promise<number> {
    const { child } = this.tracker(name);
    const answered = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error(`${name} does not answer`)), 10_000).unref();
      child.once('message', (answer) => resolve((answer as { now: number }).now));
    });
    child.send(message);
    return answered;
  }

  /** Until a process has ended by a signal that it sent itself. */
  async died(name: Name, withinMs: number): Promise<void> {
    const { child } = this.tracker(name);
    const end = Date.now() + withinMs;
    while (child.signalCode === null && child.exitCode === null) {
      if (Date.now() > end) throw new Error(`${name} did not come by its fail point within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (child.signalCode !== 'SIGKILL') throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}, not at its fail point`);
  }

  get apis(): string[] {
    return [this.tracker('api1').url, this.tracker('api2').url];
  }

  async api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.apis[0]}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (answer.status === 204 ? null : await answer.json()) as T;
  }

  /** An offer of its own for every row, so that its figures are its own too, and stored visits to it. */
  async offerWithClicks(count: number): Promise<{ offer: { id: string; key: string }; cids: string[] }> {
    const offer = await this.api<{ id: string; key: string }>('POST', '/offers', {
      name: randomUUID(),
      url: 'https://shop.example/?c={clickid}',
    });
    const url = `${this.apis[0]}/c/${offer.key}`;
    const cids: string[] = [];
    while (cids.length < count) {
      const visits = await Promise.all(
        Array.from({ length: Math.min(50, count - cids.length) }, () =>
          fetch(url, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 Chrome/140' } }),
        ),
      );
      const made = visits
        .map((visit) => new URL(visit.headers.get('location') ?? 'http://none').searchParams.get('c') ?? '')
        .filter((cid) => cid !== '');
      const { rows } = await this.db.query<{ id: string }>('SELECT click_id AS id FROM clicks WHERE click_id = ANY($1::uuid[])', [
        made.map(cidToUuid),
      ]);
      cids.push(...rows.map(({ id }) => uuidToCid(id)));
    }
    return { offer, cids };
  }

  /** Clicks that another tracker had, by its ids. */
  async importClicks(cids: readonly string[], offerId: string): Promise<void> {
    const answer = await fetch(`${this.apis[0]}/api/v1/clicks/import?commit=true&offerId=${offerId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
      body: ['cid,createdAt', ...cids.map((cid) => `${cid},${new Date(Date.now() - 60_000).toISOString()}`)].join('\n'),
    });
    if (answer.status !== 200) throw new Error(`the import answered ${answer.status} ${await answer.text()}`);
  }

  /** Whatever a row left broken is mended. */
  async heal(): Promise<void> {
    this.toPostgres.slow(0);
    await this.postgres.heal();
    await this.redis?.heal();
    for (const name of NAMES) {
      const { child } = this.tracker(name);
      child.kill('SIGCONT');
      if (child.exitCode !== null || child.signalCode !== null) await this.start(name);
    }
  }

  get printed(): string {
    return this.printedBefore + [...this.trackers.values()].map((tracker) => tracker.printed).join('');
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.trackers.values()].map((tracker) => {
        tracker.child.kill('SIGCONT');
        return tracker.end('SIGKILL');
      }),
    );
    await this.db.end();
    await this.pooler?.stop();
    await Promise.all([this.toPostgres.stop(), this.toRedis?.stop()]);
    this.redis?.resume();
    await Promise.all([this.postgres.remove(), this.redis?.remove()]);
    this.disk?.unmount();
  }
}
