import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { createSecretBox } from '../lib/secret-box.js';
import { TOKENS_PURPOSE } from '../offer-sources/tokens.service.js';

/** What the check value is made of. */
export const SECRET_CHECK = 'this database belongs to this key';

/**
 * Notices a SECRET_KEY that is not the database's: the first start leaves a value that only the same key makes again.
 * @throws Error that says what to do
 */
export async function checkSecretKey(pool: pg.Pool, secretKey: string): Promise<void> {
  const proof = createHmac('sha256', secretKey).update(SECRET_CHECK).digest('hex');
  const kept = async (): Promise<string | undefined> =>
    (await pool.query<{ proof: string }>('SELECT proof FROM secret_check')).rows[0]?.proof;
  const known = await kept();
  if (known === proof) return;
  if (known === undefined && (await opensTokens(pool, secretKey))) {
    await pool.query('INSERT INTO secret_check (proof) VALUES ($1) ON CONFLICT DO NOTHING', [proof]);
    // Another process may have started with another key at the same moment.
    if ((await kept()) === proof) return;
  }
  throw new Error(
    'SECRET_KEY is not the key this database was set up with: tokens could not be shown and visitors not be recognised. Set the former key (without DATABASE_URL it is the file secret-key in DATA_DIR). If it is lost, see "A lost SECRET_KEY" in docs/operations.md.',
  );
}

/** Databases from before the check have tokens to try the key on; one without any belongs to whoever comes first. */
async function opensTokens(pool: pg.Pool, secretKey: string): Promise<boolean> {
  const [token] = (await pool.query<{ sealed: string }>('SELECT token_encrypted AS sealed FROM postback_tokens LIMIT 1')).rows;
  return token === undefined || createSecretBox(secretKey, TOKENS_PURPOSE).open(token.sealed) !== null;
}
