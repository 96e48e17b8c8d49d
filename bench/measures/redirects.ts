import { inTurns, type Bench, type Measurement } from '../bench.js';
import { OFFERS } from '../data.js';
import { Figures } from '../figures.js';
import { createRandom, visits } from '../mix.js';

const CONNECTIONS = 64;
const MOST_PER_SECOND = 35_000;

/** Visits redirected once their click is durable, against a handler that makes the same Location and stores nothing. */
export const redirects: Measurement = {
  name: 'redirects',
  async run(bench: Bench) {
    const [cidraApi, empty] = await Promise.all([bench.cidra('api'), bench.empty()]);
    const targets = [
      { name: 'cidra', process: cidraApi },
      { name: 'without a click', process: empty },
    ];
    const keys = OFFERS.map((offer) => offer.key);
    const figures = new Figures('redirects');
    const rates = new Map<string, number>();
    await inTurns(bench.options.rounds, targets, async ({ name, process }, round) => {
      const requests = visits(Math.ceil((bench.options.seconds + 1) * MOST_PER_SECOND), keys, createRandom(20 + round));
      await bench.settle();
      const before = await clicks(bench);
      const load = await bench.load(process, { connections: CONNECTIONS, requests });
      if (Object.keys(load.allAnswers).some((status) => status !== '302'))
        throw new Error(`${name} answered ${JSON.stringify(load.allAnswers)}`);
      const stored = (await clicks(bench)) - before;
      if (name === 'cidra' && stored !== load.allAnswers[302]) throw new Error(`${load.allAnswers[302]} redirects and ${stored} clicks`);
      rates.set(name, (load.answers[302] ?? 0) / load.seconds);
      figures.add(name, '/s', rates.get(name) ?? Number.NaN);
      figures.add(`${name}, p50`, 'ms', load.p50);
      figures.add(`${name}, p99`, 'ms', load.p99);
      const [cidra, without] = [rates.get('cidra'), rates.get('without a click')];
      if (cidra === undefined || without === undefined) return;
      figures.add('cidra against without a click', '×', cidra / without, { holds: { atLeast: 0.4 }, floor: 0.2 });
      rates.clear();
    });
    await bench.stop(...targets.map((target) => target.process));
    return figures.all();
  },
};

async function clicks(bench: Bench): Promise<number> {
  const { rows } = await bench.db.query<{ n: number }>('SELECT count(*)::int AS n FROM clicks');
  return rows[0]?.n ?? Number.NaN;
}
