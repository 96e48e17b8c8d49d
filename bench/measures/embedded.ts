import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.js';
import type { Bench, Measurement } from '../bench.js';
import { insertCatalogue, insertClicks, makeClicks } from '../data.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import { cidraOutcome } from './end-to-end.js';

const CONNECTIONS = [8, 64, 256];
const SECONDS = 60;
const MOST_PER_SECOND = 10_000;
const SAMPLE_MS = 250;

/** `npm start` with nothing configured, under the real mix for a minute: how long the oldest postback waits for its verdict. */
export const embedded: Measurement = {
  name: 'embedded',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('embedded default');
    const folder = bench.folder();
    const process = await bench.embedded(folder.path);
    figures.add('memory at rest', 'MB', process.memory());
    const server = await startEmbeddedPostgres(folder.path, false);
    const db = new pg.Pool({ connectionString: server.url, max: 2 });
    await insertCatalogue(db);
    const most = SECONDS * MOST_PER_SECOND;
    for (const connections of CONNECTIONS) {
      const clicks = makeClicks(clicksFor(most, REAL_MIX), 30 + connections);
      await insertClicks(db, clicks);
      const requests = postbacks(
        most,
        REAL_MIX,
        clicks.map((click) => click.cid),
        createRandom(30 + connections),
      );
      await db.query('CHECKPOINT');
      const oldest = watchOldest(db);
      const outcome = await cidraOutcome(bench, process, db, requests, connections, SECONDS);
      figures.add(`${connections} connections: acked`, '/s', outcome.ackedPerSecond);
      figures.add(`${connections} connections: committed`, '/s', outcome.committedPerSecond);
      figures.add(`${connections} connections: oldest without a verdict`, 's', await oldest.stop(), { holds: { atMost: 1 } });
      figures.add(`${connections} connections: backlog after the load`, 's', outcome.drainSeconds, { holds: { atMost: 1 } });
      figures.add(`memory after ${connections} connections`, 'MB', process.memory(), { holds: { atMost: 220 } });
    }
    await db.end();
    await bench.stop(process);
    folder.remove();
    return figures.all();
  },
};

/** The greatest age in seconds that a postback in the inbox was seen to have. */
function watchOldest(db: pg.Pool): { stop: () => Promise<number> } {
  let oldest = 0;
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const { rows } = await db.query<{ age: number | null }>(
        'SELECT extract(epoch FROM clock_timestamp() - min(next_attempt_at))::float8 AS age FROM inbox',
      );
      oldest = Math.max(oldest, rows[0]?.age ?? 0);
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await watching;
      return oldest;
    },
  };
}
