import { check, type Findings } from './checker.js';
import { Load } from './load.js';
import type { Row } from './rows.js';
import type { World } from './world.js';
import { generator } from '../support/random.js';

/** What became of one row. */
export interface Verdict extends Findings {
  row: string;
  fault: string;
  backend: string;
  seed: number;
  /** What proves that the fault hit; null when it did not. */
  proof: string | null;
  schedule: string[];
  load: Load;
}

const CLICKS = 300;
const PER_SECOND = 150;
const SENDERS = 12;
const AROUND_MS = 700;

/** Load, fault, healing, check. The world is whole again afterwards. */
export async function runRow(world: World, row: Row, seed: number, ms: number): Promise<Verdict> {
  const random = generator(seed);
  const { offer, cids } = await world.offerWithClicks(CLICKS);
  let aimed: string | null = null;
  const load = new Load({
    targets: () => (aimed === null ? world.apis : [aimed]),
    cids,
    offerKey: offer.key,
    random,
    perSecond: PER_SECOND,
    senders: SENDERS,
  });
  const began = Date.now();
  const schedule: string[] = [];
  const note = (what: string): void => void schedule.push(`${((Date.now() - began) / 1_000).toFixed(1)} s ${what}`);
  load.start();
  await new Promise((resolve) => setTimeout(resolve, AROUND_MS));
  let proof: string | null = null;
  let deadLetters = 0;
  const failures: string[] = [];
  try {
    const outcome = await row.run({ world, load, offer, cids, random, ms, note, target: (url) => (aimed = url) });
    proof = outcome.proof;
    deadLetters = outcome.deadLetters ?? 0;
  } catch (error) {
    failures.push((error as Error).message);
    await world.heal();
  }
  await new Promise((resolve) => setTimeout(resolve, AROUND_MS));
  await load.stop();
  const findings = await check(world, load, offer.id, deadLetters);
  load.close();
  return {
    row: row.id,
    fault: row.fault,
    backend: world.backend,
    seed,
    proof,
    schedule,
    load,
    ...findings,
    violations: [...failures, ...findings.violations],
  };
}
