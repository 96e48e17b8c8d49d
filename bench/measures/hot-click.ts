import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks, OFFERS } from '../data.js';
import { Figures } from '../figures.js';
import { cidraOutcome } from './end-to-end.js';

const CONNECTIONS = 64;
const SIZE = 20_000;
const MEASURED = 2_000;
const LIMIT_SECONDS = 300;
/** The clicks that have to go on meanwhile. */
const OTHERS = 100;

const now = (): number => Math.floor(Date.now() / 1_000);
/** Mode of the click's source, and its nth postback. */
const VARIANTS = [
  ['update, a txid each', 'update', (n: number) => `payout=5&status=sale&txid=T${n}`],
  ['update, a txid each, times in disorder', 'update', (n: number) => `payout=5&status=sale&txid=T${n}&ts=${now() - ((n * 7919) % 60)}`],
  [
    'update, sales and later their reversals',
    'update',
    (n: number) => `payout=5&status=${n % 2 === 0 ? 'sale' : 'refund'}&txid=T${n >> 1}`,
  ],
  ['new, no txid', 'new', (n: number) => `payout=5&status=sale&param1=${n}`],
  ['new, no txid, a third reversals', 'new', (n: number) => `payout=${1 + (n % 50)}&status=${n % 3 === 2 ? 'refund' : 'sale'}&param1=${n}`],
  ['by_status, a word each', 'by_status', (n: number) => `payout=5&status=word${n}`],
  ['sum, no txid', 'sum', (n: number) => `payout=5&status=sale&param1=${n}`],
  ['update, one request again and again', 'update', () => 'payout=5&status=sale'],
  ['update, txids and none', 'update', (n: number) => `payout=5&status=sale${n % 5 === 0 ? '' : `&txid=T${n}`}`],
] as const;

/** One click that gets 20,000 postbacks: what the last of them cost against the first, and what the others' clicks notice. */
export const hotClick: Measurement = {
  name: 'hot click',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('hot click');
    const [api, worker] = await Promise.all([bench.cidra('api'), bench.cidra('worker')]);
    const text = (cid: string, said: string): string =>
      `GET /postback?cid=${cid}&${said} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: network/1.0\r\nAccept: */*\r\n\r\n`;
    for (const [i, [name, mode, said]] of VARIANTS.entries()) {
      await bench.db.query('UPDATE offer_sources SET duplicate_mode = $1', [mode]);
      await bench.db.query(`UPDATE change_versions SET version = version + 1 WHERE name = 'catalog'`);
      await bench.db.query(`SELECT pg_notify('cidra_changes', 'catalog')`);
      const [click, ...others] = makeClicks(OTHERS + 1, 700 + i).map((c) => ({ ...c, offer: OFFERS[0] as (typeof OFFERS)[number] }));
      if (click === undefined) throw new Error('no click was made');
      await insertClicks(bench.db, [click, ...others]);
      const send = async (from: number, to: number): Promise<number> => {
        await bench.settle();
        const requests = Array.from({ length: to - from }, (_, n) => text(click.cid, said(from + n)));
        return (await cidraOutcome(bench, api, bench.db, requests, CONNECTIONS, LIMIT_SECONDS)).committedPerSecond;
      };
      await send(0, 200);
      const first = await send(200, 200 + MEASURED);
      await send(200 + MEASURED, SIZE - MEASURED);
      const last = await send(SIZE - MEASURED, SIZE);
      figures.add(`${name}: committed, from 200 on`, '/s', first);
      figures.add(`${name}: committed, up to 20,000`, '/s', last);
      figures.add(`${name}: the last against the first`, '×', last / first, { holds: { atLeast: 1 / 1.3 } });

      const since = new Date().toISOString();
      const mixed = Array.from({ length: MEASURED }, (_, n) =>
        n % 20 === 0 ? text(others[(n / 20) % OTHERS]?.cid ?? '', 'payout=5&status=sale') : text(click.cid, said(SIZE + n)),
      );
      await cidraOutcome(bench, api, bench.db, mixed, CONNECTIONS, LIMIT_SECONDS);
      const { rows } = await bench.db.query<{ slowest: number }>(
        `SELECT max(extract(epoch FROM decided_at - received_at))::float8 AS slowest FROM postbacks WHERE received_at >= $1 AND cid = ANY($2)`,
        [since, others.map((c) => c.cid)],
      );
      figures.add(`${name}: slowest verdict of another click meanwhile`, 's', rows[0]?.slowest ?? Number.NaN, { holds: { atMost: 1 } });
    }
    await bench.stop(api, worker);
    return figures.all();
  },
};
