import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runScript } from './support/processes.js';
import { BACKENDS, environment, Tracker } from './support/tracker.js';

interface Conversion {
  id: string;
  cid: string;
  status: string;
  payout: string;
  currency: string;
  txid: string | null;
  upsell: boolean;
  test: boolean;
  history?: { postbackId: string | null; result: string; note: string | null }[];
}
interface Click {
  cid: string;
  test: boolean;
}

describe.each(BACKENDS)('test clicks and conversions by hand (%s)', (backend) => {
  let tracker: Tracker;
  let offer: { id: string; key: string };
  beforeAll(async () => {
    tracker = await Tracker.start(backend);
    const source = await tracker.ok('POST', '/offer-sources', { name: 'Acme', cidParameter: 'c', requireToken: true });
    offer = await tracker.ok('POST', '/offers', {
      name: 'Tried',
      url: 'https://shop.example/',
      offerSourceId: source.id,
      payout: '3',
      currency: 'USD',
    });
  });
  afterAll(() => tracker.stop());

  const clicks = async (query = ''): Promise<Click[]> =>
    (await tracker.ok<{ data: Click[] }>('GET', `/clicks?offerId=${offer.id}${query}`)).data;
  const conversions = async (query = ''): Promise<Conversion[]> => {
    await tracker.settled();
    return (await tracker.ok<{ data: Conversion[] }>('GET', `/conversions?offerId=${offer.id}${query}`)).data;
  };
  const figures = async (): Promise<unknown> => (await tracker.ok<{ totals: unknown }>('GET', '/reports?groupBy=offer')).totals;
  const recount = (): ReturnType<typeof runScript> => runScript('recount', environment(backend, tracker.running.databaseUrl), '--check');

  it('marks clicks by a token that only we can make', async () => {
    const { token, parameter } = await tracker.ok<{ token: string; parameter: string }>('POST', '/test-token');
    const [expires = '', signature = ''] = token.split('.');
    const real = await tracker.click(offer, 'c');
    const later = `${(Number.parseInt(expires, 36) + 1).toString(36)}.${signature}`;
    const forged = [await tracker.click(offer, 'c', `?${parameter}=1`), await tracker.click(offer, 'c', `?${parameter}=${later}`)];
    const tried = await tracker.click(offer, 'c', `?${parameter}=${token}`);
    expect((await clicks()).map(({ cid, test }) => [cid, test])).toEqual([
      [tried, true],
      ...[...forged, real]
        .toSorted()
        .toReversed()
        .map((cid) => [cid, false]),
    ]);
    expect((await clicks('&test=true')).map(({ cid }) => cid)).toEqual([tried]);
    expect(await clicks('&test=false')).toHaveLength(3);
    const viewer = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'viewer', role: 'viewer' });
    expect((await tracker.api('POST', '/test-token', undefined, { authorization: `Bearer ${viewer.key}` })).status).toBe(403);
  });

  it('sends postbacks for them as the network would, and for nobody else', async () => {
    const sent = await tracker.ok<{ id: string; cid: string; result: string }>('POST', '/test-postbacks', {
      offerId: offer.id,
      status: 'approved',
      payout: '9.50',
      currency: 'USD',
      txid: 'TEST-1',
    });
    expect(sent.result).toBe('accepted');
    expect(await conversions('&test=true')).toEqual([
      expect.objectContaining({ cid: sent.cid, payout: '9.5', txid: 'TEST-1', test: true }),
    ]);
    expect(await conversions('&test=false')).toEqual([]);
    expect(await tracker.ok('GET', `/postbacks/${sent.id}`)).toMatchObject({ result: 'created' });
    const real = (await clicks('&test=false'))[0]?.cid;
    expect((await tracker.api('POST', '/test-postbacks', { offerId: offer.id, cid: real, status: 'approved' })).body).toMatchObject({
      code: 'not_a_test',
    });
    // An offer that was never clicked gets a test click of its own.
    const untried = await tracker.ok<{ id: string }>('POST', '/offers', { name: 'Untried', url: 'https://shop.example/' });
    const first = await tracker.ok<{ cid: string; url: string }>('POST', '/test-postbacks', { offerId: untried.id, status: 'approved' });
    // What was not said is not sent.
    expect(Object.fromEntries(new URL(first.url).searchParams)).toEqual({ cid: first.cid, status: 'approved' });
    expect((await tracker.ok<{ data: Click[] }>('GET', `/clicks?cid=${first.cid}`)).data).toEqual([
      expect.objectContaining({ test: true }),
    ]);
    await tracker.ok('PATCH', `/offers/${untried.id}`, { status: 'paused' });
  });

  it('adds a conversion by hand, which later postbacks change and a second with its txid does not double', async () => {
    const cid = (await clicks('&test=false'))[0]?.cid ?? '';
    const made = await tracker.ok<Conversion>('POST', '/conversions', {
      cid,
      status: 'pending',
      payout: '12.50',
      currency: 'usd',
      txid: 'H-1',
      note: 'by phone',
    });
    expect(made).toMatchObject({ cid, status: 'pending', payout: '12.5', currency: 'USD', txid: 'H-1', upsell: false, test: false });
    expect(made.history).toEqual([expect.objectContaining({ postbackId: null, result: 'created', note: 'by phone' })]);
    expect((await tracker.api('POST', '/conversions', { cid, status: 'approved', txid: 'H-1' })).status).toBe(409);
    const second = await tracker.ok<Conversion>('POST', '/conversions', { cid, status: 'approved' });
    expect(second).toMatchObject({ payout: '3', currency: 'USD', txid: null, upsell: true });
    expect((await tracker.api('POST', '/conversions', { cid: '0'.repeat(26), status: 'approved' })).status).toBe(404);
    expect((await tracker.api('POST', '/conversions', { cid, status: 'unmapped' })).status).toBe(400);
    const { token } = {
      token: (await tracker.ok<{ postbackUrl: string }>('GET', `/offers/${offer.id}`)).postbackUrl.split('/postback/')[1]?.split('?')[0],
    };
    await tracker.get(`/postback/${token}?cid=${cid}&txid=H-1&status=approved`);
    await tracker.settled();
    expect(await tracker.ok('GET', `/conversions/${made.id}`)).toMatchObject({ status: 'approved', payout: '12.5' });
    expect(await recount()).toMatchObject({ code: 0 });
  });

  it('takes the tests out of the figures with one call, exactly', async () => {
    const real = { clicks: 3, conversions: 2, revenue: '15.5' };
    expect(await figures()).toMatchObject({ clicks: 4, bots: 1, conversions: 4 });
    const story = await conversions('&test=false');
    expect(await tracker.ok('DELETE', '/test-data')).toEqual({ clicks: 2, conversions: 2 });
    expect(await figures()).toMatchObject(real);
    expect(await clicks('&test=true')).toEqual([]);
    expect(await conversions()).toEqual(story);
    expect(await recount()).toMatchObject({ code: 0 });
    expect(await tracker.ok('DELETE', '/test-data')).toEqual({ clicks: 0, conversions: 0 });
  });
});
