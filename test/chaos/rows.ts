import { readFileSync } from 'node:fs';
import pg from 'pg';
import { Redis } from 'ioredis';
import autocannon from 'autocannon';
import { ADMIN_KEY, type Backend } from '../support/environment.js';
import { until } from '../support/until.js';
import { Balancer } from './balancer.js';
import { Load, POISON, type Op } from './load.js';
import { stateOf } from './stores.js';
import { NAMES, type Name, type World } from './world.js';

/** What a row works with. The load is running when it begins. */
export interface Scene {
  world: World;
  load: Load;
  offer: { id: string; key: string };
  cids: readonly string[];
  random: () => number;
  /** How long a fault lasts. */
  ms: number;
  /** Writes into the schedule. */
  note: (what: string) => void;
  /** Sends the load elsewhere; null: to both APIs. */
  target: (url: string | null) => void;
}

/** A row of the fault matrix (reliability.md). */
export interface Row {
  id: string;
  fault: string;
  on: readonly Backend[];
  /** Run with the tests; the others by command. */
  quick: boolean;
  /** Needs a disk that it can fill. */
  onSmallDisk?: boolean;
  /**
   * Does the fault and heals it. Resolves with what proves that it hit, and how many dead letters are due.
   * @throws Error when it did not hit, or when an answer meanwhile was not as promised
   */
  run: (scene: Scene) => Promise<{ proof: string; deadLetters?: number }>;
}

const BOTH: readonly Backend[] = ['redis', 'postgres'];
const REDIS: readonly Backend[] = ['redis'];
/** Shorter runs restart fewer processes. */
const FULL_MS = 10_000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function proven(holds: boolean, proof: string): { proof: string } {
  if (!holds) throw new Error(`the fault did not hit: ${proof}`);
  return { proof };
}

/** A second for an answer, and a little for a machine that everything shares. */
const ANSWER_MS = 1_300;

/** What was answered since a moment: within a second, and with nothing but these. */
function answersSince({ load }: Scene, since: number, allowed: { postbacks: readonly number[]; clicks: readonly number[] }): Op[] {
  const sent = load.ops.filter((op) => op.sentAt >= since && op.kind !== 'poison');
  const hanging = sent.filter((op) => op.tookMs === 0 && Date.now() - op.sentAt > ANSWER_MS);
  if (hanging.length > 0) throw new Error(`${hanging.length} of ${sent.length} requests are without an answer`);
  const ops = sent.filter((op) => op.tookMs > 0);
  const late = ops.filter((op) => op.tookMs > ANSWER_MS);
  if (late.length > 0)
    throw new Error(
      `${late.length} of ${ops.length} answers took over ${ANSWER_MS} ms, the longest ${Math.round(Math.max(...late.map((op) => op.tookMs)))} ms`,
    );
  const wrong = ops.filter((op) => !(op.kind === 'click' ? allowed.clicks : allowed.postbacks).includes(op.status));
  // On a machine that everything shares Postgres, too, is slow for a moment now and then; then nothing could be stored.
  const isSlip = wrong.every((op) => op.status === 503) && wrong.length <= ops.length / 100;
  if (wrong.length > 0 && !isSlip)
    throw new Error(`${wrong.length} of ${ops.length} answers were not as promised: ${wrong[0]?.kind} ${wrong[0]?.status}`);
  if (ops.length === 0) throw new Error('nothing was answered meanwhile');
  return ops;
}

/** Readiness says within seconds that the queue is away, and that postbacks are taken and decided all the same. */
const READY_MS = 4_000;
/** Long enough for a worker to notice. */
const AWAY_MS = 6_000;
/** A worker drains by its own clock after 3 s without its queue; the rest is for a machine that everything shares. */
const VERDICT_MS = 8_000;

/**
 * While something is wrong with Redis what is acknowledged has its verdict soon; while it is away every process says so.
 * Runs for as long as the fault.
 * @throws Error when it is not so
 */
