import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from './services.js';
import { environment, type Backend } from './environment.js';

/** The working directory is the project's, in jest as in npm scripts. */
const MAIN = join(process.cwd(), 'dist', 'src', 'main.js');
const START_TIMEOUT_MS = 60_000;
const SCRIPT_TIMEOUT_MS = 120_000;

/** A tracker as a process of its own, which a test may kill. */
export class TrackerProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    private readonly output: () => string,
  ) {}

  /**
   * With `env` as it is: nothing of the test's own environment but PATH and HOME.
   * @param preload a module loaded before the program, which the test may send messages to
   */
  static async spawn(env: Record<string, string>, port?: number, preload?: string): Promise<TrackerProcess> {
    const listen = port ?? (await freePort());
    const child = spawn(process.execPath, [...(preload === undefined ? [] : ['--import', pathToFileURL(preload).href]), MAIN], {
      env: { ENV_FILE: 'none', PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env, PORT: String(listen) },
      stdio: ['ignore', 'pipe', 'pipe', ...(preload === undefined ? [] : ['ipc' as const])],
    });
    let output = '';
    const started = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no start within ${START_TIMEOUT_MS} ms:\n${output}`)), START_TIMEOUT_MS);
      const read = (chunk: Buffer): void => {
        output += chunk.toString();
        if (/Cidra (worker )?is running/.test(output)) {
          clearTimeout(timer);
          resolve();
        }
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${code}:\n${output}`));
      });
    });
    await started;
    return new TrackerProcess(child, `http://127.0.0.1:${listen}`, () => output);
  }

  static on(backend: Backend, databaseUrl: string, extra: Record<string, string> = {}, port?: number): Promise<TrackerProcess> {
    return TrackerProcess.spawn(environment(backend, databaseUrl, extra), port);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Everything it has printed. */
  get printed(): string {
    return this.output();
  }

  /** Resolves with the exit code (null after a signal that ended it). */
  end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve(this.child.exitCode);
    return new Promise((resolve) => {
      this.child.once('exit', (code) => resolve(code));
      this.child.kill(signal);
    });
  }
}

/** A script of src/scripts, run as a user runs it with `npm run`: its exit code, and everything it has printed. */
export function runScript(name: string, env: Record<string, string>, ...args: string[]): Promise<{ code: number; printed: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(process.cwd(), 'dist', 'src', 'scripts', `${name}.js`), ...args],
      { env: { ENV_FILE: 'none', PATH: process.env.PATH ?? '', ...env }, timeout: SCRIPT_TIMEOUT_MS },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), printed: stdout + stderr }),
    );
    // It is no terminal: nobody answers a question.
    child.stdin?.end();
  });
}
