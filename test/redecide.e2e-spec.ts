import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cidToUuid } from '../src/lib/ids.js';
import { BACKENDS, Tracker, until } from './support/tracker.js';

interface Offer {
  id: string;
  key: string;
}
interface Source {
  id: string;
  postbackUrl: string;
  version: number;
}
interface Row {
  id: string;
  result: string;
  reason: string | null;
  warnings: string[];
  conversionId: string | null;
}
interface Conversion {
  id: string;
  status: string;
  payout: string | null;
  payoutBase: string | null;
  key: string;
  events: Record<string, string>;
}
interface Job {
  id: string;
  state: string;
  done: number;
  result: Record<string, number> | null;
}

describe.each(BACKENDS)('deciding the past anew, queues on %s', (backend) => {
  let tracker: Tracker;
  let source: Source;
  let offer: Offer;
  beforeAll(async () => {
    tracker = await Tracker.start(backend);
    source = await tracker.ok<Source>('POST', '/offer-sources', { name: 'Network', cidParameter: 'clickid' });
    offer = await tracker.ok<Offer>('POST', '/offers', { name: 'Offer', url: 'https://shop.example/', offerSourceId: source.id });
  });
  afterAll(() => tracker.stop());

  const send = async (cid: string, query: string): Promise<string> => {
    const response = await tracker.get(`${tracker.pathOf(cid)}?cid=${cid}&${query}`, { headers: { accept: 'application/json' } });
    const { id } = (await response.json()) as { id: string };
    await tracker.settled();
    return id;
  };
  const row = (id: string): Promise<Row> => tracker.ok<Row>('GET', `/postbacks/${id}`);
  const one = async (cid: string): Promise<Conversion> => (await tracker.conversions(cid))[0] as unknown as Conversion;
  const finished = async (id: string): Promise<Job> => {
    let job: Job | null = null;
    await until(async () => ['done', 'failed'].includes((job = await tracker.ok<Job>('GET', `/jobs/${id}`)).state));
    return job as unknown as Job;
  };
  const revenue = async (): Promise<Record<string, unknown>> =>
    (await tracker.ok<{ totals: Record<string, unknown> }>('GET', '/reports?groupBy=offer')).totals;
  const historyOf = async (
    id: string,
  ): Promise<{ result: string; from: string | null; to: string | null; note: string | null; postbackId: string | null }[]> =>
    (
      await tracker.ok<{
        history: { result: string; from: string | null; to: string | null; note: string | null; postbackId: string | null }[];
      }>('GET', `/conversions/${id}`)
    ).history;

  it('lists unmapped words with the money they hold, and a map with reapply decides them anew, once', async () => {
    const cids = [await tracker.click(offer), await tracker.click(offer), await tracker.click(offer)];
    const ids: string[] = [];
    for (const [i, cid] of cids.entries()) ids.push(await send(cid, `status=Qualified&payout=${10 * (i + 1)}`));
    const before = await revenue();
    const { data } = await tracker.ok<{ data: Record<string, unknown>[] }>('GET', '/statuses/unmapped');
    expect(data).toContainEqual(
      expect.objectContaining({ word: 'qualified', offerSourceId: source.id, count: 3, money: '60', mappedTo: null }),
    );
    expect((await row(ids[0] as string)).warnings).toEqual(['unmapped_status']);

    const { jobId } = await tracker.ok<{ jobId: string }>('PATCH', `/offer-sources/${source.id}`, {
      statusMap: { qualified: 'approved' },
      reapply: true,
    });
    expect(await finished(jobId)).toMatchObject({ state: 'done', result: { words: 1, clicks: 3 } });
    for (const cid of cids) expect((await one(cid)).status).toBe('approved');
    expect(await row(ids[0] as string)).toMatchObject({ result: 'created', warnings: [] });
    const after = await revenue();
    expect(Number(after.revenue) - Number(before.revenue)).toBe(60);
    expect(Number(after.conversions)).toBe(Number(before.conversions));
    expect((await tracker.ok<{ data: unknown[] }>('GET', '/statuses/unmapped')).data).toEqual([]);

    // A wrong mapping is mended the same way.
    const mended = await tracker.ok<{ jobId: string }>('PATCH', `/offer-sources/${source.id}`, {
      statusMap: { qualified: 'rejected' },
      reapply: true,
    });
    await finished(mended.jobId);
    for (const cid of cids) expect((await one(cid)).status).toBe('rejected');
    expect(await revenue()).toEqual({
      ...before,
      revenueHold: expect.anything(),
      unmapped: expect.anything(),
      rejected: expect.anything(),
      approvalRate: expect.anything(),
    });
  });

  it('a job is cancelled while it waits and while it runs; what it has done stays', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=Shelved&payout=3');
    const reapply = async (meaning: string): Promise<string> =>
      (await tracker.ok<{ jobId: string }>('PATCH', `/offer-sources/${source.id}`, { statusMap: { shelved: meaning }, reapply: true }))
        .jobId;
    const job = (id: string): Promise<Job> => tracker.ok<Job>('GET', `/jobs/${id}`);

    await tracker.ok('POST', '/queues/bulk/pause');
    const waiting = await reapply('approved');
    expect(await tracker.ok('POST', `/jobs/${waiting}/cancel`)).toMatchObject({ id: waiting, state: 'cancelled', result: null });
    await tracker.ok('POST', '/queues/bulk/resume');
    expect((await tracker.api('POST', `/jobs/${waiting}/cancel`)).status).toBe(200);
    expect((await tracker.api('POST', `/jobs/019abc12-3456-7890-8abc-def012345678/cancel`)).status).toBe(404);
    await tracker.ok('POST', '/api-keys', { name: 'looks', role: 'viewer' }).then(async ({ key }) => {
      const refused = await tracker.api('POST', `/jobs/${waiting}/cancel`, undefined, { authorization: `Bearer ${String(key)}` });
      expect(refused.status).toBe(403);
    });

    // It is held up inside its step.
    const client = await tracker.db.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT FROM clicks WHERE click_id = $1 FOR UPDATE', [cidToUuid(cid)]);
      const active = await reapply('rejected');
      await until(async () => (await job(active)).state === 'active');
      expect(await tracker.ok('POST', `/jobs/${active}/cancel`)).toMatchObject({ state: 'cancelled' });
      await client.query('COMMIT');
      await until(async () => (await one(cid)).status === 'rejected');
      expect(await job(active)).toMatchObject({ state: 'cancelled', done: 0 });
    } finally {
      client.release();
    }
    const { data } = await tracker.ok<{ data: { action: string; subject: string }[] }>('GET', '/audit-log?limit=50');
    expect(data.filter(({ action }) => action === 'POST /jobs/:id/cancel').length).toBe(3);
    // Asked for again it does the rest.
    const whole = await reapply('approved');
    expect(await finished(whole)).toMatchObject({ state: 'done' });
    expect(await tracker.api('POST', `/jobs/${whole}/cancel`)).toMatchObject({ status: 409, body: { code: 'finished' } });
    expect((await one(cid)).status).toBe('approved');
  });

  it('uses the account’s words after the source’s', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=vip&payout=5');
    expect((await one(cid)).status).toBe('unmapped');
    const { jobId } = await tracker.ok<{ jobId: string }>('PUT', '/statuses/map', { statusMap: { VIP: 'approved' }, reapply: true });
    expect(await finished(jobId)).toMatchObject({ state: 'done' });
    expect((await one(cid)).status).toBe('approved');
    expect(await tracker.ok('GET', '/statuses/map')).toEqual({ statusMap: { vip: 'approved' } });
  });

  it('a ping that is mapped to something else is decided after all', async () => {
    const cid = await tracker.click(offer);
    const id = await send(cid, 'status=ping&payout=3');
    expect((await row(id)).result).toBe('ignored_status');
    const { jobId } = await tracker.ok<{ jobId: string }>('PUT', '/statuses/map', {
      statusMap: { vip: 'approved', ping: 'approved' },
      reapply: true,
    });
    await finished(jobId);
    expect(await one(cid)).toMatchObject({ status: 'approved', payout: '3' });
    expect((await row(id)).result).toBe('created');
    await finished((await tracker.ok<{ jobId: string }>('PUT', '/statuses/map', { statusMap: {}, reapply: true })).jobId);
    expect(await tracker.conversions(cid)).toEqual([]);
  });

  it('replays a refused row once its source is enabled, alone and by filter', async () => {
    await tracker.ok('PATCH', `/offer-sources/${source.id}`, { enabled: false });
    const cids = [await tracker.click(offer), await tracker.click(offer), await tracker.click(offer)];
    const ids: string[] = [];
    for (const cid of cids) ids.push(await send(cid, 'payout=4'));
    expect((await row(ids[0] as string)).result).toBe('source_disabled');
    await tracker.ok('PATCH', `/offer-sources/${source.id}`, { enabled: true });

    expect(await tracker.ok('POST', `/postbacks/${ids[0]}/replay`)).toMatchObject({ id: ids[0], result: 'created', conversionId: cids[0] });
    const filter = { result: 'source_disabled', offerSourceId: source.id };
    expect(await tracker.ok('POST', '/postbacks/replay', { filter, dryRun: true })).toEqual({
      dryRun: true,
      count: 2,
      complete: true,
      results: { source_disabled: 2 },
      jobId: null,
    });
    expect((await row(ids[1] as string)).result).toBe('source_disabled');
    const { jobId } = await tracker.ok<{ jobId: string }>('POST', '/postbacks/replay', { filter });
    expect(await finished(jobId)).toMatchObject({ state: 'done', result: { returned: 2 } });
    for (const cid of cids) expect(await one(cid)).toMatchObject({ status: 'approved', payout: '4' });
  });

  it('replaying what had been applied changes nothing and says so', async () => {
    const cid = await tracker.click(offer);
    const first = await send(cid, 'status=hold&payout=1');
    const second = await send(cid, 'status=sale&payout=9&event1=2');
    const before = { conversion: await one(cid), totals: await revenue(), history: await historyOf(cid) };
    for (const id of [first, second, first])
      expect(await tracker.ok('POST', `/postbacks/${id}/replay`)).toMatchObject({ result: 'no_change', conversionId: cid });
    expect({ conversion: await one(cid), totals: await revenue(), history: await historyOf(cid) }).toEqual(before);
    expect(await tracker.api('POST', '/postbacks/019abc12-3456-7890-8abc-def012345678/replay')).toMatchObject({ status: 404 });
    expect(await tracker.api('POST', '/postbacks/replay', { filter: {} })).toMatchObject({ status: 400 });
  });

  it('what is refused when it is replayed counts no longer, and counts again when it may', async () => {
    const cid = await tracker.click(offer);
    const totals = await revenue();
    const ids = [await send(cid, 'status=hold&payout=1'), await send(cid, 'status=sale&payout=9&txid=T')];
    const before = { conversions: await tracker.conversions(cid), totals: await revenue() };
    await tracker.ok('PATCH', `/offer-sources/${source.id}`, { enabled: false });
    for (const id of ids) {
      expect(await tracker.ok('POST', `/postbacks/${id}/replay`)).toMatchObject({ result: 'source_disabled', conversionId: null });
    }
    expect(await tracker.conversions(cid)).toEqual([]);
    expect(await revenue()).toEqual({ ...totals });
    await tracker.ok('PATCH', `/offer-sources/${source.id}`, { enabled: true });
    for (const id of ids.toReversed()) await tracker.ok('POST', `/postbacks/${id}/replay`);
    const again = await tracker.conversions(cid);
    expect(again.map(({ status, payout, txid }) => [status, payout, txid])).toEqual(
      before.conversions.map(({ status, payout, txid }) => [status, payout, txid]),
    );
    expect(await revenue()).toEqual(before.totals);
  });

  it('what did not count says so again when it is replayed, so that a filter still finds it', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=sale&payout=9');
    for (const [query, result] of [
      ['status=hold', 'stale_status'],
      ['status=ping', 'ignored_status'],
    ] as const) {
      const id = await send(cid, query);
      expect(await tracker.ok('POST', `/postbacks/${id}/replay`)).toMatchObject({ result, reason: null });
    }
  });

  it('of an offer that has got a source, what is replayed follows that one from then on', async () => {
    const free = await tracker.ok<Offer>('POST', '/offers', { name: 'Free', url: 'https://shop.example/?clickid={clickid}' });
    const own = await tracker.ok<Source>('POST', '/offer-sources', { name: 'Own', cidParameter: 'k', requireToken: false });
    const cid = await tracker.click(free);
    await tracker.get(`/postback?cid=${cid}&status=zz&payout=3`);
    await tracker.settled();
    const { data } = await tracker.ok<{ data: Row[] }>('GET', `/postbacks?cid=${cid}`);
    await tracker.ok('PATCH', `/offers/${free.id}`, { offerSourceId: own.id });
    await tracker.ok('POST', `/postbacks/${data[0]?.id}/replay`);
    expect(await one(cid)).toMatchObject({ status: 'unmapped', offerSourceId: own.id });
    const { jobId } = await tracker.ok<{ jobId: string }>('PATCH', `/offer-sources/${own.id}`, {
      statusMap: { zz: 'approved' },
      reapply: true,
    });
    await finished(jobId);
    expect(await one(cid)).toMatchObject({ status: 'approved', offerSourceId: own.id });
  });

  it('a request refused at the door cannot be replayed', async () => {
    await tracker.postback('cid=a%20b&payout=1');
    let refused: Row | undefined;
    await until(async () => (refused = (await tracker.ok<{ data: Row[] }>('GET', '/postbacks?reason=bad_cid')).data[0]) !== undefined);
    expect(await tracker.api('POST', `/postbacks/${refused?.id}/replay`)).toMatchObject({ status: 409, body: { code: 'not_replayable' } });
  });

  it('an admin’s entry on what a postback has changed meanwhile is refused, when If-Match says what was seen', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=hold&payout=20');
    const enter = (ifMatch: string): Promise<{ status: number; headers: Headers }> =>
      tracker.api('PATCH', `/conversions/${cid}`, { note: 'seen' }, { 'if-match': ifMatch });
    const seen = (await tracker.api('GET', `/conversions/${cid}`)).headers.get('etag') ?? '';
    await new Promise((resolve) => setTimeout(resolve, 5));
    await send(cid, 'status=sale&payout=20');
    expect((await enter(seen)).status).toBe(412);
    expect(await one(cid)).toMatchObject({ status: 'approved' });
    const now = (await tracker.api('GET', `/conversions/${cid}`)).headers.get('etag') ?? '';
    const entered = await enter(now);
    expect(entered.status).toBe(200);
    expect((await enter(entered.headers.get('etag') ?? '')).status).toBe(200);
    expect((await enter('*')).status).toBe(200);
  });

  it('an admin’s entry beats the guards, stands in the history and survives a late arrival', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=sale&payout=20');
    const before = await revenue();
    const changed = await tracker.ok<Conversion>('PATCH', `/conversions/${cid}`, {
      status: 'pending',
      payout: '15',
      note: 'asked for proof',
    });
    expect(changed).toMatchObject({ status: 'pending', payout: '15' });
    expect((await historyOf(cid)).at(-1)).toMatchObject({
      postbackId: null,
      result: 'updated',
      from: 'approved',
      to: 'pending',
      payout: '15',
      note: 'asked for proof',
    });
    const after = await revenue();
    expect([Number(before.revenue) - Number(after.revenue), Number(after.revenueHold) - Number(before.revenueHold)]).toEqual([20, 15]);
    // An order time before everything: the click is folded again, the entry with it.
    await send(cid, `status=hold&event1=1&ts=${Math.floor(Date.now() / 1000) - 200}`);
    expect(await one(cid)).toMatchObject({ status: 'pending', payout: '15', events: { event1: '1' } });
    for (const [path, body, status] of [
      [cid, {}, 400],
      [cid, { payout: '-1' }, 400],
      [cid, { status: 'unmapped' }, 400],
      ['01jd3q4k8m2v6x0r7t5w9y1z3b', { note: 'x' }, 404],
    ] as const) {
      expect((await tracker.api('PATCH', `/conversions/${path}`, body)).status).toBe(status);
    }
  });

  it('converts what had no rate when the rate arrives', async () => {
    const cid = await tracker.click(offer);
    const id = await send(cid, 'status=sale&payout=7&currency=XTS');
    expect(await one(cid)).toMatchObject({ payoutBase: null });
    expect((await row(id)).warnings).toEqual(['fx_pending']);
    const before = await revenue();
    await tracker.ok('POST', '/rates', { currency: 'XTS', day: new Date().toISOString().slice(0, 10), rate: '2' });
    await until(async () => (await one(cid)).payoutBase === '14');
    expect(Number((await revenue()).revenue) - Number(before.revenue)).toBe(14);
    expect((await row(id)).warnings).toEqual([]);
  });

  it('a refund whose rate comes late is partial after all', async () => {
    const cid = await tracker.click(offer);
    const id = (await send(cid, 'status=sale&payout=50'), await send(cid, 'status=refund&payout=20&currency=XAL'));
    expect(await one(cid)).toMatchObject({ status: 'reversed', payout: '50' });
    expect((await row(id)).warnings).toEqual(['fx_pending']);
    await tracker.ok('POST', '/rates', { currency: 'XAL', day: new Date().toISOString().slice(0, 10), rate: '0.5' });
    await until(async () => (await one(cid)).status === 'approved');
    expect(await one(cid)).toMatchObject({ payout: '50', payoutReversed: '10' });
    expect((await row(id)).warnings).toEqual([]);
  });

  it('an admin’s entry comes after what it corrects, also where the network’s clock is ahead', async () => {
    const cid = await tracker.click(offer);
    const id = await send(cid, `status=sale&payout=20&ts=${Math.floor(Date.now() / 1000) + 200}`);
    await tracker.ok('PATCH', `/conversions/${cid}`, { status: 'rejected', note: 'fraud' });
    expect(await one(cid)).toMatchObject({ status: 'rejected' });
    await tracker.ok('POST', `/postbacks/${id}/replay`);
    expect(await one(cid)).toMatchObject({ status: 'rejected' });
    expect((await historyOf(cid)).map(({ result, note }) => [result, note])).toEqual([
      ['created', null],
      ['updated', 'fraud'],
    ]);
  });

  it('a dry run says step by step what a URL would do and writes nothing', async () => {
    const cid = await tracker.click(offer);
    const answer = await tracker.ok<Record<string, unknown>>('POST', '/postbacks/dry-run', {
      url: `http://tracker.test${tracker.pathOf(cid)}?subid=${cid.toUpperCase()}&sum=12,5&status=Lead&currency=eur&txid={tid}`,
    });
    expect(answer).toMatchObject({
      httpStatus: 200,
      result: 'created',
      warnings: expect.arrayContaining(['unresolved_macro']),
      values: { payout: '12.5', status: 'Lead', currency: 'EUR' },
      source: { id: source.id, name: 'Network' },
      click: { cid, offerId: offer.id },
      status: { word: 'Lead', meaning: 'pending', mappedBy: 'built-in' },
      key: '',
      from: null,
      to: 'pending',
      money: { payout: '12.5', currency: 'EUR', rate: expect.any(String), payoutBase: expect.any(String) },
      before: null,
    });
    expect(await tracker.conversions(cid)).toEqual([]);
    expect((await tracker.ok<{ data: unknown[] }>('GET', `/postbacks?cid=${cid}`)).data).toEqual([]);

    await send(cid, 'status=sale&payout=3');
    expect(await tracker.ok('POST', '/postbacks/dry-run', { url: `${tracker.pathOf(cid)}?cid=${cid}&status=hold` })).toMatchObject({
      result: 'stale_status',
      from: 'approved',
      to: 'pending',
      before: { status: 'approved' },
      after: { status: 'approved' },
    });
    expect(await tracker.ok('POST', '/postbacks/dry-run', { url: source.postbackUrl.replace('cid=REPLACE', `cid=${cid}`) })).toMatchObject({
      httpStatus: 200,
      source: { id: source.id },
    });
    expect(await tracker.ok('POST', '/postbacks/dry-run', { url: '/postback/AAAAAAAAAAAAAAAAAAAAAA?cid=x' })).toMatchObject({
      httpStatus: 403,
      result: 'rejected',
      reason: 'bad_token',
    });
    expect(await tracker.ok('POST', '/postbacks/dry-run', { url: '/postback?cid={sub1}' })).toMatchObject({
      httpStatus: 400,
      reason: 'unresolved_macro',
    });
    expect(await tracker.api('POST', '/postbacks/dry-run', { url: 'https://other.example/' })).toMatchObject({ status: 400 });
  });

  it('says per source how many postbacks have no click, and the money at risk', async () => {
    await send('not-a-click-of-anybody', 'payout=10&currency=USD');
    await send('not-a-click-of-anybody', 'payout=2.5&currency=USD');
    const { data } = await tracker.ok<{ data: { offerSourceId: string | null; notFound: number; money: Record<string, string> }[] }>(
      'GET',
      '/postbacks/unmatched',
    );
    expect(data.find((d) => d.offerSourceId === null)).toMatchObject({ notFound: 2, money: { USD: '12.5' } });
  });
});
