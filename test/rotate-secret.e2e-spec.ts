import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runScript, TrackerProcess } from './support/processes.js';
import { temporaryFolder } from './support/services.js';
import { ADMIN_KEY, createDatabase, environment, until } from './support/tracker.js';

const NEW_SECRET_KEY = 'the-next-secret-key-the-next-secret-key-the-next';
const AGENT = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36' };

interface Offer {
  id: string;
  key: string;
  postbackUrl: string;
}

async function api<T = Record<string, unknown>>(
  at: TrackerProcess,
  key: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: T }> {
  const answer = await fetch(`${at.url}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T };
}

async function click(at: TrackerProcess, { key }: Offer): Promise<string> {
  const { headers } = await fetch(`${at.url}/c/${key}`, { redirect: 'manual', headers: AGENT });
  return new URL(headers.get('location') ?? 'http://none').searchParams.get('clickid') ?? '';
}

/** The status of a postback on an offer's URL, whatever host that names. */
async function postback(at: TrackerProcess, { postbackUrl }: Offer, query: string): Promise<number> {
  return (await fetch(`${at.url}${new URL(postbackUrl).pathname}?${query}`)).status;
}

/** As docs/install.md has it under "Another SECRET_KEY". */
describe('npm run rotate-secret', () => {
  it('leaves all that was handed out as it is, and the former key is refused', async () => {
    const database = await createDatabase();
    const rotate = (env: Record<string, string>): ReturnType<typeof runScript> =>
      runScript('rotate-secret', environment('postgres', database.url, env));
    const make = async <T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T> => {
      const answer = await api<T>(tracker, ADMIN_KEY, path, body, headers);
      expect([path, answer.status]).toEqual([path, 201]);
      return answer.body;
    };
    let tracker = await TrackerProcess.on('postgres', database.url);
    try {
      const source = await make<{ id: string }>('/offer-sources', { name: 'Network', template: 'custom', cidParameter: 'clickid' });
      const offers = [
        await make<Offer>('/offers', { name: 'Of a source', url: 'https://shop.example/', offerSourceId: source.id }),
        await make<Offer>('/offers', { name: 'With a token of its own', url: 'https://shop.example/?clickid={clickid}' }),
      ];
      const { key } = await make<{ key: string }>('/api-keys', { name: 'Program', role: 'viewer' });
      const once = { 'idempotency-key': 'once' };
      const kept = await make<{ id: string }>('/api-keys', { name: 'Once', role: 'viewer' }, once);
      expect(await make('/api-keys', { name: 'Once', role: 'viewer' }, once)).toEqual(kept);
      const signIn = await api(tracker, '', '/session', { key: ADMIN_KEY });
      const cookie = (signIn.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
      const before = await Promise.all(offers.map((offer) => click(tracker, offer)));

      const running = await rotate({ NEW_SECRET_KEY });
      expect(running).toEqual({ code: 1, printed: expect.stringContaining('A tracker is running on this database') });
      await tracker.end('SIGTERM');
      // What is refused leaves the database as it is: the last of these would fail otherwise.
      for (const [env, reason] of [
        [{}, 'Set NEW_SECRET_KEY to at least 32 characters'],
        [{ NEW_SECRET_KEY: 'short' }, 'Set NEW_SECRET_KEY to at least 32 characters'],
        [{ NEW_SECRET_KEY: environment('postgres', '').SECRET_KEY ?? '' }, 'is the present key'],
        [{ NEW_SECRET_KEY, SECRET_KEY: 'a-key-of-another-database-a-key-of-another' }, 'is not the key this database was set up with'],
      ] as const)
        expect(await rotate(env)).toEqual({ code: 1, printed: expect.stringContaining(reason) });
      expect(await rotate({ NEW_SECRET_KEY })).toEqual({
        code: 0,
        printed: expect.stringMatching(
          new RegExp(`^SECRET_KEY=${NEW_SECRET_KEY}\n2 tokens are sealed with the new key\\. Put the line above`),
        ),
      });

      await expect(TrackerProcess.on('postgres', database.url)).rejects.toThrow(/SECRET_KEY is not the key this database was set up with/);
      tracker = await TrackerProcess.on('postgres', database.url, { SECRET_KEY: NEW_SECRET_KEY });
      const { data } = (await api<{ data: Offer[] }>(tracker, key, '/offers')).body;
      // A viewer's key still works, and sees no tokens.
      expect(data.map(({ postbackUrl }) => postbackUrl)).toEqual([null, null]);
      const shown = (await api<{ data: Offer[] }>(tracker, ADMIN_KEY, '/offers')).body.data;
      for (const { id, key: link, postbackUrl } of offers)
        expect(shown).toContainEqual(expect.objectContaining({ id, key: link, postbackUrl }));
      expect((await api(tracker, '', '/session', undefined, { cookie })).body).toMatchObject({ role: 'admin' });
      expect((await make<{ id: string }>('/api-keys', { name: 'Once', role: 'viewer' }, once)).id).not.toBe(kept.id);

      // Once the day's room for made-up click ids is spent, only ids that are known as ours get in: those of before as well.
      const [offer] = offers as [Offer];
      const made = async (more: string, most: number): Promise<void> => {
        for (let sent = 0; sent < most; sent += 20) {
          const answers = await Promise.all(
            Array.from({ length: 20 }, (_, n) => postback(tracker, offer, `cid=made-up-${sent + n}&payout=3${more}`)),
          );
          if (answers.every((status) => status === 400)) return;
        }
        throw new Error('made-up click ids are taken without end');
      };
      await made(`&${Array.from({ length: 30 }, (_, n) => `u${n}=${'x'.repeat(240)}`).join('&')}`, 3_000);
      // What is left of it takes none of those, and still some short ones.
      await made('', 200);
      const after = await Promise.all(offers.map((one) => click(tracker, one)));
      for (const [i, one] of offers.entries())
        for (const cid of [before[i], after[i]]) expect([cid, await postback(tracker, one, `cid=${cid}&payout=3`)]).toEqual([cid, 200]);
      const conversions = async (): Promise<{ cid: string; payout: string }[]> =>
        (await api<{ data: { cid: string; payout: string }[] }>(tracker, ADMIN_KEY, '/conversions')).body.data;
      await until(async () => (await conversions()).length === 4, 60_000);
      expect((await conversions()).map(({ cid, payout }) => [cid, payout]).toSorted()).toEqual(
        [...before, ...after].map((cid) => [cid, '3']).toSorted(),
      );
    } finally {
      await tracker.end('SIGKILL');
      await database.drop();
    }
  }, 180_000);

  it('of the embedded database leaves the new key where the next start finds it', async () => {
    const folder = temporaryFolder('rotate');
    const env = { HOME: process.env.HOME ?? '', DATA_DIR: folder, LOG_LEVEL: 'fatal' };
    const file = join(folder, 'secret-key');
    const key = (): string => readFileSync(join(folder, 'admin-key'), 'utf8').trim();
    let tracker = await TrackerProcess.spawn(env);
    try {
      const former = readFileSync(file, 'utf8').trim();
      const made = await api<Offer>(tracker, key(), '/offers', { name: 'Offer', url: 'https://shop.example/?clickid={clickid}' });
      expect(made.body.postbackUrl).toMatch(/\/postback\/[\w-]+/);
      const cid = await click(tracker, made.body);
      await tracker.end('SIGTERM');
      expect(await runScript('rotate-secret', { ...env, NEW_SECRET_KEY })).toEqual({
        code: 0,
        printed: expect.stringContaining(`It is in ${file}: start the tracker.`),
      });
      expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([`${NEW_SECRET_KEY}\n`, 0o600]);
      await expect(TrackerProcess.spawn({ ...env, SECRET_KEY: former })).rejects.toThrow(/SECRET_KEY is not the key/);
      tracker = await TrackerProcess.spawn(env);
      const [offer] = (await api<{ data: [Offer] }>(tracker, key(), '/offers')).body.data;
      expect(new URL(offer.postbackUrl).pathname).toBe(new URL(made.body.postbackUrl).pathname);
      expect(await postback(tracker, offer, `cid=${cid}&payout=3`)).toBe(200);

      // Where the file of settings has the key, it is that file that has to be changed.
      await tracker.end('SIGTERM');
      const [settings, third] = [join(folder, 'settings'), NEW_SECRET_KEY.replace('next', 'third')];
      writeFileSync(settings, `SECRET_KEY=${NEW_SECRET_KEY}\n`);
      expect(await runScript('rotate-secret', { ...env, ENV_FILE: settings, NEW_SECRET_KEY: third })).toEqual({
        code: 0,
        printed: expect.stringContaining(`SECRET_KEY=${third}\n`),
      });
      expect(readFileSync(file, 'utf8')).toBe(`${NEW_SECRET_KEY}\n`);
      writeFileSync(settings, `SECRET_KEY=${third}\n`);
      tracker = await TrackerProcess.spawn({ ...env, ENV_FILE: settings });
      const lost = (): ReturnType<typeof runScript> => runScript('rotate-secret', { ...env, ENV_FILE: settings }, '--lost');
      expect(await lost()).toEqual({ code: 1, printed: expect.stringContaining('Another Cidra runs') });
      await tracker.end('SIGTERM');

      // A key that nobody has any more.
      expect(await lost()).toEqual({ code: 1, printed: expect.stringContaining('nothing is lost') });
      writeFileSync(settings, `SECRET_KEY=${NEW_SECRET_KEY.replace('next', 'fourth')}\n`);
      await expect(TrackerProcess.spawn({ ...env, ENV_FILE: settings })).rejects.toThrow(/SECRET_KEY is not the key/);
      expect(await lost()).toEqual({ code: 0, printed: expect.stringContaining('1 token is accepted as before') });
      tracker = await TrackerProcess.spawn({ ...env, ENV_FILE: settings });
      expect(await postback(tracker, made.body, `cid=${cid}&payout=4`)).toBe(200);
      const { data } = (await api<{ data: Offer[] }>(tracker, key(), '/offers')).body;
      expect(data.map(({ postbackUrl }) => postbackUrl)).toEqual([null]);
    } finally {
      await tracker.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
