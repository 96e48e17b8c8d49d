import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TrackerProcess } from './support/processes.js';
import { temporaryFolder } from './support/services.js';
import { ADMIN_KEY, Tracker, createDatabase, environment, until } from './support/tracker.js';

const MAIN = join(process.cwd(), 'dist', 'src', 'main.js');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('a start', () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  beforeAll(async () => {
    folder = temporaryFolder('start');
    database = await createDatabase();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (text: string): string => {
    const path = join(folder, '.env');
    writeFileSync(path, text);
    return path;
  };
  const refused = (env: Record<string, string>): string => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH ?? '', ...env },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(status).toBe(1);
    return stderr;
  };

  it('tells its version and does nothing else', () => {
    expect(execFileSync(process.execPath, [MAIN, '--version'], { encoding: 'utf8', env: {} })).toBe(`${version}\n`);
  });

  it('reads a file of settings, over which the environment wins', async () => {
    const {
      DATABASE_URL = '',
      SECRET_KEY = '',
      PORT: _port,
      ENV_FILE: _file,
      LOG_LEVEL: _level,
      ...rest
    } = environment('postgres', database.url);
    const text = Object.entries({ ...rest, DATABASE_URL, SECRET_KEY: 'x', LOG_LEVEL: 'nonsense' })
      .map(([key, value]) => `${key}="${value}"`)
      .join('\n');
    const tracker = await TrackerProcess.spawn({ ENV_FILE: file(`# of a test\n${text}\n`), SECRET_KEY, LOG_LEVEL: 'fatal' });
    try {
      const answer = await fetch(`${tracker.url}/api/v1/offers`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      expect(answer.status).toBe(200);
    } finally {
      await tracker.end('SIGTERM');
    }
  });

  it('names every bad setting and every near miss at once', () => {
    const said = refused({ ENV_FILE: file('DATABSE_URL=postgres://x\n'), TRUSTED_PROXY: '10.0.0.1', PORT: 'x', SECRET_KEY: 'short' });
    expect(said).toContain('4 settings are wrong');
    expect(said).toContain('DATABSE_URL is not a setting: DATABASE_URL is meant');
    expect(said).toContain('TRUSTED_PROXY is not a setting: TRUST_PROXY is meant');
    expect(said).toContain('PORT is "x"');
    expect(said).toContain('SECRET_KEY is shorter');
    expect(refused({ ENV_FILE: join(folder, 'nowhere') })).toContain('nowhere cannot be read (ENOENT)');
  });

  it('says where it cannot connect to', () => {
    const said = refused(environment('postgres', 'postgres://somebody@localhost:1/nothing'));
    expect(said).toMatch(/^Cidra could not start: .*ECONNREFUSED/);
  });

  it.each(['1', '2'])('says which setting it is when it cannot listen, as %s process(es), and does not try for ever', async (processes) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const env = { ...environment('postgres', database.url), WEB_CONCURRENCY: processes };
    try {
      expect(refused({ ...env, PORT: String(port) })).toContain(`PORT ${port} is taken at 127.0.0.1: another program listens there`);
    } finally {
      other.close();
    }
    if (processes === '2') return;
    expect(refused({ ...env, HOST: '203.0.113.7' })).toContain('HOST is "203.0.113.7", which is no address of this machine');
  });

  it('says which setting it is when the data folder cannot be made', () => {
    const blocked = join(file('x'), 'data');
    expect(refused({ ENV_FILE: 'none', DATA_DIR: blocked })).toContain(
      `DATA_DIR is "${blocked}", where secret-key can be neither read nor made`,
    );
  });

  it('a Redis that is away at the start is said in a line of the log', async () => {
    const tracker = await TrackerProcess.on('postgres', database.url, { REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'warn' });
    await until(async () => tracker.printed.includes('The queues cannot be reached: connect ECONNREFUSED'));
    await tracker.end('SIGKILL');
    expect(
      tracker.printed
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('{')),
    ).toEqual([]);
  });

  it('one Ctrl-C, of which npm hands on a second signal, ends it in order', async () => {
    const tracker = await TrackerProcess.on('postgres', database.url);
    const ended = tracker.end('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 3));
    void tracker.end('SIGINT');
    expect(await ended).toBe(0);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'says in one line of JSON where it is, and %s lets a balancer move away first',
    async (signal) => {
      const tracker = await TrackerProcess.on('postgres', database.url, { PUBLIC_URL: 'http://localhost:9' });
      const lines = tracker.printed.trim().split('\n');
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        level: 'info',
        msg: 'Cidra is running',
        version,
        url: tracker.url,
        trackingUrl: 'http://localhost:9/c/OFFER_KEY',
        warnings: [expect.stringContaining('set PUBLIC_URL')],
      });
      const ended = tracker.end(signal);
      await until(async () => (await fetch(`${tracker.url}/readyz`)).status === 503, 1_900);
      expect(await ended).toBe(0);
    },
  );
});

