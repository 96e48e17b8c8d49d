import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { Queue } from 'bullmq';
import type pg from 'pg';
import { createIdMaker } from '../../src/lib/ids.js';
import { CLAIM_THESE } from '../../src/postbacks/drain.query.js';
import { Waker } from '../../src/queues/queues.js';
import { until, type Bench, type Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { createRandom, randomBytes } from '../mix.js';

const ROWS = 20_000;
const BATCH = 500;
const DRAIN_LIMIT_MS = 120_000;
/** As many as a worker has at a time. */
const CONNECTIONS = 2;

/** What a worker's drains sent to PostgreSQL (record.mjs). */
interface Recorded {
  ids: string[];
  statements: { name: string; text: string; values: unknown[] }[];
}

/** The worker alone: against the statements it sent, sent again with the same values and nothing decided, and against one bare INSERT of the same rows. */
export const workerAlone: Measurement = {
  name: 'worker alone',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('worker alone');
    const { db } = bench;
    const folder = bench.folder();
    const file = join(folder.path, 'statements.json');
    const ingest = new Queue('ingest', { connection: bench.redis });
    const waker = new Waker(ingest);
    const makeId = createIdMaker(() => Date.now(), randomBytes(createRandom(80)));
    await db.query(
      'CREATE TABLE bare (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, cid text NOT NULL, method text NOT NULL, query text NOT NULL)',
    );
    for (let round = 0; round < bench.options.rounds; round++) {
      const worker = await bench.recordedWorker(file);
      const clicks = makeClicks(ROWS, 800 + round);
      await insertClicks(db, clicks);
      const ids = clicks.map(() => makeId());
      const queries = clicks.map(({ cid }, i) => `cid=${cid}&payout=1.5&status=sale&currency=EUR&txid=T${i}`);
      await bench.settle();
      let began = performance.now();
      await db.query(
        `INSERT INTO inbox (id, received_at, next_attempt_at, cid, method, query) SELECT id, now(), now(), cid, 'GET', query FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(id, cid, query)`,
        [ids, clicks.map(({ cid }) => cid), queries],
      );
      waker.wake();
      await until(async () => (await db.query('SELECT FROM inbox LIMIT 1')).rowCount === 0, DRAIN_LIMIT_MS, 20);
      const worked = ROWS / ((performance.now() - began) / 1_000);

      worker.signal('SIGUSR2');
      await until(async () => existsSync(file), DRAIN_LIMIT_MS, 20);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await bench.stop(worker);
      const recorded = deserialize(readFileSync(file)) as Recorded[];
      rmSync(file);
      await undo(db, ids);
      await bench.settle();
      began = performance.now();
      const queue = [...recorded];
      await Promise.all(Array.from({ length: CONNECTIONS }, () => repeat(db, queue)));
      const repeated = ROWS / ((performance.now() - began) / 1_000);

      await bench.settle();
      began = performance.now();
      for (let i = 0; i < ROWS; i += BATCH) {
        const to = i + BATCH;
        await db.query({
          name: 'bare',
          text: `INSERT INTO bare SELECT id, now(), cid, 'GET', query FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(id, cid, query)`,
          values: [ids.slice(i, to), clicks.slice(i, to).map(({ cid }) => cid), queries.slice(i, to)],
        });
      }
      const bare = ROWS / ((performance.now() - began) / 1_000);
      figures.add('worker', '/s', worked);
      figures.add('its own statements with constant values', '/s', repeated);
      figures.add('a bare INSERT of the rows', '/s', bare);
      figures.add('worker against its own statements', '×', worked / repeated, { holds: { atLeast: 0.6 } });
      figures.add('worker against the bare INSERT', '×', worked / bare);
    }
    await ingest.close();
    await db.query('DROP TABLE bare');
    folder.remove();
    return figures.all();
  },
};

/** The rows are as they were before the worker came. */
async function undo(db: pg.Pool, ids: string[]): Promise<void> {
  await db.query(
    `INSERT INTO inbox (seq, id, received_at, next_attempt_at, cid, method, query) OVERRIDING SYSTEM VALUE SELECT seq, id, received_at, received_at, cid, method, query FROM postbacks WHERE id = ANY($1::uuid[])`,
    [ids],
  );
  await db.query('DELETE FROM conversions c USING conversion_history h WHERE h.click_id = c.click_id AND h.postback_id = ANY($1::uuid[])', [
    ids,
  ]);
  await db.query('DELETE FROM conversion_history WHERE postback_id = ANY($1::uuid[])', [ids]);
  await db.query('DELETE FROM postbacks WHERE id = ANY($1::uuid[])', [ids]);
  await db.query('VACUUM conversions, conversion_history, postbacks, inbox');
}

async function repeat(db: pg.Pool, queue: Recorded[]): Promise<void> {
  const client = await db.connect();
  for (let transaction = queue.shift(); transaction !== undefined; transaction = queue.shift()) {
    await client.query('BEGIN');
    await client.query({ ...CLAIM_THESE, values: [transaction.ids] });
    for (const statement of transaction.statements) await client.query(statement);
    await client.query('COMMIT');
  }
  client.release();
}
