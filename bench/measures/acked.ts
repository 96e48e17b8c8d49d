import { inTurns, type Bench, type Measurement } from '../bench.js';
import { Figures } from '../figures.js';
import type { Load } from '../load.js';
import { makeClicks } from '../data.js';
import { createRandom, FIRSTS_ONLY, postbacks } from '../mix.js';

/** The number of connections at which the ratio must hold: enough to keep one process busy. */
const HELD_AT = 64;
const LATENCY_AT = 8;
/** More than the empty handler answers in a second. */
const MOST_PER_SECOND = 45_000;

/** Postbacks answered 200, durable, while no worker runs: Cidra, an empty handler, and a queue.add per request. */
export const acked: Measurement = {
  name: 'acked',
  async run(bench: Bench) {
    const { rounds, seconds, quick } = bench.options;
    const connections = quick ? [HELD_AT] : bench.options.connections;
    const [cidra, empty, naive] = await Promise.all([bench.cidra('api'), bench.empty(), bench.naive('api')]);
    const targets = [
      { name: 'cidra', process: cidra, clear: () => bench.db.query('TRUNCATE inbox') },
      { name: 'empty handler', process: empty, clear: () => Promise.resolve() },
      { name: 'naive', process: naive, clear: () => bench.naiveRedis.flushdb() },
    ];
    const count = Math.ceil((seconds + 1) * MOST_PER_SECOND);
    const cids = makeClicks(count, 1).map((click) => click.cid);
    const requests = postbacks(count, FIRSTS_ONLY, cids, createRandom(1));
    const figures = new Figures('acked');
    for (const n of connections) {
      const loads = new Map<string, Load>();
      await inTurns(rounds, targets, async ({ name, process, clear }) => {
        await bench.settle();
        const load = await bench.load(process, { connections: n, requests });
        if (Object.keys(load.allAnswers).some((status) => status !== '200'))
          throw new Error(`${name} answered ${JSON.stringify(load.allAnswers)}`);
        await clear();
        loads.set(name, load);
        if (loads.size < targets.length) return;
        // A round is complete.
        const rate = (of: string): number => {
          const { answers, seconds: took } = loads.get(of) as Load;
          return (answers[200] ?? 0) / took;
        };
        const at = `${n} connection${n === 1 ? '' : 's'}`;
        for (const target of targets) figures.add(`${at}: ${target.name}`, '/s', rate(target.name));
        const held = n === HELD_AT ? { holds: { atLeast: 0.45 }, floor: 0.22 } : {};
        figures.add(`${at}: cidra against the empty handler`, '×', rate('cidra') / rate('empty handler'), held);
        figures.add(`${at}: cidra against naive`, '×', rate('cidra') / rate('naive'));
        for (const target of targets) {
          const { p50, p99 } = loads.get(target.name) as Load;
          figures.add(`${at}: ${target.name}, p50`, 'ms', p50, target.name === 'cidra' && n === LATENCY_AT ? { holds: { atMost: 2 } } : {});
          figures.add(`${at}: ${target.name}, p99`, 'ms', p99);
        }
        loads.clear();
      });
    }
    await bench.stop(...targets.map((target) => target.process));
    return figures.all();
  },
};
