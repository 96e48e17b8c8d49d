import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runScript, TrackerProcess } from './support/processes.js';
import { type Answer, ADMIN_KEY, createDatabase, environment, Tracker, until } from './support/tracker.js';

interface SignedIn {
  person: { id: string; name: string; email: string | null };
  role: string;
  timeZone: string;
  version: string;
}
interface Session {
  id: string;
  name: string;
  current: boolean;
  personId: string | null;
}
type Call = <T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer<T>>;

const PASSWORD = 'correct horse battery';
const PAGE = { 'x-cidra-page': '1', 'sec-fetch-site': 'same-origin' };

describe('people and their sessions', () => {
  let tracker: Tracker;
  /** A second process on the same database. */
  let other: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    other = await tracker.beside('postgres');
  });
  afterAll(async () => {
    await other.stop();
    await tracker.stop();
  });

  const bare = (at: Tracker, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    at.get(`/api/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const cookieOf = (response: Response): string => (response.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
  /** A signed-in browser. */
  const as =
    (cookie: string, at: Tracker = tracker): Call =>
    async (method, path, body, headers = {}) => {
      const response = await bare(at, method, path, body, { cookie, ...PAGE, ...headers });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) } as never;
    };
  const calm = async (): Promise<void> => void (await tracker.db.query('DELETE FROM sign_in_failures'));
  let people = 0;
  const person = async (role = 'manager'): Promise<{ id: string; email: string; cookie: string }> => {
    const email = `person${++people}@example.com`;
    const { id } = await tracker.ok<{ id: string }>('POST', '/people', { name: `Person ${people}`, email, role, password: PASSWORD });
    await calm();
    const response = await bare(tracker, 'POST', '/session', { email, password: PASSWORD });
    expect(response.status).toBe(200);
    return { id, email, cookie: cookieOf(response) };
  };

  it('signs in by password, by key and by a one-time link, and says who is there', async () => {
    const { id, email } = await person();
    const response = await bare(tracker, 'POST', '/session', { email: ` ${email.toUpperCase()} `, password: PASSWORD });
    expect([response.status, await response.json()]).toEqual([
      200,
      { person: { id, name: expect.any(String), email }, role: 'manager', timeZone: 'UTC', version: expect.stringMatching(/^\d+\.\d+/) },
    ]);
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^cidra=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)]);
    expect((await as(cookieOf(response))<SignedIn>('GET', '/session')).body.person.id).toBe(id);

    const byKey = await bare(tracker, 'POST', '/session', { key: ADMIN_KEY });
    expect(await byKey.json()).toMatchObject({ person: { name: 'ADMIN_API_KEY', email: null }, role: 'admin' });
    expect((await as(cookieOf(byKey))('GET', '/people')).status).toBe(200);

    const made = await tracker.ok<{ id: string; invite: { url: string } }>('POST', '/people', {
      name: 'Invited',
      email: 'new@example.com',
      role: 'viewer',
    });
    const invite = /^http:\/\/tracker\.test\/app\/invite\/([\w-]{43})$/.exec(made.invite.url)?.[1] ?? '';
    expect(await (await bare(tracker, 'POST', '/session/invite', { invite })).json()).toMatchObject({
      name: 'Invited',
      email: 'new@example.com',
      role: 'viewer',
    });
    expect((await bare(tracker, 'POST', '/session', { invite, password: 'too short' })).status).toBe(400);
    const accepted = await bare(tracker, 'POST', '/session', { invite, password: PASSWORD });
    expect(await accepted.json()).toMatchObject({ person: { id: made.id }, role: 'viewer' });
    expect((await bare(tracker, 'POST', '/session', { invite, password: PASSWORD })).status).toBe(401);
    await calm();
    expect((await bare(tracker, 'POST', '/session', { email: 'new@example.com', password: PASSWORD })).status).toBe(200);
    // Neither tokens nor passwords are kept, nor noted.
    const kept = await tracker.db.query(
      'SELECT (SELECT json_agg(s) FROM sessions s)::text || (SELECT json_agg(p) FROM people p)::text || (SELECT json_agg(a) FROM audit_log a)::text || coalesce((SELECT json_agg(i) FROM invites i)::text, $1) AS text',
      [''],
    );
    for (const secret of [PASSWORD, invite, cookieOf(accepted).slice(6)]) expect(kept.rows[0].text).not.toContain(secret);
    expect(kept.rows[0].text).toContain('$argon2id$');
  });

  it('tells no failure from another, and gives a body without credentials 401', async () => {
    const { id, email } = await person();
    const bodies = [
      { email, password: 'wrong but long enough' },
      { email: 'nobody@example.com', password: 'wrong but long enough' },
      { key: 'cidra_wrong' },
      { invite: 'wrong', password: PASSWORD },
      {},
      undefined,
    ];
    const answers: unknown[] = [];
    const look = async (body: unknown): Promise<void> => {
      await calm();
      const response = await bare(tracker, 'POST', '/session', body);
      answers.push([response.status, { ...((await response.json()) as object), requestId: '' }, response.headers.getSetCookie()]);
    };
    for (const body of bodies) await look(body);
    await tracker.ok('PATCH', `/people/${id}`, { disabled: true });
    await look({ email, password: PASSWORD });
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect(answers[0]).toEqual([401, expect.objectContaining({ code: 'unauthorized' }), []]);
  });

  it('slows guesses by account and by address, alike for accounts that do not exist, side by side and in every process', async () => {
    for (const email of [(await person()).email, 'nobody@example.com']) {
      await calm();
      const pauses: (number | null)[] = [];
      for (let i = 0; i < 8; i++) {
        const guess = await bare(tracker, 'POST', '/session', { email, password: `guess ${i}, long enough` });
        expect(guess.status).toBe(401);
        const next = await bare(other, 'POST', '/session', { email, password: PASSWORD });
        expect([next.status, ((await next.json()) as { code: string }).code]).toEqual([429, 'slowed']);
        pauses.push(Number(next.headers.get('retry-after')));
        await tracker.db.query(`UPDATE sign_in_failures SET slowed_until = now()`);
      }
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    }
    // The address alone, and the account alone.
    const { email } = await person();
    await calm();
    await bare(tracker, 'POST', '/session', { email: 'a@example.com', password: 'x' });
    expect((await bare(tracker, 'POST', '/session', { email, password: PASSWORD })).status).toBe(429);
    await tracker.db.query(`DELETE FROM sign_in_failures WHERE subject LIKE 'account%'`);
    expect((await bare(tracker, 'POST', '/session', { key: ADMIN_KEY })).status).toBe(429);
    await calm();
    await bare(tracker, 'POST', '/session', { email, password: 'x' });
    await tracker.db.query(`DELETE FROM sign_in_failures WHERE subject LIKE 'address%'`);
    expect((await bare(tracker, 'POST', '/session', { email, password: PASSWORD })).status).toBe(429);
    expect((await bare(tracker, 'POST', '/session', { key: ADMIN_KEY })).status).toBe(200);
    // Twenty at once are one guess.
    await calm();
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, i) => bare(tracker, 'POST', '/session', { email, password: `guess ${i}` })),
    );
    expect(many.map((r) => r.status).toSorted()).toEqual([401, ...Array.from({ length: 19 }, () => 429)]);
    await calm();
  });

  it('gives every sign-in a token of its own and ends the one before: nobody can be given a session', async () => {
    const { email, cookie } = await person();
    const planted = `cidra=${'a'.repeat(43)}`;
    const response = await bare(tracker, 'POST', '/session', { email, password: PASSWORD }, { cookie: planted });
    expect(cookieOf(response)).not.toBe(planted);
    expect((await as(planted)('GET', '/session')).status).toBe(401);
    const again = await bare(tracker, 'POST', '/session', { email, password: PASSWORD }, { cookie });
    expect(cookieOf(again)).not.toBe(cookie);
    expect((await as(cookie)('GET', '/session')).status).toBe(401);
    expect((await as(cookieOf(again))('GET', '/session')).status).toBe(200);
  });

  it('refuses changes that another site makes a browser send', async () => {
    const { cookie } = await person();
    const send = async (headers: Record<string, string>, method = 'POST', path = '/offer-sources'): Promise<number> =>
      (await bare(tracker, method, path, method === 'DELETE' ? undefined : { name: 'Forged' }, { cookie, ...headers })).status;
    expect(await send(PAGE)).toBe(201);
    const host = new URL(tracker.running.url).host;
    expect(await send({ 'x-cidra-page': '1', origin: `http://${host}` })).toBe(201);
    for (const headers of [
      {},
      { 'x-cidra-page': '1' },
      { 'sec-fetch-site': 'same-origin' },
      { 'x-cidra-page': '0', 'sec-fetch-site': 'same-origin' },
      { 'x-cidra-page': '1', 'sec-fetch-site': 'same-site' },
      { 'x-cidra-page': '1', 'sec-fetch-site': 'cross-site' },
      { 'x-cidra-page': '1', 'sec-fetch-site': 'none' },
      { 'x-cidra-page': '1', origin: 'http://evil.test' },
      { 'x-cidra-page': '1', 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
    ] as Record<string, string>[]) {
      for (const [method, path] of [['POST'], ['DELETE', '/session'], ['PATCH', '/people/me']]) {
        expect([headers, method, await send(headers, method, path)]).toEqual([headers, method, 403]);
      }
    }
    expect((await as(cookie)('GET', '/session')).status).toBe(200);
    // Nor can a foreign page sign somebody in.
    const response = await bare(tracker, 'POST', '/session', { key: ADMIN_KEY }, { 'sec-fetch-site': 'cross-site' });
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
  });

  it('never lets a cookie work beside a key', async () => {
    const { cookie } = await person('admin');
    const viewer = await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'beside', role: 'viewer' });
    for (const authorization of ['Bearer wrong', 'Basic d3Jvbmc6d3Jvbmc=', 'Bearer', 'Digest x'])
      expect([authorization, (await as(cookie)('GET', '/offers', undefined, { authorization })).status]).toEqual([authorization, 401]);
    expect((await as(cookie)('GET', '/people', undefined, { authorization: `Bearer ${viewer.key}` })).status).toBe(403);
  });

  it('sees a lowered role, an ended session, a disabled person and a revoked key within a second, in every process', async () => {
    const soon = (cookie: string, status: number, path = '/people'): Promise<void> =>
      until(async () => (await as(cookie, other)('GET', path)).status === status, 3_000);
    const lowered = await person('admin');
    await soon(lowered.cookie, 200);
    await tracker.ok('PATCH', `/people/${lowered.id}`, { role: 'viewer' });
    expect((await as(lowered.cookie)('GET', '/people')).status).toBe(403);
    await soon(lowered.cookie, 403);

    const ended = await person('admin');
    await soon(ended.cookie, 200);
    const mine = (await tracker.ok<{ data: Session[] }>('GET', '/sessions')).data.find((s) => s.personId === ended.id);
    expect((await tracker.api('DELETE', `/sessions/${mine?.id}`)).status).toBe(204);
    await soon(ended.cookie, 401);

    const disabled = await person('viewer');
    await soon(disabled.cookie, 200, '/offers');
    await tracker.ok('PATCH', `/people/${disabled.id}`, { disabled: true });
    expect((await as(disabled.cookie)('GET', '/offers')).status).toBe(401);
    await soon(disabled.cookie, 401, '/offers');
    expect((await tracker.api('POST', `/people/${disabled.id}/invite`)).status).toBe(409);
    await tracker.ok('PATCH', `/people/${disabled.id}`, { disabled: false });
    expect((await as(disabled.cookie)('GET', '/offers')).status).toBe(401);

    const key = await tracker.ok<{ id: string; key: string }>('POST', '/api-keys', { name: 'signs in', role: 'admin' });
    const cookie = cookieOf(await bare(tracker, 'POST', '/session', { key: key.key }));
    await soon(cookie, 200);
    await tracker.api('DELETE', `/api-keys/${key.id}`);
    await soon(cookie, 401);
  });

  it('ends sessions after 12 hours without a request and after 30 days', async () => {
    const { id, cookie } = await person();
    const age = async (seen: string, made: string): Promise<number> => {
      await tracker.db.query(
        'UPDATE sessions SET last_seen_at = now() - $2::interval, created_at = now() - $3::interval WHERE person_id = $1',
        [id, seen, made],
      );
      await new Promise((resolve) => setTimeout(resolve, 900));
      return (await as(cookie)('GET', '/session')).status;
    };
    expect(await age('11 hours 59 minutes', '29 days')).toBe(200);
    const { rows } = await tracker.db.query(
      `SELECT last_seen_at > now() - interval '10 seconds' AS seen FROM sessions WHERE person_id = $1`,
      [id],
    );
    expect(rows[0].seen).toBe(true);
    expect(await age('0', '30 days 1 minute')).toBe(401);
    expect(await age('12 hours 1 minute', '1 day')).toBe(401);
    expect(await age('1 hour', '1 day')).toBe(200);
  });

  it('lets people change themselves, and admins others but not themselves', async () => {
    const { id, email, cookie } = await person('viewer');
    const me = as(cookie);
    const elsewhere = cookieOf(await bare(tracker, 'POST', '/session', { email, password: PASSWORD }));
    expect((await me<{ data: Session[] }>('GET', '/sessions')).body.data.map((s) => [s.personId, s.current]).toSorted()).toEqual([
      [id, false],
      [id, true],
    ]);
    expect((await me('PATCH', '/people/me', { password: 'battery staple correct' })).body).toMatchObject({
      errors: [{ pointer: '/currentPassword' }],
    });
    expect((await me('PATCH', '/people/me', { password: 'battery staple correct', currentPassword: 'wrong' })).status).toBe(400);
    expect((await me('PATCH', '/people/me', { password: 'battery staple correct', currentPassword: PASSWORD })).status).toBe(429);
    await calm();
    expect((await me('PATCH', '/people/me', { password: 'too short', currentPassword: PASSWORD })).status).toBe(400);
    expect((await me('PATCH', '/people/me', { role: 'admin' })).status).toBe(400);
    expect(
      (await me('PATCH', '/people/me', { name: 'Renamed', password: 'battery staple correct', currentPassword: PASSWORD })).body,
    ).toMatchObject({ name: 'Renamed' });
    expect((await me('GET', '/session')).body).toMatchObject({ person: { name: 'Renamed' } });
    expect((await as(elsewhere)('GET', '/session')).status).toBe(401);
    expect((await bare(tracker, 'POST', '/session', { email, password: PASSWORD })).status).toBe(401);
    await calm();
    expect((await bare(tracker, 'POST', '/session', { email, password: 'battery staple correct' })).status).toBe(200);

    const admin = await person('admin');
    for (const change of [{ role: 'viewer' }, { disabled: true }])
      expect((await as(admin.cookie)('PATCH', `/people/${admin.id}`, change)).body).toMatchObject({ code: 'own_account' });
    expect((await as(admin.cookie)('PATCH', `/people/${id}`, { email: admin.email })).body).toMatchObject({ code: 'email_taken' });
    expect(
      (await tracker.api('POST', '/people', { name: 'Twice', email: email.toUpperCase(), role: 'viewer', password: PASSWORD })).body,
    ).toMatchObject({ code: 'email_taken' });
    expect((await tracker.api('PATCH', '/people/me', { name: 'A key' })).status).toBe(403);
    // A link made by an admin is a new password: it ends what was open.
    const invite = (await tracker.ok<{ url: string }>('POST', `/people/${id}/invite`)).url.split('/').at(-1);
    const again = await tracker.ok<{ url: string }>('POST', `/people/${id}/invite`);
    expect((await bare(tracker, 'POST', '/session', { invite, password: PASSWORD })).status).toBe(401);
    await calm();
    expect((await bare(tracker, 'POST', '/session', { invite: again.url.split('/').at(-1), password: PASSWORD })).status).toBe(200);
    expect((await me('GET', '/session')).status).toBe(401);
  });

  it('signs out, and keeps the account’s time zone', async () => {
    const { cookie } = await person('admin');
    const me = as(cookie);
    expect((await me('PATCH', '/account', { timeZone: 'Europe/Nowhere' })).status).toBe(400);
    expect((await me('PATCH', '/account', { timeZone: 'Asia/Tokyo' })).body).toEqual({ timeZone: 'Asia/Tokyo' });
    expect((await me('GET', '/session')).body).toMatchObject({ timeZone: 'Asia/Tokyo' });
    const out = await me('DELETE', '/session');
    expect([out.status, out.headers.getSetCookie()[0]]).toEqual([204, expect.stringMatching(/^cidra=; .*Max-Age=0/)]);
    expect((await me('GET', '/session')).status).toBe(401);
  });

  it('asks browsers for name and password on navigation only', async () => {
    // Not by fetch, which sets Sec-Fetch-Mode itself.
    const challenge = async (headers: Record<string, string>): Promise<string | null> =>
      (await tracker.on('tracker.test', '/api/v1/offers', headers)).headers.get('www-authenticate');
    expect(await challenge({})).toContain('Basic');
    expect(await challenge({ 'sec-fetch-mode': 'navigate' })).toContain('Basic');
    expect(await challenge({ 'sec-fetch-mode': 'cors' })).toBe('Bearer');
    expect(await challenge({ 'x-cidra-page': '1' })).toBe('Bearer');
  });

  it('slows an address with many wrong keys, and never a right one', async () => {
    const wrong = async (): Promise<number> => (await tracker.api('GET', '/offers', undefined, { authorization: 'Bearer wrong' })).status;
    const statuses = new Set<number>();
    for (let i = 0; i < 600; i++) statuses.add(await wrong());
    expect([...statuses].toSorted()).toEqual([401, 429]);
    expect((await tracker.api('GET', '/offers')).status).toBe(200);
  });
});

