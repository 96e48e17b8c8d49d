import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { Figures, median } from '../figures.js';
import { fillHistory, LARGE_SOURCE } from '../history.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import type { Running } from '../processes.js';
import { START_ANEW, STATUS, type ColumnStatus } from '../../src/reporting/columns/columns.query.js';
import { SCHEMA } from '../../src/reporting/columns/copy.js';
import { cidraOutcome } from './end-to-end.js';

const DAY_MS = 86_400_000;
const MILLION = 1_000_000;
const MOST_PER_SECOND = 12_000;
const CONNECTIONS = 64;
const BUILD_LIMIT_MS = 3_600_000;
const IDLE_MS = 75_000;
const SOURCE = `filter[offerSource]=${LARGE_SOURCE}`;

interface Question {
  what: string;
  query: string;
  mustMs: number;
}

/** What counters cannot answer. */
const ASKED: readonly [Question, ...Question[]] = [
  { what: 'one source by country', query: `groupBy=country&${SOURCE}`, mustMs: 700 },
  { what: 'one source by sub1 and device', query: `groupBy=sub1,device&${SOURCE}`, mustMs: 700 },
  { what: 'one source by 50,000 zones, sorted by profit', query: `groupBy=sub3&${SOURCE}&sort=-profit`, mustMs: 700 },
  { what: 'one source by zone and banner, sorted by profit', query: `groupBy=sub3,sub2&${SOURCE}&sort=-profit`, mustMs: 700 },
  { what: 'one source by zone and banner, sorted by clicks', query: `groupBy=sub3,sub2&${SOURCE}&sort=-clicks`, mustMs: 700 },
  {
    what: 'one source by banner, country and device, sorted by profit',
    query: `groupBy=sub2,country,device&${SOURCE}&sort=-profit`,
    mustMs: 2_000,
  },
  {
    what: 'all by country, filtered by banner and browser',
    query: 'groupBy=country&filter[sub2]=banner-3&filter[browser]=chrome',
    mustMs: 700,
  },
];

/** Column copies: how fast reports are with and without them, what they take to build and to keep, and what ingestion notices. */
export const columns: Measurement = {
  name: 'columns',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('columns');
    const { db, options } = bench;
    const millions = options.millions.at(-1) ?? 1;
    const [folder, empty] = [bench.folder(), bench.folder()];
    await fillHistory(db, millions * MILLION);
    const api = await bench.cidra('api', 1, { COLUMNS_DIR: folder.path });
    const without = await bench.cidra('api', 1, { COLUMNS_DIR: empty.path });
    const idleWorker = await bench.cidra('worker', 1, { COLUMNS_DIR: empty.path });
    const alone = await ingestion(bench, api, 50);
    await bench.stop(idleWorker);

    for (const statement of START_ANEW) await db.query(statement);
    const worker = await bench.cidra('worker', 1, { COLUMNS_DIR: folder.path });
    const building = await ingestion(bench, api, 70);
    figures.add('committed per second while copies are built, of that without', '×', building / alone, { holds: { atLeast: 0.85 } });
    const status = await built(bench);
    figures.add(`bytes a click on disk, ${status.rows} clicks of ${status.valid} days`, 'B', status.bytes / status.rows, {
      holds: { atMost: 40 },
    });

    const to = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    for (let round = 0; round < options.rounds; round++) {
      // Its files are verified and DuckDB is loaded while it waits.
      const fresh = await bench.cidra('api', 1, { COLUMNS_DIR: folder.path });
      const first = await timed(bench, fresh, ASKED[0].query, to - 30 * DAY_MS, to);
      figures.add(`the first question after a start: ${ASKED[0].what}, 30 d`, 'ms', first, { holds: { atMost: 700 } });
      await bench.stop(fresh);
    }

    const atRest = api.memory();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, api.memory())), 100);
    for (const days of [7, 30, 90]) {
      for (const { what, query, mustMs } of ASKED) {
        const [fast, slow]: [number[], number[]] = [[], []];
        for (let round = 0; round < options.rounds; round++) {
          fast.push(await timed(bench, api, query, to - days * DAY_MS, to));
          slow.push(await timed(bench, without, query, to - days * DAY_MS, to));
        }
        const must = days === 90 ? 2_000 : mustMs;
        for (const ms of fast) figures.add(`${what}, ${days} d, with copies`, 'ms', ms, days === 7 ? {} : { holds: { atMost: must } });
        for (const ms of slow) figures.add(`${what}, ${days} d, without`, 'ms', ms);
        figures.add(
          `${what}, ${days} d, without against with`,
          '×',
          median(slow) / median(fast),
          days === 30 ? { holds: { atLeast: 8 } } : {},
        );
      }
    }
    figures.add('memory of an API while it answers, above that at rest', 'MB', most - atRest, { holds: { atMost: 300 } });
    clearInterval(watch);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    figures.add('memory of an API a minute later, above that at rest', 'MB', api.memory() - atRest);

    let done = false;
    const { query } = ASKED[0];
    const readers = [0, 1].map(async () => {
      while (!done) await timed(bench, api, query, to - 30 * DAY_MS, to);
    });
    const read = await ingestion(bench, api, 90);
    done = true;
    await Promise.all(readers);
    figures.add('committed per second while two readers ask without a pause, of that without', '×', read / alone, {
      holds: { atLeast: 0.7 },
    });
    await bench.stop(api, without, worker);
    folder.remove();
    empty.remove();
    return figures.all();
  },
};

/** Until every closed day has its copy. */
async function built(bench: Bench): Promise<ColumnStatus> {
  const ends = Date.now() + BUILD_LIMIT_MS;
  for (;;) {
    const status = (await bench.db.query<ColumnStatus>(STATUS, [SCHEMA])).rows[0] as ColumnStatus;
    if (status.toBuild === 0 && status.valid > 0) return status;
    if (Date.now() > ends) throw new Error(`${status.toBuild} days are not built`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** Milliseconds of one report; what takes over ten seconds counts as ten. */
async function timed(bench: Bench, api: Running, query: string, from: number, to: number): Promise<number> {
  const began = performance.now();
  const response = await fetch(
    `http://127.0.0.1:${api.port}/api/v1/reports?${query}&from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`,
    { headers: { authorization: `Bearer ${bench.adminKey}` } },
  );
  const text = await response.text();
  if (response.status !== 200 && response.status !== 503)
    throw new Error(`the report ${query} answered ${response.status} ${text.slice(0, 200)}`);
  return performance.now() - began;
}

/** What is committed per second of the real mix. */
async function ingestion(bench: Bench, api: Running, seed: number): Promise<number> {
  const { seconds, rounds } = bench.options;
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const clicks = makeClicks(clicksFor(seconds * MOST_PER_SECOND, REAL_MIX), seed * 100 + round);
    await insertClicks(bench.db, clicks);
    await bench.settle();
    const cids = clicks.map((click) => click.cid);
    const sent = postbacks(seconds * MOST_PER_SECOND, REAL_MIX, cids, createRandom(seed * 100 + round));
    rates.push((await cidraOutcome(bench, api, bench.db, sent, CONNECTIONS, seconds)).committedPerSecond);
  }
  return median(rates);
}
