import { describe, expect, it } from '@jest/globals';
import { insertClicks } from './support/clicks.js';
import { TrackerProcess } from './support/processes.js';
import { BACKENDS, createDatabase, until, poolOf } from './support/tracker.js';

const CLICKS = 3_000;
const ROUNDS = 2;
const LOAD_MS = 1_000;
const SENDERS = 16;

/** As `npm start` runs it; api and worker apart are rows of the fault matrix (test/chaos). */
describe.each(BACKENDS)('kill -9 in the middle of a load, queues on %s', (backend) => {
  it.each([['everything in one process', ['all']]])('%s: every acknowledged postback is counted once', async (_name, roles) => {
    const database = await createDatabase();
    const db = poolOf(database.url, 3);
    const processes = new Map<string, TrackerProcess>();
    try {
      for (const role of roles) processes.set(role, await TrackerProcess.on(backend, database.url, { ROLE: role }));
      const front = (): TrackerProcess => processes.get(roles[0] as string) as TrackerProcess;
      const port = front().port;
      const cids = await insertClicks(db, CLICKS);

      const acked = new Map<string, number>();
      let next = 0;
      let stop = false;
      const send = async (): Promise<void> => {
        while (!stop && next < cids.length * 3) {
          // Three txids a click: every acknowledged one must be a conversion of its own.
          const cid = cids[next % cids.length] as string;
          const txid = String(Math.floor(next++ / cids.length));
          try {
            const answer = await fetch(`http://127.0.0.1:${port}/postback?cid=${cid}&txid=${txid}&payout=1.25&currency=USD`, {
              signal: AbortSignal.timeout(5_000),
            });
            if (answer.status === 200) acked.set(`${cid} ${txid}`, (acked.get(`${cid} ${txid}`) ?? 0) + 1);
          } catch {
            // Not acknowledged: it may or may not be there. The sender tries the next one after a moment.
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      };
      const senders = Array.from({ length: SENDERS }, send);
      for (let round = 0; round < ROUNDS; round++) {
        await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
        for (const role of roles) {
          const old = processes.get(role) as TrackerProcess;
          await old.end('SIGKILL');
          processes.set(role, await TrackerProcess.on(backend, database.url, { ROLE: role }, old.port));
        }
      }
      stop = true;
      await Promise.all(senders);
      await until(async () => (await db.query('SELECT count(*)::int AS n FROM inbox')).rows[0].n === 0, 30_000);

      const { rows } = await db.query<{ cid: string; txid: string }>('SELECT cid, txid FROM conversions');
      const counted = new Set(rows.map((r) => `${r.cid} ${r.txid}`));
      const missing = [...acked.keys()].filter((key) => !counted.has(key));
      expect(acked.size).toBeGreaterThan(100);
      expect(missing).toEqual([]);
      // Counted once: the counters say what the rows say.
      const { rows: counters } = await db.query(
        `SELECT axis, sum(conversions)::int AS n, sum(revenue)::text AS revenue FROM (SELECT axis, conversions, revenue FROM counters UNION ALL SELECT axis, conversions, revenue FROM counter_deltas) c GROUP BY axis ORDER BY axis`,
      );
      const { rows: raw } = await db.query(`SELECT count(*)::int AS n, sum(payout_base)::text AS revenue FROM conversions`);
      for (const axis of counters) expect([axis.n, Number(axis.revenue)]).toEqual([raw[0].n, Number(raw[0].revenue)]);
      const { rows: doubles } = await db.query('SELECT count(*)::int AS n FROM postbacks p JOIN inbox i USING (id)');
      expect(doubles[0].n).toBe(0);
    } finally {
      await Promise.all([...processes.values()].map((p) => p.end('SIGKILL')));
      await db.end();
      await database.drop();
    }
  });
});
