import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import type { Running } from '../processes.js';
import { cidraOutcome } from './end-to-end.js';

const CONNECTIONS = 64;
const MOST_PER_SECOND = 12_000;

/** The real mix end to end with more processes of each kind. */
export const scaling: Measurement = {
  name: 'scaling',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('scaling');
    const { rounds, seconds } = bench.options;
    for (let round = 0; round < rounds; round++) {
      const workers: Running[] = [];
      let one = Number.NaN;
      for (const [listeners, count] of [
        [1, 1],
        [1, 2],
        [1, 4],
        [2, 1],
      ] as const) {
        const api = await bench.cidra('api', listeners);
        while (workers.length < count) workers.push(await bench.cidra('worker'));
        await bench.stop(...workers.splice(count));
        const seed = 80 + round * 10 + listeners * 5 + count;
        const clicks = makeClicks(clicksFor(seconds * MOST_PER_SECOND, REAL_MIX), seed);
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
            createRandom(seed),
          ),
          CONNECTIONS,
          seconds,
        );
        const name = `${listeners} listening, ${count} worker${count === 1 ? '' : 's'}`;
        figures.add(`${name}: committed`, '/s', outcome.committedPerSecond);
        if (listeners === 1 && count === 1) one = outcome.committedPerSecond;
        else figures.add(`${name} against one of each`, '×', outcome.committedPerSecond / one);
        await bench.stop(api);
      }
      await bench.stop(...workers);
    }
    return figures.all();
  },
};
