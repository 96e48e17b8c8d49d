import { existsSync, readFileSync } from 'node:fs';

/** At the root of the project, which is one folder further up for the compiled file. */
const PACKAGE_FILE = ['../../package.json', '../../../package.json']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

/** Of this program. */
export const VERSION =
  PACKAGE_FILE === undefined ? 'unknown' : (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string }).version;
