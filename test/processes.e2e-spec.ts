import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { insertClicks } from './support/clicks.js';
import { TrackerProcess } from './support/processes.js';
import { ADMIN_KEY, createDatabase, environment, until, type Backend, poolOf } from './support/tracker.js';

/** What a test of whole processes holds; everything is let go of at its end. */
async function within(
  run: (held: {
    db: pg.Pool;
    url: string;
    start: (backend: Backend, env?: Record<string, string>, databaseUrl?: string) => Promise<TrackerProcess>;
  }) => Promise<void>,
): Promise<void> {
  const database = await createDatabase();
  const db = poolOf(database.url, 2);
  const processes: TrackerProcess[] = [];
  try {
    await run({
      db,
      url: database.url,
      start: async (backend, env = {}, databaseUrl = database.url) => {
        const started = await TrackerProcess.on(backend, databaseUrl, env);
        processes.push(started);
        return started;
      },
    });
  } finally {
    await Promise.all(processes.map((p) => p.end('SIGKILL')));
    await db.end();
    await database.drop();
  }
}

const api = async <T>(base: string, method: string, path: string, body?: unknown): Promise<T> => {
  const answer = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
};
const BROWSER = { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 Chrome/140' } } as const;

describe('several processes', () => {
  it('see each other’s changes within a second, also after the database has dropped every connection', () =>
    within(async ({ db, start }) => {
      const [one, other] = await Promise.all([start('redis', { ROLE: 'api' }), start('redis', { ROLE: 'api' })]);
      const offer = await api<{ id: string; key: string }>(one.url, 'POST', '/offers', {
        name: 'Seen',
        url: 'https://a.example/?c={clickid}',
      });
      const leadsTo = async (): Promise<string> =>
        new URL((await fetch(`${other.url}/c/${offer.key}`, BROWSER)).headers.get('location') ?? 'http://nowhere').host;
      const seenWithin = async (host: string, ms: number): Promise<void> => until(async () => (await leadsTo()) === host, ms);
      await seenWithin('a.example', 1_000);
      await api(one.url, 'PATCH', `/offers/${offer.id}`, { url: 'https://b.example/?c={clickid}' });
      await seenWithin('b.example', 1_000);

      await db.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await api(one.url, 'PATCH', `/offers/${offer.id}`, { url: 'https://c.example/?c={clickid}' });
      await seenWithin('c.example', 1_000);
    }));

  it('share one port with WEB_CONCURRENCY, add up their metrics, and end together', () =>
    within(async ({ start }) => {
      const cluster = await start('postgres', { WEB_CONCURRENCY: '2' });
      await until(async () => (await fetch(`${cluster.url}/readyz`).catch(() => null))?.status === 200);
      const offer = await api<{ id: string; key: string }>(cluster.url, 'POST', '/offers', {
        name: 'Cluster',
        url: 'https://a.example/?c={clickid}',
      });
      await until(async () => (await fetch(`${cluster.url}/c/${offer.key}`, BROWSER)).status === 302);
      await Promise.all(Array.from({ length: 20 }, () => fetch(`${cluster.url}/postback?payout=1`)));
      const metrics = await (await fetch(`${cluster.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text();
      expect(metrics).toMatch(/cidra_postback_results_total\{result="rejected",reason="missing_cid"\} 20/);
      expect(await cluster.end('SIGTERM')).toBe(0);
    }));

  it('SIGTERM: readiness goes first, what was accepted is finished, the exit is clean', () =>
    within(async ({ db, start }) => {
      const tracker = await start('postgres');
      const cids = await insertClicks(db, 200);
      let accepted = 0;
      const statuses: Promise<void>[] = cids.map(async (cid) => {
        const answer = await fetch(`${tracker.url}/postback?cid=${cid}&payout=1`);
        if (answer.status === 200) accepted += 1;
      });
      const ended = tracker.end('SIGTERM');
      await until(async () => (await fetch(`${tracker.url}/readyz`)).status === 503, 1_900);
      await Promise.all(statuses);
      const started = Date.now();
      expect(await ended).toBe(0);
      expect(Date.now() - started).toBeLessThan(25_000);
      expect(accepted).toBe(cids.length);
      const { rows } = await db.query('SELECT (SELECT count(*) FROM inbox)::int + (SELECT count(*) FROM postbacks)::int AS n');
      expect(rows[0].n).toBe(cids.length);
    }));
});

it('a wrong setting stops the start and names all that is wrong', async () => {
  const env = environment('postgres', 'not-a-url', {
    WEB_CONCURRENCY: 'many',
    IP_MODE: 'half',
    BASE_CURRENCY: 'ZZZ',
    TRUST_PROXY: '10.0.0.0/99',
  });
  const message = await TrackerProcess.spawn(env).then(
    () => 'it started',
    (error: Error) => error.message,
  );
  for (const key of ['DATABASE_URL', 'BASE_CURRENCY', 'TRUST_PROXY', 'WEB_CONCURRENCY', 'IP_MODE']) expect(message).toContain(key);
});
