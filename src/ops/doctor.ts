import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import type pg from 'pg';
import type { Config } from '../config.js';
import { isPooled } from '../db/connection.js';
import { connectionsOf } from '../db/database.js';
import { PartitionsService } from '../db/partitions.service.js';
import { checkServer, checkSession, migrationState, unreachable } from '../db/preflight.js';
import { uuidAt } from '../lib/ids.js';
import { localUrlWarning } from '../lib/local-url.js';
import { messageOf } from '../lib/message-of.js';
import { COUNT_DEAD_LETTERS } from '../postbacks/postback-log.query.js';
import { redisClient, withTimeout } from '../queues/queues.js';

/** What a tracker needs, looked at one by one, with what to do about it: for `npm run doctor` and for the page. Nothing is changed by looking. */

export const LEVELS = ['ok', 'warn', 'fail'] as const;
export type Level = (typeof LEVELS)[number];
export type Say = (level: Level, what: string, detail: string) => void;

export const CHECK_TIMEOUT_MS = 5_000;
const DAY_MS = 86_400_000;
const DEAD_LETTER_DAYS = 7;
const GIB = 1024 ** 3;

/** A check that cannot be made is a failed one, unless nothing depends on it. */
async function check(say: Say, what: string, look: () => Promise<void>, otherwise: 'fail' | 'warn' = 'fail'): Promise<void> {
  await withTimeout(look(), CHECK_TIMEOUT_MS).catch((error: unknown) => say(otherwise, what, messageOf(error)));
}

/** Node, the settings and the machine. */
export async function checkProcess(say: Say, config: Config): Promise<void> {
  say(
    'ok',
    'settings',
    `role ${config.role}, ${config.databaseUrl === null ? 'embedded PostgreSQL' : 'DATABASE_URL'}, queues on ${config.redisUrl === null ? 'PostgreSQL' : 'Redis'}`,
  );
  const local = config.role === 'worker' ? null : localUrlWarning(config.publicUrl);
  say(local === null ? 'ok' : 'warn', 'PUBLIC_URL', local ?? config.publicUrl);
  await check(say, 'data folder', async () => {
    mkdirSync(config.dataDir, { recursive: true });
    accessSync(config.dataDir, constants.W_OK);
    const { bavail, bsize } = statfsSync(config.dataDir);
    const free = (bavail * bsize) / GIB;
    say(free < 1 ? 'warn' : 'ok', 'data folder', `${config.dataDir}, ${free.toFixed(1)} GiB free${free < 1 ? ': make room' : ''}`);
  });
}

export function checkNode(say: Say): void {
  const major = Number(process.versions.node.split('.')[0]);
  say(major >= 20 ? 'ok' : 'fail', 'Node', major >= 20 ? process.version : `${process.version}: install Node 24 (20 and 22 will do)`);
}

