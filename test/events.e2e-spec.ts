import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { get, type IncomingMessage } from 'node:http';
import { createDatabase, ADMIN_KEY, Tracker, until } from './support/tracker.js';
import { TrackerProcess } from './support/processes.js';

interface Told {
  id?: string;
  kind: string;
  data: { id: string; result?: string; cid?: string; status?: string; verdicts?: number; told?: number; explanation?: string };
}

/** A listener as a browser is one, but that it does not come back by itself. */
class Listener {
  readonly told: Told[] = [];
  status = 0;
  ended = false;
  private constructor(private readonly answer: IncomingMessage) {}

  static open(url: string, query = '', headers: Record<string, string> = {}): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const request = get(
        `${url}/api/v1/events${query}`,
        { headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers }, agent: false },
        (answer) => {
          const listener = new Listener(answer);
          listener.status = answer.statusCode ?? 0;
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
            const parts = text.split('\n\n');
            text = parts.pop() ?? '';
            for (const part of parts) listener.take(part);
          });
          for (const name of ['end', 'close', 'error']) answer.on(name, () => (listener.ended = true));
          resolve(listener);
        },
      );
      request.once('error', reject);
    });
  }

  private take(part: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
    const kind = field('event');
    if (kind !== undefined) this.told.push({ id: field('id'), kind, data: JSON.parse(field('data') ?? 'null') as Told['data'] });
  }

  of(kind: string): Told['data'][] {
    return this.told.filter((one) => one.kind === kind).map(({ data }) => data);
  }

  pause(): void {
    this.answer.pause();
  }

  close(): void {
    this.answer.destroy();
  }
}

