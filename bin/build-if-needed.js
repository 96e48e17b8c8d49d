// Builds when the sources are other than those of the last build (or with --always), so that `npm start` works on a fresh clone
// and costs nothing later. Contents count, not times: a build that is shipped with its sources is found to be theirs. The page
// is built beside the program, and only when its own sources have changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Made by the build itself. */
const MADE = 'web/src/api/schema.d.ts';

const PROGRAM = {
  what: 'the program',
  output: 'dist',
  needs: 'typescript',
  sources: ['src', 'migrations', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'bin/build.js'],
  steps: [['bin/build.js']],
  always: process.argv.includes('--always'),
};
const PAGE = {
  what: 'its page',
  output: 'web/dist',
  needs: 'vite',
  // The page uses pure files of the program and the types of its API.
  sources: [
    'web/src',
    'web/index.html',
    'web/vite.config.ts',
    'openapi.json',
    'package-lock.json',
    ...['lib', 'offer-sources', 'offers', 'statuses', 'conversions', 'rates'].map((room) => `src/${room}`),
  ],
  isSource: (name) => !name.startsWith('src/') || /\/[^./]+\.ts$/.test(name),
  steps: [
    ['node_modules/openapi-typescript/bin/cli.js', 'openapi.json', '-o', MADE],
    ['node_modules/vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
  ],
  always: false,
};

function hashOf({ sources, isSource = () => true }) {
  const hash = createHash('sha256');
  const add = (name) => {
    const path = join(root, name);
    if (statSync(path).isDirectory()) {
      for (const inside of readdirSync(path).toSorted()) add(`${name}/${inside}`);
    } else if (!name.endsWith('.spec.ts') && name !== MADE && isSource(name)) {
      hash.update(`${name}\0`).update(readFileSync(path)).update('\0');
    }
  };
  sources.forEach(add);
  return hash.digest('hex');
}

function installed(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The bundler of the page keeps what it has freed and works on many threads: half a gigabyte more, and not faster. */
const FRUGAL = { MIMALLOC_PURGE_DELAY: '0', MIMALLOC_ARENA_EAGER_COMMIT: '0', RAYON_NUM_THREADS: '1' };

const run = (args) =>
  new Promise((resolve) => {
    spawn(process.execPath, ['--max-semi-space-size=2', ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...FRUGAL },
    }).once('exit', (status) => resolve(status ?? 1));
  });

/** The status to end with. */
async function build(part) {
  // An image holds the build without its sources.
  if (!existsSync(join(root, part.sources[0]))) return 0;
  const stamp = join(root, part.output, '.built');
  const current = hashOf(part);
  const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (current === built && !part.always) return 0;
  if (!installed(part.needs)) {
    console.error(
      `${built === '' ? 'There is no build here' : 'The build is of other sources than these'}, and the packages that make one are not installed: run npm ci without --omit=dev, or bring the folder ${part.output} of a build of these sources.`,
    );
    return 1;
  }
  console.error(`Building ${part.what}, which takes up to a minute ...`);
  for (const step of part.steps) {
    const status = await run(step);
    if (status !== 0) return status;
  }
  writeFileSync(stamp, current);
  return 0;
}

// Side by side where there is room for both.
const statuses = totalmem() < 1.5 * 1024 ** 3 ? [await build(PROGRAM), await build(PAGE)] : await Promise.all([PROGRAM, PAGE].map(build));
process.exit(Math.max(...statuses));
