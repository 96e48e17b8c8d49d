import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.js';
import { inTurns, type Bench, type Measurement } from '../bench.js';
import { insertCatalogue, insertClicks, insertNaiveClicks, makeClicks, type Click } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import { familyTime, processorTime } from '../processor-time.js';
import type { Running } from '../processes.js';
import { cidraOutcome } from './end-to-end.js';

const CONNECTIONS = 64;
const MOST_PER_SECOND = 12_000;
const OPPONENT_PER_SECOND = 6_000;
const WARM_UP_REQUESTS = 8_000;

interface Target {
  name: string;
  answers: Running;
  /** What a postback costs whom, beside the load generator. */
  costs: { of: string; time: () => number | null }[];
  perSecond: number;
  insert: (clicks: Click[]) => Promise<void>;
  send: (requests: string[]) => Promise<{ rate: number; count: number }>;
}

/**
 * Against what one writes without a queue, a handler that looks up the click, upserts and answers after the commit: postbacks
 * committed per second and the processor time of each. Both ways to run Cidra: api and worker on Redis, and `npm start` as it comes.
 */
export const withoutQueue: Measurement = {
  name: 'without a queue',
  slow: true,
  async run(bench: Bench) {
    const { rounds, seconds } = bench.options;
    const figures = new Figures('without a queue');
    // The naive design's click table is the opponent's.
    await bench.stop(await bench.naive('api'));
    const folder = bench.folder();
    const [opponent, api, worker, embedded] = await Promise.all([
      bench.withoutQueue(),
      bench.cidra('api'),
      bench.cidra('worker'),
      bench.embedded(folder.path),
    ]);
    const server = await startEmbeddedPostgres(folder.path, false);
    const embeddedDb = new pg.Pool({ connectionString: server.url, max: 2 });
    await insertCatalogue(embeddedDb);
    const postgres = await postmaster(bench.db);
    const embeddedPostgres = await postmaster(embeddedDb);
    const cidra = async (process: Running, db: pg.Pool, requests: string[]): Promise<{ rate: number; count: number }> => {
      const outcome = await cidraOutcome(bench, process, db, requests, CONNECTIONS, seconds);
      return { rate: outcome.committedPerSecond, count: outcome.acked };
    };
    const targets: Target[] = [
      {
        name: 'cidra',
        answers: api,
        costs: [
          { of: 'api', time: () => processorTime(api.pid) },
          { of: 'worker', time: () => processorTime(worker.pid) },
          { of: 'PostgreSQL', time: () => familyTime(postgres) },
        ],
        perSecond: MOST_PER_SECOND,
        insert: (clicks) => insertClicks(bench.db, clicks),
        send: (requests) => cidra(api, bench.db, requests),
      },
      {
        name: 'embedded default',
        answers: embedded,
        costs: [
          { of: 'process', time: () => processorTime(embedded.pid) },
          { of: 'PostgreSQL', time: () => familyTime(embeddedPostgres) },
        ],
        perSecond: MOST_PER_SECOND,
        insert: (clicks) => insertClicks(embeddedDb, clicks),
        send: (requests) => cidra(embedded, embeddedDb, requests),
      },
      {
        name: 'without a queue',
        answers: opponent,
        costs: [
          { of: 'process', time: () => processorTime(opponent.pid) },
          { of: 'PostgreSQL', time: () => familyTime(postgres) },
        ],
        perSecond: OPPONENT_PER_SECOND,
        insert: (clicks) => insertNaiveClicks(bench.naiveDb, clicks),
        send: async (requests) => {
          const load = await bench.load(opponent, { connections: CONNECTIONS, warmUpSeconds: 0, requests });
          // What it answers 404 it has looked up; only garbage is left out, as Cidra's is.
          const count = (load.allAnswers[200] ?? 0) + (load.allAnswers[404] ?? 0);
          return { rate: count / load.seconds, count };
        },
      },
    ];
    const rates = new Map<string, number>();
    const run = async (target: Target, seed: number, count: number, measured: boolean): Promise<void> => {
      const clicks = makeClicks(clicksFor(count, REAL_MIX), seed);
      await target.insert(clicks);
      const requests = postbacks(
        count,
        REAL_MIX,
        clicks.map((click) => click.cid),
        createRandom(seed),
      );
      await bench.settle();
      await embeddedDb.query('CHECKPOINT');
      const before = target.costs.map(({ time }) => time());
      const { rate, count: done } = await target.send(requests);
      if (!measured) return;
      for (const [i, { of, time }] of target.costs.entries()) {
        const [from, to] = [before[i] ?? null, time()];
        if (from !== null && to !== null) figures.add(`${target.name}: processor time of ${of} for each`, 'µs', (to - from) / done);
      }
      figures.add(`${target.name}: committed`, '/s', rate);
      rates.set(target.name, rate);
      if (rates.size < targets.length) return;
      const opponentRate = rates.get('without a queue') as number;
      for (const name of ['cidra', 'embedded default'])
        figures.add(`${name} against it, committed`, '×', (rates.get(name) as number) / opponentRate, {
          holds: { atLeast: 3 },
          floor: 1,
        });
      rates.clear();
    };
    for (const target of targets) await run(target, 890, WARM_UP_REQUESTS, false);
    await inTurns(rounds, targets, (target, round) => run(target, 900 + round, Math.ceil(seconds * target.perSecond), true));
    await embeddedDb.end();
    await bench.stop(opponent, api, worker, embedded);
    folder.remove();
    return figures.all();
  },
};

/** The server's own process. A server elsewhere has none here: its time is not known. */
async function postmaster(db: pg.Pool): Promise<number> {
  try {
    const { rows } = await db.query<{ data_directory: string }>('SHOW data_directory');
    return Number(readFileSync(join(rows[0]?.data_directory ?? '', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  } catch {
    return Number.NaN;
  }
}
