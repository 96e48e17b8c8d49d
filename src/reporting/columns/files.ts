import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE } from './copy.js';

/** The folder of the copies. */

const CHUNK = 1 << 19;
/** Memory to read into, as much as was ever needed at once: new pieces for every file would have the collector at work all the time. */
const pieces: Buffer[] = [];

/** SHA-256 of a file, read in pieces, so that the event loop stays free. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  const piece = pieces.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  try {
    for (let read = 1; read > 0; ) {
      read = (await file.read(piece, 0, CHUNK)).bytesRead;
      hash.update(piece.subarray(0, read));
    }
  } finally {
    pieces.push(piece);
    await file.close();
  }
  return hash.digest('hex');
}

/** What a file that was looked at looked like: another one of the same name, or one written into, is looked at again. */
export async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** A whole file under its name, and on disk. */
export async function publish(folder: string, temporary: string, name: string): Promise<void> {
  const file = await open(temporary, 'r');
  await file.sync();
  await file.close();
  await rename(temporary, join(folder, name));
  const directory = await open(folder, 'r');
  await directory.sync();
  await directory.close();
}

/** Removes files that column_days does not name and what killed builders have left, once they are old enough that no builder can be at work on them. Returns how many. */
export async function sweep(folder: string, known: ReadonlySet<string>, olderThanMs: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (known.has(name) || !(FILE.test(name) || name.startsWith('.building-'))) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found === null || Date.now() - found.mtimeMs < olderThanMs) continue;
    await rm(path, { force: true, recursive: true });
    removed++;
  }
  return removed;
}

export async function remove(folder: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}

export const makeFolder = (folder: string): Promise<unknown> => mkdir(folder, { recursive: true });