describe('live events', () => {
  let tracker: Tracker;
  let offer: { id: string; key: string };
  const open: Listener[] = [];
  const listen = async (query = '', headers: Record<string, string> = {}, at = tracker.running.url): Promise<Listener> => {
    const listener = await Listener.open(at, query, headers);
    open.push(listener);
    return listener;
  };
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    offer = await tracker.ok('POST', '/offers', { name: 'Live', url: 'https://shop.example/?c={clickid}' });
  });
  afterAll(async () => {
    for (const listener of open) listener.close();
    await tracker.stop();
  });

  it('tells a verdict as the log has it, and the conversion it made', async () => {
    const all = await listen();
    const verdicts = await listen('?event=verdict&result=rejected');
    const cid = await tracker.click(offer, 'c');
    const other = await listen(`?cid=${'0'.repeat(26)}`);
    const mine = await listen(`?cid=${cid.toUpperCase()}&event=conversion`);
    await tracker.postback(`cid=${cid}&payout=10&txid=L1&status=approved`);
    await until(async () => all.of('conversion').length === 1, 15_000);
    const [verdict] = all.of('verdict');
    expect(verdict).toEqual(await tracker.ok('GET', `/postbacks/${verdict?.id}`));
    expect(all.of('conversion')[0]).toMatchObject({ cid, status: 'approved', payout: '10' });
    await tracker.get('/postback?payout=1');
    await until(async () => verdicts.of('verdict').length === 1, 15_000);
    expect(verdicts.told.map((one) => one.kind)).toEqual(['verdict']);
    expect(mine.told.map((one) => one.kind)).toEqual(['conversion']);
    expect(other.told).toEqual([]);
    // Nothing twice, and nothing of before it came.
    const late = await listen();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(all.of('verdict')).toHaveLength(2);
    expect(late.told).toEqual([]);
  });

  it('tells a verdict within a second of the 200', async () => {
    const all = await listen('?event=verdict');
    const cid = await tracker.click(offer, 'c');
    const times: number[] = [];
    for (let i = 1; i <= 5; i++) {
      await tracker.postback(`cid=${cid}&payout=10&txid=S${i}`);
      const sent = performance.now();
      await until(async () => all.of('verdict').length === i, 15_000);
      times.push(performance.now() - sent);
    }
    // The best of five: a busy machine makes some of them late, only the program makes all of them so.
    expect(Math.min(...times)).toBeLessThan(1_000);
  });

  it('tells of verdicts that came late, and of replays', async () => {
    const all = await listen('?event=verdict');
    const [row] = (await tracker.ok<{ data: { id: string }[] }>('GET', '/postbacks?result=created')).data;
    await tracker.db.query(`UPDATE postbacks SET received_at = received_at - interval '1 hour' WHERE id = $1`, [row?.id]);
    await tracker.ok('POST', `/postbacks/${row?.id}/replay`);
    await until(async () => all.of('verdict').some(({ id }) => id === row?.id), 8_000);
  });

  it('goes on after Last-Event-ID and misses nothing', async () => {
    const first = await listen();
    const cid = await tracker.click(offer, 'c');
    await tracker.postback(`cid=${cid}&payout=1&txid=R0`);
    await until(async () => first.of('verdict').length === 1, 15_000);
    const last = first.told.at(-1)?.id ?? '';
    first.close();
    for (let i = 1; i <= 20; i++) await tracker.postback(`cid=${cid}&payout=1&txid=R${i}`);
    await tracker.settled();
    const again = await listen('', { 'last-event-id': last });
    await until(async () => new Set(again.of('verdict').map(({ id }) => id)).size >= 20, 15_000);
    await tracker.postback(`cid=${cid}&payout=1&txid=R21`);
    await until(async () => new Set(again.of('verdict').map(({ id }) => id)).size >= 21, 15_000);
  });

  it('goes on behind the event it was told last, verdict or conversion, and tells nothing again', async () => {
    const first = await listen();
    const cid = await tracker.click(offer, 'c');
    for (let i = 1; i <= 6; i++) {
      await tracker.postback(`cid=${cid}&payout=1&txid=E${i}`);
      if (i % 2 === 0) await tracker.settled();
    }
    await until(async () => first.told.length === 12, 15_000);
    const ids = first.told.map(({ id }) => id ?? '');
    expect(new Set(ids).size).toBe(12);
    const again = await Promise.all(
      [0, 1, 6, 7, 11].map(async (at) => ({ at, listener: await listen('', { 'last-event-id': ids[at] ?? '' }) })),
    );
    await tracker.postback(`cid=${cid}&payout=1&txid=E7`);
    await until(async () => first.told.length === 14, 15_000);
    // By then whatever comes twice has come.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const all = first.told.map(({ id }) => id);
    for (const { at, listener } of again) expect([at, listener.told.map(({ id }) => id)]).toEqual([at, all.slice(at + 1)]);
    // The same when nobody has listened meanwhile.
    for (const { listener } of again) listener.close();
    for (const listener of open) listener.close();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const alone = await listen('', { 'last-event-id': ids[7] ?? '' });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(alone.told.map(({ id }) => id)).toEqual(all.slice(8));
  });

  it('tells of conversions that people add and change, now and as missed', async () => {
    const all = await listen();
    const cid = await tracker.click(offer, 'c');
    await until(async () => (await tracker.api('GET', `/clicks/${cid}`)).status === 200);
    const { id } = await tracker.ok<{ id: string }>('POST', '/conversions', { cid, txid: 'H1', status: 'pending', payout: '4' });
    await until(async () => all.told.length === 1, 15_000);
    await tracker.ok('PATCH', `/conversions/${encodeURIComponent(id)}`, { status: 'approved' });
    await until(async () => all.told.length === 2, 15_000);
    expect(all.told.map(({ kind, data }) => [kind, data.id, data.status])).toEqual([
      ['conversion', id, 'pending'],
      ['conversion', id, 'approved'],
    ]);
    const again = await listen('?event=conversion', { 'last-event-id': all.told[0]?.id ?? '' });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(again.told.map(({ id: told }) => told)).toEqual([all.told[1]?.id]);
    expect(all.told).toHaveLength(2);
  });

  it('takes the filters of the lists: repeated, in any letter case, and what a kind does not have fits none of it', async () => {
    const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Filtered', requireToken: false });
    const mine = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
      name: 'Filtered',
      url: 'https://shop.example/?c={clickid}',
      offerSourceId: source.id,
    });
    const listeners = await Promise.all(
      [
        `?offerSourceId=${source.id.toUpperCase()}`,
        `?offerSourceId=${source.id}&result=CREATED&result=no_change`,
        `?offerId=${mine.id.toUpperCase()}&status=Approved`,
        `?status=pending&offerId=${mine.id}`,
        `?networkConversionId=NC-1&networkConversionId=NC-2&test=false`,
        '?test=true',
      ].map((query) => listen(query)),
    );
    const cid = await tracker.click(mine, 'c');
    for (const [n, status] of ['hold', 'sale', 'sale'].entries()) {
      await tracker.postback(`cid=${cid}&txid=F1&conversion_id=NC-${n}&status=${status}`);
      await tracker.settled();
      await until(async () => (listeners[0]?.of('verdict').length ?? 0) > n, 15_000);
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(listeners.map(({ told }) => told.map(({ kind, data }) => `${kind} ${data.result ?? data.status}`))).toEqual([
      ['verdict created', 'conversion pending', 'verdict updated', 'conversion approved', 'verdict updated', 'conversion approved'],
      ['verdict created'],
      ['conversion approved', 'conversion approved'],
      ['conversion pending'],
      ['conversion approved', 'conversion approved'],
      [],
    ]);
  });

  it('ends with the right to it, and refuses who has none', async () => {
    const key = await tracker.ok<{ id: string; key: string }>('POST', '/api-keys', { name: 'listens', role: 'viewer' });
    const listener = await listen('', { authorization: `Bearer ${key.key}` });
    expect(listener.status).toBe(200);
    await tracker.api('DELETE', `/api-keys/${key.id}`);
    await until(async () => listener.ended, 15_000);
    const ops = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'ops', role: 'ops' });
    expect((await listen('', { authorization: `Bearer ${ops.key}` })).status).toBe(403);
    expect((await listen('', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await listen('?cid=' + 'x'.repeat(200))).status).toBe(400);
  });

  it('samples a flood and says so', async () => {
    const all = await listen();
    await until(async () => all.status === 200);
    await tracker.db.query(
      `INSERT INTO postbacks (id, received_at, decided_at, method, query, result, reason)
       SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, clock_timestamp(), clock_timestamp(), 'GET', '', 'rejected', 'bad_cid'
       FROM generate_series(1, 6000) n`,
    );
    await until(async () => all.of('sampled').length > 0, 15_000);
    expect(all.of('sampled')[0]).toEqual({ verdicts: expect.any(Number), told: 20 });
    expect(all.of('sampled')[0]?.verdicts).toBeGreaterThan(1_000);
    expect(all.of('verdict').length).toBeLessThan(1_000);
  });

  it('has at most 50 listeners, and drops one that does not read', async () => {
    for (const listener of open.splice(0)) listener.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // One that wants everything and reads nothing; the others are told nothing of it.
    for (let i = 0; i < 50; i++) expect((await listen(i === 0 ? '' : '?event=conversion')).status).toBe(200);
    expect((await listen()).status).toBe(503);
    const slow = open[0] as Listener;
    slow.pause();
    const query = 'x'.repeat(8_000);
    for (let round = 0; round < 60 && !slow.ended; round++) {
      await tracker.db.query(
        `INSERT INTO postbacks (id, received_at, decided_at, method, query, result, reason)
         SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7000' || '9' || lpad(to_hex($1::int), 3, '0') || lpad(to_hex(n), 12, '0'))::uuid, clock_timestamp(), clock_timestamp(), 'GET', $2, 'rejected', 'bad_cid'
         FROM generate_series(1, 100) n`,
        [round, query],
      );
      await new Promise((resolve) => setTimeout(resolve, 400));
      const next = await listen();
      if (next.status === 200) break;
    }
    // There is room again, and nobody but the slow one has gone.
    expect(open.at(-1)?.status).toBe(200);
    expect(open.slice(1, 50).filter(({ ended }) => ended)).toEqual([]);
  }, 90_000);
});

