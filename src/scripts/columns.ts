import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '../boot.js';
import { loadConfig } from '../config.js';
import { NOTED_FILES, START_ANEW, STATUS, type ColumnStatus } from '../reporting/columns/columns.query.js';
import { SCHEMA } from '../reporting/columns/copy.js';

/** `npm run columns -- --status` says how the column copies stand; `--rebuild` has the workers make all of them anew. */
const [, , mode] = process.argv;
if ((mode !== '--status' && mode !== '--rebuild') || process.argv.length > 3) {
  console.error(
    'Usage: npm run columns -- --status | --rebuild\nColumn copies make reports fast; figures never depend on them. --status changes nothing. --rebuild has the workers make all of them anew, the newest days first; reports read PostgreSQL meanwhile.',
  );
  process.exit(2);
}

const config = loadConfig();
const database = await openDatabase(config, false);
const client = new pg.Client({ connectionString: database.url, application_name: 'cidra columns' });
try {
  await client.connect();
  if (mode === '--rebuild') {
    for (const statement of START_ANEW) await client.query(statement);
    console.log(
      'All days are to be built anew. A running worker does so, the newest first; npm run columns -- --status shows how far it is.',
    );
  }
  const { rows } = await client.query<ColumnStatus>(STATUS, [SCHEMA]);
  const { valid, toBuild, oldestSeconds, statistics, bytes, rows: clicks } = rows[0] as ColumnStatus;
  console.log(`Folder ${config.columnsDir}, form ${SCHEMA}.`);
  console.log(
    `${valid} days valid with ${clicks} clicks in ${(bytes / 2 ** 20).toFixed(1)} MB${clicks === 0 ? '' : `, ${(bytes / clicks).toFixed(1)} bytes a click`}; ${toBuild} closed days to build${oldestSeconds > 0 ? `, the longest waiting for ${Math.round(oldestSeconds / 60)} min` : ''}.`,
  );
  if (statistics > 0)
    console.log(`${statistics} days are kept as statistics only: their clicks are past RETENTION_CLICKS_DAYS. Back these files up.`);
  const files = await client.query<{ day: string; file: string; bytes: number; retired: boolean }>(NOTED_FILES);
  const lacking = files.rows.filter(({ file, bytes: size }) => {
    const path = join(config.columnsDir, file);
    return !existsSync(path) || statSync(path).size !== size;
  });
  for (const { day, file, retired } of lacking.slice(0, 50))
    console.log(`${retired ? 'LOST' : 'LACKING'} ${day}: ${file} is not in this folder${retired ? ', restore it from a backup' : ''}`);
  if (lacking.some(({ retired }) => retired)) process.exitCode = 1;
} finally {
  await client.end();
  await database.stop();
}
