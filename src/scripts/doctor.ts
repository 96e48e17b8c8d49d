import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, type Config } from '../config.js';
import { createPool } from '../db/database.js';
import { startEmbeddedPostgres } from '../db/embedded-postgres.js';
import { messageOf } from '../lib/message-of.js';
import { CHECK_TIMEOUT_MS, checkDatabase, checkNode, checkProcess, checkRedis, type Say } from '../ops/doctor.js';

/** npm run doctor: one line per thing a tracker needs, with what to do about it. Exit code 1 when something must be mended. */

const LEVELS = { ok: '  ok  ', warn: ' warn ', fail: ' FAIL ' } as const;
let failed = false;

const say: Say = (level, what, detail) => {
  if (level === 'fail') failed = true;
  console.log(`[${LEVELS[level]}] ${what}: ${detail}`);
};

async function main(): Promise<void> {
  checkNode(say);
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) say('fail', 'settings', problem);
    return;
  }
  await checkProcess(say, config);

  const database = await openForLooking(config).catch((error: Error) => {
    say('fail', 'PostgreSQL', messageOf(error));
    return null;
  });
  if (database !== null) {
    const pool = createPool(database.url, 'doctor', 2, CHECK_TIMEOUT_MS);
    try {
      await checkDatabase(say, config, pool, database.url);
    } finally {
      await pool.end();
      await database.stop();
    }
  }
  if (config.redisUrl !== null) await checkRedis(say, config.redisUrl);
}

/** The database as it is: nothing is set up or migrated by looking at it. null: there is none yet. */
async function openForLooking({ databaseUrl, dataDir }: Config): Promise<{ url: string; stop: () => Promise<void> } | null> {
  if (databaseUrl !== null) return { url: databaseUrl, stop: async () => undefined };
  if (existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
    const server = await startEmbeddedPostgres(dataDir, false);
    say('ok', 'embedded PostgreSQL', server.url);
    return server;
  }
  say('warn', 'PostgreSQL', `none in ${dataDir} yet: npm start sets it up`);
  return null;
}

main().then(
  () => process.exit(failed ? 1 : 0),
  (error: Error) => {
    console.error(`The doctor failed: ${messageOf(error)}`);
    process.exit(1);
  },
);
