import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import { cidraOutcome } from './end-to-end.js';

const CONNECTIONS = 64;
const REST_SECONDS = 5;
const MOST_PER_SECOND = 12_000;

/** Resident memory of api and worker, fresh and after the real mix. That of the embedded default is measured with it. */
export const memory: Measurement = {
  name: 'memory',
  slow: true,
  async run(bench: Bench) {
    const seconds = bench.options.seconds * 2;
    const figures = new Figures('memory');
    const api = await bench.cidra('api');
    const worker = await bench.cidra('worker');
    const clicks = makeClicks(clicksFor(seconds * MOST_PER_SECOND, REAL_MIX), 40);
    await insertClicks(bench.db, clicks);
    await rest();
    figures.add('api at rest', 'MB', api.memory());
    figures.add('worker at rest', 'MB', worker.memory());
    await cidraOutcome(bench, api, bench.db, postbacks(seconds * MOST_PER_SECOND, REAL_MIX, clicks.map((click) => click.cid), createRandom(40)), CONNECTIONS, seconds);
    figures.add('api after the load', 'MB', api.memory(), { holds: { atMost: 180 } });
    figures.add('worker after the load', 'MB', worker.memory(), { holds: { atMost: 160 } });
    await bench.stop(api, worker);
    return figures.all();
  },
};

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1_000));
