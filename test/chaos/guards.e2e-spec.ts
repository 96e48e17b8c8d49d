import { describe, expect, it } from '@jest/globals';
import { ROWS, type Row } from './rows.js';
import { runRow, type Verdict } from './run.js';
import { World, type Guard } from './world.js';

const SEED = Number(process.env.TEST_SEED ?? 20261123);
const ATTEMPTS = 3;
const F1 = ROWS.find((row) => row.id === 'F1') as Row;
/** On each click two postbacks a moment apart, so that workers meet on it before it has a conversion. */
const CROWD: Row = {
  id: 'crowd',
  fault: 'none',
  on: ['postgres'],
  quick: false,
  run: async ({ load, cids, random }) => {
    const send = async (cid: string, after: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, after));
      const txid = `c${Math.floor(random() * 1e12)}`;
      await load.postback('first', `cid=${cid}&txid=${txid}&payout=1&add_event1=1`, `${cid} ${txid}`);
    };
    await Promise.all(cids.slice(5).flatMap((cid, i) => [send(cid, i * 8), send(cid, i * 8 + 5 + random() * 25)]));
    return { proof: `${cids.length - 5} meetings` };
  },
};

/** A checker is worth what it finds: each guard is taken away, and the matrix must fail. Where guards overlap, all of them go. */
describe(`the checker misses what is taken away (seed ${SEED})`, () => {
  it.each<[name: string, without: Guard[], row: Row, says: RegExp]>([
    ['the commit before the answer', ['commit-before-ack'], F1, /are not stored|nowhere/],
    ['the lock on clicks (S2)', ['click-lock'], CROWD, /not the fold|not counted once/],
    ['the read after the lock (S2 and S3 in one)', ['fresh-read'], CROWD, /not the fold|not counted once/],
    [
      'the lock of a claim, and the keys of history and log that stand behind it',
      ['claim-lock', 'history-key', 'log-key'],
      CROWD,
      /two verdicts|not counted once/,
    ],
  ])(
    '%s',
    async (_name, without, row, says) => {
      const world = await World.open('postgres', without);
      try {
        const found: Verdict['violations'] = [];
        for (let attempt = 0; attempt < ATTEMPTS && !found.some((violation) => says.test(violation)); attempt++)
          found.push(...(await runRow(world, row, SEED + attempt, 4_000)).violations);
        expect(found.join('\n')).toMatch(says);
      } finally {
        await world.close();
      }
    },
    240_000,
  );
});