describe('over https and with ADMIN_HOST', () => {
  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres', { PUBLIC_URL: 'https://t.example.com', ADMIN_HOST: 'admin.example.com' });
  });
  afterAll(() => tracker.stop());

  const at = (
    host: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<{ status: number; headers: Headers }> =>
    tracker.on(host, path, { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body);

  it('binds the cookie to the host, and ignores one that a neighbour could have planted', async () => {
    const response = await at('admin.example.com', '/api/v1/session', {}, JSON.stringify({ key: ADMIN_KEY }));
    const cookie = response.headers.getSetCookie()[0] ?? '';
    expect(cookie).toMatch(/^__Host-cidra=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    const token = /=([\w-]+)/.exec(cookie)?.[1] ?? '';
    expect((await at('admin.example.com', '/api/v1/session', { cookie: `__Host-cidra=${token}` })).status).toBe(200);
    expect((await at('admin.example.com', '/api/v1/session', { cookie: `cidra=${token}` })).status).toBe(401);
  });

  it('shows visitors of other hosts nothing but links, postbacks and health', async () => {
    const key = { authorization: `Bearer ${ADMIN_KEY}` };
    for (const path of [
      '/api/v1/offers',
      '/%61pi/v1/offers',
      '/docs',
      '/docs/',
      '/openapi.json',
      '/ops/queues',
      '/app',
      '/app/x',
      '/app/assets/x.js',
      '/',
    ]) {
      for (const host of ['t.example.com', 'admin.example.com.evil.test', 'evil-admin.example.com', ''])
        expect([path, host, (await at(host, path, key)).status]).toEqual([path, host, 404]);
    }
    for (const host of ['admin.example.com', 'ADMIN.example.com:8443']) expect((await at(host, '/api/v1/offers', key)).status).toBe(200);
    expect((await at('t.example.com', '/healthz')).status).toBe(200);
    expect((await at('t.example.com', '/postback')).status).toBe(400);
    expect((await at('t.example.com', '/c/none')).status).toBe(404);
  });

  it('does not tell visitors of other hosts what is elsewhere: every answer is that of a link that leads nowhere', async () => {
    const told = async (path: string, method = 'GET'): Promise<unknown> => {
      const { status, headers, body } = await tracker.on('t.example.com', path, {}, undefined, method);
      return [status, headers.get('allow'), headers.get('content-type'), body];
    };
    const nowhere = await told('/c/none');
    for (const path of [
      '/',
      '/nothing',
      '/app',
      '/App',
      '/api',
      '/api/v1/none',
      '//api/v1/offers',
      '/docs',
      '/openapi.json',
      '/ops/queues',
    ])
      expect([path, await told(path)]).toEqual([path, nowhere]);
    expect(await told('/api/v1/offers', 'PUT')).toEqual(nowhere);
  });

  it('gives what there is not in the API the headers of what there is', async () => {
    for (const path of ['/api/v1/none', '/api/v1/offers']) {
      const { headers } = await at('admin.example.com', path);
      expect([path, headers.get('content-security-policy'), headers.get('referrer-policy'), headers.get('cache-control')]).toEqual([
        path,
        "default-src 'none'; frame-ancestors 'none'",
        'no-referrer',
        'no-store',
      ]);
    }
  });

  it('puts nosniff on every answer', async () => {
    for (const path of [
      '/',
      '/app',
      '/healthz',
      '/c/none',
      '/postback',
      '/postback.gif',
      '/nothing',
      '/%zz',
      '/api/v1/offers',
      '/openapi.json',
      '/metrics',
    ])
      expect([path, (await at('admin.example.com', path)).headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
  });
});

it('binds the cookie to https where the proxy that TRUST_PROXY names says so, and believes nobody else', async () => {
  const body = JSON.stringify({ key: ADMIN_KEY });
  const json = { 'content-type': 'application/json' };
  for (const [trusted, bound, ...said] of [
    ['127.0.0.0/8', true, 'https', 'HTTPS, http'],
    ['127.0.0.0/8', false, 'http, https', 'http'],
    ['10.0.0.0/8', false, 'https'],
  ] as const) {
    const tracker = await Tracker.start('postgres', { TRUST_PROXY: trusted });
    try {
      for (const told of said) {
        const answer = await tracker.get('/api/v1/session', { method: 'POST', headers: { ...json, 'x-forwarded-proto': told }, body });
        const cookie = answer.headers.getSetCookie()[0] ?? '';
        expect([trusted, told, cookie.startsWith('__Host-cidra='), cookie.includes('; Secure')]).toEqual([trusted, told, bound, bound]);
        const signedIn = await tracker.get('/api/v1/session', { headers: { cookie: cookie.split(';', 1)[0] ?? '' } });
        expect(signedIn.status).toBe(200);
      }
    } finally {
      await tracker.stop();
    }
  }
});

it('prints a link at the first start, and another when asked, that let somebody in once', async () => {
  const database = await createDatabase();
  const process = await TrackerProcess.on('postgres', database.url);
  try {
    await until(async () => process.printed.includes('firstSignIn'), 30_000);
    const first = /"firstSignIn":"http:\/\/tracker\.test\/app\/invite\/([\w-]{43})"/.exec(process.printed)?.[1];
    const accept = (invite: string | undefined, email: string): Promise<Response> =>
      fetch(`${process.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ invite, name: 'Owner', email, password: PASSWORD }),
      });
    expect(await (await accept(first, 'owner@example.com')).json()).toMatchObject({ person: { name: 'Owner' }, role: 'admin' });
    expect((await accept(first, 'other@example.com')).status).toBe(401);
    const script = (...args: string[]): ReturnType<typeof runScript> => runScript('invite', environment('postgres', database.url), ...args);
    expect((await script('--role', 'owner')).code).toBe(2);
    const invite = /invite\/([\w-]{43})/.exec((await script('--role', 'viewer')).printed)?.[1];
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await (await accept(invite, 'viewer@example.com')).json()).toMatchObject({ role: 'viewer' });
  } finally {
    await process.end('SIGKILL');
    await database.drop();
  }
}, 120_000);
