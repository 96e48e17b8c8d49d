import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, type Measurement, type Options } from './bench.js';
import { doesHold, type Figure, isBelowFloor, median, table } from './figures.js';
import { acked } from './measures/acked.js';
import { columns } from './measures/columns.js';
import { embedded } from './measures/embedded.js';
import { endToEnd } from './measures/end-to-end.js';
import { halfLoad } from './measures/half-load.js';
import { install } from './measures/install.js';
import { hotClick } from './measures/hot-click.js';
import { imports } from './measures/imports.js';
import { lists } from './measures/lists.js';
import { listeners } from './measures/listeners.js';
import { memory } from './measures/memory.js';
import { page } from './measures/page.js';
import { reports } from './measures/reports.js';
import { redirects } from './measures/redirects.js';
import { scaling } from './measures/scaling.js';
import { withoutQueue } from './measures/without-queue.js';
import { workerAlone } from './measures/worker.js';
import { startUp } from './measures/start-up.js';
import { ROOT } from './processes.js';

const MEASUREMENTS: readonly Measurement[] = [
  acked,
  endToEnd,
  withoutQueue,
  workerAlone,
  halfLoad,
  hotClick,
  listeners,
  redirects,
  memory,
  imports,
  scaling,
  reports,
  lists,
  columns,
  page,
  startUp,
  install,
  embedded,
];
const USAGE = `npm run bench -- [--quick] [--rounds 5] [--seconds 4] [--connections 1,8,64,256] [--clicks 1,5,20] [--per-second 300] [--against COMMIT] [--only ${MEASUREMENTS.map((m) => m.name.replaceAll(' ', '-')).join(',')}] [--out FILE]`;

function read(args: string[]): { options: Options; chosen: readonly Measurement[]; out: string } {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '1,8,64,256' },
      clicks: { type: 'string', default: '1' },
      'per-second': { type: 'string' },
      against: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const { quick, connections, clicks, only, out } = values;
  const number = (text: string): number => {
    const n = Number(text);
    if (!(n > 0 && n <= 10_000)) throw new Error(`${text} is not a number above 0`);
    return n;
  };
  const names = only?.split(',').map((name) => name.replaceAll('-', ' ').replace('start up', 'start-up'));
  const unknown = names?.filter((name) => !MEASUREMENTS.some((m) => m.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no measurement ${unknown.join(', ')}`);
  return {
    options: {
      quick,
      rounds: number(values.rounds ?? (quick ? '2' : '5')),
      seconds: number(values.seconds ?? (quick ? '1.5' : '4')),
      warmUpSeconds: quick ? 0.5 : 1,
      ...(values.against === undefined ? {} : { against: values.against }),
      ...(values['per-second'] === undefined ? {} : { perSecond: number(values['per-second']) }),
      connections: connections.split(',').map(number),
      millions: clicks
        .split(',')
        .map(number)
        .toSorted((a, b) => a - b),
    },
    chosen: MEASUREMENTS.filter((m) => (names === undefined ? !(quick && m.slow === true) : names.includes(m.name))),
    out: out ?? join(ROOT, 'bench', 'results', 'latest.json'),
  };
}

async function machine(bench: Bench): Promise<Record<string, string | number>> {
  const { rows } = await bench.db.query<{ server_version: string }>('SHOW server_version');
  const redis = /redis_version:(\S+)/.exec(await bench.redis.info('server'))?.[1] ?? 'unknown';
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    postgres: rows[0]?.server_version ?? 'unknown',
    redis,
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Prints and writes what was measured; false when something could not be measured or is below half of what must hold. */
async function main(args: string[]): Promise<boolean> {
  const { options, chosen, out } = read(args);
  const began = performance.now();
  const elapsed = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`;
  const bench = await Bench.open(options);
  process.once('SIGINT', () => void bench.end().finally(() => process.exit(130)));
  const figures: Figure[] = [];
  const failures: string[] = [];
  try {
    for (const measurement of chosen) {
      console.error(`${elapsed()}: ${measurement.name} …`);
      try {
        figures.push(...(await measurement.run(bench)));
      } catch (error) {
        // The others are worth having all the same.
        failures.push(`${measurement.name} could not be measured: ${(error as Error).message}`);
        await bench.stopAll();
      }
    }
    const result = {
      at: new Date().toISOString(),
      machine: await machine(bench),
      options,
      figures: figures.map((f) => ({ ...f, median: median(f.values), held: doesHold(f) })),
      failures,
    };
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await bench.end();
  }
  console.log(table(figures));
  console.log(`\n${elapsed()} in all; written to ${out}`);
  for (const { measurement, what, values, floor } of figures.filter(isBelowFloor))
    failures.push(`${measurement}, ${what}: ${median(values).toFixed(2)} is below ${floor}`);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  return failures.length === 0;
}

main(process.argv.slice(2)).then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: Error) => {
    console.error(`The bench could not start: ${error.message}\n${USAGE}`);
    process.exit(1);
  },
);
