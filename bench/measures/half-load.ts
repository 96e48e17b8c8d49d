import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.js';
import type { Bench, Measurement } from '../bench.js';
import { insertCatalogue, insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import type { Running } from '../processes.js';
import { cidraOutcome, type Outcome } from './end-to-end.js';

const CONNECTIONS = 64;
const MOST_PER_SECOND = 12_000;

/** How long an acknowledgement takes at half of what is taken in at full load, counted from when a request was due. */
export const halfLoad: Measurement = {
  name: 'half load',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('half load');
    const [api, worker] = await Promise.all([bench.cidra('api'), bench.cidra('worker')]);
    await measure(bench, figures, api, bench.db, 'api and worker', 10);
    await bench.stop(api, worker);

    const folder = bench.folder();
    const all = await bench.embedded(folder.path);
    const db = new pg.Pool({ connectionString: (await startEmbeddedPostgres(folder.path, false)).url, max: 2 });
    await insertCatalogue(db);
    await measure(bench, figures, all, db, 'embedded default', 50);
    await db.end();
    await bench.stop(all);
    folder.remove();
    return figures.all();
  },
};

async function measure(bench: Bench, figures: Figures, api: Running, db: pg.Pool, name: string, atMost: number): Promise<void> {
  const { rounds, seconds } = bench.options;
  const load = async (seed: number, perSecond?: number): Promise<Outcome> => {
    const clicks = makeClicks(clicksFor(seconds * MOST_PER_SECOND, REAL_MIX), seed);
    await insertClicks(db, clicks);
    await db.query('CHECKPOINT');
    return cidraOutcome(
      bench,
      api,
      db,
      postbacks(
        seconds * MOST_PER_SECOND,
        REAL_MIX,
        clicks.map((click) => click.cid),
        createRandom(seed),
      ),
      CONNECTIONS,
      seconds,
      perSecond,
    );
  };
  await load(900);
  for (let round = 0; round < rounds; round++) {
    const full = await load(910 + round);
    const half = await load(940 + round, full.ackedPerSecond / 2);
    figures.add(`${name}: full load`, '/s', full.ackedPerSecond);
    figures.add(`${name}: half of it, p50`, 'ms', half.p50);
    figures.add(`${name}: half of it, p99`, 'ms', half.p99, { holds: { atMost } });
  }
}
