import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cidToUuid } from '../src/lib/ids.js';
import { Tracker, until } from './support/tracker.js';

const CHROME = 'Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36';

interface Click {
  cid: string;
  [field: string]: unknown;
}

describe('clicks', () => {
  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres', { TRUST_PROXY: '127.0.0.1', IP_MODE: 'truncate' });
  });
  afterAll(() => tracker.stop());

  const offerOf = (url: string, more: Record<string, unknown> = {}): Promise<{ id: string; key: string; warnings: string[] }> =>
    tracker.ok('POST', '/offers', { name: 'Offer & co', url, ...more });
  const visit = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    tracker.get(path, {
      headers: {
        'user-agent': CHROME,
        'x-forwarded-for': '8.8.8.8',
        'accept-language': 'de-AT,en;q=0.5',
        referer: 'https://news.example/a?b',
        ...headers,
      },
    });
  const clickOf = async (cid: string): Promise<Click> =>
    (await tracker.ok<{ data: Click[] }>('GET', `/clicks?cid=${cid}`)).data[0] as Click;

  it('expands macros for the place they stand in and stores what it knows before it answers', async () => {
    const offer = await offerOf('https://shop.example/{sub1}/x?cid={clickid}&s={sub2}&o={offername}&c={countrycode}&d={device}#{keyword}');
    const answer = await visit(`/c/${offer.key}?sub1=a/../b&sub2=x%26y%3D1&keyword=red%20shoes&externalid=E1&cost=0.05&source=push`);
    expect([
      answer.status,
      answer.headers.get('cache-control'),
      answer.headers.get('referrer-policy'),
      answer.headers.get('x-robots-tag'),
    ]).toEqual([302, 'no-store', 'no-referrer', 'noindex']);
    const location = new URL(answer.headers.get('location') ?? '');
    const cid = location.searchParams.get('cid') ?? '';
    expect(cid).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect([
      location.host,
      location.pathname.split('/').length,
      location.searchParams.get('s'),
      location.searchParams.get('o'),
      location.searchParams.get('c'),
      location.searchParams.get('d'),
      location.hash,
    ]).toEqual(['shop.example', 3, 'x&y=1', 'Offer & co', 'US', 'mobile', '#red%20shoes']);
    // No waiting: the redirect stands on the commit.
    const { rows } = await tracker.db.query('SELECT count(*)::int AS n FROM clicks WHERE offer_id = $1', [offer.id]);
    expect(rows[0].n).toBe(1);
    expect(await clickOf(cid)).toMatchObject({
      cid,
      offerId: offer.id,
      offerSourceId: null,
      externalId: 'E1',
      sub1: 'a/../b',
      sub2: 'x&y=1',
      cost: '0.05',
      country: 'US',
      device: 'mobile',
      os: 'Android',
      browser: expect.stringContaining('Chrome'),
      unique: true,
      bot: null,
    });
    const {
      rows: [kept],
    } = await tracker.db.query('SELECT ip, language, referrer_domain FROM clicks WHERE offer_id = $1', [offer.id]);
    expect(kept).toEqual({ ip: '8.8.8.0', language: 'de', referrer_domain: 'news.example' });
  });

  it('calls a visitor unique once a day and offer, however many come at once', async () => {
    const offer = await offerOf('https://shop.example/?cid={clickid}');
    await Promise.all(Array.from({ length: 30 }, () => visit(`/c/${offer.key}`)));
    await visit(`/c/${offer.key}`, { 'x-forwarded-for': '8.8.4.4' });
    const { totals } = await tracker.ok<{ totals: Record<string, unknown> }>('GET', `/reports?filter[offer]=${offer.id}`);
    expect(totals).toMatchObject({ clicks: 31, uniqueClicks: 2, bots: 0 });
  });

  it('redirects bots and keeps them out of clicks', async () => {
    const offer = await offerOf('https://shop.example/?cid={clickid}');
    const reasons = async (headers: Record<string, string>, method = 'GET'): Promise<unknown> => {
      const answer = await tracker.get(`/c/${offer.key}`, { method, headers });
      expect(answer.status).toBe(302);
      return (await clickOf(new URL(answer.headers.get('location') ?? '').searchParams.get('cid') ?? '')).bot;
    };
    expect(await reasons({ 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' })).toBe('bot');
    expect(await reasons({ 'user-agent': 'WhatsApp/2.23.20.0' })).toBe('link_preview');
    expect(await reasons({ 'user-agent': CHROME, purpose: 'prefetch' })).toBe('prefetch');
    expect(await reasons({ 'user-agent': CHROME }, 'HEAD')).toBe('head');
    const { totals } = await tracker.ok<{ totals: Record<string, unknown> }>('GET', `/reports?filter[offer]=${offer.id}`);
    expect(totals).toMatchObject({ clicks: 0, uniqueClicks: 0, bots: 4 });
  });

  it('sends visitors of a paused offer to its fallback, or nowhere', async () => {
    const offer = await offerOf('https://shop.example/?cid={clickid}', { fallbackUrl: 'https://other.example/' });
    await tracker.ok('PATCH', `/offers/${offer.id}`, { status: 'paused' });
    expect((await visit(`/c/${offer.key}`)).headers.get('location')).toBe('https://other.example/');
    await tracker.ok('PATCH', `/offers/${offer.id}`, { fallbackUrl: null });
    expect((await visit(`/c/${offer.key}`)).status).toBe(404);
    expect((await visit('/c/no-such-key')).status).toBe(404);
  });

  it('does not believe a client’s X-Forwarded-For beyond the trusted proxies', async () => {
    const offer = await offerOf('https://shop.example/?cid={clickid}&ip={ip}');
    const answer = await visit(`/c/${offer.key}`, { 'x-forwarded-for': '1.2.3.4, 9.9.9.9' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('ip')).toBe('9.9.9.9');
  });

  it('gives a postback that overtook its click its verdict when the click arrives (example 12)', async () => {
    const offer = await offerOf('https://shop.example/?cid={clickid}');
    const other = await tracker.click(offer, 'cid');
    // The id of a click that is about to be stored: its neighbour's with another end.
    const cid = `${other.slice(0, -1)}${other.endsWith('0') ? '1' : '0'}`;
    await tracker.postback(`cid=${cid.toUpperCase()}&payout=3`);
    await until(
      async () => (await tracker.ok<{ data: { result: string }[] }>('GET', `/postbacks?cid=${cid}`)).data[0]?.result === 'waiting_click',
    );
    await tracker.db.query(
      `INSERT INTO clicks SELECT ($1::uuid), created_at, offer_id, offer_source_id, false FROM clicks WHERE offer_id = $2 LIMIT 1`,
      [cidToUuid(cid), offer.id],
    );
    await until(async () => (await tracker.ok<{ data: unknown[] }>('GET', `/conversions?cid=${cid}`)).data.length === 1, 20_000);
  });
});
