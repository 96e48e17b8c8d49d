import { openDatabase } from '../boot.js';
import { loadConfig } from '../config.js';
import { messageOf } from '../lib/message-of.js';
import { migrate } from '../db/database.js';

/** npm run migrate: brings the database of DATABASE_URL (or the embedded one) up to this build. Safe to run at any time, by several at once. */
async function main(): Promise<void> {
  const config = loadConfig();
  const database = await openDatabase(config, false);
  try {
    const setting = config.databaseUrl === null ? 'DATA_DIR' : config.databaseDirectUrl === null ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL';
    const applied = await migrate(database.directUrl, config.redisUrl === null, setting);
    console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
  } finally {
    await database.stop();
  }
}

main().catch((error: Error) => {
  console.error(`Migrating failed: ${messageOf(error)}`);
  process.exitCode = 1;
});
