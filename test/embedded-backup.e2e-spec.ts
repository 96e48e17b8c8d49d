import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BackupFile } from '../src/db/copy.js';
import { runScript, TrackerProcess } from './support/processes.js';
import { temporaryFolder } from './support/services.js';
import { createDatabase, environment, until } from './support/tracker.js';

interface Known {
  totals: unknown;
  postbackUrl: unknown;
  log: unknown;
}

/** As docs/operations.md has it: `npm run backup` while the tracker runs, and `npm run restore`. */
describe('backup and restore of the embedded database', () => {
  let folder: string;
  let tracker: TrackerProcess;
  let backup: string;
  let before: Known;
  const data = (name: string): string => join(folder, name);
  const script = (name: 'backup' | 'restore', args: string[], env: Record<string, string>): ReturnType<typeof runScript> =>
    runScript(name, { HOME: process.env.HOME ?? '', ...env }, ...args);
  const start = (name: string): Promise<TrackerProcess> => TrackerProcess.spawn({ DATA_DIR: data(name), LOG_LEVEL: 'fatal' });
  const api = async <T = Record<string, unknown>>(name: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${tracker.url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${readFileSync(join(data(name), 'admin-key'), 'utf8').trim()}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const known = async (name: string): Promise<Known> => ({
    totals: (await api(name, '/reports?groupBy=offer')).totals,
    postbackUrl: (await api<{ data: { postbackUrl: string }[] }>(name, '/offer-sources')).data.map(
      (source) => new URL(source.postbackUrl).pathname,
    ),
    log: (await api<{ data: { query: string; result: string }[] }>(name, '/postbacks')).data.map(({ query, result }) => [query, result]),
  });
  const send = async (count: number, from: number): Promise<void> => {
    const { key } = (await api<{ data: { key: string }[] }>('first', '/offers')).data[0] as { key: string };
    const [{ postbackUrl }] = (await api<{ data: [{ postbackUrl: string }] }>('first', '/offer-sources')).data;
    for (let i = 0; i < count; i++) {
      const link = `${tracker.url}/c/${key}?sub1=${encodeURIComponent('tab\t, "quote", \\N, Ünïcode 😀')}`;
      const { headers } = await fetch(link, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 Chrome/140' } });
      const cid = new URL(headers.get('location') ?? '').searchParams.get('clickid') ?? '';
      const answer = await fetch(`${tracker.url}${new URL(postbackUrl).pathname}?cid=${cid}&payout=2.5&currency=USD&txid=T-${from + i}`);
      expect(answer.status).toBe(200);
    }
    await until(
      async () => Number((await api<{ totals: { conversions: number } }>('first', '/reports')).totals.conversions) === from + count,
    );
  };

  beforeAll(async () => {
    folder = temporaryFolder('dump');
    tracker = await start('first');
    const { id } = await api('first', '/offer-sources', { name: 'Network', template: 'custom' });
    await api('first', '/offers', { name: 'Kept', url: 'https://shop.example/?clickid={clickid}', offerSourceId: id });
    await send(20, 0);
    before = await known('first');
    const { code, printed } = await script('backup', [data('backups')], { DATA_DIR: data('first') });
    expect([code, printed]).toEqual([0, expect.stringMatching(/clicks: 20 rows[^]*MiB in/)]);
    backup = join(data('backups'), readdirSync(data('backups'))[0] ?? '');
    await send(10, 20);
  }, 180_000);
  afterAll(async () => {
    await tracker.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  it('is closed to others, holds the keys, and is known to the tracker', async () => {
    expect(statSync(backup).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(backup)) expect([name, statSync(join(backup, name)).mode & 0o077]).toEqual([name, 0]);
    expect(readFileSync(join(backup, 'secret-key'), 'utf8')).toBe(readFileSync(join(data('first'), 'secret-key'), 'utf8'));
    const key = readFileSync(join(data('first'), 'admin-key'), 'utf8').trim();
    await until(async () => {
      const ready = await fetch(`${tracker.url}/readyz`, { headers: { authorization: `Bearer ${key}` } });
      return /the last was at 20/.test(await ready.text());
    }, 5_000);
  });

  it('is proved beside the running tracker, which is left as it was', async () => {
    const now = await known('first');
    const { code, printed } = await script('restore', [backup, '--check'], { DATA_DIR: data('first') });
    expect([code, printed]).toEqual([
      0,
      expect.stringMatching(/All \d+ tables have the rows[^]*All figures are equal\.[^]*The backup is good/),
    ]);
    expect(await known('first')).toEqual(now);
    expect(await script('restore', [backup], { DATA_DIR: data('first') })).toEqual({
      code: 1,
      printed: expect.stringContaining('Another Cidra runs'),
    });
  });

  it('tells what is damaged', async () => {
    const file = join(backup, 'backup.json');
    const manifest = readFileSync(file, 'utf8');
    const conversions = (JSON.parse(manifest) as BackupFile).tables.find(({ name }) => name === 'conversions');
    const check = (): ReturnType<typeof runScript> => script('restore', [backup, '--check'], { DATA_DIR: data('first') });
    writeFileSync(file, manifest.replace('"rows": 20', '"rows": 21'));
    expect(await check()).toEqual({ code: 1, printed: expect.stringMatching(/has 20 rows, and the backup 21/) });
    writeFileSync(file, manifest.replace('"format": 1', '"format": 2'));
    expect(await check()).toEqual({ code: 1, printed: expect.stringContaining('newer than this one') });
    writeFileSync(file, manifest);
    const path = join(backup, conversions?.file ?? '');
    const bytes = readFileSync(path);
    truncateSync(path, bytes.length - 5);
    expect(await check()).toEqual({ code: 1, printed: expect.stringContaining('is not whole') });
    writeFileSync(path, bytes);
    expect(await script('restore', [data('nowhere')], { DATA_DIR: data('first') })).toEqual({
      code: 1,
      printed: expect.stringContaining('is no backup'),
    });
  }, 120_000);

  it('comes back in a new folder with figures, log and readable tokens, and goes on', async () => {
    const { code, printed } = await script('restore', [backup], { DATA_DIR: data('second') });
    expect([code, printed]).toEqual([0, expect.stringContaining('Restored.')]);
    await tracker.end('SIGTERM');
    tracker = await start('second');
    expect(await known('second')).toEqual(before);
    const [{ postbackUrl }] = (await api<{ data: [{ postbackUrl: string }] }>('second', '/offer-sources')).data;
    const [{ cid }] = (await api<{ data: [{ cid: string }] }>('second', '/conversions')).data;
    await fetch(`${tracker.url}${new URL(postbackUrl).pathname}?cid=${cid}&payout=1&currency=USD&txid=new`);
    await until(async () => Number((await api<{ totals: { conversions: number } }>('second', '/reports')).totals.conversions) === 21);
    await tracker.end('SIGTERM');
  }, 120_000);

  it('asks before it takes the place of a tracker that has an offer and nothing else', async () => {
    tracker = await start('third');
    await api('third', '/offers', { name: 'Only', url: 'https://shop.example/?clickid={clickid}' });
    await tracker.end('SIGTERM');
    expect(await script('restore', [backup], { DATA_DIR: data('third') })).toEqual({
      code: 1,
      printed: expect.stringContaining('already (offers: 1).'),
    });
  }, 120_000);

  it('sets aside what is there, when asked to', async () => {
    expect(await script('restore', [backup], { DATA_DIR: data('first') })).toEqual({
      code: 1,
      printed: expect.stringMatching(/already \(clicks: 30, .*offer sources: 1\)\..*--replace/),
    });
    const { code, printed } = await script('restore', [backup, '--replace'], { DATA_DIR: data('first') });
    expect([code, printed]).toEqual([0, expect.stringMatching(/the database cidra_before_\d{14} on the same server/)]);
    tracker = await start('first');
    expect(await known('first')).toEqual(before);
  }, 120_000);

  it('keeps as many as wished', async () => {
    const { code } = await script('backup', [data('backups'), '--keep', '1'], { DATA_DIR: data('first') });
    expect(code).toBe(0);
    expect(readdirSync(data('backups'))).toHaveLength(1);
    expect(existsSync(backup)).toBe(false);
  });

  it('of a server of one’s own is left to its tools, noted, and a backup of the embedded one goes into it', async () => {
    const [, database] = [readdirSync(data('backups')), await createDatabase()];
    const env = environment('postgres', database.url);
    try {
      expect(await script('backup', [], env)).toEqual({ code: 1, printed: expect.stringContaining('pg_dump -Fc') });
      expect((await script('backup', ['--made'], env)).code).toBe(0);
      expect(await script('restore', [join(data('backups'), readdirSync(data('backups'))[0] ?? '')], env)).toEqual({
        code: 1,
        printed: expect.stringContaining('The database is not empty'),
      });
    } finally {
      await database.drop();
    }
  });
});
