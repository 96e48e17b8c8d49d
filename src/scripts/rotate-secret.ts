import { createHmac, randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openDatabase } from '../boot.js';
import { environment, loadConfig } from '../config.js';
import { messageOf } from '../lib/message-of.js';
import { createSecretBox, NONCE_BYTES } from '../lib/secret-box.js';
import { TOKENS_PURPOSE } from '../offer-sources/tokens.service.js';
import { SECRET_CHECK } from '../ops/secret-check.js';

const LEAST = 32;

/**
 * `NEW_SECRET_KEY=… npm run rotate-secret`, while no process runs: seals the tokens anew and notes that older click ids carry the
 * former key's mark, in one transaction. Kept answers of Idempotency-Key are forgotten. The new key is in its file, or printed, before
 * anything is sealed with it: whoever made it on the command line has it nowhere else.
 * With --lost the database takes the present SECRET_KEY, and what a key sealed that nobody has any more is given up.
 */
async function main(): Promise<void> {
  // Of a script's own settings only this one is none of the tracker's.
  const { NEW_SECRET_KEY: given = '' } = process.env;
  const { lost = false } = parseArgs({ options: { lost: { type: 'boolean' } } }).values;
  if (!lost && given.length < LEAST)
    throw new Error(`Set NEW_SECRET_KEY to at least ${LEAST} characters: NEW_SECRET_KEY=$(openssl rand -hex 32) npm run rotate-secret`);
  const config = loadConfig();
  const next = lost ? config.secretKey : given;
  if (!lost && next === config.secretKey) throw new Error('NEW_SECRET_KEY is the present key.');
  const database = await openDatabase(config, true);
  const client = new pg.Client({ connectionString: database.url, application_name: 'cidra rotate-secret' });
  try {
    await client.connect();
    const running = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'cidra %' AND datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'cidra rotate-secret'`,
    );
    if ((running.rows[0]?.n ?? 0) > 0)
      throw new Error(
        'A tracker is running on this database. Stop every process first: one with the former key would go on sealing with it.',
      );
    const proof = createHmac('sha256', next).update(SECRET_CHECK).digest('hex');
    if (lost && (await client.query('SELECT 1 FROM secret_check WHERE proof = $1', [proof])).rowCount === 1)
      throw new Error('SECRET_KEY is the one this database was set up with: nothing is lost.');
    const [former, later] = [createSecretBox(config.secretKey, TOKENS_PURPOSE), createSecretBox(next, TOKENS_PURPOSE)];
    await client.query('BEGIN');
    const { rows } = await client.query<{ id: string; sealed: string }>(
      'SELECT id, token_encrypted AS sealed FROM postback_tokens FOR UPDATE',
    );
    for (const { id, sealed } of lost ? [] : rows) {
      const token = former.open(sealed);
      if (token === null) throw new Error('SECRET_KEY is not the key this database was set up with.');
      await client.query('UPDATE postback_tokens SET token_encrypted = $2 WHERE id = $1', [
        id,
        later.seal(token, randomBytes(NONCE_BYTES)),
      ]);
    }
    await client.query('DELETE FROM idempotency_keys');
    await client.query('UPDATE click_id_marks SET since = now()');
    await client.query('UPDATE secret_check SET proof = $1', [proof]);
    const tokens = rows.length === 1 ? '1 token is' : `${rows.length} tokens are`;
    if (lost) {
      await client.query('COMMIT');
      console.log(
        `The database takes SECRET_KEY as it is now set. ${tokens} accepted as before and cannot be shown any more: start the tracker, rotate what is in use, and give the networks the new URLs.`,
      );
      return;
    }
    const file = join(config.dataDir, 'secret-key');
    const kept = config.databaseUrl === null && (environment().SECRET_KEY ?? '').trim() === '';
    if (kept) writeFileSync(`${file}.new`, `${next}\n`, { mode: 0o600 });
    else console.log(`SECRET_KEY=${next}`);
    await client.query('COMMIT');
    if (kept) renameSync(`${file}.new`, file);
    console.log(
      `${tokens} sealed with the new key. ${kept ? `It is in ${file}: start the tracker.` : 'Put the line above in place of the former SECRET_KEY for every process, then start them.'}`,
    );
  } finally {
    await client.end();
    await database.stop();
  }
}

main().catch((error: unknown) => {
  console.error(`The key was not changed: ${messageOf(error)}`);
  process.exitCode = 1;
});