export async function checkDatabase(say: Say, config: Config, pool: pg.Pool, url: string): Promise<void> {
  const named = config.databaseUrl === null ? 'DATA_DIR' : 'DATABASE_URL';
  const setting = async (name: string): Promise<string> =>
    (await pool.query<{ value: string }>('SELECT current_setting($1) AS value', [name])).rows[0]?.value ?? '';
  await check(say, 'PostgreSQL', async () => {
    await pool.query('SELECT 1').catch((error: unknown) => {
      throw unreachable(named, url, error);
    });
    await checkServer(pool, named, url);
    const version = await setting('server_version');
    const major = Number(version.split('.')[0]);
    say(
      major < 15 ? 'fail' : major > 18 ? 'warn' : 'ok',
      'PostgreSQL',
      `${version}${major >= 15 && major <= 18 ? '' : ': 15 to 18 are tested'}`,
    );
    for (const [name, bad] of [
      ['fsync', 'off'],
      ['synchronous_commit', 'off'],
      ['full_page_writes', 'off'],
    ] as const) {
      const value = await setting(name);
      say(
        value === bad ? 'fail' : 'ok',
        name,
        value === bad ? `off: acknowledged postbacks would not survive a crash. Set ${name} = on` : value,
      );
    }
  });
  await check(say, 'pooler', async () => {
    if (!(await isPooled(url))) return;
    await checkSession(pool, named, url);
    const needsDirect = config.redisUrl === null && config.databaseDirectUrl === null;
    say(
      needsDirect ? 'fail' : 'ok',
      'pooler',
      needsDirect ? 'queues on PostgreSQL need DATABASE_DIRECT_URL, which leads past it' : 'statements go without names',
    );
  });
  await check(say, 'clock', async () => {
    const before = Date.now();
    const { rows } = await pool.query<{ ms: number }>(`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`);
    const offset = Math.round((rows[0]?.ms ?? 0) - (before + Date.now()) / 2);
    say(
      Math.abs(offset) > 2_000 ? 'warn' : 'ok',
      'clock',
      `${offset} ms from the database's${Math.abs(offset) > 2_000 ? ': ids follow the database, but set up NTP' : ''}`,
    );
  });
  await check(say, 'connections', async () => {
    const [max, reserved] = await Promise.all([
      setting('max_connections').then(Number),
      setting('superuser_reserved_connections').then(Number),
    ]);
    const used =
      (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`)).rows[0]
        ?.n ?? 0;
    const api = connectionsOf({ role: 'api', redisUrl: config.redisUrl }) * config.webConcurrency;
    const worker = connectionsOf({ role: 'worker', redisUrl: config.redisUrl });
    const need = config.role === 'all' && config.webConcurrency === 1 ? connectionsOf(config) : api + worker;
    const fits = need <= max - reserved;
    say(
      fits ? 'ok' : 'fail',
      'connections',
      `${need} at most for this set-up, ${max - reserved} allowed, ${used} in use${fits ? '' : ': raise max_connections'}`,
    );
  });
  const state = await migrationState(pool, config.redisUrl === null).catch(() => null);
  if (state === null || state.missing.length > 0) {
    say('fail', 'migrations', state === null ? 'could not be read' : `${state.missing.length} missing: run npm run migrate`);
    return;
  }
  if (state.unknown.length > 0) {
    say('fail', 'migrations', `a newer Cidra was here (${state.unknown.join(', ')}): start that version`);
    return;
  }
  say('ok', 'migrations', 'all applied');
  await check(say, 'partitions', async () => {
    const days = await new PartitionsService(pool).daysAhead();
    say(
      days === null || days < 1 ? 'fail' : days < 14 ? 'warn' : 'ok',
      'partitions',
      days === null ? 'none yet: start the tracker once' : `${days} days ahead`,
    );
  });
  await check(say, 'inbox', async () => {
    const { rows } = await pool.query<{ oldest: number }>(
      `SELECT coalesce(greatest(0, extract(epoch FROM now() - min(next_attempt_at))), 0)::int AS oldest FROM inbox`,
    );
    const oldest = rows[0]?.oldest ?? 0;
    say(
      oldest > 60 ? 'warn' : 'ok',
      'inbox',
      `${oldest === 0 ? 'nothing is due' : `the oldest postback has been due for ${oldest} s`}${oldest > 60 ? ': is a worker running?' : ''}`,
    );
  });
  await check(
    say,
    'dead letters',
    async () => {
      const { rows } = await pool.query<{ dead: number }>({
        ...COUNT_DEAD_LETTERS,
        values: [uuidAt(Date.now() - DEAD_LETTER_DAYS * DAY_MS, 'min')],
      });
      const dead = rows[0]?.dead ?? 0;
      say(
        dead > 0 ? 'warn' : 'ok',
        'dead letters',
        `${dead} in ${DEAD_LETTER_DAYS} days${dead > 0 ? ': GET /api/v1/postbacks?result=failed says why' : ''}`,
      );
    },
    'warn',
  );
  await check(say, 'rates', async () => {
    const { rows } = await pool.query<{ age: number | null; needed: boolean }>(
      `SELECT (now()::date - max(day)) AS age, EXISTS (SELECT 1 FROM base_currency WHERE other_seen_at IS NOT NULL) AS needed
       FROM rates WHERE source <> 'manual'`,
    );
    const { age = null, needed = false } = rows[0] ?? {};
    const cure = config.ratesUrl === null ? 'set RATES_URL for daily ones' : 'is a worker running, and does it reach RATES_URL?';
    const found = age === null ? 'only the bundled ones' : `${age} days old`;
    const old = age === null || age > 7;
    say(
      old && needed ? 'warn' : 'ok',
      'rates',
      `${found}${needed ? (old ? `: ${cure}` : '') : `, and no other currency than ${config.baseCurrency} was seen`}`,
    );
  });
}

export async function checkRedis(say: Say, url: string): Promise<void> {
  await check(say, 'Redis', () => lookAtRedis(say, url));
}

async function lookAtRedis(say: Say, url: string): Promise<void> {
  const redis = redisClient(url, { maxRetriesPerRequest: 1 });
  try {
    const [server, memory, persistence] = await Promise.all([redis.info('server'), redis.info('memory'), redis.info('persistence')]);
    say('ok', 'Redis', /(?:valkey|redis)_version:(\S+)/.exec(server)?.[1] ?? 'reachable');
    const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? 'unknown';
    say(
      policy === 'noeviction' ? 'ok' : 'fail',
      'Redis maxmemory-policy',
      policy === 'noeviction' ? policy : `${policy}: jobs would be thrown away. Set it to noeviction`,
    );
    const aof = /aof_enabled:1/.test(persistence);
    say(aof ? 'ok' : 'warn', 'Redis AOF', aof ? 'on' : 'off: while PostgreSQL is away postbacks are answered 503. Set appendonly yes');
  } finally {
    redis.disconnect();
  }
}
