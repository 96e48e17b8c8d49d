import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Job } from 'bullmq';
import pg from 'pg';
import { Redis } from 'ioredis';
import { boot, type Running } from '../../src/boot.js';
import { loadConfig } from '../../src/config.js';
import { CountersWorker } from '../../src/reporting/counters.worker.js';
import { ADMIN_KEY, BACKENDS, environment, redisUrl, type Backend } from './environment.js';
import { until } from './until.js';

export { ADMIN_KEY, BACKENDS, environment, until, type Backend };

/** A database of its own, cloned from the migrated template. */
export async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const { TEST_POSTGRES_URL: server = '', TEST_TEMPLATE: template = '' } = process.env;
  const name = `${template}_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  await admin.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await client.end();
    },
  };
}

/** Connections of a test to its database. Dropping that may end one that is just being closed, which is nobody's fault. */
export function poolOf(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on('error', () => undefined);
  return pool;
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** A tracker in this process, with the verbs tests need. */
export class Tracker {
  /** Paths of the postback URLs of the offers made here, by their ids and keys, and by the click ids that their links gave. */
  private readonly paths = new Map<string, string>();

  private constructor(
    readonly running: Running,
    readonly db: pg.Pool,
    private readonly drop: () => Promise<void>,
  ) {}

  /** `extra` settings may depend on the tracker's own database, which can be prepared there. */
  static async start(
    backend: Backend,
    extra: Record<string, string> | ((databaseUrl: string) => Promise<Record<string, string>>) = {},
  ): Promise<Tracker> {
    const database = await createDatabase();
    if (backend === 'redis') await emptyRedis();
    const settings = { ...throughPooler(database.url), ...(typeof extra === 'function' ? await extra(database.url) : extra) };
    const running = await boot(loadConfig(environment(backend, database.url, settings)));
    return new Tracker(running, poolOf(database.url, 4), database.drop);
  }

  /** Another process's tracker, as it were, on the same database; to be stopped first. */
  async beside(backend: Backend, extra: Record<string, string> = {}): Promise<Tracker> {
    const url = this.running.databaseUrl;
    return new Tracker(await boot(loadConfig(environment(backend, url, extra))), poolOf(url, 1), async () => undefined);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.db.end();
    await this.drop();
  }

  /** A request to the admin API with the admin key. */
  async api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.running.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? null : JSON.parse(text);
    if (path === '/offers' && response.status === 201) {
      const { id, key, postbackUrl } = parsed as { id: string; key: string; postbackUrl: string };
      for (const name of [id, key]) this.paths.set(name, new URL(postbackUrl).pathname);
    }
    return { status: response.status, headers: response.headers, body: parsed as T };
  }

  /** The same, failing loudly when the answer is not 2xx. */
  async ok<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.api<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.running.url}${path}`, { redirect: 'manual', ...init });
  }

  /** A request to another of the tracker's hosts: fetch does not let one choose. */
  on(
    host: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
    method = body === undefined ? 'GET' : 'POST',
  ): Promise<{ status: number; headers: Headers; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.running.url}${path}`, { method, headers: { ...headers, host } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        const received = new Headers();
        for (const [name, values] of Object.entries(answer.headersDistinct)) for (const value of values ?? []) received.append(name, value);
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: received, body: text }));
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** Visits a tracking link and gives the click id found in the redirect's parameter. */
  async click(offer: { key: string }, parameter = 'clickid', query = ''): Promise<string> {
    const response = await this.get(`/c/${offer.key}${query}`, {
      headers: {
        'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      },
    });
    const cid = new URL(response.headers.get('location') ?? 'http://none').searchParams.get(parameter);
    if (response.status !== 302 || cid === null)
      throw new Error(`the click answered ${response.status} ${response.headers.get('location')}`);
    this.paths.set(cid, this.pathOf(offer.key));
    return cid;
  }

  /** The path of the postback URL that belongs to a click id, an offer's key or id; the global one where none is known. */
  pathOf(name: string): string {
    return this.paths.get(name) ?? '/postback';
  }

  /** Sends a postback as the network of the click's offer would, on that offer's URL. */
  postback(query: string, of = new URLSearchParams(query).get('cid') ?? ''): Promise<Response> {
    return this.get(`${this.pathOf(of)}?${query}`);
  }

  /** Until everything accepted has its verdict (or waits for its click). */
  async settled(timeoutMs = 15_000): Promise<void> {
    await until(async () => {
      const { rows } = await this.db.query(`SELECT count(*)::int AS n FROM inbox WHERE result = 'accepted'`);
      return rows[0].n === 0;
    }, timeoutMs);
  }

  /** Until the counters have all that was written: a fold is done at once, which the queue asks for every few seconds. */
  async folded(): Promise<void> {
    const counters = this.running.app.get(CountersWorker, { strict: false });
    await until(async () => {
      await counters.process({} as Job);
      return (await this.db.query('SELECT count(*)::int AS n FROM counter_deltas')).rows[0].n === 0;
    });
  }

  async conversions(cid: string): Promise<Record<string, unknown>[]> {
    await this.settled();
    return (await this.ok<{ data: Record<string, unknown>[] }>('GET', `/conversions?cid=${cid}`)).data;
  }
}

/** `TEST_POOLER=on`: everything goes through PgBouncer. */
function throughPooler(databaseUrl: string): Record<string, string> {
  const { TEST_POOLER_URL: pooler } = process.env;
  return pooler === undefined ? {} : { DATABASE_URL: onServer(pooler, databaseUrl), DATABASE_DIRECT_URL: databaseUrl };
}

/** The address of a database when it is reached by another server's. */
export function onServer(serverUrl: string, databaseUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}

async function emptyRedis(): Promise<void> {
  const redis = new Redis(redisUrl());
  await redis.flushdb();
  redis.disconnect();
}
