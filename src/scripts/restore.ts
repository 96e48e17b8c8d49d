import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { loadConfig } from '../config.js';
import { readBackup, restore } from '../db/copy.js';
import { migrate } from '../db/database.js';
import { startEmbeddedPostgres } from '../db/embedded-postgres.js';
import { messageOf } from '../lib/message-of.js';

/** npm run restore: a backup of `npm run backup` into an empty database, with proof; or only the proof. */

const USAGE = `Usage: npm run restore -- FOLDER [--replace]  brings the backup back into DATA_DIR, or into the empty database of DATABASE_URL;
                                              --replace sets aside the database that is there
       npm run restore -- FOLDER --check      restores it beside the present database, compares, counts again and forgets it`;
const RECOUNT = fileURLToPath(new URL('recount.js', import.meta.url));
const KEY_FILES = ['secret-key', 'admin-key'];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { replace: { type: 'boolean' }, check: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [given] = positionals;
  if (values.help === true || given === undefined || positionals.length > 1) {
    console.error(USAGE);
    process.exitCode = values.help === true ? 0 : 2;
    return;
  }
  const folder = resolve(given);
  readBackup(folder);
  const config = loadConfig();
  if (config.databaseUrl !== null) {
    if (values.check === true) throw new Error('--check needs a server where it may make a database: run it without DATABASE_URL.');
    await fill(config.databaseUrl);
    console.log('Restored. SECRET_KEY must be the one of the backup (its file secret-key).');
    return;
  }
  // A check goes beside a running tracker; a restore wants the folder for itself.
  const server = await startEmbeddedPostgres(config.dataDir, values.check !== true);
  const admin = new pg.Client({ connectionString: named('postgres'), application_name: 'cidra restore' });
  admin.on('error', () => undefined);
  try {
    await admin.connect();
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const fresh = `cidra_restored_${stamp}`;
    const old = values.check === true ? [] : await present();
    if (old.length > 0 && values.replace !== true)
      throw new Error(
        `There is a database in ${config.dataDir} already (${old.join(', ')}). Use another DATA_DIR, or add --replace, which sets it aside.`,
      );
    await admin.query(`CREATE DATABASE ${fresh}`);
    try {
      await fill(named(fresh));
    } catch (error) {
      await admin.query(`DROP DATABASE ${fresh} WITH (FORCE)`);
      throw error;
    }
    if (values.check === true) {
      await admin.query(`DROP DATABASE ${fresh} WITH (FORCE)`);
      console.log('The backup is good; nothing was changed.');
      return;
    }
    const aside = `cidra_before_${stamp}`;
    await admin.query(old.length === 0 ? 'DROP DATABASE cidra WITH (FORCE)' : `ALTER DATABASE cidra RENAME TO ${aside}`);
    await admin.query(`ALTER DATABASE ${fresh} RENAME TO cidra`);
    for (const name of KEY_FILES.filter((file) => existsSync(join(folder, file)))) {
      const kept = join(config.dataDir, name);
      if (old.length > 0 && existsSync(kept)) renameSync(kept, `${kept}.before-${stamp}`);
      copyFileSync(join(folder, name), kept);
    }
    console.log('Restored. npm start goes on from there.');
    if (old.length > 0)
      console.log(
        `What was there is the database ${aside} on the same server, and its keys end in .before-${stamp}. Drop it when it is not needed any more: psql '${named('postgres')}' -c 'DROP DATABASE ${aside}'`,
      );
  } finally {
    await admin.end().catch(() => undefined);
    await server.stop();
  }

  function named(database: string): string {
    return Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
  }

  /** What would be lost. */
  async function present(): Promise<string[]> {
    const client = new pg.Client({ connectionString: named('cidra') });
    await client.connect();
    try {
      const { rows } = await client.query<{ found: string | null }>(`SELECT to_regclass('clicks')::text AS found`);
      if (rows[0]?.found === null) return [];
      const { rows: counts } = await client.query<{ what: string; n: number }>(
        ['clicks', 'postbacks', 'conversions', 'offers', 'offer_sources', 'people']
          .map((table) => `SELECT '${table.replace('_', ' ')}' AS what, count(*)::float8 AS n FROM ${table}`)
          .join(' UNION ALL '),
      );
      return counts.filter(({ n }) => n > 0).map(({ what, n }) => `${what}: ${n}`);
    } finally {
      await client.end();
    }
  }

  /** The rows, compared with what was written; this version's migrations; and the figures counted again. */
  async function fill(url: string): Promise<void> {
    const { tables, at, cidra } = await restore(url, folder, (table, rows) => {
      if (rows > 0) console.log(`  ${table}: ${rows} rows`);
    });
    console.log(`All ${tables.length} tables have the rows that were written at ${at} by Cidra ${cidra}.`);
    await migrate(url, config.redisUrl === null);
    const { PATH = '', HOME = '' } = process.env;
    const { status } = spawnSync(process.execPath, [RECOUNT, '--check'], {
      env: { PATH, HOME, ENV_FILE: 'none', DATABASE_URL: url, SECRET_KEY: config.secretKey },
      stdio: 'inherit',
    });
    if (status !== 0)
      throw new Error(
        'Its figures do not agree with its rows, see above. npm run recount -- --fix mends that in a database that is in use.',
      );
  }
}

main().catch((error: unknown) => {
  console.error(`The restore failed: ${messageOf(error)}`);
  process.exitCode = 1;
});
