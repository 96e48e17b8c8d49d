import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tracker } from './support/tracker.js';

interface Offer {
  id: string;
  key: string;
  name: string;
  status: string;
  postbackUrl: string | null;
  warnings: { message: string }[];
  country: string | null;
  tags: string[];
}

describe('offers', () => {
  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
  });
  afterAll(() => tracker.stop());

  const URL_WITH_ID = 'https://shop.example/?clickid={clickid}';
  const make = (fields: object = {}): Promise<Offer> =>
    tracker.ok<Offer>('POST', '/offers', { name: 'Offer', url: URL_WITH_ID, ...fields });
  const payouts = async (offer: Offer, ...queries: string[]): Promise<unknown[]> => {
    const cid = await tracker.click(offer);
    for (const query of queries) await tracker.postback(`cid=${cid}&${query}`);
    return (await tracker.conversions(cid)).map(({ payout, currency, status }) => [payout, currency, status]);
  };

  it('auto: the postback’s payout, else the offer’s; fixed: the offer’s, whatever the postback says', async () => {
    const auto = await make({ payout: '7.5', currency: 'EUR' });
    expect(await payouts(auto, 'payout=3&currency=GBP')).toEqual([['3', 'GBP', 'approved']]);
    expect(await payouts(auto, 'payout={payout}')).toEqual([['7.5', 'EUR', 'approved']]);
    const fixed = await make({ payoutMode: 'fixed', payout: '7.5', currency: 'EUR' });
    expect(await payouts(fixed, 'payout=3&currency=GBP')).toEqual([['7.5', 'EUR', 'approved']]);
    const { data } = await tracker.ok<{ data: { query: string }[] }>('GET', '/postbacks?limit=1');
    expect(data[0]?.query).toContain('payout=3&currency=GBP');
    expect(await payouts(fixed, 'payout=3', 'payout=4&status=refund')).toEqual([['7.5', 'EUR', 'reversed']]);
  });

  it('overrides its source: rows of the link, and what a repetition makes', async () => {
    const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', {
      name: 'Network',
      cidParameter: 'clickid',
      duplicateMode: 'update',
      requireToken: false,
      linkBuilder: { cid: '{aff_sub}', payout: '{amount}', status: '{status}', currency: 'USD' },
    });
    const own = await make({
      url: 'https://shop.example/',
      offerSourceId: source.id,
      duplicateMode: 'new',
      linkBuilder: { payout: '12.5', status: '', txid: '{tid}' },
    });
    expect(own.postbackUrl?.split('?')[1]).toBe('cid={aff_sub}&payout=12.5&txid={tid}&currency=USD');
    expect(await payouts(own, 'payout=1', 'payout=2')).toHaveLength(2);
    expect(await payouts(await make({ url: 'https://shop.example/', offerSourceId: source.id }), 'payout=1', 'payout=2')).toEqual([
      ['2', 'USD', 'approved'],
    ]);
  });

  it('an offer alone has a postback URL with its presets', async () => {
    expect((await make({ linkBuilder: { cid: '{sub}', payout: '9' } })).postbackUrl).toBe(
      'http://tracker.test/postback?cid={sub}&payout=9',
    );
  });

  it('paused and archived ones send visitors to the fallback and still count', async () => {
    for (const status of ['paused', 'archived']) {
      const offer = await make({ fallbackUrl: 'https://other.example/', payout: '2', currency: 'USD' });
      const cid = await tracker.click(offer);
      await tracker.ok('PATCH', `/offers/${offer.id}`, { status });
      const visit = await tracker.get(`/c/${offer.key}`);
      expect([visit.status, visit.headers.get('location')]).toEqual([302, 'https://other.example/']);
      await tracker.postback(`cid=${cid}`);
      expect(await tracker.conversions(cid)).toEqual([expect.objectContaining({ status: 'approved', payout: '2' })]);
      expect((await tracker.ok<{ data: Offer[] }>('GET', `/offers?status=${status}`)).data.map((o) => o.id)).toEqual([offer.id]);
      await tracker.ok('PATCH', `/offers/${offer.id}`, { status: 'active' });
      expect((await tracker.get(`/c/${offer.key}`)).headers.get('location')).toMatch(/^https:\/\/shop\.example\/\?clickid=/);
    }
  });

  it('DELETE deletes what was never used and archives what was', async () => {
    const [unused, used] = [await make(), await make()];
    await tracker.click(used);
    for (const { id } of [unused, used]) expect((await tracker.api('DELETE', `/offers/${id}`)).status).toBeLessThan(300);
    expect((await tracker.api('GET', `/offers/${unused.id}`)).status).toBe(404);
    expect((await tracker.ok<Offer>('GET', `/offers/${used.id}`)).status).toBe('archived');
  });

  it('is found by its tags, and keeps its country', async () => {
    const offer = await make({ country: 'de', tags: ['shoes', 'q4'] });
    expect(offer).toMatchObject({ country: 'DE', tags: ['shoes', 'q4'] });
    await make({ tags: ['hats'] });
    expect((await tracker.ok<{ data: Offer[] }>('GET', '/offers?tag=shoes')).data.map((o) => o.id)).toEqual([offer.id]);
    for (const fields of [
      { country: 'Germany' },
      { tags: ['a', 'a'] },
      { payout: '-1' },
      { payoutMode: 'free' },
      { url: 'https://{clickid}.example/' },
      { fallbackUrl: 'javascript:alert(1)' },
    ]) {
      expect([fields, (await tracker.api('POST', '/offers', { name: 'Offer', url: URL_WITH_ID, ...fields })).status]).toEqual([
        fields,
        400,
      ]);
    }
  });
});
