import express from 'express';
import pg from 'pg';

/**
 * What one writes without a queue, in the thirty lines it takes: look up the click, one upsert, answer after its commit. No
 * log, no history, no counters, no currency, no retries, and whatever comes last wins.
 */
const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await db.query(`CREATE TABLE IF NOT EXISTS sale (
  cid text, txid text, "offerId" uuid, status text, payout numeric, currency text, "updatedAt" timestamptz, PRIMARY KEY (cid, txid))`);

const app = express();
app.get('/postback', async (request, response) => {
  const { cid, txid = '', status = 'sale', payout = '0', currency = 'USD' } = request.query as Record<string, string>;
  const { rows } = await db.query<{ offerId: string }>('SELECT "offerId" FROM click WHERE cid = $1', [cid]);
  const [click] = rows;
  if (click === undefined) return void response.status(404).send('no such click');
  await db.query(
    `INSERT INTO sale VALUES ($1, $2, $3, $4, $5, $6, now())
     ON CONFLICT (cid, txid) DO UPDATE SET status = $4, payout = $5, currency = $6, "updatedAt" = now()`,
    [cid, txid, click.offerId, status, payout, currency],
  );
  response.send('OK');
});
app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('The program without a queue is running'));
