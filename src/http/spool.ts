import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Problem } from './problem.js';

const READ_BYTES = 262_144;

/**
 * An upload on disk, so that it can be read more than once and its sender need not wait for what becomes of it. The file
 * has no name any more once it is open: a process that dies leaves nothing behind.
 */
export class Spool {
  private constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  /** @throws Problem 503 when there is no room for it */
  static async of(upload: Readable): Promise<Spool> {
    const path = join(tmpdir(), `cidra-upload-${randomUUID()}`);
    let file: FileHandle | null = null;
    try {
      file = await open(path, 'wx+', 0o600);
      await unlink(path);
      let size = 0;
      for await (const chunk of upload as AsyncIterable<Buffer>) {
        await file.write(chunk);
        size += chunk.length;
      }
      return new Spool(file, size);
    } catch (error) {
      await file?.close();
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'].includes(code)) throw error;
      throw new Problem(
        503,
        'unavailable',
        `There is no room for the file in ${tmpdir()} (${code}). Free some, or set TMPDIR to another folder.`,
      );
    }
  }

  /** From its beginning, as often as one likes. */
  readonly chunks = async function* (this: Spool): AsyncGenerator<Buffer> {
    for (let position = 0; ; ) {
      const { bytesRead, buffer } = await this.file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }.bind(this);

  close(): Promise<void> {
    return this.file.close();
  }
}
