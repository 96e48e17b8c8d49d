import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BACKENDS, type Backend } from '../support/environment.js';
import { NOT_RUN, ROWS } from './rows.js';
import { runRow, type Verdict } from './run.js';
import { World } from './world.js';

/** `npm run test:chaos`: the fault matrix over real processes. Exits 1 when a row fails. */
const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    seed: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    backend: { type: 'string', multiple: true },
    out: { type: 'string', default: 'chaos-results' },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const ms = Number(values.seconds) * 1_000;
const rows = ROWS.filter((row) => values.row === undefined || values.row.includes(row.id));
if (rows.length === 0 || !(ms > 0) || !Number.isInteger(seed)) {
  console.error(
    `Usage: npm run test:chaos -- [--row F7]… [--seed 42] [--seconds 60] [--backend ${BACKENDS.join('|')}]… [--out FOLDER]\nRows: ${ROWS.map((row) => row.id).join(' ')}`,
  );
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
console.log(`seed ${seed}, faults of ${values.seconds} s, histories in ${values.out}`);

const verdicts: Verdict[] = [];
for (const backend of BACKENDS.filter((name) => values.backend === undefined || values.backend.includes(name))) {
  let world: World | null = null;
  try {
    for (const row of rows.filter((one) => one.on.includes(backend as Backend))) {
      if (row.onSmallDisk === true) {
        await world?.close();
        world = await World.open(backend, [], true);
      }
      world ??= await World.open(backend);
      const verdict = await runRow(world, row, seed, ms);
      verdicts.push(verdict);
      const { load, ...told } = verdict;
      writeFileSync(join(values.out, `${row.id}-${backend}-${seed}.json`), `${JSON.stringify({ ...told, history: load.ops }, null, 1)}\n`);
      console.log(`\n${verdict.violations.length === 0 ? 'holds ' : 'FAILED'} ${row.id} on ${backend}: ${row.fault}`);
      console.log(`  hit: ${verdict.proof ?? 'NOT PROVEN'}`);
      for (const line of verdict.schedule) console.log(`  ${line}`);
      console.log(
        `  ${verdict.sent} sent, ${verdict.acked} acknowledged, ${verdict.refused} refused, ${verdict.unknown} unknown; ${verdict.lost} lost, ${verdict.double} miscounted`,
      );
      for (const violation of verdict.violations) console.log(`  VIOLATION ${violation}`);
      // What a failed row leaves behind must not be held against the next one.
      if (verdict.violations.length > 0 || row.onSmallDisk === true) {
        await world.close();
        world = null;
      }
    }
  } finally {
    await world?.close();
  }
}

console.log(`\n| row | fault | backend | sent | acked | lost | miscounted | verdict |\n|---|---|---|---|---|---|---|---|`);
for (const v of verdicts)
  console.log(
    `| ${v.row} | ${v.fault} | ${v.backend} | ${v.sent} | ${v.acked} | ${v.lost} | ${v.double} | ${v.violations.length === 0 ? 'holds' : 'FAILED'} |`,
  );
for (const [id, why] of Object.entries(NOT_RUN)) console.log(`| ${id} | | | | | | | not run: ${why} |`);
process.exit(verdicts.some((v) => v.violations.length > 0) ? 1 : 0);
