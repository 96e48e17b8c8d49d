import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { RedisServer } from './chaos/stores.js';
import { ADMIN_KEY, environment } from './support/environment.js';
import { TrackerProcess } from './support/processes.js';
import { createDatabase, until, poolOf } from './support/tracker.js';

/** One process that does everything, and a Redis that goes away. */
describe('Redis away', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let redis: RedisServer;
  let db: pg.Pool;
  let tracker: TrackerProcess;
  const start = async (): Promise<TrackerProcess> =>
    TrackerProcess.spawn(environment('postgres', database.url, { REDIS_URL: redis.url, LOG_LEVEL: 'warn' }));
  beforeAll(async () => {
    [database, redis] = await Promise.all([createDatabase(), RedisServer.start()]);
    db = poolOf(database.url, 2);
    tracker = await start();
  });
  afterAll(async () => {
    await tracker.end('SIGKILL');
    await redis.remove();
    await db.end();
    await database.drop();
  });

  const postback = async (cid: string): Promise<void> =>
    until(async () => (await fetch(`${tracker.url}/postback?cid=${cid}&payout=1&status=test`)).status === 200);
  const decided = async (cid: string): Promise<boolean> => (await db.query('SELECT FROM postbacks WHERE cid = $1', [cid])).rowCount === 1;
  const aof = async (): Promise<string | undefined> => {
    const answer = await fetch(`${tracker.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    return /^cidra_redis_aof (\d)/m.exec(await answer.text())?.[1];
  };
  const queueOf = async (): Promise<{ code: number; status: string; detail: string }> => {
    const answer = await fetch(`${tracker.url}/readyz`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    const { parts } = (await answer.json()) as { parts: { queue: { status: string; detail: string } } };
    return { code: answer.status, ...parts.queue };
  };
  /** What it printed since, but for what it says of itself at its start. */
  const linesSince = (printed: string): string[] =>
    tracker.printed
      .slice(printed.length)
      .split('\n')
      .filter((line) => line !== '');

  it('verdicts go on, readiness says so, and the log has a line a minute', async () => {
    expect((await queueOf()).status).toBe('ok');
    await until(async () => (await aof()) === '1');
    const before = tracker.printed;
    await redis.kill();
    await postback('while-away-1');
    await until(async () => (await queueOf()).status === 'degraded', 15_000);
    expect(await queueOf()).toEqual({ code: 200, status: 'degraded', detail: expect.stringContaining('PostgreSQL takes postbacks') });
    await until(async () => (await aof()) === undefined, 15_000);
    await until(() => decided('while-away-1'), 15_000);
    await postback('while-away-2');
    await until(() => decided('while-away-2'), 15_000);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const lines = linesSince(before);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(4);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: 'warn', msg: expect.stringContaining('The queues cannot be reached') });
  }, 120_000);

  it('a process starts without it, and takes it up when it is back', async () => {
    await tracker.end('SIGKILL');
    tracker = await start();
    await postback('after-start');
    await until(() => decided('after-start'), 15_000);
    await redis.restart();
    await until(async () => (await queueOf()).status === 'ok', 15_000);
    await postback('when-back');
    await until(() => decided('when-back'), 15_000);
  }, 120_000);

  it('one that takes no writes is told apart', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
    await until(async () => (await queueOf()).detail.includes('OOM'), 15_000);
    await postback('while-full');
    await until(() => decided('while-full'), 15_000);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await until(async () => (await queueOf()).status === 'ok', 15_000);
  }, 120_000);
});
