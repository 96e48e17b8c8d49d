import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chownSync, closeSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.js';
import { freePort, redisBinary, temporaryFolder, waitForPort } from '../support/services.js';

const run = promisify(execFile);

/** A file system of its own that a test may fill; only root can have one. */
export class SmallDisk {
  private readonly filler: string;

  private constructor(readonly folder: string) {
    this.filler = join(folder, 'filler');
  }

  /** @throws Error when this machine does not let it mount one */
  static mount(megabytes: number): SmallDisk {
    const folder = temporaryFolder('chaos-disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  /** Takes all room there is. Resolves with the bytes taken. */
  fill(): number {
    const chunk = Buffer.alloc(1 << 20);
    for (const size of [1 << 20, 4_096]) {
      try {
        for (;;) appendFileSync(this.filler, chunk.subarray(0, size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
    return statSync(this.filler).size;
  }

  free(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A real PostgreSQL in a folder of its own, whose processes a test may kill. */
export class Postgres {
  private readonly user: { uid?: number; gid?: number };

  private constructor(
    private readonly folder: string,
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    this.user = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  }

  static async start(folder = temporaryFolder('chaos-postgres')): Promise<Postgres> {
    const server = await startEmbeddedPostgres(folder, true);
    return new Postgres(folder, server.url, server.stop);
  }

  private get data(): string {
    return join(this.folder, 'postgres');
  }

  /** The postmaster first. */
  pids(): number[] {
    const postmaster = Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parentOf(pid) === postmaster);
    return [postmaster, ...children];
  }

  /** As a power cut would, but for what the kernel has in its cache. */
  async kill(): Promise<number> {
    const pids = this.pids();
    for (const pid of pids) signal(pid, 'SIGKILL');
    await gone(pids);
    return pids.length;
  }

  pause(): void {
    for (const pid of this.pids()) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.pids()) signal(pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    await this.control('stop', '-m', 'fast');
  }

  /** With the settings it was started with, on the same port; recovers what was committed. */
  async restart(): Promise<void> {
    const log = join(this.data, 'restarted.log');
    closeSync(openSync(log, 'a'));
    if (this.user.uid !== undefined && this.user.gid !== undefined) chownSync(log, this.user.uid, this.user.gid);
    await this.control('restart', '-l', log);
  }

  /** Running again, whatever was done to it. */
  async heal(): Promise<void> {
    if (this.isRunning()) this.resume();
    else await this.restart();
  }

  private isRunning(): boolean {
    try {
      return parentOf(this.pids()[0] ?? 0) !== null;
    } catch {
      return false;
    }
  }

  async remove(): Promise<void> {
    await this.end().catch(() => this.kill());
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async control(...args: string[]): Promise<void> {
    const { pg_ctl } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { pg_ctl: string };
    await run(pg_ctl, [...args, '-w', '-s', '-t', '60', '-D', this.data], { ...this.user, cwd: this.data, timeout: 65_000 });
  }
}

/** A real Redis with its append-only file in a folder of its own. */
export class RedisServer {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(folder = temporaryFolder('chaos-redis')): Promise<RedisServer> {
    mkdirSync(folder, { recursive: true });
    const server = new RedisServer(folder, await freePort());
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async restart(): Promise<void> {
    this.child = spawn(
      redisBinary(),
      [
        '--port',
        String(this.port),
        '--bind',
        '127.0.0.1',
        '--dir',
        this.folder,
        '--appendonly',
        'yes',
        '--appendfsync',
        'everysec',
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
      ],
      { stdio: 'ignore' },
    );
    await waitForPort(this.port, this.child);
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.child?.once('exit', resolve));
    this.child?.kill('SIGKILL');
    await ended;
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async heal(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) this.resume();
    else await this.restart();
  }

  async command(name: string, ...args: string[]): Promise<unknown> {
    const redis = new Redis(this.url, { maxRetriesPerRequest: 1 });
    try {
      return await redis.call(name, ...args);
    } finally {
      redis.disconnect();
    }
  }

  /** Only while it is down. */
  loseFiles(): void {
    rmSync(join(this.folder, 'appendonlydir'), { recursive: true, force: true });
  }

  /** What it holds now, to be put back later while it is down. */
  snapshot(): () => void {
    const copy = temporaryFolder('chaos-snapshot');
    cpSync(join(this.folder, 'appendonlydir'), copy, { recursive: true });
    return () => {
      this.loseFiles();
      cpSync(copy, join(this.folder, 'appendonlydir'), { recursive: true });
      rmSync(copy, { recursive: true });
    };
  }

  async remove(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function parentOf(pid: number): number | null {
  try {
    // The name in brackets may hold anything; what follows its end is state and parent (proc_pid_stat(5)).
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return null;
  }
}

export const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.slice(0, 1) ?? '';

async function gone(pids: number[]): Promise<void> {
  for (let i = 0; i < 200 && pids.some((pid) => parentOf(pid) !== null && stateOf(pid) !== 'Z'); i++)
    await new Promise((resolve) => setTimeout(resolve, 25));
}
