import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, temporaryFolder } from './support/services.js';
import { until } from './support/until.js';

const NOT_CLONED = new Set(['node_modules', 'dist', 'data', '.git', '.env', 'coverage']);

/** The README's commands in a clone where others do not reach: closed to all but its owner, as /root is, and with such a name. */
describe('a clone in a closed folder with umlauts, spaces and brackets', () => {
  let folder: string;
  let clone: string;
  beforeAll(() => {
    folder = temporaryFolder('clone');
    const closed = join(folder, 'root');
    mkdirSync(closed, { mode: 0o700 });
    clone = join(closed, 'Café größe (1)');
    mkdirSync(clone);
    for (const name of readdirSync('.').filter((entry) => !NOT_CLONED.has(entry)))
      cpSync(name, join(clone, name), { recursive: true, filter: (path) => !/^web\/dist(\/|$)/.test(path) });
    // What npm ci would make: links to the same files, where one file system has both.
    const linked = spawnSync('cp', ['-al', 'node_modules', clone]);
    if (linked.status !== 0) {
      rmSync(join(clone, 'node_modules'), { recursive: true, force: true });
      execFileSync('cp', ['-a', 'node_modules', clone]);
    }
  }, 180_000);
  afterAll(() => {
    const database = join(clone, 'data', 'postgres');
    try {
      const real = realpathSync(database);
      if (!real.startsWith(folder)) rmSync(real, { recursive: true, force: true });
    } catch {
      // It was not made.
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ENV_FILE: 'none', LOG_LEVEL: 'warn' };

  it('npm start builds it and serves', async () => {
    const port = await freePort();
    const child = spawn('npm', ['start'], {
      cwd: clone,
      env: { ...env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      const ready = async (): Promise<boolean> => {
        if (child.exitCode !== null) throw new Error(said);
        return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200;
      };
      await until(ready, 150_000);
      expect((await fetch(`http://127.0.0.1:${port}/app`)).status).toBe(200);
      if (process.getuid?.() === 0) expect(said).toContain(`cannot enter ${dirname(clone)}`);
    } finally {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    }
  }, 200_000);

  it('npm test tests it', () => {
    const { status, stderr } = spawnSync('npm', ['test', '--', 'test/tour', '--selectProjects', 'e2e'], {
      cwd: clone,
      env: { ...env, CI: 'true' },
      encoding: 'utf8',
      timeout: 170_000,
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining('PASS')]);
  }, 180_000);

  it('a build that is shipped runs without the packages that make one', () => {
    const ran = spawnSync(process.execPath, ['bin/build-if-needed.js'], { cwd: clone, env, encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    rmSync(join(clone, 'node_modules', 'typescript'), { recursive: true });
    expect(spawnSync(process.execPath, ['bin/build-if-needed.js'], { cwd: clone, env }).status).toBe(0);
    expect(execFileSync(process.execPath, ['dist/src/main.js', '--version'], { cwd: clone, env, encoding: 'utf8' })).toMatch(
      /^\d+\.\d+\.\d+\n$/,
    );
    rmSync(join(clone, 'dist', '.built'));
    const lacking = spawnSync(process.execPath, ['bin/build-if-needed.js'], { cwd: clone, env, encoding: 'utf8' });
    expect([lacking.status, lacking.stderr]).toEqual([1, expect.stringContaining('run npm ci without --omit=dev')]);
  });
});
