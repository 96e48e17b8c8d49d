import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../dist/src/db/embedded-postgres.js';

/** A folder under the system's temporary one that the database's own user can enter. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `cidra-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Real PostgreSQL: the server of DATABASE_URL, else the embedded one in a folder of its own. */
export async function startPostgres() {
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, stop: async () => undefined };
  const folder = temporaryFolder('postgres');
  const server = await startEmbeddedPostgres(folder, true);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const found = (command) => spawnSync(command, ['--version']).status === 0;

/** The first of these programs there is; as root on Debian the package of the first one's name is installed when all are missing. */
function binary(names, otherwise) {
  const there = names.find(found);
  if (there !== undefined) return there;
  const [name] = names;
  if (process.getuid?.() === 0 && found('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // The tests start their own server on a free port: the package's service is not wanted.
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore', timeout: 300_000 });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
      env: { ...env, RUNLEVEL: '1' },
      stdio: 'ignore',
      timeout: 300_000,
    });
    if (found(name)) return name;
  }
  throw new Error(`The tests need ${name}: install it (Debian: apt-get install ${name})${otherwise}.`);
}

/** For the tests of the page. */
export const chromiumBinary = () => process.env.CHROMIUM ?? binary(['chromium', 'chromium-browser', 'google-chrome'], ' or set CHROMIUM');

export const redisBinary = () => binary(['redis-server', 'valkey-server'], ' or set REDIS_URL');

/** PgBouncer in transaction mode before a server, with few connections, so that they change hands all the time. */
export async function startPooler(serverUrl, poolSize = 3) {
  const { hostname, port: serverPort, username, password, pathname, searchParams } = new URL(serverUrl);
  const host = searchParams.get('host') ?? hostname;
  const folder = temporaryFolder('pooler');
  const port = await freePort();
  const ini = join(folder, 'pgbouncer.ini');
  writeFileSync(
    ini,
    `[databases]
* = host=${host} port=${serverPort || 5432} user=${username}${password === '' ? '' : ` password=${password}`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
`,
  );
  // It refuses to run as root.
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const user = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  if (user.uid !== undefined) for (const path of [folder, ini]) chownSync(path, user.uid, user.gid);
  const child = spawn(binary(['pgbouncer'], ''), ['-q', ini], { stdio: 'ignore', ...user });
  await waitForPort(port, child);
  return {
    url: `postgres://${username}@127.0.0.1:${port}${pathname}`,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Real Redis with AOF: the server of REDIS_URL, else one started on a free port. */
export async function startRedis() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, pid: null, stop: async () => undefined };
  const folder = temporaryFolder('redis');
  const port = await freePort();
  const child = spawn(
    redisBinary(),
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: 'ignore' },
  );
  await waitForPort(port, child);
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Until the process listens on the port. */
export async function waitForPort(port, child) {
  for (let i = 0; i < 100; i++) {
    if (child.exitCode !== null) break;
    const open = await new Promise((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnfile} did not start`);
}
