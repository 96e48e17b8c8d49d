import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
    times: { type: 'string', default: '1' },
    pooler: { type: 'boolean', default: false },
    out: { type: 'string', default: 'chaos-results' },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const times = Number(values.times);
const ms = Number(values.seconds) * 1_000;
const rows = ROWS.filter((row) => values.row === undefined || values.row.includes(row.id));
if (rows.length === 0 || !(ms > 0) || !Number.isInteger(seed) || !(times > 0)) {
  console.error(
    `Usage: npm run test:chaos -- [--row F7]… [--seed 42] [--seconds 60] [--backend ${BACKENDS.join('|')}]… [--times 5: as often, each with the next seed] [--pooler: through PgBouncer] [--out FOLDER]\nRows: ${ROWS.map((row) => row.id).join(' ')}`,
  );
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
const tableFile = join(values.out, 'table.md');
const began = Date.now();
console.log(`seed ${seed}, faults of ${values.seconds} s, histories and table in ${values.out}`);

const lines: string[] = [];
let failed = 0;
/** Written after every row, so that a run that is cut off leaves what it has. */
function enter(cells: readonly (string | number)[]): void {
  lines.push(`| ${cells.join(' | ')} |`);
  const minutes = ((Date.now() - began) / 60_000).toFixed(0);
  const head = `Seed ${seed}, faults of ${values.seconds} s, ${minutes} minutes in all, ${new Date().toISOString().slice(0, 10)}.\n\n| row | fault | queues on | sent | acknowledged | lost | miscounted | verdict |\n| --- | --- | --- | --- | --- | --- | --- | --- |`;
  writeFileSync(tableFile, `${head}\n${lines.join('\n')}\n`);
}

for (const backend of BACKENDS.filter((name) => values.backend === undefined || values.backend.includes(name))) {
  let world: World | null = null;
  try {
    for (const row of rows.filter((one) => one.on.includes(backend as Backend))) {
      for (let time = 0; time < times; time++) {
        if (row.onSmallDisk === true) {
          await world?.close();
          world = null;
        }
        world ??= await World.open(backend, [], { onSmallDisk: row.onSmallDisk === true, pooled: values.pooler });
        const verdict = await runRow(world, row, seed + time, ms);
        report(verdict);
        // What a failed row leaves behind must not be held against the next one.
        if (verdict.violations.length > 0 || row.onSmallDisk === true) {
          await world.close();
          world = null;
        }
      }
    }
  } finally {
    await world?.close();
  }
}
for (const [id, why] of Object.entries(NOT_RUN)) if (values.row === undefined) enter([id, '', '', '', '', '', '', `not run: ${why}`]);
console.log(`\n${readFileSync(tableFile, 'utf8')}`);
process.exit(failed > 0 ? 1 : 0);

function report(verdict: Verdict): void {
  const { load, ...told } = verdict;
  const { row, backend, fault, violations } = verdict;
  writeFileSync(join(values.out, `${row}-${backend}-${verdict.seed}.json`), `${JSON.stringify({ ...told, history: load.ops }, null, 1)}\n`);
  const holds = violations.length === 0;
  if (!holds) failed++;
  console.log(`\n${holds ? 'holds ' : 'FAILED'} ${row} on ${backend}, seed ${verdict.seed}: ${fault}`);
  console.log(`  hit: ${verdict.proof ?? 'NOT PROVEN'}`);
  for (const line of verdict.schedule) console.log(`  ${line}`);
  console.log(
    `  ${verdict.sent} sent, ${verdict.acked} acknowledged, ${verdict.refused} refused, ${verdict.unknown} unknown; ${verdict.lost} lost, ${verdict.double} miscounted`,
  );
  for (const violation of violations) console.log(`  VIOLATION ${violation}`);
  enter([row, fault, backend, verdict.sent, verdict.acked, verdict.lost, verdict.double, holds ? 'holds' : 'FAILED']);
}
