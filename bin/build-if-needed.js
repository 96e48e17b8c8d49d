// Builds when the sources are other than those of the last build (or with --always), so that `npm start` works on a fresh clone
// and costs nothing later. Contents count, not times: a build that is shipped with its sources is found to be theirs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', '.built');
const sources = ['src', 'migrations', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'bin/build.js'];

function hashOf(names) {
  const hash = createHash('sha256');
  const add = (name) => {
    const path = join(root, name);
    if (statSync(path).isDirectory()) {
      for (const inside of readdirSync(path).toSorted()) add(`${name}/${inside}`);
    } else if (!name.endsWith('.spec.ts')) {
      hash.update(`${name}\0`).update(readFileSync(path)).update('\0');
    }
  };
  names.forEach(add);
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

// An image holds the build without its sources.
if (existsSync(join(root, 'src'))) {
  const current = hashOf(sources);
  const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (current !== built || process.argv.includes('--always')) {
    if (!installed('typescript')) {
      console.error(
        `${built === '' ? 'There is no build here' : 'The build is of other sources than these'}, and the packages that make one are not installed: run npm ci without --omit=dev, or bring the folder dist of a build of these sources.`,
      );
      process.exit(1);
    }
    const { status } = spawnSync(process.execPath, [join(root, 'bin', 'build.js')], { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
    writeFileSync(stamp, current);
  }
}
