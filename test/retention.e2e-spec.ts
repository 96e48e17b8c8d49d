import { afterEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../src/config.js';
import { boot } from '../src/boot.js';
import { PartitionsService } from '../src/db/partitions.service.js';
import { ADMIN_KEY, environment, Tracker } from './support/tracker.js';
import { ClickIdsService } from '../src/clicks/click-ids.service.js';
import { cidToUuid, uuidToCid } from '../src/lib/ids.js';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

describe('what is kept, and for how long', () => {
  let tracker: Tracker;
  afterEach(() => tracker.stop());

  const start = async (extra: Record<string, string> = {}): Promise<{ id: string; key: string }> => {
    tracker = await Tracker.start('postgres', { TRUST_PROXY: '127.0.0.1/32,::1/128', ...extra });
    return tracker.ok('POST', '/offers', {
      name: 'Offer',
      url: 'https://shop.example/?clickid={clickid}&ip={ip}',
      payout: '7',
      currency: 'USD',
    });
  };
  const visit = async (offer: { key: string }, ip: string): Promise<string> => {
    const response = await tracker.get(`/c/${offer.key}?externalid=user-7&sub1=banner`, {
      headers: { 'user-agent': AGENT, 'x-forwarded-for': ip, referer: 'https://news.example/page?user=7' },
    });
    return new URL(response.headers.get('location') ?? '').searchParams.get('clickid') ?? '';
  };
  const click = (cid: string): Promise<Record<string, unknown>> => tracker.ok('GET', `/clicks/${cid}`);

  it.each([
    ['full', '203.0.113.77'],
    ['truncate', '203.0.113.0'],
    ['hash', expect.stringMatching(/^[0-9a-f]{32}$/)],
    ['off', null],
  ])('IP_MODE=%s', async (mode, kept) => {
    const offer = await start({ IP_MODE: mode });
    const cid = await visit(offer, '203.0.113.77');
    const stored = await click(cid);
    expect(stored.ip).toEqual(kept);
    if (mode !== 'full') expect(String(stored.landingUrl)).not.toContain('203.0.113.77');
    // But for the address it is the URL that was sent, its random numbers included.
    const other = await tracker.ok<{ key: string }>('POST', '/offers', {
      name: 'R',
      url: 'https://r.example/{random}/{ip}?c={clickid}&r={random}',
    });
    const sent =
      (await tracker.get(`/c/${other.key}`, { headers: { 'user-agent': AGENT, 'x-forwarded-for': '198.51.100.78' } })).headers.get(
        'location',
      ) ?? '';
    const keptOther = await click(new URL(sent).searchParams.get('c') ?? '');
    expect(keptOther.landingUrl).toBe(sent.replace('198.51.100.78', String(keptOther.ip ?? '')));

    // A pixel comes from the visitor, a postback from a network. A third waits for a click that is not there yet.
    const from = { headers: { 'x-forwarded-for': '203.0.113.77' } };
    await tracker.get(`/postback.gif?cid=${cid}&payout=1&txid=pixel`, from);
    await tracker.get('/postback.gif?cid={cid}', from);
    await tracker.get(`/postback.gif?cid=${uuidToCid(tracker.running.app.get(ClickIdsService, { strict: false }).next())}`, from);
    await tracker.postback(`cid=${cid}&payout=1&txid=server`);
    await tracker.settled();
    const log = async (query: string) => (await tracker.ok<{ data: { ip: string | null }[] }>('GET', `/postbacks?${query}`)).data;
    expect((await log('')).map((row) => row.ip).filter((ip) => !ip?.startsWith('127.'))).toEqual([kept, kept, kept]);
    if (mode === 'off') return;
    expect(await log('ip=::FFFF:203.0.113.77')).toHaveLength(3);

    for (const dryRun of [true, false])
      expect(await tracker.ok('POST', '/clicks/erase', { ip: '::ffff:203.0.113.77', dryRun })).toMatchObject({
        clicks: 1,
        conversions: 2,
        postbacks: 4,
      });
    expect(await click(cid)).toMatchObject({ ip: null, userAgent: null, landingUrl: null });
    for (const table of ['postbacks', 'inbox']) {
      const { rows } = await tracker.db.query(`SELECT count(ip)::int AS n FROM ${table}`);
      expect([table, rows[0].n]).toEqual([table, 0]);
    }
  });

  it('drops partitions by age and keeps what conversions need', async () => {
    const offer = await start();
    const file = 'cid,createdAt,country\nold-1,2026-01-10T10:00:00Z,DE\nold-2,2026-01-11T10:00:00Z,FR\n';
    await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true&offerId=${offer.id}`, {
      method: 'POST',
      body: file,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    await tracker.postback('cid=old-1&payout=50&status=sale');
    await tracker.settled();
    const dropped = await new PartitionsService(tracker.db).dropOlder('clicks', 90);
    expect(dropped).toEqual(['clicks_2026_01']);
    await tracker.postback('cid=old-1&status=refund');
    await tracker.postback('cid=old-2&payout=1');
    expect(await tracker.conversions('old-1')).toEqual([expect.objectContaining({ status: 'reversed', payout: '50' })]);
    expect((await tracker.ok<{ data: { result: string }[] }>('GET', '/postbacks?cid=old-2')).data[0]?.result).toBe('click_not_found');
  });

  it('erases a person by click and by address, and nothing else', async () => {
    const offer = await start();
    const [a, b, other] = [await visit(offer, '203.0.113.7'), await visit(offer, '203.0.113.7'), await visit(offer, '198.51.100.1')];
    for (const cid of [a, b, other])
      await tracker.get(`/postback.gif?cid=${cid}&payout=5`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    await tracker.settled();
    const before = (await tracker.ok<{ totals: unknown }>('GET', '/reports')).totals;
    const personal = { ip: null, userAgent: null, referrer: null, landingUrl: null, externalId: null };

    for (const body of [{ cid: a }, { ip: '203.0.113.7' }]) {
      const counted = await tracker.ok('POST', '/clicks/erase', { ...body, dryRun: true });
      expect(counted).toMatchObject(
        'cid' in body ? { clicks: 1, conversions: 1, postbacks: 1 } : { clicks: 2, conversions: 2, postbacks: 3 },
      );
    }
    expect(await click(a)).toMatchObject({ ip: '203.0.113.7', externalId: 'user-7' });
    expect(await tracker.ok('POST', '/clicks/erase', { cid: a })).toMatchObject({
      clicks: 1,
      conversions: 1,
      postbacks: 1,
      leaves: expect.stringContaining('audit'),
    });
    expect(await click(a)).toMatchObject({ ...personal, sub1: 'banner', browser: 'Chrome', country: expect.anything() });
    expect(await click(b)).toMatchObject({ ip: '203.0.113.7', externalId: 'user-7' });

    expect(await tracker.ok('POST', '/clicks/erase', { ip: '203.0.113.7' })).toMatchObject({ clicks: 1, conversions: 1, postbacks: 2 });
    expect(await click(b)).toMatchObject(personal);
    expect(await click(other)).toMatchObject({ ip: '198.51.100.1' });
    for (const table of ['clicks', 'postbacks', 'audit_log', 'conversions']) {
      const { rows } = await tracker.db.query(`SELECT count(*)::int AS n FROM ${table} t WHERE t::text LIKE '%203.0.113.7%'`);
      expect([table, rows[0].n]).toEqual([table, 0]);
    }
    expect((await tracker.ok<{ totals: unknown }>('GET', '/reports')).totals).toEqual(before);
    const { data } = await tracker.ok<{ data: { action: string; details: { body: unknown } }[] }>(
      'GET',
      '/audit-log?action=POST%20%2Fclicks%2Ferase',
    );
    expect(data.map((e) => e.details.body)).toEqual([{ ip: '(not kept)' }, { cid: a }]);
    for (const [body, status] of [
      [{}, 400],
      [{ cid: a, ip: '203.0.113.7' }, 400],
      [{ cid: 'nobody' }, 404],
    ] as const)
      expect((await tracker.api('POST', '/clicks/erase', body)).status).toBe(status);
  });

  it('erases a person by the id that links carried', async () => {
    const offer = await start();
    const [a, b] = [await visit(offer, '192.0.2.1'), await visit(offer, '192.0.2.2')];
    await tracker.db.query(`UPDATE clicks SET external_id = 'mail@person.example' WHERE click_id = $1`, [cidToUuid(a)]);
    await tracker.postback(`cid=${a}&payout=5`);
    await tracker.settled();
    const body = { externalId: 'mail@person.example' };
    expect(await tracker.ok('POST', '/clicks/erase', { ...body, dryRun: true })).toMatchObject({ clicks: 1, conversions: 1, postbacks: 1 });
    expect(await click(a)).toMatchObject(body);
    expect(await tracker.ok('POST', '/clicks/erase', body)).toMatchObject({ clicks: 1, conversions: 1, postbacks: 1 });
    expect(await click(a)).toMatchObject({ ip: null, userAgent: null, externalId: null });
    expect(await click(b)).toMatchObject({ ip: '192.0.2.2', externalId: 'user-7' });
    for (const table of ['clicks', 'postbacks', 'audit_log', 'conversions', 'conversion_history']) {
      const { rows } = await tracker.db.query(`SELECT count(*)::int AS n FROM ${table} t WHERE t::text LIKE '%mail@person%'`);
      expect([table, rows[0].n]).toEqual([table, 0]);
    }
    expect(await tracker.ok('POST', '/clicks/erase', body)).toMatchObject({ clicks: 0, conversions: 0, postbacks: 0 });
  });

  it('erases an address that many share only when forced', async () => {
    const offer = await start();
    for (let i = 0; i < 12; i++)
      await tracker.get(`/c/${offer.key}`, {
        headers: { 'x-forwarded-for': '198.51.100.77', 'user-agent': `Mozilla/5.0 Chrome/${100 + i}` },
      });
    const ip = '198.51.100.77';
    const counted = await tracker.ok<{ clicks: number; warning: string }>('POST', '/clicks/erase', { ip, dryRun: true });
    expect(counted).toMatchObject({ clicks: 12, warning: expect.stringContaining('12 different browsers in one day') });
    const refused = await tracker.api<{ code: string; detail: string }>('POST', '/clicks/erase', { ip });
    expect([refused.status, refused.body.code]).toEqual([409, 'many_visitors']);
    expect(refused.body.detail).toContain('force: true');
    expect((await tracker.api('POST', '/clicks/erase', { ip: '127.0.0.1' })).status).toBe(409);
    expect(await tracker.ok('POST', '/clicks/erase', { ip, force: true })).toMatchObject({ clicks: 12 });
  });

  it('keeps to its base currency once there are conversions', async () => {
    const offer = await start();
    const url = (await tracker.db.query('SELECT current_database() AS name')).rows[0].name as string;
    const other = (): Promise<{ stop: () => Promise<void> }> => {
      const database = Object.assign(new URL(process.env.TEST_POSTGRES_URL ?? ''), { pathname: `/${url}` }).href;
      return boot(loadConfig(environment('postgres', database, { BASE_CURRENCY: 'EUR' })));
    };
    await tracker.get(`/postback?cid=${await visit(offer, '203.0.113.7')}&payout=5`);
    await tracker.settled();
    await expect(other()).rejects.toThrow('Set BASE_CURRENCY=USD');
  });
});
