import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Backend } from '../support/environment.js';
import { ROWS } from './rows.js';
import { runRow } from './run.js';
import { World } from './world.js';

const SEED = Number(process.env.TEST_SEED ?? 20261123);
/** Long enough for several kills and for a time-out; the matrix by command has a minute. */
const FAULT_MS = 4_000;

/** The rows that are short enough for every run of the tests. The whole matrix: `npm run test:chaos`. */
export function quickRows(backend: Backend): void {
  describe(`faults, queues on ${backend} (seed ${SEED})`, () => {
    let world: World;
    beforeAll(async () => {
      world = await World.open(backend);
    });
    afterAll(() => world.close());

    it.each(ROWS.filter((row) => row.quick && row.on.includes(backend)).map((row) => [row.id, row.fault, row] as const))(
      '%s %s',
      async (_id, _fault, row) => {
        const { proof, lost, double, violations } = await runRow(world, row, SEED, FAULT_MS);
        expect(violations).toEqual([]);
        expect({ lost, double }).toEqual({ lost: 0, double: 0 });
        expect(proof).not.toBeNull();
      },
      180_000,
    );
  });
}
