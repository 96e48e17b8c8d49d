import { existsSync, readFileSync } from 'node:fs';

/** package.json lies one folder up from the sources and two from the build. */
const file = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));

/** The version of this program, as package.json has it. */
export const VERSION: string = file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