it('lets a listener who comes back after a restart miss nothing', async () => {
  const database = await createDatabase();
  let process = await TrackerProcess.on('postgres', database.url);
  try {
    const call = async (path: string, body?: unknown): Promise<Record<string, string>> =>
      (await (
        await fetch(`${process.url}/api/v1${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json()) as Record<string, string>;
    const offer = await call('/offers', { name: 'Live', url: 'https://shop.example/?c={clickid}' });
    const redirect = await fetch(`${process.url}/c/${offer.key}`, { redirect: 'manual' });
    const cid = new URL(redirect.headers.get('location') ?? '').searchParams.get('c');
    const before = await Listener.open(process.url);
    await fetch(`${process.url}/postback?cid=${cid}&txid=1&payout=1`);
    await until(async () => before.of('verdict').length === 1, 15_000);
    await fetch(`${process.url}/postback?cid=${cid}&txid=2&payout=1`);
    expect(await process.end('SIGTERM')).toBe(0);
    await until(async () => before.ended, 15_000);
    process = await TrackerProcess.on('postgres', database.url);
    await fetch(`${process.url}/postback?cid=${cid}&txid=3&payout=1`);
    const after = await Listener.open(process.url, '', { 'last-event-id': before.told.at(-1)?.id ?? '' });
    const seen = (): Set<string> => new Set([...before.of('verdict'), ...after.of('verdict')].map(({ id }) => id));
    await until(async () => seen().size === 3, 15_000);
    after.close();
  } finally {
    await process.end('SIGKILL');
    await database.drop();
  }
}, 120_000);
