import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { bytesOfClicks, countHistory, LARGE_SOURCE, makeHistory, prepareHistory } from '../history.js';
import { Figures, median } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import type { Running } from '../processes.js';
import { cidraOutcome } from './end-to-end.js';

const DAY_MS = 86_400_000;
const MILLION = 1_000_000;
const MOST_PER_SECOND = 12_000;
const CONNECTIONS = 64;
/** Clicks from which on counters must be worth their keep. */
const LARGE = 4 * MILLION;

/** What is asked, over 1, 7, 30 and 90 days; `raw` cannot be answered from counters. */
const ASKED: readonly { what: string; query: string; raw: boolean }[] = [
  { what: 'by offer', query: 'groupBy=offer', raw: false },
  { what: 'by offer and day', query: 'groupBy=offer,day', raw: false },
  { what: 'by day in Berlin', query: 'groupBy=day&tz=Europe/Berlin', raw: false },
  { what: 'one source by country', query: `groupBy=country&filter[offerSource]=${LARGE_SOURCE}`, raw: true },
  { what: 'one source by sub1 and device', query: `groupBy=sub1,device&filter[offerSource]=${LARGE_SOURCE}`, raw: true },
];

/** Reports, room on disk and ingestion as the tables grow; 200 offers, sources, countries and subs as skewed as they are in life. */
export const reports: Measurement = {
  name: 'reports',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('reports');
    const { db } = bench;
    const worker = await bench.cidra('worker');
    const api = await bench.cidra('api');
    const empty = await ingestion(bench, api, 50);
    figures.add('bytes of a postback of the real mix: log, history, conversion, indexes included', 'B', await bytesOfPostbacks(db));
    await prepareHistory(db);
    let stored = 0;
    for (const millions of bench.options.millions) {
      const name = `${millions} M clicks`;
      const before = await bytesOfClicks(db);
      const began = performance.now();
      const count = millions * MILLION - stored;
      await makeHistory(db, stored, count);
      figures.add(`${name}: written by SQL`, '/s', count / ((performance.now() - began) / 1_000));
      stored += count;
      await countHistory(db);
      figures.add(`${name}: bytes of a click, indexes included`, 'B', ((await bytesOfClicks(db)) - before) / count, {
        holds: { atMost: 500 },
      });
      await ask(bench, api, figures, name, stored);
      const grown = await ingestion(bench, api, 60 + millions);
      const read = await whileReading(bench, api, () => ingestion(bench, api, 90 + millions));
      figures.add(`${name}: committed per second, of that on empty tables`, '×', grown / empty, { holds: { atLeast: 0.8 } });
      figures.add(`${name}: committed per second while raw reports are read, of that without`, '×', read / grown);
    }
    await bench.stop(api, worker);
    return figures.all();
  },
};

/** Each question by turns, as often as there are rounds; from counters and, moved by a minute, from the raw rows. */
async function ask(bench: Bench, api: Running, figures: Figures, name: string, clicks: number): Promise<void> {
  const to = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const took = new Map<string, number[]>();
  for (let round = 0; round < bench.options.rounds; round++) {
    for (const { what, query, raw } of ASKED) {
      for (const days of [1, 7, 30, 90]) {
        const key = `${what}, ${days} d`;
        const ms = await timed(bench, api, query, to - days * DAY_MS, to);
        if (ms !== null) took.set(key, [...(took.get(key) ?? []), ms]);
        if (!raw && days === 30 && what === 'by offer') {
          const rawMs = await timed(bench, api, query, to - days * DAY_MS + 60_000, to);
          if (rawMs !== null && ms !== null)
            figures.add(
              `${name}: by offer, 30 d, raw rows against counters`,
              '×',
              rawMs / ms,
              clicks < LARGE ? {} : { holds: { atLeast: 50 } },
            );
        }
      }
    }
  }
  for (const { what, raw } of ASKED) {
    for (const days of [1, 7, 30, 90]) {
      const values = took.get(`${what}, ${days} d`) ?? [];
      for (const ms of values)
        figures.add(`${name}: ${what}, ${days} d`, 'ms', ms, days === 30 ? { holds: { atMost: raw ? 2_000 : 100 } } : {});
    }
  }
}

/** Milliseconds of one report; null when it was refused as too slow. */
async function timed(bench: Bench, api: Running, query: string, from: number, to: number): Promise<number | null> {
  const began = performance.now();
  const response = await fetch(
    `http://127.0.0.1:${api.port}/api/v1/reports?${query}&from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`,
    { headers: { authorization: `Bearer ${bench.adminKey}` } },
  );
  const body = (await response.json()) as { rows?: unknown[] };
  if (response.status === 503) return null;
  if (response.status !== 200 || body.rows?.length === 0)
    throw new Error(`the report ${query} answered ${response.status} ${JSON.stringify(body).slice(0, 200)}`);
  return performance.now() - began;
}

/** Two readers ask for one source's 30 days of raw rows, again and again, meanwhile. */
async function whileReading<T>(bench: Bench, api: Running, work: () => Promise<T>): Promise<T> {
  let done = false;
  const to = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const { query } = ASKED.find(({ raw }) => raw) as (typeof ASKED)[number];
  const readers = [0, 1].map(async () => {
    while (!done) await timed(bench, api, query, to - 30 * DAY_MS, to);
  });
  const result = await work();
  done = true;
  await Promise.all(readers);
  return result;
}

/** Vacuumed, over the number of logged postbacks. */
async function bytesOfPostbacks(db: Bench['db']): Promise<number> {
  const tables = `SELECT inhrelid AS id FROM pg_inherits WHERE inhparent = 'postbacks'::regclass UNION ALL SELECT 'conversions'::regclass UNION ALL SELECT 'conversion_history'::regclass`;
  const { rows } = await db.query<{ bytes: number }>(
    `SELECT (SELECT sum(pg_total_relation_size(id)) FROM (${tables}) AS t)::float8 / (SELECT count(*) FROM postbacks) AS bytes`,
  );
  return rows[0]?.bytes ?? Number.NaN;
}

/** What is committed per second of the real mix. */
async function ingestion(bench: Bench, api: Running, seed: number): Promise<number> {
  const { seconds, rounds } = bench.options;
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const clicks = makeClicks(clicksFor(seconds * MOST_PER_SECOND, REAL_MIX), seed * 100 + round);
    await insertClicks(bench.db, clicks);
    await bench.settle();
    const outcome = await cidraOutcome(
      bench,
      api,
      bench.db,
      postbacks(
        seconds * MOST_PER_SECOND,
        REAL_MIX,
        clicks.map((click) => click.cid),
        createRandom(seed * 100 + round),
      ),
      CONNECTIONS,
      seconds,
    );
    rates.push(outcome.committedPerSecond);
  }
  return median(rates);
}
