import pg from 'pg';
import { runMigrations } from 'bullmq';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** BullMQ's own tables live beside ours in this schema when there is no Redis. */
export const QUEUE_SCHEMA = 'bullmq';
/** Serialises migrations of processes that start together. */
const MIGRATION_LOCK = 5_021_602;

/** Connections by purpose: a slow report or an admin's query cannot take ingestion's connections. */
export const POOLS = { ingest: 6, worker: 4, reports: 2, admin: 4, queues: 12, listen: 1 } as const;

/** Without entities it serves migrations. */
export function dataSourceOptions(url: string, entities: DataSourceOptions['entities'] = []): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'cidra admin',
    poolSize: POOLS.admin,
    entities,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    extra: { connectionTimeoutMillis: 5_000, statement_timeout: 30_000, keepAlive: true },
  };
}

const IDLE_IN_TRANSACTION_MS = 30_000;

/**
 * A pool whose statements end: no query waits longer than `statementTimeout` ms, no connection attempt longer than 5 s.
 */
export function createPool(url: string, name: string, max: number, statementTimeout: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `cidra ${name}`,
    max,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeout,
    // A process that hangs in a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  });
  surviveDrops(pool);
  return pool;
}

/** A connection that drops, idle or in use, fails its query and is replaced; without these listeners it would end the process. */
export function surviveDrops(pool: pg.Pool): void {
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
}

/** Applies what is missing, ours and the queue's, one process at a time. Returns the names applied. */
export async function migrate(url: string, withQueues: boolean): Promise<string[]> {
  const lock = new pg.Client({ connectionString: url, application_name: 'cidra migrate' });
  await lock.connect();
  const source = new DataSource(dataSourceOptions(url));
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await source.initialize();
    const applied = (await source.runMigrations()).map((m) => m.name);
    if (withQueues) await runMigrations(lock, QUEUE_SCHEMA);
    return applied;
  } finally {
    if (source.isInitialized) await source.destroy();
    await lock.end();
  }
}

/** Names of migrations this build has and the database lacks. */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const table = await pool.query<{ found: string | null }>(`SELECT to_regclass('migrations')::text AS found`);
  const names = migrations.map((m) => m.name);
  if ((table.rows[0]?.found ?? null) === null) return names;
  const done = await pool.query<{ name: string }>('SELECT name FROM migrations');
  const applied = new Set(done.rows.map((r) => r.name));
  return names.filter((n) => !applied.has(n));
}
