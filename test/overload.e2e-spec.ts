import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { insertClicks } from './support/clicks.js';
import { TrackerProcess } from './support/processes.js';
import { ADMIN_KEY, createDatabase, until, poolOf } from './support/tracker.js';

const IDLE = 300;

describe('what would hold an API up', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let tracker: TrackerProcess;
  let db: pg.Pool;
  let cid = '';
  beforeAll(async () => {
    database = await createDatabase();
    db = poolOf(database.url, 2);
    tracker = await TrackerProcess.on('postgres', database.url);
    [cid = ''] = await insertClicks(db, 1);
  });
  afterAll(async () => {
    await tracker.end('SIGKILL');
    await db.end();
    await database.drop();
  });

  const open = (text: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(tracker.port, '127.0.0.1', () => {
        socket.write(text);
        resolve(socket);
      });
      socket.once('error', reject);
    });
  /** The median of a few postbacks, ms: a single one may be slow because the machine is, the median only because the program is held up. */
  const typical = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      expect((await fetch(`${tracker.url}/postback?cid=${cid}&txid=${Math.random()}&payout=1`)).status).toBe(200);
      times.push(performance.now() - began);
    }
    return times.toSorted((a, b) => a - b)[10] as number;
  };
  const report = (): Promise<number> =>
    fetch(`${tracker.url}/api/v1/reports?groupBy=offer`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } }).then(
      (answer) => answer.status,
    );

  it.each([
    ['connections that say nothing', ''],
    ['requests whose headers never end', 'GET /postback?cid=1 HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    [
      'bodies that never come',
      'POST /postback HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ncid=',
    ],
  ])(`${IDLE} %s`, async (_name, text) => {
    const sockets = await Promise.all(Array.from({ length: IDLE }, () => open(text)));
    expect(await typical()).toBeLessThan(1_000);
    for (const socket of sockets) socket.destroy();
  });

  it('a body that never comes is given up', async () => {
    const socket = await open('POST /postback HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\ncid=');
    let closed = false;
    socket
      .on('close', () => (closed = true))
      .on('error', () => undefined)
      .resume();
    await until(async () => closed, 20_000);
  });

  it('headers of 100 kB are refused', async () => {
    const answer = await new Promise<string>((resolve) => {
      let read = '';
      void open(`GET /postback?cid=${cid} HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`).then((socket) =>
        socket
          .on('data', (chunk) => (read += chunk.toString()))
          .on('close', () => resolve(read))
          .on('error', () => undefined),
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('reports that do not come to an end have connections of their own and a time-out', async () => {
    const holder = await db.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE counters, counters_hourly, counters_daily, counters_totals IN ACCESS EXCLUSIVE MODE');
    try {
      const asked = Array.from({ length: 30 }, report);
      expect(await typical()).toBeLessThan(1_000);
      expect(new Set(await Promise.all(asked))).toEqual(new Set([503]));
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect(await report()).toBe(200);
  });
});