async function decidedMeanwhile({ world, load, note }: Scene, fault: 'away' | 'empty', forMs: number): Promise<string> {
  const ms = Math.max(forMs, AWAY_MS);
  const since = Date.now();
  const said = new Map<Name, number>();
  let oldest = 0;
  while (Date.now() - since < ms) {
    if (fault === 'away') {
      await Promise.all(
        NAMES.filter((name) => !said.has(name)).map(async (name) => {
          const answer = await fetch(`${world.tracker(name).url}/readyz`, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
          const { parts } = ((await answer?.json()) ?? {}) as { parts?: Record<string, { status: string }> };
          if (parts?.queue !== undefined && parts.queue.status !== 'ok') said.set(name, Date.now() - since);
        }),
      );
    }
    const {
      rows: [now],
    } = await world.db.query<{ oldest: number }>(
      `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - received_at)) * 1000, 0)::float8 AS oldest FROM inbox WHERE result = 'accepted'`,
    );
    oldest = Math.max(oldest, now?.oldest ?? 0);
    if (oldest > VERDICT_MS) throw new Error(`a postback had no verdict after ${Math.round(oldest)} ms`);
    await sleep(200);
  }
  const ids = load.ops.filter((op) => op.sentAt > since && op.status === 200 && op.kind !== 'click').map((op) => op.id);
  const { rows } = await world.db.query<{ n: number }>('SELECT count(*)::int AS n FROM postbacks WHERE id = ANY($1::uuid[])', [ids]);
  const decided = rows[0]?.n ?? 0;
  const silent = fault === 'away' ? NAMES.filter((name) => (said.get(name) ?? Number.POSITIVE_INFINITY) > READY_MS) : [];
  if (silent.length > 0) throw new Error(`/readyz of ${silent.join(', ')} did not say within ${READY_MS} ms that the queue is away`);
  if (ms > VERDICT_MS && decided === 0) throw new Error('nothing was decided meanwhile');
  const told = `${decided} of ${ids.length} decided meanwhile, the oldest after ${Math.round(oldest)} ms${fault === 'away' ? `; /readyz said so after ${Math.max(...said.values())} ms` : ''}`;
  note(told);
  return told;
}

const statuses = (ops: readonly Op[]): string =>
  [...new Set(ops.map((op) => op.status))]
    .toSorted()
    .map((status) => `${ops.filter((op) => op.status === status).length} × ${status || 'none'}`)
    .join(', ');
/** With Postgres away Redis takes postbacks; without Redis they are refused. */
const whilePostgresIsAway = ({ world }: Scene): { postbacks: readonly number[]; clicks: readonly number[] } => ({
  postbacks: world.backend === 'redis' ? [200] : [503],
  clicks: [302],
});
const ALL_WELL = { postbacks: [200], clicks: [302] };

async function selfKill({ world, note }: Scene, name: Name, point: string): Promise<void> {
  await world.tell(name, { arm: point, signal: 'SIGKILL' });
  await world.died(name, 15_000);
  note(`${name} killed ${point}`);
  await world.start(name);
}

async function withRedis<T>(world: World, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(world.redis?.url ?? '', { maxRetriesPerRequest: 1 });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

export const ROWS: readonly Row[] = [
  {
    id: 'F1',
    fault: 'kill -9 the API under load',
    on: BOTH,
    quick: true,
    run: async ({ world, load, ms, note }) => {
      const end = Date.now() + ms;
      let kills = 0;
      for (let i = 0; Date.now() < end; i++) {
        const name = i % 2 === 0 ? 'api1' : 'api2';
        await sleep(Math.min(2_000, ms / 4));
        await world.killAndStart(name);
        kills++;
        note(`${name} killed and started`);
      }
      const cut = load.ops.filter((op) => op.status === 0).length;
      return proven(kills > 0 && cut > 0, `${kills} kills cut ${cut} requests off`);
    },
  },
  {
    id: 'F2',
    fault: 'kill -9 the API between durable write and answer',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      const since = Date.now();
      await selfKill(scene, 'api1', 'stored');
      const cut = scene.load.ops.filter((op) => op.sentAt >= since && op.status === 0 && op.kind !== 'click');
      const {
        rows: [stored],
      } = await scene.world.db.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (SELECT query FROM inbox UNION ALL SELECT query FROM postbacks) AS p WHERE query = ANY($1::text[])`,
        [cut.map((op) => op.path.slice(op.path.indexOf('?') + 1))],
      );
      return proven((stored?.n ?? 0) > 0, `${stored?.n} postbacks are stored that had no answer`);
    },
  },
  {
    id: 'F3',
    fault: 'kill -9 the API between write and enqueue',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      const { world, load, cids, note } = scene;
      await load.stop();
      await until(async () => (await world.db.query(`SELECT count(*)::int AS n FROM inbox WHERE result = 'accepted'`)).rows[0].n === 0);
      await world.tell('api1', { arm: 'wake', signal: 'SIGKILL' });
      const txid = `f3-${Math.floor(scene.random() * 1e9)}`;
      const { status } = await load.postback(
        'first',
        `cid=${cids[0]}&txid=${txid}&payout=1&add_event1=1`,
        `${cids[0]} ${txid}`,
        world.apis[0],
      );
      await world.died('api1', 5_000);
      const began = Date.now();
      await until(
        async () => (await world.db.query('SELECT count(*)::int AS n FROM conversions WHERE txid = $1', [txid])).rows[0].n === 1,
        10_000,
      );
      const took = Date.now() - began;
      note(`swept up after ${took} ms`);
      await world.start('api1');
      load.start();
      return proven(
        status === 0 || status === 200,
        `the API died before its wake-up; a worker found the postback by its own clock after ${took} ms`,
      );
    },
  },
  {
    id: 'F4',
    fault: 'kill -9 the worker before and after its commit',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      for (const [name, point] of [
        ['worker1', 'before-commit'],
        ['worker2', 'after-commit'],
      ] as const)
        await selfKill(scene, name, point);
      return { proof: 'one worker killed itself before, the other after the commit of a claim' };
    },
  },
  {
    id: 'F6',
    fault: 'a zombie worker: SIGSTOP longer than the job lock, then SIGCONT',
    on: BOTH,
    quick: false,
    run: async ({ world, note, ms }) => {
      await world.tell('worker1', { arm: 'before-commit', signal: 'SIGSTOP' });
      await until(async () => stateOf(world.pid('worker1')) === 'T', 15_000);
      note('worker1 stopped before a commit');
      await sleep(Math.max(5_000, ms));
      const {
        rows: [open],
      } = await world.db.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'cidra worker'`,
      );
      process.kill(world.pid('worker1'), 'SIGCONT');
      note('worker1 goes on');
      await sleep(1_000);
      return proven(
        stateOf(world.pid('worker1')) !== 'T',
        `stopped inside a claim for ${Math.max(5, ms / 1_000)} s with a job lock of 3 s; its transaction was ${open?.n === 0 ? 'ended by Postgres' : 'still open'}`,
      );
    },
  },
  {
    id: 'F7',
    fault: 'Redis killed, restarted with its AOF',
    on: REDIS,
    quick: true,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const old = world.redis?.pid;
      const since = Date.now();
      await world.redis?.kill();
      note('Redis killed');
      const meanwhile = await decidedMeanwhile(scene, 'away', ms / 2);
      await world.redis?.restart();
      note('Redis is back');
      await sleep(ms / 2);
      const ops = answersSince(scene, since, ALL_WELL);
      return proven(world.redis?.pid !== old, `another process; ${meanwhile}; answers ${statuses(ops)}`);
    },
  },
  {
    id: 'F8',
    fault: 'Redis loses everything: FLUSHALL, then its files',
    on: REDIS,
    quick: true,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const since = Date.now();
      const keys = await withRedis(world, async (redis) => {
        const before = await redis.dbsize();
        await redis.flushall();
        return before;
      });
      note(`FLUSHALL of ${keys} keys`);
      await decidedMeanwhile(scene, 'empty', ms / 2);
      await world.redis?.kill();
      world.redis?.loseFiles();
      await world.redis?.restart();
      note('restarted without its files');
      await decidedMeanwhile(scene, 'empty', ms / 2);
      answersSince(scene, since, ALL_WELL);
      return proven(keys > 0, `${keys} keys gone, then all files`);
    },
  },
  {
    id: 'F8s',
    fault: 'Redis restored from a snapshot that holds batches decided since',
    on: REDIS,
    quick: false,
    run: async ({ world, load, ms, note }) => {
      await world.postgres.stop();
      note('Postgres stopped');
      await sleep(ms / 2);
      await load.stop();
      await sleep(1_500);
      const restore = world.redis?.snapshot();
      const kept = await withRedis(world, async (redis) => (await redis.keys('{cidra}:store:[0-9]*')).length);
      note(`snapshot with ${kept} batches taken`);
      await world.postgres.restart();
      await until(async () => (await withRedis(world, (redis) => redis.keys('{cidra}:store:[0-9]*'))).length === 0, 30_000);
      await until(
        async () => (await world.db.query(`SELECT count(*)::int AS n FROM inbox WHERE result = 'accepted'`)).rows[0].n === 0,
        30_000,
      );
      await world.redis?.kill();
      restore?.();
      await world.redis?.restart();
      note('snapshot restored');
      await sleep(4_000);
      load.start();
      return proven(kept > 0, `${kept} batches came a second time`);
    },
  },
  {
    id: 'F9',
    fault: 'Redis hangs; Redis refuses',
    on: REDIS,
    quick: true,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const since = Date.now();
      world.redis?.pause();
      note('Redis hangs');
      const meanwhile = await decidedMeanwhile(scene, 'away', ms / 2);
      const hung = answersSince(scene, since, ALL_WELL).length;
      const state = stateOf(world.redis?.pid ?? 0);
      world.redis?.resume();
      await sleep(500);
      const refusedSince = Date.now();
      await world.redis?.kill();
      note('Redis refuses');
      await decidedMeanwhile(scene, 'away', ms / 2);
      const refused = answersSince(scene, refusedSince, ALL_WELL).length;
      await world.redis?.restart();
      return proven(
        state === 'T',
        `${hung} answers while it hung, ${refused} while it refused, all of them 200 and 302 within a second; ${meanwhile}`,
      );
    },
  },
  {
    id: 'F10',
    fault: 'Redis full (noeviction)',
    on: REDIS,
    quick: false,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const since = Date.now();
      const error = await withRedis(world, async (redis) => {
        await redis.config('SET', 'maxmemory', '1mb');
        note('Redis is full');
        await decidedMeanwhile(scene, 'away', ms);
        const refused = await redis.set('chaos', 'x').then(
          () => 'it was taken',
          (e: Error) => e.message,
        );
        await redis.config('SET', 'maxmemory', '0');
        return refused;
      });
      const ops = answersSince(scene, since, ALL_WELL);
      return proven(error.startsWith('OOM'), `a write of the test was refused (${error.slice(0, 40)}…); meanwhile ${statuses(ops)}`);
    },
  },
  {
    id: 'F11',
    fault: 'Redis with an evicting policy',
    on: REDIS,
    quick: false,
    run: async ({ world }) => {
      const readiness = async (): Promise<{ status: number; body: string }> => {
        await sleep(1_200);
        const answer = await fetch(`${world.apis[0]}/readyz`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
        return { status: answer.status, body: await answer.text() };
      };
      const policy = (value: string): Promise<unknown> => withRedis(world, (redis) => redis.config('SET', 'maxmemory-policy', value));
      await policy('allkeys-lru');
      const { status, body } = await readiness();
      await policy('noeviction');
      const after = await readiness();
      return proven(
        status === 503 && body.includes('allkeys-lru') && after.status === 200,
        `/readyz answered ${status} and named the policy, then ${after.status}`,
      );
    },
  },
  {
    id: 'F12',
    fault: 'Postgres killed (postmaster and backends)',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const killed = await world.postgres.kill();
      note(`${killed} processes of Postgres killed`);
      const since = Date.now();
      await sleep(ms / 2);
      const ops = answersSince(scene, since, whilePostgresIsAway(scene));
      await world.postgres.restart();
      note('Postgres is back');
      await sleep(ms / 2);
      return proven(killed > 3, `${killed} processes killed; while it was away ${statuses(ops)}`);
    },
  },
  {
    id: 'F13',
    fault: 'Postgres hangs; Postgres refuses',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      const { world, ms, note } = scene;
      world.postgres.pause();
      note('Postgres hangs');
      const since = Date.now();
      await sleep(ms / 2);
      const hung = answersSince(scene, since, whilePostgresIsAway(scene));
      const state = stateOf(world.postgres.pids()[0] ?? 0);
      world.postgres.resume();
      note('Postgres goes on');
      await sleep(2_000);
      await world.postgres.stop();
      note('Postgres refuses');
      const refusedSince = Date.now();
      await sleep(ms / 2);
      const refused = answersSince(scene, refusedSince, whilePostgresIsAway(scene));
      await world.postgres.restart();
      return proven(state === 'T', `while it hung ${statuses(hung)}; while it refused ${statuses(refused)}`);
    },
  },
  {
    id: 'F14',
    fault: 'Postgres has no connection left',
    on: BOTH,
    quick: false,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const idle: pg.Client[] = [];
      let error = '';
      const take = async (): Promise<void> => {
        for (let i = 0; i < 200 && !/too many|reserved/.test(error); i++) {
          const client = new pg.Client({ connectionString: world.postgres.url, application_name: 'chaos idle' });
          client.on('error', () => undefined);
          await client.connect().then(
            () => idle.push(client),
            (e: Error) => (error = e.message),
          );
        }
      };
      await take();
      const killer = idle.pop();
      await killer?.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cidra%'`);
      error = '';
      await take();
      note(`${idle.length} sessions hold every connection`);
      const since = Date.now();
      await sleep(ms);
      const ops = answersSince(scene, since, { postbacks: [200, 503], clicks: [302] });
      await Promise.all(idle.map((client) => client.end()));
      await killer?.end();
      await sleep(3_000);
      return proven(/too many|reserved/.test(error), `the test itself was refused (${error}); meanwhile ${statuses(ops)}`);
    },
  },
  {
    id: 'F15',
    fault: 'a locked table; deadlocks',
    on: BOTH,
    quick: false,
    run: async (scene) => {
      const { world, cids, ms, note } = scene;
      const client = await world.db.connect();
      let locked = 0;
      try {
        await client.query('BEGIN');
        await client.query('LOCK TABLE conversions IN ACCESS EXCLUSIVE MODE');
        note('conversions locked');
        await sleep(ms / 2);
        locked =
          (
            await client.query<{ n: number }>(
              `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'conversions'::regclass`,
            )
          ).rows[0]?.n ?? 0;
        await client.query('COMMIT');
        const deadlocks = async (): Promise<number> =>
          Number(
            (await world.db.query<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))
              .rows[0]?.deadlocks,
          );
        const before = await deadlocks();
        // The drain locks clicks in the order of their ids: this one the other way round.
        const clicks = (
          await client.query<{ id: string }>(
            `SELECT c.click_id AS id FROM conversions c WHERE cid = ANY($1::text[]) GROUP BY 1 ORDER BY 1 DESC`,
            [cids.slice(0, 5)],
          )
        ).rows;
        for (let i = 0; i < 40 && (await deadlocks()) === before; i++) {
          try {
            await client.query('BEGIN');
            for (const { id } of clicks) {
              await client.query('SELECT FROM clicks WHERE click_id = $1 FOR UPDATE', [id]);
              await sleep(150);
            }
          } catch (error) {
            note(`the test's own transaction lost: ${(error as Error).message}`);
          } finally {
            await client.query('ROLLBACK');
          }
        }
        const hits = (await deadlocks()) - before;
        return proven(locked > 0 && hits > 0, `${locked} transactions waited for the table; Postgres broke ${hits} deadlocks`);
      } finally {
        client.release();
      }
    },
  },
  {
    id: 'F16',
    fault: 'disk full under Postgres and Redis',
    on: BOTH,
    quick: false,
    onSmallDisk: true,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const since = Date.now();
      const taken = world.disk?.fill() ?? 0;
      note(`${Math.round(taken / 1e6)} MB taken, the disk is full`);
      await sleep(ms);
      const ops = answersSince(scene, since, { postbacks: [200, 503], clicks: [302] });
      const refusals = ops.filter((op) => op.status === 503).length;
      world.disk?.free();
      note('there is room again');
      // Postgres ends itself when it cannot write its log; an administrator starts it again, as here.
      await world.heal();
      return proven(refusals > 0, `with ${Math.round(taken / 1e6)} MB taken ${statuses(ops)}`);
    },
  },
  {
    id: 'F17',
    fault: 'latency of 250 ms each way, answers lost, connections reset',
    on: BOTH,
    quick: false,
    run: async (scene) => {
      const { world, ms, note } = scene;
      const proxies = [world.toPostgres, ...(world.toRedis === null ? [] : [world.toRedis])];
      const since = Date.now();
      for (const proxy of proxies) proxy.slow(250);
      note('slow');
      await sleep(ms / 3);
      for (const proxy of proxies) proxy.restore();
      await sleep(1_000);
      world.toPostgres.deafen();
      note('answers of Postgres are lost');
      await sleep(ms / 3);
      world.toPostgres.restore();
      for (let i = 0; i < 5; i++) {
        await sleep(ms / 15);
        for (const proxy of proxies) proxy.reset();
      }
      note('connections reset five times');
      const ops = answersSince(scene, since, { postbacks: [200, 503], clicks: [302] });
      return proven(world.toPostgres.harmed > 0, `${world.toPostgres.harmed} bytes came late or never; meanwhile ${statuses(ops)}`);
    },
  },
  {
    id: 'F18',
    fault: 'the same postback 50 times at once on two API processes',
    on: BOTH,
    quick: true,
    run: async ({ world, load, cids, random }) => {
      let answered = 0;
      for (let k = 0; k < 10; k++) {
        const txid = `f18-${k}-${Math.floor(random() * 1e9)}`;
        const cid = cids[k] as string;
        const query = `cid=${cid}&txid=${txid}&payout=2&add_event1=1`;
        const ops = await Promise.all(
          Array.from({ length: 50 }, (_, i) => load.postback('first', query, `${cid} ${txid}`, world.apis[i % 2])),
        );
        answered += ops.filter((op) => op.status === 200).length;
      }
      return proven(answered === 500, `${answered} of 500 were answered 200`);
    },
  },
  {
    id: 'F19',
    fault: 'any processing order, any arrival order where ts decides; postback before click',
    on: BOTH,
    quick: true,
    run: async ({ world, load, cids, random, offer }) => {
      const start = Date.now();
      const steps = cids.slice(5, 25).flatMap((cid) =>
        ['hold', 'sale', 'refund', 'sale'].map((status, i) => ({
          cid,
          query: `cid=${cid}&txid=ordered&status=${status}&payout=${i + 1}&add_event1=1&ts=${start + i * 50}`,
        })),
      );
      for (let i = steps.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [steps[i], steps[j]] = [steps[j] as (typeof steps)[number], steps[i] as (typeof steps)[number]];
      }
      await Promise.all(steps.map(({ cid, query }) => load.postback('first', query, `${cid} ordered`)));
      const early = Array.from({ length: 10 }, (_, i) => `early-${i}-${Math.floor(random() * 1e9)}`);
      await Promise.all(early.map((cid) => load.postback('first', `cid=${cid}&txid=early&payout=1&add_event1=1`, `${cid} early`)));
      const unmatched = async (): Promise<number> =>
        (
          await world.db.query(`SELECT count(*)::int AS n FROM postbacks WHERE cid = ANY($1::text[]) AND result = 'click_not_found'`, [
            early,
          ])
        ).rows[0].n;
      await until(async () => (await unmatched()) === early.length);
      await world.importClicks(early, offer.id);
      await until(async () => (await unmatched()) === 0);
      return proven(steps.length === 80, `${steps.length} postbacks shuffled against their ts, ${early.length} came before their click`);
    },
  },
  {
    id: 'F20',
    fault: 'clocks of one API and one worker off by an hour, then stepped back by two',
    on: BOTH,
    quick: false,
    run: async (scene) => {
      const { world, load, ms, note } = scene;
      const since = Date.now();
      const off: number[] = [];
      for (const clock of [3_600_000, -3_600_000]) {
        for (const name of ['api2', 'worker2'] as const) off.push(Math.round(((await world.tell(name, { clock })) - Date.now()) / 60_000));
        note(`clocks ${clock / 60_000} minutes off`);
        await sleep(ms / 2);
      }
      for (const name of ['api2', 'worker2'] as const) await world.tell(name, { clock: 0 });
      answersSince(scene, since, ALL_WELL);
      const ids = load.ops.filter((op) => op.sentAt >= since && op.kind !== 'click' && op.id !== null);
      await sleep(2_000);
      const { rows } = await world.db.query<{ id: string; at: number }>(
        `SELECT id, (extract(epoch FROM received_at) * 1000)::float8 AS at FROM postbacks WHERE id = ANY($1::uuid[])`,
        [ids.map((op) => op.id)],
      );
      const sentAt = new Map(ids.map((op) => [op.id, op.sentAt]));
      const worst = Math.max(...rows.map((row) => Math.abs(row.at - (sentAt.get(row.id) ?? 0))));
      if (worst > 5_000) throw new Error(`a time of receipt is ${Math.round(worst / 1_000)} s off`);
      return proven(
        off.some((minutes) => minutes > 50) && off.some((minutes) => minutes < -50),
        `clocks were ${off.join(', ')} minutes off; times of receipt at most ${Math.round(worst)} ms`,
      );
    },
  },
  {
    id: 'F21',
    fault: 'poison',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      const { load, cids, random } = scene;
      const since = Date.now();
      const ops: Op[] = [];
      for (const [i, query] of POISON.entries()) {
        ops.push(await load.postback('poison', `cid=${cids[6]}&txid=poison${i}-${Math.floor(random() * 1e9)}&${query}`, null));
        ops.push(await load.postback('poison', `${query}&cid=${cids[7]}`, null));
      }
      const wrong = ops.filter((op) => op.status !== 200 && !(op.status >= 400 && op.status < 500));
      // On a machine that everything shares Postgres, too, is slow for a moment now and then; then nothing could be stored.
      const isSlip = wrong.every((op) => op.status === 503) && wrong.length <= ops.length / 100;
      if (wrong.length > 0 && !isSlip) throw new Error(`${wrong[0]?.path.slice(0, 100)} was answered ${wrong[0]?.status}`);
      answersSince(scene, since, ALL_WELL);
      return { proof: `${ops.length} sent: ${statuses(ops)}` };
    },
  },
  {
    id: 'F22',
    fault: 'a bug: deciding throws for one offer; mended, its dead letters are replayed',
    on: BOTH,
    quick: false,
    run: async ({ world, load, note }) => {
      const { offer, cids } = await world.offerWithClicks(10);
      for (const name of ['worker1', 'worker2'] as const) await world.tell(name, { offer: offer.id });
      const sent = await Promise.all(cids.map((cid) => load.postback('unknown click', `cid=${cid}&txid=bug&payout=1&add_event1=1`, null)));
      const failed = async (): Promise<number> =>
        (
          await world.db.query('SELECT count(*)::int AS n FROM postbacks WHERE id = ANY($1::uuid[]) AND result = $2', [
            sent.map((op) => op.id),
            'failed',
          ])
        ).rows[0].n;
      await until(async () => (await failed()) === cids.length, 120_000);
      note(`${cids.length} dead letters`);
      for (const name of ['worker1', 'worker2'] as const) await world.tell(name, { offer: null });
      for (const { id } of sent) await world.api('POST', `/postbacks/${id}/replay`);
      const counted = async (): Promise<number> =>
        (
          await world.db.query(`SELECT coalesce(sum((events->>'event1')::int), 0)::int AS n FROM conversions WHERE offer_id = $1`, [
            offer.id,
          ])
        ).rows[0].n;
      await until(async () => (await counted()) === cids.length, 30_000);
      return { proof: `${cids.length} dead letters after five attempts each; replayed, each counts once` };
    },
  },
  {
    id: 'F24',
    fault: 'more load than it can take',
    on: BOTH,
    quick: false,
    run: async (scene) => {
      const { world, cids, ms, note } = scene;
      // A slow disk: what Postgres can take is a fraction of what is sent.
      world.toPostgres.slow(120);
      const runs = world.apis.map((url) =>
        autocannon({ url: `${url}/postback?cid=${cids[8]}&status=hold`, connections: 400, duration: ms / 1_000, timeout: 5 }),
      );
      await sleep(ms / 2);
      const memory = (name: Name): number => Math.round(Number(/VmRSS:\s+(\d+)/.exec(procStatus(world.pid(name)))?.[1]) / 1_024);
      const used = NAMES.map(memory);
      const results = await Promise.all(runs);
      world.toPostgres.restore();
      const [ok, shed, errors] = [
        results.reduce((n, r) => n + r['2xx'], 0),
        results.reduce((n, r) => n + (r.statusCodeStats?.['503']?.count ?? 0), 0),
        results.reduce((n, r) => n + r.errors + r.timeouts, 0),
      ];
      note(`${ok} × 200, ${shed} × 503, ${errors} errors`);
      const slowest = Math.max(...results.map((r) => r.latency.max));
      // However much was taken in, as long as it is being worked off.
      const waiting = async (): Promise<number> =>
        (await world.db.query(`SELECT count(*)::int AS n FROM inbox WHERE result = 'accepted'`)).rows[0].n;
      for (let left = await waiting(); left > 0; ) {
        const before = left;
        await until(async () => (left = await waiting()) < before, 60_000);
        await sleep(500);
      }
      if (errors > 0 || slowest > 2_500 || Math.max(...used) > 500)
        throw new Error(`${errors} errors, slowest answer ${slowest} ms, memory ${used.join(', ')} MB`);
      return proven(shed > 0 || ok > 0, `${ok} × 200, ${shed} × 503, slowest ${slowest} ms, memory ${used.join(', ')} MB, all drained`);
    },
  },
  {
    id: 'F25',
    fault: 'SIGTERM rolling restart of API and worker behind a balancer that follows /readyz',
    on: BOTH,
    quick: true,
    run: async (scene) => {
      const { world, note, target, ms } = scene;
      const balancer = await Balancer.before(() => world.apis);
      try {
        target(balancer.url);
        await sleep(500);
        const since = Date.now();
        const restarted: readonly Name[] = ms < FULL_MS ? ['api1', 'worker1'] : NAMES;
        for (const name of restarted) {
          const code = await world.tracker(name).end('SIGTERM');
          note(`${name} ended with ${code}`);
          if (code !== 0) throw new Error(`${name} ended with ${code}`);
          await world.start(name);
          await balancer.sees(world.apis.length);
        }
        const ops = answersSince(scene, since, ALL_WELL);
        return proven(balancer.moved > 0, `${restarted.length} processes replaced, ${ops.length} requests, none failed`);
      } finally {
        target(null);
        await sleep(300);
        await balancer.stop();
      }
    },
  },
];

function procStatus(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

/** Rows of the matrix that are not run, and why. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  F5: 'there are no forwards yet',
  F23: 'there are no forwards yet',
  F26: 'there is no earlier release to deploy from',
};
