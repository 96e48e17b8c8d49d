import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool } from './database.js';

/** A message of PostgreSQL's protocol: its letter, its length, its body. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
const whole = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [i, n] of numbers.entries()) bytes.writeInt32BE(n, 4 * i);
  return bytes;
};
const PID = 7;
const READY = message('Z', Buffer.from('I'));
const WELCOME = Buffer.concat([message('R', whole(0)), message('K', whole(PID, 0)), READY]);
const FAREWELL = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'));
/** One row with one integer: what a connection asks first, its process. */
const COLUMN = Buffer.concat([
  Buffer.from('\0\x01pid\0'),
  whole(0),
  Buffer.from('\0\0'),
  whole(23),
  Buffer.from('\0\x04'),
  whole(-1),
  Buffer.from('\0\0'),
]);
const ROW = Buffer.concat([Buffer.from('\0\x01'), whole(1), Buffer.from(String(PID))]);
const ANSWER = Buffer.concat([message('T', COLUMN), message('D', ROW), message('C', Buffer.from('SELECT 1\0')), READY]);

let dies = false;
let server: Server;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (dies) return socket.end(Buffer.concat([WELCOME, FAREWELL]));
      socket.write(WELCOME);
      socket.on('data', (asked) => asked[0] === 'Q'.charCodeAt(0) && socket.write(ANSWER));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it('a server that dies in the moment in which it lets a connection in fails the query, not the process', async () => {
  const pool = createPool(`postgres://cidra@127.0.0.1:${(server.address() as AddressInfo).port}/cidra`, 'test', 2, 1_000);
  try {
    const held = await pool.connect();
    expect((await held.query<{ pid: number }>('SELECT')).rows).toEqual([{ pid: PID }]);
    dies = true;
    await expect(pool.query('SELECT')).rejects.toThrow();
    dies = false;
    expect((await pool.query<{ pid: number }>('SELECT')).rows).toEqual([{ pid: PID }]);
    held.release();
  } finally {
    await pool.end();
  }
});
