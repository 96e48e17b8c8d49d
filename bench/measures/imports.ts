import { Queue } from 'bullmq';
import { createIdMaker } from '../../src/lib/ids.js';
import { Waker } from '../../src/queues/queues.js';
import { inTurns, until, type Bench, type Measurement } from '../bench.js';
import { OFFERS } from '../data.js';
import { Figures } from '../figures.js';
import { createRandom, randomBytes } from '../mix.js';

const ROWS = 20_000;
const DRAIN_LIMIT_MS = 120_000;

/** Files of clicks and conversions through the API, and the worker's own rate on the same postbacks put into the inbox by SQL. */
export const imports: Measurement = {
  name: 'imports',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('imports');
    const { db } = bench;
    const [api, worker] = await Promise.all([bench.cidra('api'), bench.cidra('worker')]);
    const send = async (path: string, lines: string[]): Promise<number> => {
      const began = performance.now();
      const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/${path}`, {
        method: 'POST',
        body: lines.join('\n'),
        headers: { authorization: `Bearer ${bench.adminKey}`, 'content-type': 'text/csv' },
      });
      const answer = (await response.json()) as { errorCount?: number };
      if (response.status >= 300 || answer.errorCount !== 0)
        throw new Error(`${path} answered ${response.status} ${JSON.stringify(answer).slice(0, 300)}`);
      return performance.now() - began;
    };
    const drained = (): Promise<number> =>
      until(async () => (await db.query('SELECT FROM inbox LIMIT 1')).rowCount === 0, DRAIN_LIMIT_MS, 20);

    const ingest = new Queue('ingest', { connection: bench.redis });
    const waker = new Waker(ingest);
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const makeId = createIdMaker(() => Date.now(), randomBytes(createRandom(70)));
    let [imported, alone] = [0, 0];
    await inTurns(bench.options.rounds, ['import', 'alone'] as const, async (target, round) => {
      const cid = (i: number): string => `${target}-${round}-${i}`;
      const rows = Array.from({ length: ROWS }, (_, i) => i);
      const clicksMs = await send(`clicks/import?commit=true&offerId=${OFFERS[0]?.id ?? ''}`, [
        'cid,createdAt,sub1,userAgent',
        ...rows.map(
          (i) => `${cid(i)},${at},campaign-${i % 20},Mozilla/5.0 (Linux; Android 14; SM-S918B) Chrome/${100 + (i % 40)}.0 Mobile`,
        ),
      ]);
      figures.add('clicks', '/s', ROWS / (clicksMs / 1_000), { holds: { atLeast: 10_000 } });
      await bench.settle();
      const began = performance.now();
      if (target === 'import')
        await send('conversions/import?commit=true', ['cid,payout,status,txid', ...rows.map((i) => `${cid(i)},1.5,sale,T-${cid(i)}`)]);
      else {
        await db.query(
          `INSERT INTO inbox (id, received_at, next_attempt_at, cid, method, query) SELECT id, now(), now(), cid, 'GET', 'cid=' || cid || '&payout=1.5&status=sale&txid=T-' || cid FROM unnest($1::uuid[], $2::text[]) AS u(id, cid)`,
          [rows.map(() => makeId()), rows.map(cid)],
        );
        waker.wake();
      }
      await drained();
      const rate = ROWS / ((performance.now() - began) / 1_000);
      figures.add(
        target === 'import' ? 'conversions, until the last is decided' : 'the same postbacks put into the inbox by SQL',
        '/s',
        rate,
      );
      if (target === 'import') imported = rate;
      else alone = rate;
      if (imported === 0 || alone === 0) return;
      figures.add('conversions against the worker’s own rate', '×', imported / alone, { holds: { atLeast: 0.8 } });
      [imported, alone] = [0, 0];
    });
    await ingest.close();
    await bench.stop(api, worker);
    return figures.all();
  },
};
