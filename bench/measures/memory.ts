import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import { cidraOutcome } from './end-to-end.js';

const CONNECTIONS = 64;
const REST_SECONDS = 5;
const MOST_PER_SECOND = 12_000;
const LOADS = 6;

/** Resident memory of api and worker, fresh and after loads of the real mix in a row; `--seconds 200 --per-second 300` makes an hour of them. That of the embedded default is measured with it. */
export const memory: Measurement = {
  name: 'memory',
  slow: true,
  async run(bench: Bench) {
    const seconds = bench.options.seconds * 3;
    const { perSecond } = bench.options;
    const most = Math.ceil(seconds * (perSecond ?? MOST_PER_SECOND));
    const figures = new Figures('memory');
    const api = await bench.cidra('api');
    const worker = await bench.cidra('worker');
    await rest();
    const processes = [
      { name: 'api', process: api, atMost: 180 },
      { name: 'worker', process: worker, atMost: 160 },
    ];
    for (const { name, process } of processes) figures.add(`${name} at rest`, 'MB', process.memory());
    const after: number[][] = [];
    for (let i = 0; i < LOADS; i++) {
      const clicks = makeClicks(clicksFor(most, REAL_MIX), 40 + i);
      await insertClicks(bench.db, clicks);
      const { committedPerSecond } = await cidraOutcome(
        bench,
        api,
        bench.db,
        postbacks(
          most,
          REAL_MIX,
          clicks.map((click) => click.cid),
          createRandom(40 + i),
        ),
        CONNECTIONS,
        seconds,
        perSecond,
      );
      figures.add('committed in these loads', '/s', committedPerSecond);
      after.push(processes.map(({ process }) => process.memory()));
    }
    for (const [p, { name, atMost }] of processes.entries()) {
      for (const memories of after)
        figures.add(`${name} after ${LOADS} loads of ${seconds} s, each`, 'MB', memories[p] as number, { holds: { atMost } });
      figures.add(
        `${name}: after the last load against after the third`,
        '×',
        (after.at(-1)?.[p] ?? Number.NaN) / (after[2]?.[p] ?? Number.NaN),
        { holds: { atMost: 1.1 } },
      );
    }
    await bench.stop(api, worker);
    return figures.all();
  },
};

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1_000));
