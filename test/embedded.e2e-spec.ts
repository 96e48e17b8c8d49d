import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/db/embedded-postgres.js';
import { TrackerProcess } from './support/processes.js';
import { freePort, temporaryFolder } from './support/services.js';

const ROOT = process.getuid?.() === 0;
const ids = (): { uid: number; gid: number } | Record<string, never> => {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return ROOT ? { uid: id('-u'), gid: id('-g') } : {};
};

async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  let folder: string;
  beforeEach(() => void (folder = temporaryFolder('embedded')));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([['data'], ['Café größe (1)'], [`it's, "so" 100% +1`]])('listens on a socket that is closed to others, in %s', async (name) => {
    const server = await startEmbeddedPostgres(join(folder, name), true);
    try {
      const [settings] = await ask<{ addresses: string; folders: string }>(
        server.url,
        `SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS folders`,
      );
      expect(settings?.addresses).toBe('');
      const socket = join(folder, name, 'postgres', 'socket');
      expect(statSync(socket).mode & 0o777).toBe(0o700);
      expect(new URL(server.url).searchParams.get('host')).toBe(socket);
      expect(new URL(server.url).password).toBe('');
    } finally {
      await server.stop();
    }
  });

  it('keeps its socket in a short folder, closed to others, when the path of the data folder is too long for one', async () => {
    const server = await startEmbeddedPostgres(join(folder, 'x'.repeat(90)), true);
    const socket = new URL(server.url).searchParams.get('host') ?? '';
    try {
      expect(socket.length).toBeLessThan(90);
      const stat = statSync(socket);
      expect(stat.mode & 0o777).toBe(0o700);
      if (ROOT) expect(stat.uid).toBe(ids().uid);
      expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
    }
    expect(existsSync(socket)).toBe(false);
  });

  it('is taken over as it runs by the next start after kill -9, and one tracker at a time owns it', async () => {
    const env = { DATA_DIR: folder, LOG_LEVEL: 'fatal' };
    const pid = (): string | undefined => readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0];
    const first = await TrackerProcess.spawn(env);
    const server = pid();
    await expect(startEmbeddedPostgres(folder, true)).rejects.toThrow(/Another Cidra runs on the data folder/);
    await first.end('SIGKILL');
    const second = await TrackerProcess.spawn(env);
    expect(pid()).toBe(server);
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
    expect(await second.end('SIGTERM')).toBe(0);
    expect(existsSync(join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it('is started and used by a script, which leaves it as it was', async () => {
    const own = await startEmbeddedPostgres(folder, true);
    const script = await startEmbeddedPostgres(folder, false);
    expect(script.url).toBe(own.url);
    await script.stop();
    expect(await ask(own.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await own.stop();
    const alone = await startEmbeddedPostgres(folder, false);
    await alone.stop();
    expect(existsSync(join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it.each([['stopped'], ['left running']])('opens a folder of the time when the server had a port and a password, %s', async (state) => {
    const { initdb, pg_ctl } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Record<
      'initdb' | 'pg_ctl',
      string
    >;
    const data = join(folder, 'postgres');
    const password = join(folder, 'postgres-password');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(password, 'old-password\n');
    const user = ids();
    if (ROOT) for (const path of [data, password]) chownSync(path, user.uid as number, user.gid as number);
    const asServer = { ...user, cwd: data, stdio: 'ignore' as const };
    execFileSync(initdb, [`--pgdata=${data}`, '--username=cidra', `--pwfile=${password}`, '--auth=scram-sha-256', '--no-sync'], asServer);
    const port = await freePort();
    execFileSync(
      pg_ctl,
      ['start', '-w', '-D', data, '-o', `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=''`],
      asServer,
    );
    await ask(`postgres://cidra:old-password@127.0.0.1:${port}/postgres`, 'CREATE TABLE kept AS SELECT 7 AS n');
    if (state === 'stopped') execFileSync(pg_ctl, ['stop', '-w', '-m', 'fast', '-D', data], asServer);
    const server = await startEmbeddedPostgres(folder, true);
    try {
      expect(await ask(server.url.replace('/cidra?', '/postgres?'), 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    } finally {
      await server.stop();
    }
  });

  if (ROOT)
    it('says whose a database is that another user has made', async () => {
      await (await startEmbeddedPostgres(folder, true)).stop();
      const made = join(folder, 'postgres');
      chownSync(made, 2, 2);
      await expect(startEmbeddedPostgres(folder, false)).rejects.toThrow(
        `The database in ${made} belongs to the user bin: run this as that user (sudo -u 'bin' …)`,
      );
      expect(statSync(join(made, 'socket')).uid).toBe(ids().uid);
    });

  it('says what a link that leads nowhere means, and makes no new database', async () => {
    execFileSync('ln', ['-s', join(folder, 'gone'), join(folder, 'postgres')]);
    await expect(startEmbeddedPostgres(folder, true)).rejects.toThrow(/a link to a folder that is not there/);
    expect(lstatSync(join(folder, 'postgres')).isSymbolicLink()).toBe(true);
  });

  (ROOT ? it : it.skip)('for root keeps a database under a closed folder where its own user can enter', async () => {
    const closed = join(folder, 'home');
    mkdirSync(join(closed, 'data'), { recursive: true });
    chmodSync(closed, 0o700);
    const server = await startEmbeddedPostgres(join(closed, 'data'), true);
    const real = realpathSync(join(closed, 'data', 'postgres'));
    try {
      expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(real.startsWith(closed)).toBe(false);
      expect(statSync(real).mode & 0o777).toBe(0o700);
    } finally {
      await server.stop();
      rmSync(real, { recursive: true, force: true });
    }
  });

  it('ends with a reason when it cannot start', async () => {
    const blocked = join(folder, 'a-file');
    writeFileSync(blocked, '');
    const child = spawn(process.execPath, [join(process.cwd(), 'dist', 'src', 'main.js')], {
      env: { PATH: process.env.PATH ?? '', DATA_DIR: join(blocked, 'data'), PORT: '0' },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1);
    expect(said).toMatch(/^Cidra cannot start: [^]*a-file/);
  });
});
