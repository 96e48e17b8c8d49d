import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tracker } from './support/tracker.js';

interface Offer {
  id: string;
  key: string;
  tags: string[];
  status: string;
  offerSourceId: string | null;
}
interface Attention {
  kind: string;
  count: number | null;
  money: string | null;
  currency: string | null;
  offerSourceId: string | null;
  since: string | null;
  href: string;
}
interface Found {
  kind: string;
  id: string;
  label: string;
  href: string;
}

describe('what the page asks', () => {
  let tracker: Tracker;
  let source: { id: string; postbackUrl: string };
  let offer: Offer;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    source = await tracker.ok('POST', '/offer-sources', { name: 'Acme network', cidParameter: 'clickid' });
    offer = await tracker.ok('POST', '/offers', { name: 'Red shoes DE', url: 'https://shop.example/', offerSourceId: source.id });
  });
  afterAll(() => tracker.stop());

  it('changes several offers at once, all or none', async () => {
    const second = await tracker.ok<Offer>('POST', '/offers', { name: 'Blue shoes', url: 'https://shop.example/', tags: ['q3'] });
    const ids = [second.id, offer.id];
    const { data } = await tracker.ok<{ data: Offer[] }>('PATCH', '/offers', {
      ids,
      status: 'paused',
      addTags: ['q4'],
      removeTags: ['q3'],
    });
    expect(data.map(({ id, status, tags }) => [id, status, tags])).toEqual(ids.map((id) => [id, 'paused', ['q4']]));
    const missing = '00000000-0000-7000-8000-000000000000';
    expect((await tracker.api('PATCH', '/offers', { ids: [offer.id, missing], status: 'archived' })).status).toBe(404);
    expect((await tracker.ok<Offer>('GET', `/offers/${offer.id}`)).status).toBe('paused');
    expect((await tracker.api('PATCH', '/offers', { ids: [], status: 'active' })).status).toBe(400);
    await tracker.ok('PATCH', '/offers', { ids, status: 'active' });
  });

  it('keeps views for everybody, and a start for each', async () => {
    const viewer = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'views', role: 'viewer' });
    const as = { authorization: `Bearer ${viewer.key}` };
    const view = await tracker.ok<{ id: string }>('POST', '/views', { name: 'Germany', address: '/reports?country=DE' });
    for (const address of ['https://evil.test/', '//evil.test/', '/\\evil.test/'])
      expect((await tracker.api('POST', '/views', { name: 'Elsewhere', address })).status).toBe(400);
    expect((await tracker.api('PUT', '/views/start', { viewId: view.id }, as)).body).toEqual({ startId: view.id });
    expect((await tracker.api('GET', '/views', undefined, as)).body).toMatchObject({
      startId: view.id,
      data: [{ name: 'Germany', madeBy: 'ADMIN_API_KEY' }],
    });
    expect((await tracker.ok<{ startId: unknown }>('GET', '/views')).startId).toBeNull();
    expect((await tracker.api('PATCH', `/views/${view.id}`, { name: 'x' }, as)).status).toBe(403);
    expect(await tracker.ok('PATCH', `/views/${view.id}`, { name: 'Deutschland' })).toMatchObject({
      name: 'Deutschland',
      address: '/reports?country=DE',
    });
    expect((await tracker.api('DELETE', `/views/${view.id}`)).status).toBe(204);
    expect((await tracker.api('GET', '/views', undefined, as)).body).toEqual({ data: [], startId: null, nextCursor: null });
    expect((await tracker.api('PUT', '/views/start', { viewId: view.id }, as)).status).toBe(404);
  });

  it('finds offers, sources, clicks and conversions by what people paste', async () => {
    const cid = await tracker.click(offer);
    await tracker.postback(`cid=${cid}&payout=10&txid=T-77&conversion_id=net-5`);
    await tracker.settled();
    const find = async (q: string): Promise<Found[]> =>
      (await tracker.ok<{ data: Found[] }>('GET', `/search?q=${encodeURIComponent(q)}`)).data;
    expect(await find('SHOES de')).toEqual([{ kind: 'offer', id: offer.id, label: 'Red shoes DE', href: `/app/offers/${offer.id}` }]);
    expect((await find(offer.key)).map((f) => f.id)).toEqual([offer.id]);
    expect(await find('acme')).toEqual([
      { kind: 'offer_source', id: source.id, label: 'Acme network', href: `/app/offer-sources/${source.id}` },
    ]);
    expect((await find(` ${cid.toUpperCase()} `)).map((f) => [f.kind, f.id])).toEqual([['click', cid]]);
    expect((await find('T-77')).map((f) => [f.kind, f.label])).toEqual([['conversion', 'T-77']]);
    expect((await find('net-5')).map((f) => [f.kind, f.label])).toEqual([['conversion', 'net-5']]);
    expect(await find('%_nothing')).toEqual([]);
    const named = await tracker.ok<{ id: string }>('POST', '/offers', {
      name: 'Ünïque Öffer (1.5%)',
      url: 'https://shop.example/?c={clickid}',
    });
    const network = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Партнёрка' });
    for (const q of ['üNÏQUE öffER', '(1.5%)', named.id, named.id.toUpperCase()])
      expect(await find(q)).toMatchObject([{ kind: 'offer', id: named.id }]);
    for (const q of ['ПАРТНЁРКА', network.id]) expect(await find(q)).toMatchObject([{ kind: 'offer_source', id: network.id }]);
    expect(await tracker.ok('GET', `/offers?name=${encodeURIComponent('ÖFFER (')}`)).toMatchObject({ data: [{ id: named.id }] });
    expect(await tracker.ok('GET', `/offer-sources?name=${encodeURIComponent('тнёрКА')}`)).toMatchObject({ data: [{ id: network.id }] });
    expect((await tracker.api('GET', '/search?q=')).status).toBe(400);
  });

  it('says what wants a hand, with its count, money and place', async () => {
    const token = source.postbackUrl.split('/postback/')[1]?.split('?')[0] ?? '';
    const cid = await tracker.click(offer);
    await tracker.get(`/postback/${token}?cid=${cid}&payout=7&currency=USD&status=strange&txid=w1`);
    await tracker.get(`/postback/${token}?cid=${cid}&payout=5&currency=ZZZ&status=approved&txid=w2`);
    await tracker.settled();
    await tracker.db.query(
      `INSERT INTO postbacks (id, received_at, decided_at, method, query, result, reason, token_source_id)
       SELECT gen.id::uuid, now(), now(), 'GET', 'cid=x&payout=2.5', gen.result, gen.reason, gen.source::uuid FROM (
         SELECT lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0') AS id,
           CASE WHEN n <= 25 THEN 'rejected' WHEN n <= 28 THEN 'click_not_found' WHEN n <= 30 THEN 'failed' ELSE 'rejected' END AS result,
           CASE WHEN n <= 25 THEN 'token_required' WHEN n > 30 THEN 'bad_token' END AS reason,
           CASE WHEN n BETWEEN 26 AND 28 THEN $1 END AS source
         FROM generate_series(1, 33) n) AS gen`,
      [source.id],
    );

    // A source that had a conversion every hour of yesterday, and none since.
    const quiet = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Quiet network' });
    await tracker.db.query(
      `INSERT INTO counters_hourly SELECT 'conversion', date_trunc('hour', now()) - n * interval '1 hour', $1, $2, 0,0,0,0, 1,1,0,0,0,0,0,0, 0,0,0 FROM generate_series(12, 24) n`,
      [offer.id, quiet.id],
    );

    const [click] = (await tracker.db.query(`SELECT click_id FROM conversions WHERE txid = 'T-77'`)).rows as { click_id: string }[];
    await tracker.db.query(
      `INSERT INTO conversions SELECT (jsonb_populate_record(c, jsonb_build_object('key', 'n:' || n))).* FROM conversions c, generate_series(1, 1001) n WHERE c.click_id = $1 AND c.key = 't:T-77'`,
      [click?.click_id],
    );
    // What was asked before is two seconds old at most.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const all = (await tracker.ok<{ data: Attention[] }>('GET', '/attention')).data;
    const attention = (kind: string): Attention[] => all.filter((one) => one.kind === kind);
    expect(attention('unmapped_words')).toEqual([
      expect.objectContaining({
        count: 1,
        money: '7',
        currency: 'USD',
        offerSourceId: source.id,
        since: expect.any(String),
        href: expect.stringMatching(/^\/app\//),
      }),
    ]);
    expect(attention('rates_missing')).toEqual([expect.objectContaining({ count: 1, money: '5', currency: 'ZZZ' })]);
    expect(attention('public_url_local')).toEqual([]);

    expect(attention('refusals_jumped')).toEqual([expect.objectContaining({ count: 25 })]);
    expect(attention('unmatched')).toEqual([
      expect.objectContaining({ count: 3, money: '7.5', currency: 'USD', offerSourceId: source.id }),
    ]);
    expect(attention('dead_letters')).toEqual([expect.objectContaining({ count: 2 })]);
    expect(attention('strangers')).toEqual([expect.objectContaining({ count: 3 })]);
    expect(attention('source_silent')).toEqual([expect.objectContaining({ offerSourceId: quiet.id, since: expect.any(String) })]);
    expect(attention('one_click_for_all')).toEqual([expect.objectContaining({ href: expect.stringMatching(/^\/app\/clicks\//) })]);
    expect(attention('one_click_for_all')[0]).toMatchObject({ count: 1_002, money: '10020', currency: 'USD' });
    expect(all.findIndex((a) => a.money === null)).toBeGreaterThan(all.findLastIndex((a) => a.money !== null));
  });
});
