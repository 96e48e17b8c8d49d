import { createReadStream, createWriteStream, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { VERSION } from '../version.js';
import { dataSourceOptions } from './database.js';

/**
 * A copy of everything that counts, by COPY from one snapshot: a folder with a file per table and `backup.json`, which names
 * the migrations it was made at. Rows only, so that it goes into any PostgreSQL that Cidra takes, also a newer one. The
 * queues are left out: they only wake workers, and the inbox is a table.
 */
export interface BackupFile {
  format: 1;
  cidra: string;
  postgres: string;
  /** Of the snapshot. */
  at: string;
  migrations: string[];
  /** Parents before their parts. */
  partitions: { name: string; parent: string; bound: string }[];
  /** In an order in which no row refers to one that comes later. */
  tables: { name: string; columns: string[]; rows: number; file: string; bytes: number }[];
  sequences: { table: string; column: string; last: string; isCalled: boolean }[];
}
type Progress = (table: string, rows: number) => void;

const MANIFEST = 'backup.json';
/** Level 1 halves the room it takes and keeps up with the disk. */
const LEVEL = constants.Z_BEST_SPEED;

const TABLES = `
  SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'migrations'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  GROUP BY c.relname ORDER BY c.relname`;
const REFERENCES = `
  SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
  FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid`;
const PARTITIONS = `
  SELECT t.relid::regclass::text AS name, t.parentrelid::regclass::text AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_class root CROSS JOIN LATERAL pg_partition_tree(root.oid) t JOIN pg_class c ON c.oid = t.relid
  WHERE root.relnamespace = 'public'::regnamespace AND root.relkind = 'p' AND NOT root.relispartition AND t.level > 0
  ORDER BY t.level, 1`;
const SEQUENCES = `
  SELECT d.refobjid::regclass::text AS table, a.attname::text AS column, d.objid::regclass::text AS sequence
  FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND s.relnamespace = 'public'::regnamespace
    AND d.refobjid IN (SELECT oid FROM pg_class WHERE NOT relispartition AND relname <> 'migrations')
  ORDER BY 1, 2`;

const quoted = (name: string): string => pg.escapeIdentifier(name);

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'cidra backup', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SET statement_timeout = 0');
  await client.query('SET idle_in_transaction_session_timeout = 0');
  return client;
}

/**
 * Copies the database into a new folder while others use it; it is there, under its name, once it is whole.
 * @throws Error when the folder exists or cannot be written
 */
