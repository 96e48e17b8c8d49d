import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Bench, Measurement } from '../bench.js';
import { Figures, median } from '../figures.js';
import { ROOT, untilRunning } from '../processes.js';

const INSTALL_LIMIT_MS = 600_000;
const START_LIMIT_MS = 300_000;
const REST_MS = 8_000;
const FIGURES = ['npm ci', 'npm start, the build included', 'start-up of the server', 'memory at rest'] as const;
type Taken = Record<(typeof FIGURES)[number], number>;
/** What this commit may take more than the other. */
const MAY_TAKE_MORE: Taken = { 'npm ci': 15, 'npm start, the build included': 5, 'start-up of the server': 0.2, 'memory at rest': 5 };

/** A fresh clone installed and started, in turns with another commit's (`--against`), such as the last one without the page. */
export const install: Measurement = {
  name: 'install',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('install');
    const { against, rounds } = bench.options;
    const taken = new Map<string, Taken[]>();
    for (let round = 0; round < rounds; round++) {
      for (const commit of against === undefined ? ['HEAD'] : ['HEAD', against])
        taken.set(commit, [...(taken.get(commit) ?? []), await cloned(bench, commit)]);
    }
    for (const figure of FIGURES) {
      const unit = figure === 'memory at rest' ? 'MB' : 's';
      const of = (commit: string): number[] => (taken.get(commit) ?? []).map((each) => each[figure]);
      for (const value of of('HEAD')) figures.add(figure, unit, value);
      if (against === undefined) continue;
      for (const value of of(against)) figures.add(`${figure}, ${against}`, unit, value);
      figures.add(`${figure}, more than ${against}`, unit, median(of('HEAD')) - median(of(against)), {
        holds: { atMost: MAY_TAKE_MORE[figure] },
      });
    }
    return figures.all();
  },
};

async function cloned(bench: Bench, commit: string): Promise<Taken> {
  const [clone, data] = [bench.folder(), bench.folder()];
  try {
    const inClone = (command: string, ...args: string[]): void =>
      void execFileSync(command, args, { cwd: clone.path, stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALL_LIMIT_MS });
    inClone('git', 'clone', '--quiet', ROOT, '.');
    inClone('git', 'checkout', '--quiet', commit);
    let began = performance.now();
    inClone('npm', 'ci', '--no-audit', '--no-fund', '--silent');
    const installed = performance.now() - began;
    const port = await bench.freePort();
    began = performance.now();
    await started(clone.path, { ...bench.settings, DATA_DIR: data.path, PORT: String(port), HOST: '127.0.0.1' });
    const built = performance.now() - began;
    const server = await bench.embedded(data.path, join(clone.path, 'dist', 'src', 'main.js'));
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const memory = server.memory();
    await bench.stop(server);
    return {
      'npm ci': installed / 1_000,
      'npm start, the build included': built / 1_000,
      'start-up of the server': server.startMs / 1_000,
      'memory at rest': memory,
    };
  } finally {
    clone.remove();
    data.remove();
  }
}

/** `npm start` until it says that it runs; then it is stopped, and what it started with it. */
async function started(folder: string, env: Record<string, string>): Promise<void> {
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await untilRunning(child, 'npm start', START_LIMIT_MS);
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await ended;
  }
}
