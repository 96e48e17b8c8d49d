import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Backend = 'postgres' | 'redis';
export const BACKENDS: readonly Backend[] = ['postgres', 'redis'];
export const ADMIN_KEY = 'test-admin-key-test-admin-key-test-admin-key';

/** Column copies of whatever runs in this process, unless a test has a folder of its own. */
const COLUMNS_DIR = mkdtempSync(join(tmpdir(), 'cidra-test-columns-'));
process.once('exit', () => rmSync(COLUMNS_DIR, { recursive: true, force: true }));

/** What a running tracker is configured with on a backend. */
export function environment(backend: Backend, databaseUrl: string, extra: Record<string, string> = {}): Record<string, string> {
  return {
    ENV_FILE: 'none',
    DATABASE_URL: databaseUrl,
    ...(backend === 'redis' ? { REDIS_URL: redisUrl() } : {}),
    ADMIN_API_KEY: ADMIN_KEY,
    SECRET_KEY: 'test-secret-key-test-secret-key-test-secret-key',
    PORT: '0',
    PUBLIC_URL: 'http://tracker.test',
    RATES_URL: 'off',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal',
    COLUMNS_DIR,
    ...extra,
  };
}

/** Suites run side by side, each on its own numbered database. */
export const redisUrl = (): string => `${process.env.TEST_REDIS_URL ?? ''}/${process.env.JEST_WORKER_ID ?? '0'}`;
