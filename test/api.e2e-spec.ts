import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_KEY, Tracker } from './support/tracker.js';

interface Problem {
  status: number;
  code: string;
  detail: string;
  errors: { pointer: string; message: string }[];
}
const JSON_TYPE = { 'content-type': 'application/json' };

describe('the admin API, asked by somebody who errs', () => {
  let tracker: Tracker;
  let offer: { id: string; key: string };
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    offer = await tracker.ok('POST', '/offers', { name: 'Red shoes', url: 'https://shop.example/?s={clickid}' });
  });
  afterAll(() => tracker.stop());

  const send = async (method: string, path: string, body: string, headers: Record<string, string> = JSON_TYPE): Promise<Problem> => {
    const answer = await tracker.get(path, { method, body, headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers } });
    expect([answer.headers.get('content-type'), typeof answer.headers.get('x-request-id')]).toEqual([
      'application/problem+json; charset=utf-8',
      'string',
    ]);
    return (await answer.json()) as Problem;
  };
  const wrong = async (method: string, path: string, body: unknown): Promise<Problem['errors']> =>
    (await tracker.api<Problem>(method, path, body)).body.errors;

  it.each(['null', '[]', '[{"name":"x"}]', '"x"', '5', 'true'])('a body %s is no object, and none is changed by it', async (body) => {
    for (const [method, path] of [
      ['PATCH', `/api/v1/offers/${offer.id}`],
      ['POST', '/api/v1/offers'],
      ['POST', `/api/v1/offers/${offer.id}/rotate-token`],
    ] as const)
      expect(await send(method, path, body)).toMatchObject({ status: 400, code: 'invalid', errors: [{ pointer: '' }] });
  });

  it('a field is named by a JSON pointer, and none is left out in silence', async () => {
    const url = 'https://shop.example/';
    const body = `{"name":"x","url":"${url}","a/b~c":1,"__proto__":{"status":"paused"},"linkBuilder":{"constructor":"{x}"}}`;
    expect((await send('POST', '/api/v1/offers', body)).errors.map(({ pointer }) => pointer)).toEqual([
      '/__proto__',
      '/linkBuilder/constructor',
    ]);
    expect(await wrong('POST', '/offers', { name: 'x', url, 'a/b~c': 1 })).toEqual([
      { pointer: '/a~1b~0c', message: 'there is no a/b~c here' },
    ]);
  });

  it('of what is wrong with a field is said what is to be mended first', async () => {
    expect(await wrong('POST', '/offers', {})).toEqual([
      { pointer: '/name', message: 'name is missing' },
      { pointer: '/url', message: 'url is missing' },
    ]);
    expect(await wrong('POST', '/offers', { name: '  ', url: 'https://shop.example/' })).toEqual([
      { pointer: '/name', message: 'name must not be blank' },
    ]);
    expect(await wrong('POST', '/offer-sources', { name: 'x', template: 'custom', statusMap: { 'a/b': 'sold' } })).toMatchObject([
      { pointer: '/statusMap/a~1b' },
    ]);
    const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Somebody', template: 'custom' });
    const grace = (graceHours: unknown): Promise<Problem['errors']> =>
      wrong('POST', `/offer-sources/${source.id}/rotate-token`, { graceHours });
    for (const kind of ['72', null, 1.5]) expect((await grace(kind))[0]?.message).toBe('graceHours must be an integer number');
    expect((await grace(8_761))[0]?.message).toBe('graceHours must not be greater than 8760');
    expect((await grace(-1))[0]?.message).toBe('graceHours must not be less than 0');
    expect(await wrong('POST', '/clicks/erase', {})).toMatchObject([{ pointer: '' }]);
  });

  it.each([
    ['broken JSON', '{"a":', JSON_TYPE],
    ['another type', '<a/>', { 'content-type': 'text/xml' }],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', 'a', { 'content-type': 'text/plain' }],
  ])('an address that is none is told so, and one of other methods, whatever is sent: %s', async (_, body, headers) => {
    expect(await send('POST', '/api/v1/ofers', body, headers)).toMatchObject({ status: 404, code: 'not_found' });
    expect(await send('PUT', '/api/v1/offers', body, headers)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it('a path whose percent signs encode nothing is answered like any other that names nothing', async () => {
    for (const name of ['%ZZ', '%C3', '%', 'a%2'])
      expect(await send('PATCH', `/api/v1/offers/${name}`, '{}')).toMatchObject({ status: 404, code: 'not_found' });
    const link = await tracker.get('/c/%ZZ');
    expect([link.status, link.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });

  it('an id is found in any letter case', async () => {
    const loud = offer.id.toUpperCase();
    expect(await tracker.ok('GET', `/offers/${loud}`)).toMatchObject({ id: offer.id });
    expect(await tracker.ok('PATCH', `/offers/${loud}`, { tags: ['a'] })).toMatchObject({ id: offer.id, tags: ['a'] });
    const person = await tracker.ok<{ id: string }>('POST', '/people', { name: 'Ann', email: 'ann@example.com', role: 'viewer' });
    expect(await tracker.ok('GET', `/people/${person.id.toUpperCase()}`)).toMatchObject({ id: person.id });
  });

  it('a time whose plus was not encoded is read, and words of ours in any letter case', async () => {
    const { body } = await tracker.api<{ data: unknown[] }>('GET', '/clicks?from=2026-01-01T10:00:00+05:30&limit=1');
    expect(body.data).toBeDefined();
    expect((await tracker.api('GET', '/clicks?from=2026-01-01 10:00')).status).toBe(400);
    expect((await tracker.api('GET', '/offers?status=ACTIVE')).status).toBe(200);
  });

  it('a key is found behind any number of spaces, and nothing stands behind it', async () => {
    const status = async (authorization: string): Promise<number> =>
      (await tracker.api('GET', '/offers', undefined, { authorization })).status;
    expect(await status(`bearer   ${ADMIN_KEY} `)).toBe(200);
    expect(await status(`Bearer ${ADMIN_KEY} x`)).toBe(401);
    expect(await status(ADMIN_KEY)).toBe(401);
  });

  it('a key that would have expired before it is made is not made', async () => {
    const made = await tracker.api<Problem>('POST', '/api-keys', { name: 'late', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' });
    expect([made.status, made.body.errors]).toEqual([400, [{ pointer: '/expiresAt', message: 'expiresAt must lie in the future' }]]);
  });

  it('a change that was made on another version is refused, of whatever has a PATCH or a DELETE of versions', async () => {
    const made = await Promise.all([
      tracker.api<{ id: string }>('POST', '/offers', { name: 'Blue shoes', url: 'https://shop.example/?s={clickid}' }),
      tracker.api<{ id: string }>('POST', '/offer-sources', { name: 'Nobody', template: 'custom' }),
      tracker.api<{ id: string }>('POST', '/views', { name: 'Mine', address: '/reports' }),
      tracker.api<{ id: string }>('POST', '/people', { name: 'Bob', email: 'bob@example.com', role: 'viewer' }),
    ]);
    const paths = ['/offers', '/offer-sources', '/views', '/people'].map((path, i) => `${path}/${made[i]?.body.id}`);
    const change = (path: string): object => (path === '/account' ? { timeZone: 'Europe/Berlin' } : { name: 'Anew' });
    for (const path of [...paths, '/account']) {
      const seen = (await tracker.api('GET', path)).headers.get('etag') ?? '';
      expect([path, seen]).toEqual([path, expect.stringMatching(/^"[^"]+"$/)]);
      const patch = async (tag: string): Promise<number> => (await tracker.api('PATCH', path, change(path), { 'if-match': tag })).status;
      expect([path, await patch('"another"')]).toEqual([path, 412]);
      expect([path, await patch(`"another", ${seen}`)]).toEqual([path, 200]);
      expect([path, await patch(seen)]).toEqual([path, 412]);
      expect([path, await patch('*')]).toEqual([path, 200]);
      const [, , ...others] = path.split('/');
      if (others.length === 0 || path.startsWith('/people')) continue;
      const remove = async (tag: string): Promise<number> => (await tracker.api('DELETE', path, undefined, { 'if-match': tag })).status;
      expect([path, await remove(seen)]).toEqual([path, 412]);
      expect((await tracker.api('GET', path)).status).toBe(200);
      expect([path, (await remove('*')) < 300]).toEqual([path, true]);
    }
  });

  it('every list takes limit, cursor and filters named as its fields are, and names what it does not know', async () => {
    const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', {
      name: 'Filtered',
      template: 'affise',
      defaultCurrency: 'EUR',
    });
    const sold = await tracker.ok<{ key: string }>('POST', '/offers', {
      name: 'Filtered',
      offerSourceId: source.id,
      url: 'https://shop.example/?clickid={clickid}',
      payout: '3',
      currency: 'EUR',
      country: 'DE',
      tags: ['summer'],
      duplicateMode: 'sum',
    });
    await tracker.ok('PATCH', `/offer-sources/${source.id}`, { duplicateMode: 'new' });
    await tracker.ok('POST', '/api-keys', { name: 'reports', role: 'viewer' });
    for (const status of ['qualified', 'sale'])
      await tracker.postback(`cid=${await tracker.click(sold)}&payout=5&status=${status}&param1=a&ts={ts}`);
    await tracker.postback('cid=01jd3q4k8m2v6x0r7t5w9y1z3b');
    await tracker.settled();
    const { paths } = (await (await tracker.get('/openapi.json', { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).json()) as {
      paths: Record<string, { get?: { parameters?: { in: string; name: string }[] } }>;
    };
    const filtered: string[] = [];
    for (const [path, { get }] of Object.entries(paths)) {
      const names = (get?.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name);
      if (!path.startsWith('/api/v1/') || !names.includes('cursor') || path.endsWith('/reports')) continue;
      const list = async (query: string): Promise<Record<string, unknown>[]> =>
        (await tracker.ok<{ data: Record<string, unknown>[] }>('GET', `${path.replace('/api/v1', '')}?${query}`)).data;
      expect([path, (await list('limit=1')).length <= 1]).toEqual([path, true]);
      for (const wrongQuery of ['limit=0', 'limit=201', 'cursor=x', 'nobodys=1']) {
        const { status, body } = await tracker.api<Problem>('GET', `${path.replace('/api/v1', '')}?${wrongQuery}`);
        expect([path, wrongQuery, status, body.errors.map(({ pointer }) => pointer)]).toEqual([
          path,
          wrongQuery,
          400,
          [`/${wrongQuery.split('=')[0]}`],
        ]);
      }
      const rows = await list('limit=200');
      for (const field of names.filter((name) => name !== 'bot')) {
        const row = rows.find((each) => [each[field]].flat().some((value) => value !== null && value !== undefined && value !== ''));
        if (row === undefined) continue;
        const value = String([row[field]].flat()[0]);
        const found = await list(`limit=200&${field}=${encodeURIComponent(value)}`);
        const fits = found.filter((each) => [each[field]].flat().some((one) => String(one).includes(value)));
        expect([path, field, found.length, found.length > 0]).toEqual([path, field, fits.length, true]);
        filtered.push(`${path.slice('/api/v1/'.length)} ${field}`);
      }
    }
    expect(filtered).toEqual(
      expect.arrayContaining([
        'offers key',
        'offers tags',
        'offers duplicateMode',
        'offer-sources template',
        'offer-sources duplicateMode',
        'postbacks warnings',
        'postbacks conversionId',
        'postbacks tokenSourceId',
        'postbacks ip',
        'conversions rawStatus',
        'clicks ip',
        'statuses/unmapped word',
        'people role',
        'api-keys role',
        'rates currency',
        'networks key',
        'attention kind',
      ]),
    );
  });

  it('a dry run says of an address that is no endpoint what a real request would meet', async () => {
    const url = `${tracker.running.url}/postback/TOKEN/more?cid=01jd3q4k8m2v6x0r7t5w9y1z3b`;
    const real = (await (await fetch(url, { headers: { accept: 'application/json' } })).json()) as object;
    expect(real).toMatchObject({ result: 'rejected', reason: 'bad_path' });
    expect(await tracker.ok('POST', '/postbacks/dry-run', { url })).toMatchObject({
      httpStatus: 404,
      result: 'rejected',
      reason: 'bad_path',
    });
    const behind = await tracker.beside('postgres', { PUBLIC_URL: 'https://shop.example/go/' });
    try {
      const { postbackUrl } = await behind.ok<{ postbackUrl: string }>('GET', `/offers/${offer.id}`);
      expect(postbackUrl).toMatch(/^https:\/\/shop\.example\/go\/postback\/[\w-]+\?cid=/);
      expect(await behind.ok('POST', '/postbacks/dry-run', { url: postbackUrl })).toMatchObject({ reason: 'unresolved_macro' });
    } finally {
      await behind.stop();
    }
    expect(await wrong('POST', '/postbacks/dry-run', { url: 'https://shop.example/' })).toMatchObject([{ pointer: '/url' }]);
  });
});
