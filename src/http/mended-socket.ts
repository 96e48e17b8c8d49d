import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { mendedLine } from './request-line.js';

const NEWLINE = 10;
const MAX_LINE_BYTES = 64 * 1024;

/**
 * A connection whose next request line has to be mended before the parser sees it; what follows passes through as it
 * comes. The HTTP server takes it for a socket of its own, so that bodies, keep-alive and pipelining stay its matter.
 */
export class MendedSocket extends Duplex {
  /** What has come of the line; null once it is through. */
  private line: Buffer[] | null = [];

  constructor(
    readonly real: Socket,
    begun: Buffer,
  ) {
    super();
    // The parser that failed must not see what comes now. Those who only watch the end of the connection stay.
    for (const event of ['data', 'end', 'timeout']) real.removeAllListeners(event);
    real.on('data', (chunk: Buffer) => this.arrive(chunk));
    real.on('end', () => this.push(null));
    real.on('timeout', () => this.emit('timeout'));
    real.on('error', (error) => this.destroy(error));
    real.on('close', () => this.destroy());
    this.arrive(begun);
  }

  /** What has come and was not read yet, for the one that takes over. */
  rest(): Buffer {
    this.removeAllListeners('data');
    this.pause();
    const chunks: Buffer[] = [];
    for (let chunk = this.read() as Buffer | null; chunk !== null; chunk = this.read() as Buffer | null) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  get remoteAddress(): string | undefined {
    return this.real.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.real.remotePort;
  }

  setTimeout(ms: number, onTimeout?: () => void): this {
    this.real.setTimeout(ms);
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    return this;
  }

  setNoDelay(on?: boolean): this {
    this.real.setNoDelay(on);
    return this;
  }

  setKeepAlive(on?: boolean, ms?: number): this {
    this.real.setKeepAlive(on, ms);
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  private arrive(chunk: Buffer): void {
    if (this.line === null) {
      if (!this.push(chunk)) this.real.pause();
      return;
    }
    this.line.push(chunk);
    const bytes = Buffer.concat(this.line);
    const end = bytes.indexOf(NEWLINE);
    if (end === -1 && bytes.length <= MAX_LINE_BYTES) {
      this.line = [bytes];
      return;
    }
    this.line = null;
    const line = bytes.subarray(0, end === -1 ? bytes.length : end + 1);
    // What cannot be mended fails at the parser again, and is counted there.
    this.push(Buffer.concat([mendedLine(line) ?? line, bytes.subarray(line.length)]));
  }

  override _read(): void {
    this.real.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.real.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.real.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.real.destroy();
    done(error);
  }
}
