import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OffersService } from '../src/offers/offers.service.js';
import { ADMIN_KEY, Tracker } from './support/tracker.js';

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
    expect((await make({ linkBuilder: { cid: '{sub}', payout: '9' } })).postbackUrl).toMatch(
      /^http:\/\/tracker\.test\/postback\/[\w-]{22}\?cid=\{sub\}&payout=9$/,
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

  describe('without a source', () => {
    const pathOf = (url: string | null): string => new URL(url ?? '').pathname;
    const log = async (cid: string): Promise<Record<string, unknown>[]> => {
      await tracker.settled();
      return (await tracker.ok<{ data: Record<string, unknown>[] }>('GET', `/postbacks?cid=${cid}`)).data;
    };

    it('its token names it: clicks of it count, those of another offer are source_mismatch and can be replayed', async () => {
      const [one, other] = [await make(), await make()];
      const [cid, foreign] = [await tracker.click(one), await tracker.click(other)];
      const path = pathOf(one.postbackUrl);
      for (const click of [cid, foreign]) expect((await tracker.get(`${path}?cid=${click}&payout=3`)).status).toBe(200);
      expect(await tracker.conversions(cid)).toEqual([expect.objectContaining({ payout: '3', offerId: one.id })]);
      expect(await tracker.conversions(foreign)).toEqual([]);
      const [row] = await log(foreign);
      expect(row).toMatchObject({ result: 'source_mismatch', tokenSourceId: null, tokenOfferId: one.id, offerSourceId: null });
      expect(await tracker.ok('POST', `/postbacks/${row?.id}/replay`)).toMatchObject({ result: 'source_mismatch' });
    });

    it('an amount that comes with the token of the later source is read as it is priced: by the source that the click had', async () => {
      const source = (fields: object): Promise<{ id: string; postbackUrl: string }> =>
        tracker.ok('POST', '/offer-sources', { name: 'Dollars or dong', cidParameter: 'clickid', ...fields });
      const dollars = await source({});
      const dong = await source({ defaultCurrency: 'VND', parameterAliases: { money: 'payout' } });
      const offer = await make({ offerSourceId: dollars.id });
      const [before, again] = [await tracker.click(offer), await tracker.click(offer)];
      await tracker.ok('PATCH', `/offers/${offer.id}`, { offerSourceId: dong.id });
      expect((await tracker.get(`${pathOf(dong.postbackUrl)}?cid=${before}&money=150.000`)).status).toBe(200);
      expect(await tracker.conversions(before)).toEqual([expect.objectContaining({ payout: '150', currency: 'USD' })]);
      expect(await log(before)).toEqual([expect.objectContaining({ offerSourceId: dollars.id, tokenSourceId: dong.id, warnings: [] })]);
      expect((await tracker.get(`${pathOf(dong.postbackUrl)}?cid=${again}&money=150.000&currency=vnd`)).status).toBe(200);
      expect(await tracker.conversions(again)).toEqual([expect.objectContaining({ payout: '150000', currency: 'VND' })]);
    });

    it('keeps its token when it gets a source, and has one again when it loses it', async () => {
      const offer = await make();
      const source = await tracker.ok<{ id: string; postbackUrl: string }>('POST', '/offer-sources', {
        name: 'Later',
        cidParameter: 'clickid',
      });
      const own = pathOf(offer.postbackUrl);
      const now = await tracker.ok<Offer>('PATCH', `/offers/${offer.id}`, { offerSourceId: source.id });
      expect(pathOf(now.postbackUrl)).toBe(pathOf(source.postbackUrl));
      const cid = await tracker.click(offer);
      expect((await tracker.get(`${own}?cid=${cid}&payout=4`)).status).toBe(200);
      expect(await tracker.conversions(cid)).toEqual([expect.objectContaining({ payout: '4', offerSourceId: source.id })]);
      // Without any token it is refused.
      const guessed = await tracker.click(offer);
      await tracker.get(`/postback?cid=${guessed}&payout=4`);
      expect((await log(guessed))[0]).toMatchObject({ result: 'rejected', reason: 'token_required' });
      const alone = await tracker.ok<Offer>('PATCH', `/offers/${offer.id}`, { offerSourceId: null });
      expect(pathOf(alone.postbackUrl)).toBe(own);
      const born = await make({ offerSourceId: source.id });
      const left = await tracker.ok<Offer>('PATCH', `/offers/${born.id}`, { offerSourceId: null });
      expect(pathOf(left.postbackUrl)).toMatch(/^\/postback\/[\w-]{22}$/);
      expect(pathOf(left.postbackUrl)).not.toBe(pathOf(source.postbackUrl));
    });

    it('rotates its token with hours of grace, or at once', async () => {
      const offer = await make();
      const cid = await tracker.click(offer);
      const first = pathOf(offer.postbackUrl);
      const rotated = await tracker.ok<{ tokens: { expiresAt: string | null }[]; postbackUrl: string }>(
        'POST',
        `/offers/${offer.id}/rotate-token`,
        {},
      );
      expect(rotated.tokens.map((token) => token.expiresAt === null)).toEqual([true, false]);
      for (const path of [first, pathOf(rotated.postbackUrl)]) expect((await tracker.get(`${path}?cid=${cid}`)).status).toBe(200);
      const last = await tracker.ok<{ tokens: unknown[]; postbackUrl: string }>('POST', `/offers/${offer.id}/rotate-token`, {
        graceHours: 0,
      });
      expect(last.tokens).toHaveLength(1);
      expect((await tracker.get(`${first}?cid=${cid}`)).status).toBe(403);
      expect((await tracker.get(`${pathOf(last.postbackUrl)}?cid=${cid}`)).status).toBe(200);
      expect((await tracker.ok<Offer>('GET', `/offers/${offer.id}`)).postbackUrl).toBe(last.postbackUrl);
    });

    it('gets a token at the start when an older version made it', async () => {
      const offer = await make();
      await tracker.db.query('DELETE FROM postback_tokens WHERE offer_id = $1', [offer.id]);
      expect(await tracker.ok('GET', `/offers/${offer.id}`)).toMatchObject({
        postbackUrl: null,
        warnings: [expect.stringContaining("offer's token")],
      });
      await tracker.running.app.get(OffersService).onApplicationBootstrap();
      const cid = await tracker.click(offer);
      const { postbackUrl } = await tracker.ok<Offer>('GET', `/offers/${offer.id}`);
      await tracker.get(`${pathOf(postbackUrl)}?cid=${cid}&payout=5`);
      expect(await tracker.conversions(cid)).toHaveLength(1);
    });

    it('is archived, not deleted, once its URL was called', async () => {
      const offer = await make();
      await tracker.get(`${pathOf(offer.postbackUrl)}?cid=no-such-click`);
      await tracker.settled();
      expect(await tracker.ok('DELETE', `/offers/${offer.id}`)).toMatchObject({ result: 'archived' });
    });
  });

  it('a role that only reads sees no tokens', async () => {
    const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Secret', template: 'maxbounty' });
    const offers = [await make(), await make({ offerSourceId: source.id })];
    const { key } = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'reader', role: 'viewer' });
    const { key: managerKey } = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'manager', role: 'manager' });
    const paths = [
      `/offer-sources/${source.id}`,
      '/offer-sources?limit=200',
      '/offers?limit=200',
      ...offers.map(({ id }) => `/offers/${id}`),
      '/postbacks',
      '/postbacks/unmatched',
    ];
    const tokens = (await tracker.db.query<{ n: number }>('SELECT count(*)::int AS n FROM postback_tokens')).rows[0]?.n ?? 0;
    expect(tokens).toBeGreaterThan(2);
    for (const [who, pattern] of [
      [ADMIN_KEY, /\/postback\/[\w-]{22}/],
      [managerKey, /\/postback\/[\w-]{22}/],
    ] as const)
      expect(
        JSON.stringify((await tracker.api('GET', `/offers/${offers[0]?.id}`, undefined, { authorization: `Bearer ${who}` })).body),
      ).toMatch(pattern);
    for (const path of paths) {
      const { status, body } = await tracker.api('GET', path, undefined, { authorization: `Bearer ${key}` });
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body)).not.toMatch(/postback\/[\w-]{22}/);
    }
    const seen = await tracker.api('GET', `/offer-sources/${source.id}`, undefined, { authorization: `Bearer ${key}` });
    expect(seen.body).toMatchObject({ postbackUrl: null, postbackUrls: null });
    expect(JSON.stringify(seen.body)).not.toContain('SECRET_KEY');
  });

  it('the example source and offer of the OpenAPI file can be made, and their own postback counts', async () => {
    const { components } = JSON.parse(readFileSync(join(process.cwd(), 'openapi.json'), 'utf8')) as {
      components: { schemas: Record<string, { properties: Record<string, { example?: unknown }> }> };
    };
    const example = (schema: string): Record<string, unknown> =>
      Object.fromEntries(
        Object.entries(components.schemas[schema]?.properties ?? {}).flatMap(([name, { example: value }]) =>
          value === undefined ? [] : [[name, value]],
        ),
      );
    const source = await tracker.ok<{ id: string; cidParameter: string; postbackUrl: string }>(
      'POST',
      '/offer-sources',
      example('CreateOfferSource'),
    );
    const offer = await tracker.ok<Offer>('POST', '/offers', { ...example('CreateOffer'), offerSourceId: source.id });
    expect(new URL(offer.postbackUrl ?? '').pathname).toBe(new URL(source.postbackUrl).pathname);
    const cid = await tracker.click(offer, 'aff_sub');
    const url = new URL((offer.postbackUrl ?? '').replace('{sub1}', cid).replace('{status}', 'ftd'));
    expect((await tracker.get(`${url.pathname}${url.search}`)).status).toBe(200);
    expect(await tracker.conversions(cid)).toEqual([
      expect.objectContaining({ status: 'approved', payout: '12.5', offerSourceId: source.id }),
    ]);
  });
});
