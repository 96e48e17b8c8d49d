import pg from 'pg';
import { Connection } from './connection.js';
import { checkServer, migrationState, QUEUE_SCHEMA, refuseNewer, unreachable, withoutRights } from './preflight.js';
import { runMigrations } from 'bullmq';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import type { Config } from '../config.js';

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Serialises migrations of processes that start together. */
const MIGRATION_LOCK = 5_021_602;

/** Connections by purpose: a slow report or an admin's query cannot take ingestion's connections. */
export const POOLS = { ingest: 6, worker: 4, reports: 2, admin: 4, queues: 12, listen: 1 } as const;

/** The most connections a process of this configuration opens. */
export function connectionsOf(config: Pick<Config, 'role' | 'redisUrl'>): number {
  const { ingest, worker, reports, admin, queues, listen } = POOLS;
  return (
    admin * 2 +
    listen +
    (config.role === 'worker' ? 0 : ingest + reports) +
    (config.role === 'api' ? 0 : worker) +
    (config.redisUrl === null ? queues : 0)
  );
}

const STATEMENT_MS = 30_000;
/** The server ends a statement by itself; when its answer does not come either, the connection is half open. */
const UNANSWERED_MS = 2_000;
const IDLE_IN_TRANSACTION_MS = 30_000;

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
    extra: {
      Client: Connection,
      connectionTimeoutMillis: 5_000,
      statement_timeout: STATEMENT_MS,
      query_timeout: STATEMENT_MS + UNANSWERED_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
    },
  };
}

/**
 * A pool whose statements end: no query waits longer than `statementTimeout` ms, no connection attempt longer than 5 s.
 * @param options of the start of its sessions, such as BY_INDEX
 */
export function createPool(url: string, name: string, max: number, statementTimeout: number, options?: string): pg.Pool {
  const pool = new pg.Pool({
    Client: Connection,
    connectionString: url,
    application_name: `cidra ${name}`,
    ...(options === undefined ? {} : { options }),
    max,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + UNANSWERED_MS,
    // A process that hangs in a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  });
  // An idle connection that drops is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * Applies what is missing, ours and the queue's, one process at a time. Returns the names applied.
 * @param setting what the address comes from, for messages
 * @throws Error that says what to do: not reachable, not UTF8, migrated by a newer build
 */
export async function migrate(url: string, withQueues: boolean, setting = 'DATABASE_URL'): Promise<string[]> {
  const client = (name: string): pg.Client =>
    new Connection({ connectionString: url, application_name: `cidra ${name}`, connectionTimeoutMillis: 5_000 });
  const [lock, queues] = [client('migrate'), client('migrate queues')];
  const source = new DataSource(dataSourceOptions(url));
  try {
    await lock.connect().catch((error: unknown) => {
      throw unreachable(setting, url, error);
    });
    // In a transaction that stays open meanwhile: through a pooler only that holds on to one connection.
    await lock.query('BEGIN');
    await lock.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await lock.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await checkServer(lock, setting, url);
    refuseNewer(await migrationState(lock), url);
    await source.initialize();
    const applied = (await source.runMigrations()).map((m) => m.name);
    if (withQueues) {
      await queues.connect();
      await runMigrations(queues, QUEUE_SCHEMA);
    }
    return applied;
  } catch (error) {
    throw withoutRights(setting, url, error);
  } finally {
    if (source.isInitialized) await source.destroy();
    await Promise.allSettled([lock.end(), queues.end()]);
  }
}
