import { randomUUID } from 'node:crypto';
import { request, Agent } from 'node:http';

/** What is known of a request: acknowledged, surely not stored, or neither. */
export type Outcome = 'acked' | 'refused' | 'unknown';

/** A postback or a click as it was sent, and what came of it. Times in ms since the epoch. */
export interface Op {
  kind: 'first' | 'update' | 'duplicate' | 'unknown click' | 'poison' | 'click';
  /** Path and query. */
  path: string;
  /** What it counts for; null for clicks, unknown clicks and poison. */
  key: string | null;
  sentAt: number;
  tookMs: number;
  /** 0: no answer. */
  status: number;
  outcome: Outcome;
  /** Of the postback, or the click id. */
  id: string | null;
  retryAfter: string | null;
}

/** What networks really send and what they could; none of it may hold the others up. */
export const POISON: readonly string[] = [
  'payout=NaN',
  'payout=Infinity',
  'payout=-Infinity',
  'payout=1e400',
  'payout=1,50',
  'payout=0x10',
  'payout=',
  'txid=%00',
  'txid=a%00b',
  'status=%ED%A0%80',
  'param1=%ZZ',
  'param1=%',
  'event1=NaN',
  'add_event1=1e400',
  'ts=99999999999999999999',
  'ts=-1',
  'currency=%F0%9F%92%B0',
  'txid=%5Cu0000',
  'status=%22%7B%5B',
  '__proto__=1&constructor=2',
  `txid=${'x'.repeat(5_000)}`,
  Array.from({ length: 1_500 }, (_, i) => `p${i}=1`).join('&'),
  `sub1=${'m'.repeat(20_000)}`,
  'cid=&cid=',
  'payout=1&payout=2&payout=3',
];

const TIMEOUT_MS = 5_000;
const HOT_CLICKS = 5;
const BROWSER = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

export interface LoadOptions {
  /** Base URLs, asked anew for every request. */
  targets: () => readonly string[];
  cids: readonly string[];
  offerKey: string;
  random: () => number;
  perSecond: number;
  senders: number;
}

/** The traffic of networks and visitors, recorded request by request. */
export class Load {
  readonly ops: Op[] = [];
  private readonly keys: { cid: string; txid: string }[] = [];
  private readonly sent: Op[] = [];
  private running: Promise<unknown> = Promise.resolve();
  private stopping = false;
  private n = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    this.stopping = false;
    this.running = Promise.all(Array.from({ length: this.options.senders }, () => this.sender()));
  }

  /** Resolves when every request has had its answer or its time-out. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /** Sends one and records it. */
  async send(kind: Op['kind'], path: string, key: string | null, base?: string): Promise<Op> {
    const targets = this.options.targets();
    const op: Op = { kind, path, key, sentAt: Date.now(), tookMs: 0, status: 0, outcome: 'unknown', id: null, retryAfter: null };
    this.ops.push(op);
    await ask(base ?? (targets[this.n++ % targets.length] as string), op, this.agent);
    return op;
  }

  postback(kind: Op['kind'], query: string, key: string | null, base?: string): Promise<Op> {
    return this.send(kind, `/postback?${query}`, key, base);
  }

  close(): void {
    this.agent.destroy();
  }

  private async sender(): Promise<void> {
    const { perSecond, senders, random, offerKey } = this.options;
    const pause = (senders / perSecond) * 1_000;
    await sleep(random() * pause);
    while (!this.stopping) {
      const began = performance.now();
      if (random() < 0.07) await this.send('click', `/c/${offerKey}?sub1=s${Math.floor(random() * 9)}`, null);
      else await this.one();
      await sleep(Math.max(0, pause - (performance.now() - began)));
    }
  }

  private async one(): Promise<void> {
    const { random, cids } = this.options;
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const unique = randomUUID().slice(0, 13);
    const status = pick(['', '', '&status=sale', '&status=hold', '&status=reject']);
    const amount = `payout=${(1 + Math.floor(random() * 5_000)) / 100}&currency=${pick(['USD', 'USD', 'EUR'])}`;
    const dice = random();
    if (dice < 0.01) return void (await this.postback('poison', `cid=${pick(cids)}&${pick(POISON)}`, null));
    if (dice < 0.06) return void (await this.postback('unknown click', `cid=01m8${unique.replaceAll('-', '')}zzzzzzzzzz&${amount}`, null));
    if (dice < 0.2 && this.sent.length > 0) {
      const { path, key } = pick(this.sent);
      return void (await this.send('duplicate', path, key));
    }
    const isUpdate = dice < 0.4 && this.keys.length > 0;
    const { cid, txid } = isUpdate
      ? pick(this.keys)
      : { cid: random() < 0.3 ? (cids[Math.floor(random() * HOT_CLICKS)] as string) : pick(cids), txid: `t${unique}` };
    if (!isUpdate) this.keys.push({ cid, txid });
    const op = await this.postback(
      isUpdate ? 'update' : 'first',
      `cid=${cid}&txid=${txid}&${amount}${status}&add_event1=1&param1=${unique}`,
      `${cid} ${txid}`,
    );
    this.sent.push(op);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One attempt; fills in what came of it. */
export function ask(base: string, op: Op, agent: Agent): Promise<void> {
  const { hostname, port } = new URL(base);
  const began = performance.now();
  op.sentAt = Date.now();
  return new Promise((resolve) => {
    const done = (outcome: Outcome): void => {
      op.outcome = outcome;
      op.tookMs = performance.now() - began;
      resolve();
    };
    const sending = request(
      { hostname, port, path: op.path, agent, headers: { accept: 'application/json', 'user-agent': BROWSER }, timeout: TIMEOUT_MS },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('error', () => done('unknown'));
        response.on('end', () => {
          op.status = response.statusCode ?? 0;
          op.retryAfter = response.headers['retry-after'] ?? null;
          if (op.kind === 'click') op.id = new URL(response.headers.location ?? 'http://none').searchParams.get('c');
          else if (op.status === 200) op.id = (JSON.parse(body) as { id: string }).id;
          // A 503 may hide a commit whose answer was lost (G2); all other refusals are final.
          done(
            op.kind === 'click'
              ? op.status === 302
                ? 'acked'
                : 'refused'
              : op.status === 200
                ? 'acked'
                : op.status === 503
                  ? 'unknown'
                  : 'refused',
          );
        });
      },
    );
    sending.on('timeout', () => sending.destroy(new Error('time-out')));
    sending.on('error', (error: NodeJS.ErrnoException) => done(error.code === 'ECONNREFUSED' ? 'refused' : 'unknown'));
    sending.end();
  });
}