describe('what is said of the machine', () => {
  let tracker: Tracker;
  const withKey = { headers: { authorization: `Bearer ${ADMIN_KEY}` } };
  beforeAll(async () => {
    tracker = await Tracker.start('postgres', { PUBLIC_URL: 'http://localhost:3000' });
  });
  afterAll(() => tracker.stop());

  it('/readyz tells strangers names and states, and keys the rest', async () => {
    const open = (await (await tracker.get('/readyz')).json()) as { status: string; parts: Record<string, object> };
    expect(Object.keys(open)).toEqual(['status', 'parts']);
    for (const part of Object.values(open.parts)) expect(Object.keys(part)).toEqual(['status']);
    const wrong = await tracker.get('/readyz', { headers: { authorization: 'Bearer nonsense' } });
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([200, null]);
    expect(await wrong.json()).toEqual(open);
    const { key } = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'Prometheus', role: 'ops' });
    for (const headers of [withKey.headers, { authorization: `Bearer ${key}` }]) {
      const known = (await (await tracker.get('/readyz', { headers })).json()) as {
        version: string;
        parts: Record<string, { detail: string }>;
      };
      expect(known.version).toBe(version);
      expect(known.parts.postgres?.detail).toMatch(/^PostgreSQL \d/);
      expect(known.parts.backup?.detail).toContain('none yet');
    }
  });

  it('the version stands in the metrics and in the OpenAPI document', async () => {
    expect(await (await tracker.get('/metrics', withKey)).text()).toContain(
      `cidra_build_info{version="${version}",node="${process.versions.node}"} 1`,
    );
    expect(await (await tracker.get('/openapi.json', withKey)).json()).toMatchObject({ info: { version } });
  });

  it('links that nobody reaches carry a warning', async () => {
    const source = await tracker.ok<{ warnings: string[] }>('POST', '/offer-sources', { name: 'At home', template: 'affise' });
    expect(source.warnings).toContainEqual(expect.stringContaining('reach http://localhost:3000: set PUBLIC_URL'));
    const offer = await tracker.ok<{ warnings: string[] }>('POST', '/offers', {
      name: 'At home',
      url: 'https://shop.example/?a={clickid}',
    });
    expect(offer.warnings).toContainEqual(expect.stringContaining('reach http://localhost:3000: set PUBLIC_URL'));
  });

  it('a proxy that is not trusted is noticed by the first visitor it brings', async () => {
    const readiness = async (): Promise<{ status: string; detail: string } | undefined> =>
      ((await (await tracker.get('/readyz', withKey)).json()) as { parts: Record<string, { status: string; detail: string }> }).parts.proxy;
    expect(await readiness()).toMatchObject({ status: 'ok' });
    await tracker.get('/c/nothing', { headers: { 'x-forwarded-for': '203.0.113.7' } });
    await until(async () => (await readiness())?.status === 'degraded', 15_000);
    expect((await readiness())?.detail).toContain('TRUST_PROXY=127.0.0.1');
    const { data } = await tracker.ok<{ data: { kind: string }[] }>('GET', '/attention');
    expect(data.map(({ kind }) => kind)).toContain('proxy_untrusted');
  });

  it('a backup that is missing is said after a week', async () => {
    const kinds = async (): Promise<string[]> =>
      (await tracker.ok<{ data: { kind: string }[] }>('GET', '/attention')).data.map(({ kind }) => kind);
    expect(await kinds()).not.toContain('backup_missing');
    await tracker.db.query(`UPDATE notices SET at = now() - interval '8 days' WHERE name = 'installed'`);
    await until(async () => (await kinds()).includes('backup_missing'), 15_000);
    await tracker.db.query(`INSERT INTO notices (name, at) VALUES ('backup', now())`);
    await until(async () => !(await kinds()).includes('backup_missing'), 15_000);
  });
});