export async function backUp(url: string, folder: string, progress: Progress = () => undefined): Promise<BackupFile> {
  const half = `${folder}.partial`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o700 });
  const client = await connect(url);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const found = inOrder(
      (await client.query<{ name: string; columns: string[] }>(TABLES)).rows,
      (await client.query<{ child: string; parent: string }>(REFERENCES)).rows,
    );
    // No partition is dropped while it is read.
    await client.query(`LOCK TABLE ${found.map(({ name }) => quoted(name)).join(', ')} IN ACCESS SHARE MODE`);
    const {
      rows: [now],
    } = await client.query<{ at: Date; postgres: string }>(`SELECT now() AS at, current_setting('server_version') AS postgres`);
    const applied = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
    const manifest: BackupFile = {
      format: 1,
      cidra: VERSION,
      postgres: now?.postgres ?? '',
      at: (now?.at ?? new Date()).toISOString(),
      migrations: applied.rows.map(({ name }) => name),
      partitions: (await client.query<BackupFile['partitions'][number]>(PARTITIONS)).rows,
      tables: [],
      sequences: [],
    };
    for (const { table, column, sequence } of (await client.query<{ table: string; column: string; sequence: string }>(SEQUENCES)).rows) {
      const { rows } = await client.query<{ last: string; isCalled: boolean }>(
        `SELECT last_value::text AS last, is_called AS "isCalled" FROM ${sequence}`,
      );
      if (rows[0] !== undefined) manifest.sequences.push({ table, column, ...rows[0] });
    }
    for (const { name, columns } of found) {
      const file = `${name}.copy.gz`;
      const rows = client.query(to(`COPY (SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)}) TO STDOUT`));
      await pipeline(rows, createGzip({ level: LEVEL }), createWriteStream(join(half, file), { mode: 0o600, flush: true }));
      manifest.tables.push({ name, columns, rows: rows.rowCount, file, bytes: statSync(join(half, file)).size });
      progress(name, rows.rowCount);
    }
    await client.query('COMMIT');
    writeFileSync(join(half, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(half, folder);
    return manifest;
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** @throws Error when the folder holds no backup that this program can read */
export function readBackup(folder: string): BackupFile {
  let manifest: BackupFile;
  try {
    manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as BackupFile;
  } catch (error) {
    throw new Error(`${folder} is no backup: it has no ${MANIFEST} that can be read`, { cause: error });
  }
  const known = new Set(migrations.map(({ name }) => name));
  const newer = manifest.migrations.filter((name) => !known.has(name));
  if (manifest.format !== 1 || newer.length > 0)
    throw new Error(
      `The backup was made by Cidra ${manifest.cidra}, which is newer than this one (${VERSION}). Restore it with that version or a later one.`,
    );
  for (const { file, bytes } of manifest.tables) {
    const size = statSync(join(folder, file), { throwIfNoEntry: false })?.size;
    if (size !== bytes) throw new Error(`The backup is not whole: ${file} has ${size ?? 'no'} bytes, ${bytes} were written.`);
  }
  return manifest;
}

/**
 * Fills an empty database: the tables as they were at the backup's migrations, then its rows.
 * @throws Error when the database is not empty, or holds other numbers of rows than the backup afterwards
 */
export async function restore(url: string, folder: string, progress: Progress = () => undefined): Promise<BackupFile> {
  const manifest = readBackup(folder);
  const client = await connect(url);
  try {
    const { rows: present } = await client.query(
      `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LIMIT 1`,
    );
    if (present.length > 0) throw new Error('The database is not empty: a backup goes into a new one.');
    const then = new Set(manifest.migrations);
    const source = new DataSource({ ...dataSourceOptions(url), migrations: migrations.filter(({ name }) => then.has(name)) });
    await source.initialize();
    try {
      await source.runMigrations();
    } finally {
      await source.destroy();
    }
    await client.query('BEGIN');
    // Rows that migrations write are among those of the backup.
    await client.query(`TRUNCATE ${manifest.tables.map(({ name }) => quoted(name)).join(', ')}`);
    for (const { name, parent, bound } of manifest.partitions)
      await client.query(`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${parent} ${bound}`);
    for (const { name, columns, file } of manifest.tables) {
      const rows = client.query(from(`COPY ${quoted(name)} (${columns.map(quoted).join(', ')}) FROM STDIN`));
      await pipeline(createReadStream(join(folder, file)), createGunzip(), rows);
      progress(name, rows.rowCount);
    }
    for (const { table, column, last, isCalled } of manifest.sequences)
      await client.query('SELECT setval(pg_get_serial_sequence($1, $2), $3, $4)', [table, column, last, isCalled]);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    for (const { name, rows } of manifest.tables) {
      const counted = await client.query<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${quoted(name)}`);
      if (counted.rows[0]?.n !== rows) throw new Error(`${name} has ${counted.rows[0]?.n} rows, and the backup ${rows}.`);
    }
    return manifest;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Those that others refer to come first. */
function inOrder<T extends { name: string }>(tables: readonly T[], references: readonly { child: string; parent: string }[]): T[] {
  const ordered: T[] = [];
  const left = [...tables];
  while (left.length > 0) {
    const waits = (name: string): boolean =>
      references.some(({ child, parent }) => child === name && left.some((table) => table.name === parent));
    const next = left.findIndex(({ name }) => !waits(name));
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
}
