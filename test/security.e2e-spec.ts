import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tracker, until } from './support/tracker.js';

interface Key {
  id: string;
  key: string;
  role: string;
}
interface Entry {
  actor: string;
  action: string;
  subject: string | null;
  details: { body?: Record<string, unknown>; status?: number };
}
interface Operation {
  'x-roles'?: string[];
  security?: unknown[];
}

describe('keys, roles, the audit log and Idempotency-Key', () => {
  let tracker: Tracker;
  const keys: Record<string, Key> = {};
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    for (const role of ['admin', 'manager', 'viewer', 'ops'])
      keys[role] = await tracker.ok<Key>('POST', '/api-keys', { name: `a ${role}`, role });
  });
  afterAll(() => tracker.stop());

  const as = (role: string): Record<string, string> => ({ authorization: `Bearer ${keys[role]?.key}` });
  const audit = async (query: string): Promise<Entry[]> => (await tracker.ok<{ data: Entry[] }>('GET', `/audit-log?${query}`)).data;

  it('shows a key once, lists it without, and refuses it once it is revoked or expired', async () => {
    const made = await tracker.ok<Key>('POST', '/api-keys', { name: 'short-lived', role: 'viewer' });
    expect(made.key).toMatch(/^cidra_[\w-]{43}$/);
    expect(JSON.stringify(await tracker.ok('GET', '/api-keys'))).not.toContain(made.key);
    const bearer = { authorization: `Bearer ${made.key}` };
    expect((await tracker.api('GET', '/offers', undefined, bearer)).status).toBe(200);
    expect((await tracker.api('DELETE', `/api-keys/${made.id}`)).status).toBe(204);
    expect((await tracker.api('GET', '/offers', undefined, bearer)).status).toBe(401);
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    const expired = await tracker.ok<Key>('POST', '/api-keys', { name: 'expired', role: 'viewer', expiresAt });
    await new Promise((resolve) => setTimeout(resolve, 1_010));
    expect((await tracker.api('GET', '/offers', undefined, { authorization: `Bearer ${expired.key}` })).status).toBe(401);
    expect((await tracker.api('DELETE', `/api-keys/${keys.admin?.id}`, undefined, as('admin'))).body).toMatchObject({ code: 'own_key' });
    const { rows } = await tracker.db.query(`SELECT count(*)::int AS n FROM api_keys WHERE key_hash = $1 OR name = $1`, [made.key]);
    expect(rows[0].n).toBe(0);
  });

  it('lets each role do what it may and nothing else, on every route', async () => {
    const { paths } = (await (
      await tracker.get('/openapi.json', { headers: { authorization: as('admin').authorization ?? '' } })
    ).json()) as { paths: Record<string, Record<string, Operation>> };
    const routes = Object.entries(paths)
      .flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => [verb.toUpperCase(), path] as const))
      .filter(([, path]) => path.startsWith('/api/v1/'));
    expect(routes.length).toBeGreaterThan(30);
    const wrong: string[] = [];
    for (const [verb, path] of routes) {
      const isRead = verb === 'GET' || /\/(dry-run|preview|reconcile|inspect)$/.test(path);
      const isAdmin = /\/(api-keys|audit-log|erase|people)\b/.test(path) || (path === '/api/v1/account' && verb === 'PATCH');
      // About the caller, whoever that is. What a key is no person for, and a sign-in, have tests of their own.
      if (path === '/api/v1/people/me' || (path.startsWith('/api/v1/session') && verb === 'POST')) continue;
      // Its answer does not end: test/events.e2e-spec.ts.
      if (path === '/api/v1/events') continue;
      const isOwn = path.startsWith('/api/v1/session') || path === '/api/v1/views/start';
      const isOps = path.startsWith('/api/v1/queues') || path === '/api/v1/doctor';
      for (const role of ['viewer', 'manager', 'ops'] as const) {
        const may = isOwn || (isOps ? role === 'ops' : !isAdmin && role !== 'ops' && (isRead || role === 'manager'));
        // Nothing that an id names exists, and no body is valid: what is allowed does no harm.
        const url = path.replace('/api/v1', '').replace(/\{[^}]+\}/g, '00000000-0000-7000-8000-000000000000');
        const { status } = await tracker.api(
          verb,
          url,
          verb === 'GET' || verb === 'DELETE' ? undefined : { nobody: 'knows this' },
          as(role),
        );
        if ((status === 403) === may) wrong.push(`${role} ${verb} ${path}: ${status}`);
        const said = paths[path]?.[verb.toLowerCase()]?.['x-roles'] ?? [];
        if (said.includes(role) !== may) wrong.push(`${role} ${verb} ${path} is documented otherwise: ${said.join(', ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('notes every change, with who and what, and no dry run', async () => {
    const before = (await audit('limit=200')).length;
    const source = await tracker.api<{ id: string }>('POST', '/offer-sources', { name: 'Audited' }, as('manager'));
    await tracker.api('PATCH', `/offer-sources/${source.body.id}`, { requireToken: true }, as('manager'));
    await tracker.api('POST', '/postbacks/dry-run', { url: '/postback?cid=x' }, as('manager'));
    await tracker.api('POST', '/postbacks/replay', { filter: { result: 'failed' }, dryRun: true }, as('manager'));
    await tracker.api('POST', '/offer-sources', { unknown: 1 }, as('manager'));
    const rows = await audit('limit=200');
    expect(rows.length - before).toBe(2);
    expect(rows.slice(0, 2)).toEqual([
      expect.objectContaining({
        actor: 'a manager',
        action: 'PATCH /offer-sources/:id',
        subject: source.body.id,
        details: expect.objectContaining({ body: { requireToken: true } }),
      }),
      expect.objectContaining({
        actor: 'a manager',
        action: 'POST /offer-sources',
        subject: source.body.id,
        details: expect.objectContaining({ status: 201 }),
      }),
    ]);
    expect(await audit(`subject=${source.body.id}&action=POST%20%2Foffer-sources`)).toHaveLength(1);
  });

  it('answers a repeated POST as before, refuses another body, and one at a time', async () => {
    const create = (name: string, key: string): ReturnType<typeof tracker.api> =>
      tracker.api('POST', '/offer-sources', { name }, { ...as('manager'), 'idempotency-key': key });
    const first = await create('Once', 'k1');
    const again = await create('Once', 'k1');
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([201, first.body, first.headers.get('etag')]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await tracker.ok<{ data: unknown[] }>('GET', '/offer-sources?name=Once')).data).toHaveLength(1);
    expect(await create('Twice', 'k1')).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    // Another caller's key is another key; an error is not kept.
    expect((await tracker.api('POST', '/offer-sources', { name: 'Once' }, { 'idempotency-key': 'k1' })).status).toBe(201);
    expect((await tracker.api('POST', '/offer-sources', { nothing: 1 }, { 'idempotency-key': 'k2' })).status).toBe(400);
    expect((await tracker.api('POST', '/offer-sources', { name: 'After the error' }, { 'idempotency-key': 'k2' })).status).toBe(201);
    expect((await tracker.api('POST', '/offer-sources', { name: 'x' }, { 'idempotency-key': 'a b' })).status).toBe(400);

    const many = await Promise.all(Array.from({ length: 10 }, () => create('At once', 'k3')));
    expect(many.map((m) => m.status).filter((s) => s !== 201 && s !== 409)).toEqual([]);
    expect((await tracker.ok<{ data: unknown[] }>('GET', '/offer-sources?name=At%20once')).data).toHaveLength(1);

    const { rows } = await tracker.db.query(`SELECT answer FROM idempotency_keys WHERE answer IS NOT NULL`);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('Once');
    // A process died in the middle, a minute ago.
    await tracker.db.query(
      `UPDATE idempotency_keys SET answer = NULL, status = NULL, created_at = now() - interval '61 seconds' WHERE key = 'k3'`,
    );
    await until(async () => (await create('At once', 'k3')).status === 201);
  });
});
