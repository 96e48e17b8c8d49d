import { type ChildProcess, type ChildProcessByStdio, fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Job, Load } from './load.js';

/** The package's folder, seen from where this file is compiled to: bench/dist/bench. */
export const ROOT = join(import.meta.dirname, '..', '..', '..');
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 25_000;

/** A process under measurement. */
export interface Running {
  port: number;
  pid: number;
  /** Milliseconds from spawn to listening. */
  startMs: number;
  /** Resident memory in MB. */
  memory(): number;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** As `npm start` has it; the programs it is measured against get the same. */
const HEAP = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { config: { heap: string } }).config.heap.split(' ');

/**
 * Starts a script on a port and waits until it says that it is running. Its environment is `env` and nothing of ours.
 * @throws Error with all it printed
 */
export async function start(script: string, args: string[], port: number, env: Record<string, string>, preload?: string): Promise<Running> {
  const began = performance.now();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(
    process.execPath,
    [...HEAP, ...(preload === undefined ? [] : ['--import', pathToFileURL(preload).href]), script, ...args],
    { env: { PATH, HOME, ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await untilRunning(child, `${script} ${args.join(' ')}`, START_LIMIT_MS);
  const startMs = performance.now() - began;
  child.stdout.removeAllListeners('data').resume();
  child.stderr.removeAllListeners('data').pipe(process.stderr);
  return {
    port,
    pid: child.pid ?? Number.NaN,
    startMs,
    memory: () => residentMb(child),
    signal: (name) => void child.kill(name),
    stop: () => stop(child),
  };
}

/**
 * Until a tracker or an opponent says that it is running.
 * @throws Error with all it printed
 */
export function untilRunning(child: ChildProcessByStdio<null, Readable, Readable>, what: string, limitMs: number): Promise<void> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${what} ${why}:\n${printed}`));
    const timer = setTimeout(() => fail(`did not start within ${limitMs} ms`), limitMs);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (!/ is running\b/.test(printed)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

function residentMb(child: ChildProcess): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1_024;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  child.kill('SIGINT');
  await ended;
  clearTimeout(timer);
}

/** Runs the load generator. */
export function load(job: Job): Promise<Load> {
  const child = fork(join(import.meta.dirname, 'load.js'), { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.once('message', (result: Load) => resolve(result));
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.send(job);
  });
}
