import pg from 'pg';
import { type ApiKeyRole, API_KEY_ROLES } from '../access/api-key.entity.js';
import { makeInvite } from '../access/invites.query.js';
import { openDatabase } from '../boot.js';
import { loadConfig } from '../config.js';

/** `npm run invite -- --role admin` prints a one-time link for somebody new; the tracker may run meanwhile. */
const [, , flag, wanted] = process.argv;
const role = API_KEY_ROLES.find((known): known is ApiKeyRole => known === wanted);
if (flag !== '--role' || role === undefined || process.argv.length > 4) {
  console.error(
    `Usage: npm run invite -- --role ${API_KEY_ROLES.join(' | ')}\nPrints a link that works once, for 7 days, and lets whoever opens it choose name and password.`,
  );
  process.exit(2);
}

const config = loadConfig();
const database = await openDatabase(config, false);
const client = new pg.Client({ connectionString: database.url, application_name: 'cidra invite' });
try {
  await client.connect();
  const { url, expiresAt } = await makeInvite(client, config.publicUrl, { personId: null, role });
  console.log(`${url}\nfor one person with the role ${role}, once, until ${expiresAt}`);
  if (process.env.PORT === undefined && process.env.PUBLIC_URL === undefined)
    console.log('Its address is the usual one: of a tracker that was started with another PORT or PUBLIC_URL, put that in its place.');
} finally {
  await client.end();
  await database.stop();
}
