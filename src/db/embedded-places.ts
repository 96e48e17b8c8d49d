import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Where the embedded PostgreSQL's programs, database and socket lie. PostgreSQL does not run as root, so for root it runs
 * as the user `postgres`, who enters neither /root nor what lies in it: what he needs is then kept in /var/lib/cidra.
 */
const COMMON = '/var/lib/cidra';
/** The longest path of a socket in bytes, without the terminating zero. */
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
export const PORT = 5432;

/** Whom the server runs as; empty: as the user of this process. */
export interface ServerUser {
  uid?: number;
  gid?: number;
}
export interface Binaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/** The folders on the way to `path` that the server's user cannot enter. */
export function closedTo(user: ServerUser, path: string): string[] {
  if (user.uid === undefined) return [];
  const closed: string[] = [];
  for (let dir = path; ; dir = dirname(dir)) {
    const stat = statSync(dir, { throwIfNoEntry: false });
    const bit = stat?.uid === user.uid ? 0o100 : stat?.gid === user.gid ? 0o010 : 0o001;
    if (stat !== undefined && (stat.mode & bit) === 0) closed.unshift(dir);
    if (dir === dirname(dir)) return closed;
  }
}

/** The programs, copied once per version where the server's user cannot read those of the package. */
export function readableBinaries(packaged: Binaries, user: ServerUser): Binaries {
  const native = dirname(dirname(packaged.postgres));
  if (closedTo(user, native).length === 0) return packaged;
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const kept = join(COMMON, `postgresql-${version}-${process.arch}`);
  if (!existsSync(kept)) {
    mkdirSync(COMMON, { recursive: true, mode: 0o755 });
    const half = mkdtempSync(join(COMMON, 'copying-'));
    cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', half]);
    try {
      renameSync(half, kept);
    } catch (error) {
      // Another process that starts at the same time has made it.
      rmSync(half, { recursive: true, force: true });
      if (!existsSync(kept)) throw error;
    }
  }
  return { initdb: join(kept, 'bin', 'initdb'), pg_ctl: join(kept, 'bin', 'pg_ctl'), postgres: join(kept, 'bin', 'postgres') };
}

/**
 * The folder of the database itself, links followed: `postgres` in the data folder or, where the server's user cannot enter
 * that, a folder of /var/lib/cidra to which `postgres` is then a link.
 * @throws Error when there is a database that the server's user cannot reach, or a link that leads nowhere
 */
export function databaseFolder(dataDir: string, user: ServerUser): string {
  const folder = join(dataDir, 'postgres');
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true && !existsSync(folder)) {
    throw new Error(
      `${folder} is a link to a folder that is not there. Bring the database back to where the link leads, or delete the link to begin with an empty one.`,
    );
  }
  if (found !== undefined) {
    const real = realpathSync(folder);
    const closed = closedTo(user, dirname(real));
    if (closed.length > 0) {
      throw new Error(
        `There is a database in ${real}, and the user postgres, as whom the server runs for root, cannot enter ${closed.join(', ')}. ` +
          `Move it and leave a link: mkdir -p ${COMMON} && mv '${real}' ${COMMON}/database && ln -s ${COMMON}/database '${folder}'. Or set DATA_DIR to a folder that user can enter.`,
      );
    }
    return real;
  }
  mkdirSync(dataDir, { recursive: true });
  const closed = closedTo(user, realpathSync(dataDir));
  if (closed.length === 0) {
    mkdirSync(folder, { mode: 0o700 });
  } else {
    mkdirSync(COMMON, { recursive: true, mode: 0o755 });
    symlinkSync(mkdtempSync(join(COMMON, 'database-')), folder);
    process.stderr.write(
      `The user postgres, as whom the server runs for root, cannot enter ${closed.join(', ')}: the database is kept in ${realpathSync(folder)}, and ${folder} is a link to it.\n`,
    );
  }
  const real = realpathSync(folder);
  give(real, user);
  return real;
}

/** Undoes `databaseFolder` for a database that could not be made. */
export function removeDatabaseFolder(dataDir: string): void {
  const folder = join(dataDir, 'postgres');
  rmSync(realpathSync(folder), { recursive: true, force: true });
  rmSync(folder, { force: true });
}

/** A folder for the socket that only the server's user (and root) can enter: in the database's, or a short one where that is too long a path. */
export function socketFolder(databaseDir: string, user: ServerUser): string {
  const own = join(databaseDir, 'socket');
  if (fits(own)) {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    chmodSync(own, 0o700);
    give(own, user);
    return own;
  }
  const short = mkdtempSync(join(fits(join(tmpdir(), 'cidra-XXXXXX')) ? tmpdir() : '/tmp', 'cidra-'));
  give(short, user);
  return short;
}

const fits = (folder: string): boolean => Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= SOCKET_PATH_BYTES;

export function give(path: string, { uid, gid }: ServerUser): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
