import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { Troubles } from '../lib/troubles.js';
import { Connection, isPooled } from './connection.js';
import { ADMIN_POOL, DIRECT_URL } from './tokens.js';

const CHANNEL = 'cidra_changes';
const POLL_MS = 5_000;
/** How often the versions are polled behind a pooler, through which LISTEN does not work. */
const POOLED_POLL_MS = 1_000;
const RECONNECT_MS = 500;

/** What is held in memory in every process and reloaded when it changes. */
export type Subject = 'catalog' | 'keys' | 'rates';

/** Whatever can run a statement: a pool, a client within its transaction, or the query function of a TypeORM manager. */
interface Queryable {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/**
 * Tells every process that something held in memory has changed: at once by LISTEN/NOTIFY, and by a version that is
 * polled besides, so that a lost connection costs five seconds at most. Through a pooler nobody can listen: it is polled
 * every second then.
 */
@Injectable()
export class ChangesService implements OnModuleInit, OnModuleDestroy {
  private readonly troubles = new Troubles(new Logger(ChangesService.name));
  private readonly held: { subject: Subject; reload: () => Promise<void>; version: number; running: Promise<void> }[] = [];
  private listener: pg.Client | null = null;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    @Inject(DIRECT_URL) private readonly url: string,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
  ) {}

  async onModuleInit(): Promise<void> {
    const pooled = await isPooled(this.url);
    if (!pooled) await this.listen();
    this.timer = setInterval(() => void this.poll(), pooled ? POOLED_POLL_MS : POLL_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.listener?.end().catch(() => undefined);
  }

  /** Loads now, and again whenever `subject` changes. One load at a time. */
  async hold(subject: Subject, reload: () => Promise<void>): Promise<void> {
    const version = (await this.versions()).get(subject) ?? 0;
    await reload();
    this.held.push({ subject, reload, version, running: Promise.resolve() });
  }

  /** To be called in the transaction that makes the change. */
  static async announce(db: Queryable, subject: Subject): Promise<void> {
    await db.query(
      `INSERT INTO change_versions AS v (name, version) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET version = v.version + EXCLUDED.version`,
      [subject],
    );
    await db.query(`SELECT pg_notify('${CHANNEL}', $1)`, [subject]);
  }

  /** Reloads here and now what has changed since the last look, so that the process that made a change sees it at once. */
  async refresh(): Promise<void> {
    const versions = await this.versions();
    await Promise.all(
      this.held.map((held) => {
        const newest = versions.get(held.subject) ?? 0;
        const running = held.running.then(async () => {
          if (newest <= held.version) return;
          await held.reload();
          held.version = newest;
        });
        // A failed reload is tried again at the next poll, since the version stays behind.
        held.running = running.catch(() => undefined);
        return running;
      }),
    );
  }

  private async versions(): Promise<Map<string, number>> {
    const rows = await this.pool.query<{ name: string; version: number }>('SELECT name, version FROM change_versions');
    return new Map(rows.rows.map((r) => [r.name, r.version]));
  }

  private async poll(): Promise<void> {
    await this.refresh().catch((error: Error) => this.troubles.say('Changes could not be polled', error));
  }

  private async listen(): Promise<void> {
    if (this.closed) return;
    const client = new Connection({
      connectionString: this.url,
      application_name: 'cidra changes',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    let dropped = false;
    const reconnect = (): void => {
      if (dropped) return;
      dropped = true;
      void client.end().catch(() => undefined);
      if (!this.closed) setTimeout(() => void this.listen(), RECONNECT_MS).unref();
    };
    client.on('error', reconnect);
    client.on('end', reconnect);
    client.on('notification', () => void this.poll());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.listener = client;
      // Whatever changed while nobody listened.
      if (this.held.length > 0) await this.poll();
    } catch {
      reconnect();
    }
  }
}
