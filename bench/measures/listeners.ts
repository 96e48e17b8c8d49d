import { type ClientRequest, get } from 'node:http';
import { type Bench, inTurns, type Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import { cidraOutcome, type Outcome } from './end-to-end.js';

const CONNECTIONS = 64;
const MOST_PER_SECOND = 12_000;
const LISTENERS = 50;
const TARGETS = ['nobody', 'listeners'] as const;

/** What 50 people who watch the log live cost ingestion; those who read are on the same machine. */
export const listeners: Measurement = {
  name: 'listeners',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('listeners');
    const { rounds, seconds } = bench.options;
    const [api, worker] = await Promise.all([bench.cidra('api'), bench.cidra('worker')]);
    const load = async (seed: number): Promise<Outcome> => {
      const clicks = makeClicks(clicksFor(seconds * MOST_PER_SECOND, REAL_MIX), seed);
      await insertClicks(bench.db, clicks);
      const cids = clicks.map((click) => click.cid);
      await bench.settle();
      return cidraOutcome(
        bench,
        api,
        bench.db,
        postbacks(seconds * MOST_PER_SECOND, REAL_MIX, cids, createRandom(seed)),
        CONNECTIONS,
        seconds,
      );
    };
    await load(700);
    const committed = { nobody: 0, listeners: 0 };
    let seed = 710;
    await inTurns(rounds, TARGETS, async (target) => {
      let bytes = 0;
      const open: ClientRequest[] = [];
      for (let i = 0; target === 'listeners' && i < LISTENERS; i++) {
        const request = get(
          `http://127.0.0.1:${api.port}/api/v1/events`,
          { agent: false, headers: { authorization: `Bearer ${bench.adminKey}` } },
          (answer) => answer.on('data', (chunk: Buffer) => (bytes += chunk.length)),
        );
        request.on('error', () => undefined);
        open.push(request);
      }
      committed[target] = (await load(seed++)).committedPerSecond;
      for (const request of open) request.destroy();
      figures.add(`${target}: committed`, '/s', committed[target]);
      if (target === 'listeners') figures.add('read by all listeners', 'MB', bytes / 1_000_000);
      if (committed.nobody === 0 || committed.listeners === 0) return;
      figures.add(`with ${LISTENERS} listeners, against none`, '×', committed.listeners / committed.nobody, { holds: { atLeast: 0.98 } });
      Object.assign(committed, { nobody: 0, listeners: 0 });
    });
    await bench.stop(api, worker);
    return figures.all();
  },
};
