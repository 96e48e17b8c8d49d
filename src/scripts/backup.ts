import { copyFileSync, chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openDatabase } from '../boot.js';
import { loadConfig } from '../config.js';
import { backUp } from '../db/copy.js';
import { NOTE } from '../db/notices.service.js';
import { messageOf } from '../lib/message-of.js';

/** npm run backup: the embedded database into a folder, while the tracker runs. `npm run restore` brings it back. */

const USAGE = `Usage: npm run backup -- [FOLDER] [--keep N]   a new folder in FOLDER (default: backups in DATA_DIR); --keep leaves the N newest
       npm run backup -- --made               only notes that a backup was made by other means, such as pg_dump`;
const NAME = /^cidra-\d{8}T\d{6}Z$/;
const KEY_FILES = ['secret-key', 'admin-key'];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { keep: { type: 'string' }, made: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const keep = values.keep === undefined ? null : Number(values.keep);
  if (values.help === true || positionals.length > 1 || (keep !== null && !(Number.isInteger(keep) && keep > 0))) {
    console.error(USAGE);
    process.exitCode = values.help === true ? 0 : 2;
    return;
  }
  const config = loadConfig();
  if (config.databaseUrl !== null && values.made !== true) {
    throw new Error(
      'DATABASE_URL names a server of your own: back it up with its tools, e.g. pg_dump -Fc -f cidra.dump "$DATABASE_URL", then npm run backup -- --made, so that Cidra knows. docs/operations.md has more.',
    );
  }
  const database = await openDatabase(config, false);
  try {
    const facts =
      values.made === true
        ? { by: 'other means' }
        : await make(database.url, resolve(positionals[0] ?? join(config.dataDir, 'backups')), keep);
    const client = new pg.Client({ connectionString: database.url, application_name: 'cidra backup' });
    await client.connect();
    await client.query(NOTE, ['backup', facts]);
    await client.end();
    if (values.made === true) console.log('Noted.');
  } finally {
    await database.stop();
  }

  async function make(url: string, parent: string, most: number | null): Promise<Record<string, unknown>> {
    const started = Date.now();
    const folder = join(parent, `cidra-${new Date(started).toISOString().replace(/[-:]|\.\d+/g, '')}`);
    const { tables } = await backUp(url, folder, (table, rows) => {
      if (rows > 0) console.log(`  ${table}: ${rows} rows`);
    });
    // What is sealed can only be read with this key; the admin's key belongs to the same start.
    const keys = KEY_FILES.filter((name) => existsSync(join(config.dataDir, name)));
    for (const name of keys) {
      copyFileSync(join(config.dataDir, name), join(folder, name));
      chmodSync(join(folder, name), 0o600);
    }
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
    const seconds = Math.round((Date.now() - started) / 100) / 10;
    console.log(`${folder}: ${rows} rows, ${(bytes / 1024 ** 2).toFixed(1)} MiB in ${seconds} s.`);
    console.log(
      `${keys.length > 0 ? 'It holds the keys of this tracker: keep it where nobody else reads it' : 'SECRET_KEY belongs to it: keep that as well'}, and on another disk.`,
    );
    if (most !== null) {
      const old = readdirSync(parent)
        .filter((name) => NAME.test(name))
        .toSorted()
        .slice(0, -most);
      for (const name of old) rmSync(join(parent, name), { recursive: true });
      if (old.length > 0) console.log(`Deleted ${old.join(', ')}.`);
    }
    return { folder, rows, bytes, seconds };
  }
}

main().catch((error: unknown) => {
  console.error(`The backup failed: ${messageOf(error)}`);
  process.exitCode = 1;
});
