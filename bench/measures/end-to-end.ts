import { Queue } from 'bullmq';
import type pg from 'pg';
import { uuidAt } from '../../src/lib/ids.js';
import { inTurns, until, type Bench, type Measurement } from '../bench.js';
import { insertClicks, insertNaiveClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import type { Running } from '../processes.js';

const CONNECTIONS = 64;
/** Bounds of one load. The naive design gets fewer requests, since each waits its turn afterwards; its rate does not depend on their number. */
const MOST_PER_SECOND = 12_000;
const NAIVE_PER_SECOND = 400;
const WARM_UP_REQUESTS = 2_000;
const NAIVE_WARM_UP_REQUESTS = 500;
const DRAIN_LIMIT_MS = 120_000;

/** What one load came to. */
export interface Outcome {
  acked: number;
  /** From the first request until the last acknowledged one is committed. */
  committedPerSecond: number;
  ackedPerSecond: number;
  /** Decided when the load ended, of those acknowledged. */
  committedDuringLoad: number;
  drainSeconds: number;
  /** Of the acknowledgements, ms. */
  p50: number;
  p99: number;
}

/** From HTTP to the committed conversion, its history and counters, with the traffic a tracker sees. */
export const endToEnd: Measurement = {
  name: 'end to end',
  async run(bench: Bench) {
    const { rounds, seconds } = bench.options;
    // The first process on a new database makes its tables or partitions.
    const [api, naiveApi] = await Promise.all([bench.cidra('api'), bench.naive('api')]);
    const [worker, naiveWorker, tunedApi, tunedWorker] = await Promise.all([
      bench.cidra('worker'),
      bench.naive('worker'),
      bench.naive('api', true),
      bench.naive('worker', true),
    ]);
    const naives = {
      naive: { api: naiveApi, queue: new Queue('postbacks', { connection: bench.naiveRedis }) },
      'naive, ten at a time': { api: tunedApi, queue: new Queue('tuned', { connection: bench.naiveRedis }) },
    };
    const targets = ['cidra', 'naive', 'naive, ten at a time'] as const;
    const [most, naiveMost] = [seconds * MOST_PER_SECOND, seconds * NAIVE_PER_SECOND];
    const perRound = clicksFor(most, REAL_MIX);
    const clicks = makeClicks(perRound * rounds + WARM_UP_REQUESTS, 2);
    await insertClicks(bench.db, clicks);
    await insertNaiveClicks(bench.naiveDb, clicks);
    const cids = clicks.map((click) => click.cid);
    const warmUp = cids.slice(-WARM_UP_REQUESTS);

    const naive = async (name: keyof typeof naives, requests: string[]): Promise<Outcome> => {
      const { api: naiveTarget, queue } = naives[name];
      const idle = async (): Promise<boolean> => {
        const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
        return waiting + active + delayed === 0;
      };
      const before = await count(bench.naiveDb, 'SELECT count(*) FROM postback_log');
      const load = await bench.load(naiveTarget, { connections: CONNECTIONS, warmUpSeconds: 0, requests });
      const during = (await count(bench.naiveDb, 'SELECT count(*) FROM postback_log')) - before;
      const drainMs = await until(idle, DRAIN_LIMIT_MS, 50);
      const took = (Date.now() - load.startedAt) / 1_000;
      const acked = load.allAnswers[200] ?? 0;
      const committed = (await count(bench.naiveDb, 'SELECT count(*) FROM postback_log')) - before;
      if (committed !== acked) throw new Error(`the naive design acknowledged ${acked} and committed ${committed}`);
      return {
        acked,
        committedPerSecond: committed / took,
        ackedPerSecond: acked / load.seconds,
        committedDuringLoad: during / acked,
        drainSeconds: drainMs / 1_000,
        p50: load.p50,
        p99: load.p99,
      };
    };

    const roundOf = (round: number): string[] => cids.slice(round * perRound, (round + 1) * perRound);
    await cidraOutcome(bench, api, bench.db, postbacks(WARM_UP_REQUESTS, REAL_MIX, warmUp, createRandom(3)), CONNECTIONS, seconds);
    for (const name of ['naive', 'naive, ten at a time'] as const)
      await naive(name, postbacks(NAIVE_WARM_UP_REQUESTS, REAL_MIX, warmUp, createRandom(3)));

    const figures = new Figures('end to end');
    let outcomes: Partial<Record<(typeof targets)[number], Outcome>> = {};
    await inTurns(rounds, targets, async (target, round) => {
      await bench.settle();
      const requests = postbacks(target === 'cidra' ? most : naiveMost, REAL_MIX, roundOf(round), createRandom(10 + round));
      const since = Date.now();
      outcomes[target] =
        target === 'cidra' ? await cidraOutcome(bench, api, bench.db, requests, CONNECTIONS, seconds) : await naive(target, requests);
      if (target === 'cidra') {
        const { p50, p99 } = await applyLatency(bench.db, since);
        figures.add('cidra: from receipt to verdict, p50', 'ms', p50);
        figures.add('cidra: from receipt to verdict, p99', 'ms', p99);
      }
      const { cidra, naive: first, 'naive, ten at a time': tuned } = outcomes;
      if (cidra === undefined || first === undefined || tuned === undefined) return;
      for (const name of targets) figures.add(`${name}: committed`, '/s', (outcomes[name] as Outcome).committedPerSecond);
      figures.add('cidra against naive, committed', '×', cidra.committedPerSecond / first.committedPerSecond, {
        holds: { atLeast: 15 },
        floor: 7.5,
      });
      figures.add('cidra against naive, ten at a time, committed', '×', cidra.committedPerSecond / tuned.committedPerSecond);
      for (const name of targets) figures.add(`${name}: acked`, '/s', (outcomes[name] as Outcome).ackedPerSecond);
      figures.add('cidra: committed during the load, of those acked', '×', cidra.committedDuringLoad, { holds: { atLeast: 0.85 } });
      figures.add('naive: committed during the load, of those acked', '×', first.committedDuringLoad);
      figures.add('cidra: backlog after the load', 's', cidra.drainSeconds, { holds: { atMost: 1 } });
      outcomes = {};
    });
    await checkCounters(bench.db);
    for (const { queue } of Object.values(naives)) await queue.close();
    await bench.stop(api, worker, naiveApi, naiveWorker, tunedApi, tunedWorker);
    return figures.all();
  },
};

/** Loads a tracker whose database is `db` and waits until all it acknowledged has a verdict. */
export async function cidraOutcome(
  bench: Bench,
  api: Running,
  db: pg.Pool,
  requests: string[],
  connections: number,
  seconds: number,
  perSecond?: number,
): Promise<Outcome> {
  const first = uuidAt(Date.now() - 1, 'min');
  const decided = (): Promise<number> => count(db, `SELECT count(*) FROM postbacks WHERE id >= $1 AND seq IS NOT NULL`, [first]);
  const load = await bench.load(api, {
    connections,
    warmUpSeconds: 0,
    seconds,
    requests,
    ...(perSecond === undefined ? {} : { perSecond }),
  });
  const during = await decided();
  const drainMs = await until(
    async () => (await count(db, 'SELECT count(*) FROM (SELECT 1 FROM inbox LIMIT 1) i')) === 0,
    DRAIN_LIMIT_MS,
    50,
  );
  const took = (Date.now() - load.startedAt) / 1_000;
  const acked = load.allAnswers[200] ?? 0;
  const committed = await decided();
  // What was answered 503 may be stored or not: its sender tries again.
  const unsure = load.allAnswers[503] ?? 0;
  if (committed < acked || committed > acked + unsure)
    throw new Error(`${acked} were acknowledged and ${committed} have a verdict; answers ${JSON.stringify(load.allAnswers)}`);
  return {
    acked,
    committedPerSecond: committed / took,
    ackedPerSecond: acked / load.seconds,
    committedDuringLoad: during / acked,
    drainSeconds: drainMs / 1_000,
    p50: load.p50,
    p99: load.p99,
  };
}

async function applyLatency(db: pg.Pool, since: number): Promise<{ p50: number; p99: number }> {
  const { rows } = await db.query<{ p: number[] }>(
    `SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - received_at) * 1000) AS p FROM postbacks WHERE id >= $1 AND seq IS NOT NULL`,
    [uuidAt(since - 1, 'min')],
  );
  const [p50 = Number.NaN, p99 = Number.NaN] = rows[0]?.p ?? [];
  return { p50, p99 };
}

/** A fast wrong answer is none: the counters must add up to the conversions. */
async function checkCounters(db: pg.Pool): Promise<void> {
  const { rows } = await db.query<{ counted: number; stored: number; revenue_counted: string; revenue_stored: string }>(`
    WITH c AS (SELECT conversions, revenue FROM counters WHERE axis = 'click' UNION ALL SELECT conversions, revenue FROM counter_deltas WHERE axis = 'click')
    SELECT sum(conversions)::int AS counted, (SELECT count(*)::int FROM conversions) AS stored, trim_scale(sum(revenue))::text AS revenue_counted,
      (SELECT trim_scale(sum(payout_base - payout_reversed_base))::text FROM conversions WHERE status = 'approved') AS revenue_stored
    FROM c`);
  const found = rows[0];
  if (found === undefined || found.counted !== found.stored || found.revenue_counted !== found.revenue_stored)
    throw new Error(`the counters do not add up: ${JSON.stringify(found)}`);
}

async function count(db: pg.Pool, query: string, values: unknown[] = []): Promise<number> {
  const { rows } = await db.query<{ count: string | number }>(query, values);
  return Number(rows[0]?.count);
}
