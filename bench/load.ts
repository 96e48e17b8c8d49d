import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';

/**
 * The load generator, a process of its own: `connections` keep-alive sockets, one request under way on each, every
 * request another one. It writes prepared text and reads no more of an answer than its status and length, so that on a
 * small machine the processors are left to what is measured.
 */

export interface Job {
  /** Loopback only. */
  port: number;
  connections: number;
  /** Requests of the first seconds are sent and not measured. */
  warmUpSeconds: number;
  seconds: number;
  /** Without it a connection sends its next request as soon as it has an answer; with it requests are due at this rate, and are late from then on. */
  perSecond?: number;
  /** Complete HTTP/1.1 texts, each sent once, in order; when they run out the job ends before its time. */
  requests: string[];
}

export interface Load {
  /** When the first request was sent, on Date.now()'s clock. */
  startedAt: number;
  /** What was measured: seconds, answers by status, latency in ms. */
  seconds: number;
  answers: Record<number, number>;
  p50: number;
  p99: number;
  /** All answers by status, those of the warm-up and those that came after the end included. */
  allAnswers: Record<number, number>;
}

const ANSWER_LIMIT_MS = 30_000;
const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)/i;

function run({ port, connections, warmUpSeconds, seconds, perSecond, requests }: Job): Promise<Load> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    const answers: Record<number, number> = {};
    const allAnswers: Record<number, number> = {};
    let next = 0;
    let busy = 0;
    const startedAt = Date.now();
    const begin = performance.now();
    const from = begin + warmUpSeconds * 1_000;
    const until = from + seconds * 1_000;
    let last = begin;

    const open = (): Socket => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let sentAt = 0;
      let received = '';
      const send = (): void => {
        const now = performance.now();
        const due = perSecond === undefined ? now : begin + (next * 1_000) / perSecond;
        if (due > now && due < until) return void setTimeout(send, due - now);
        const request = Math.max(now, due) < until ? requests[next] : undefined;
        if (request === undefined) {
          socket.end();
          return;
        }
        next++;
        busy++;
        sentAt = due;
        socket.write(request, 'latin1');
      };
      socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)));
      socket.setEncoding('latin1');
      socket.once('connect', send);
      socket.on('data', (chunk: string) => {
        received = received === '' ? chunk : received + chunk;
        const headEnd = received.indexOf(HEAD_END);
        if (headEnd === -1) return;
        const length = LENGTH.exec(received)?.[1];
        if (length === undefined) return void socket.destroy(new Error(`an answer without a length: ${received.slice(0, 200)}`));
        if (received.length < headEnd + HEAD_END.length + Number(length)) return;
        const status = Number(received.slice(9, 12));
        received = '';
        busy--;
        const now = performance.now();
        allAnswers[status] = (allAnswers[status] ?? 0) + 1;
        if (now >= from && now < until) {
          answers[status] = (answers[status] ?? 0) + 1;
          latencies.push(now - sentAt);
          last = now;
        }
        send();
      });
      socket.once('error', reject);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size > 0) return;
        if (busy > 0) return reject(new Error(`${busy} requests got no answer: their connections were closed`));
        latencies.sort((a, b) => a - b);
        const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
        resolve({ startedAt, seconds: (last - from) / 1_000, answers, p50: at(0.5), p99: at(0.99), allAnswers });
      });
      return socket;
    };
    const sockets = new Set<Socket>();
    for (let i = 0; i < connections; i++) sockets.add(open());
  });
}

// Young garbage is all there is here: a larger nursery keeps collections out of the latencies.
setFlagsFromString('--max-semi-space-size=64');
process.once('message', (job: Job) => {
  run(job).then(
    (load) => process.send?.(load, () => process.disconnect()),
    (error: Error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    },
  );
});
