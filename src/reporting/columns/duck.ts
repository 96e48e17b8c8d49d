import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

const IDLE_MS = 60_000;

/** Not imported: Node would read the text of its 180 files for the names that they export, 100 ms in which nothing else is answered. */
const require = createRequire(import.meta.url);
export const library = (): typeof import('@duckdb/node-api') => require('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** The answer took longer than its time limit. */
export class OutOfTime extends Error {}

/**
 * DuckDB in this process: loaded when it is first asked, one question at a time, within bounds of memory and time, and let
 * go of after a minute without questions. It works on threads of its own, never on the event loop.
 */
export class Duck {
  private instance: DuckDBInstance | null = null;
  private idle: NodeJS.Timeout | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** @param restMs how long nothing is asked after an answer that took so long */
  constructor(
    private readonly threads: number,
    private readonly megabytes: number,
    private readonly restMs: (tookMs: number) => number = () => 0,
  ) {}

  /** Loads the library, so that a question soon to come finds it there. Where it cannot be loaded, that question learns of it. */
  prepare(): void {
    try {
      library();
    } catch {
      // Thrown again by `open`.
    }
  }

  /** @throws OutOfTime when its turn, or its answer, does not come within `limitMs` */
  async ask<T>(limitMs: number, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const ends = performance.now() + limitMs;
    const before = this.last;
    let began = ends;
    const turn = (async () => {
      await before;
      began = performance.now();
      if (began >= ends) throw new OutOfTime('its turn did not come in time');
      return this.run(ends - began, work);
    })();
    this.last = turn
      .catch(() => undefined)
      .then(() => new Promise((resolve) => setTimeout(resolve, this.restMs(Math.max(0, performance.now() - began)))));
    return turn;
  }

  /** Nothing is left of it; the next question opens it again. */
  async close(): Promise<void> {
    await this.last;
    this.letGo();
  }

  private async run<T>(limitMs: number, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.idle !== null) clearTimeout(this.idle);
    this.instance ??= await this.open();
    const connection = await this.instance.connect();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      connection.interrupt();
    }, limitMs);
    try {
      return await work(connection);
    } catch (error) {
      throw late ? new OutOfTime('it took too long') : error;
    } finally {
      clearTimeout(timer);
      connection.closeSync();
      this.idle = setTimeout(() => this.letGo(), IDLE_MS).unref();
    }
  }

  private async open(): Promise<DuckDBInstance> {
    return library().DuckDBInstance.create(':memory:', {
      memory_limit: `${this.megabytes}MB`,
      threads: String(this.threads),
      temp_directory: join(tmpdir(), `cidra-columns-${process.pid}`),
      max_temp_directory_size: '4GB',
      preserve_insertion_order: 'false',
      // Small whole numbers are grouped without a hash table up to so many bits, one more than buckets have (merge.ts).
      perfect_ht_threshold: '17',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  }

  private letGo(): void {
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = null;
    this.instance?.closeSync();
    this.instance = null;
  }
}
