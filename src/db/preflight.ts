import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, SchemaMigrationRequiredError } from 'bullmq';
import type pg from 'pg';
import { migrations } from '../../migrations/index.js';
import { messageOf } from '../lib/message-of.js';
import { SESSION } from './connection.js';

/** What is looked at before anything is written to a database, so that it does not fail later and less clearly. */

/** BullMQ's own tables live beside ours in this schema when there is no Redis. */
export const QUEUE_SCHEMA = 'bullmq';

/** Where a setting leads, for messages: never its password. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  const database = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username);
  return `the database "${database}" at ${host || 'the local socket'}${port === '' ? '' : `:${port}`}`;
}

/** An error of a connection as a sentence that says which setting leads where. */
export function unreachable(setting: string, url: string, error: unknown): Error {
  return new Error(`${setting} leads to ${placeOf(url)}, as user "${decodeURIComponent(new URL(url).username)}": ${messageOf(error)}.`, {
    cause: error,
  });
}

/** An error of a statement at the start: where rights are lacking, with the setting and what to do; any other as it is. */
export function withoutRights(setting: string, url: string, error: unknown): unknown {
  const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
  const place = `${setting} leads to ${placeOf(url)}, as user "${decodeURIComponent(new URL(url).username)}"`;
  switch (driverError?.code ?? code) {
    case '42501':
      return new Error(
        `${place}, who lacks rights there: ${messageOf(error)}. Name the user who owns the database and its tables (ALTER DATABASE … OWNER TO …), and run npm run migrate as the same.`,
      );
    case '25006':
      return new Error(`${place}, where nothing can be written: ${messageOf(error)}. Name the primary, not a replica.`);
    default:
      return error;
  }
}

type Asked = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;
const ask = async <Row extends pg.QueryResultRow>(db: Asked, text: string): Promise<Row[]> => (await (db as pg.Pool).query<Row>(text)).rows;

/** @throws Error that says what to do when texts of all languages would not fit, or the server is older than 15 */
export async function checkServer(db: Asked, setting: string, url: string): Promise<void> {
  const [server] = await ask<{ encoding: string; version: number; shown: string }>(
    db,
    `SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int AS version, current_setting('server_version') AS shown`,
  );
  if (server === undefined) return;
  if (server.encoding !== 'UTF8') {
    throw new Error(
      `${setting} leads to ${placeOf(url)}, whose encoding is ${server.encoding}. Cidra needs UTF8, or clicks and words in other scripts would be lost. Make another one: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (server.version < 150_000)
    throw new Error(`${setting} leads to ${placeOf(url)}, which is PostgreSQL ${server.shown}. Cidra needs PostgreSQL 15 to 18.`);
}

/** Behind a pooler a connection cannot ask for everything it relies on: then the role has to have it. */
export async function checkSession(db: Asked, setting: string, url: string): Promise<void> {
  const names = Object.keys(SESSION)
    .map((name) => `'${name.toLowerCase()}'`)
    .join(', ');
  const rows = await ask<{ name: string; value: string; role: string; database: string }>(
    db,
    `SELECT name, setting AS value, quote_ident(current_user) AS role, quote_ident(current_database()) AS database FROM pg_settings WHERE lower(name) IN (${names})`,
  );
  const wanted = new Map(Object.entries(SESSION).map(([name, value]) => [name.toLowerCase(), value]));
  const wrong = rows.filter(({ name, value }) => !isAsWanted(name, value, wanted.get(name.toLowerCase()) as string));
  if (wrong.length === 0) return;
  throw new Error(
    `${setting} leads through a pooler to ${placeOf(url)}, where ${wrong.map(({ name, value }) => `${name} is ${value}`).join(' and ')}. Run there: ${wrong
      .map(({ name, role, database }) => `ALTER ROLE ${role} IN DATABASE ${database} SET ${name} = '${wanted.get(name.toLowerCase())}'`)
      .join('; ')}. Then restart the pooler’s connections.`,
  );
}

/** More digits than asked for are the same digits. */
const isAsWanted = (name: string, value: string, wanted: string): boolean =>
  name === 'extra_float_digits' ? Number(value) >= 1 : value.toLowerCase() === wanted.toLowerCase();

/** How the database's migrations stand to this build's. */
export interface MigrationState {
  /** This build has them and the database lacks them. */
  missing: string[];
  /** The database has them and this build knows nothing of them: a newer one was here. */
  unknown: string[];
}

/** @param withQueues whether BullMQ keeps its queues in this database: then it has tables of its own, made by the same command */
export async function migrationState(db: Asked, withQueues = false): Promise<MigrationState> {
  const state = await ownState(db);
  if (withQueues && !(await hasQueues(db))) state.missing.push('QueueTables');
  return state;
}

async function hasQueues(db: Asked): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(db as pg.Client, QUEUE_SCHEMA)) >= LATEST_SCHEMA_VERSION;
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false;
    throw error;
  }
}

async function ownState(db: Asked): Promise<MigrationState> {
  const [table] = await ask<{ found: string | null }>(db, `SELECT to_regclass('migrations')::text AS found`);
  const names = migrations.map((m) => m.name);
  if ((table?.found ?? null) === null) return { missing: names, unknown: [] };
  const applied = (await ask<{ name: string }>(db, 'SELECT name FROM migrations ORDER BY id')).map((row) => row.name);
  return { missing: names.filter((name) => !applied.includes(name)), unknown: applied.filter((name) => !names.includes(name)) };
}

/** @throws Error when the database was migrated by a newer build: this one would write rows that the newer cannot read */
export function refuseNewer({ unknown }: MigrationState, url: string): void {
  if (unknown.length === 0) return;
  throw new Error(
    `${placeOf(url)[0]?.toUpperCase()}${placeOf(url).slice(1)} was migrated by a newer Cidra: this one does not know ${unknown.join(', ')}. Start the newer version, or restore the backup that was made before the upgrade (docs/operations.md).`,
  );
}
