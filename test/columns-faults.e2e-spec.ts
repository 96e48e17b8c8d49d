import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BuilderService } from '../src/reporting/columns/builder.service.js';
import { Duck } from '../src/reporting/columns/duck.js';
import { CronWorker } from '../src/queues/cron.worker.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';
import { TrackerProcess } from './support/processes.js';

/** Two readers who ask without a pause leave the processors to ingestion in between. */
describe('rests between answers', () => {
  it('the next one begins when the rest after the last is over, whatever became of that', async () => {
    const duck = new Duck(1, 64, (tookMs) => (tookMs >= 100 ? 400 : 0));
    const ended: number[] = [];
    const begun: number[] = [];
    const ask = (work: () => Promise<unknown>): Promise<unknown> =>
      duck.ask(10_000, async () => {
        begun.push(performance.now());
        await work().finally(() => ended.push(performance.now()));
      });
    const slow = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 110));
    const failing = ask(() => slow().then(() => Promise.reject(new Error('broken'))));
    const others = [ask(() => Promise.resolve()), ask(slow)];
    await expect(failing).rejects.toThrow('broken');
    await Promise.all(others);
    await duck.close();
    const pauses = begun.slice(1).map((at, i) => at - (ended[i] as number));
    expect(pauses[0]).toBeGreaterThanOrEqual(395);
    expect(pauses[1]).toBeLessThan(395);
  });
});

/** Column copies are a cache: whatever happens to them, reports are right, and what is wrong is named. */
describe('faults of column copies', () => {
  const DAYS = ['2026-10-01', '2026-10-02', '2026-10-03'];
  /** Some 70 MB. */
  const MANY = 100_000;
  const ASKED = '/reports?groupBy=country,sub1&from=2026-10-01&to=2026-10-03&sort=-clicks';
  let tracker: Tracker;
  let root = '';
  let folder = '';
  let offerId = '';
  afterEach(async () => {
    await tracker.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const start = async (extra: Record<string, string> = {}): Promise<BuilderService> => {
    root = mkdtempSync(join(tmpdir(), 'cidra-columns-faults-'));
    folder = join(root, 'columns');
    tracker = await Tracker.start('postgres', { COLUMNS_DIR: folder, ...extra });
    offerId = (await tracker.ok<{ id: string }>('POST', '/offers', { name: 'Offer', url: 'https://shop.example/?clickid={clickid}' })).id;
    await importDays(DAYS, 40);
    return tracker.running.app.get(BuilderService, { strict: false });
  };
  const importDays = async (days: readonly string[], count: number, prefix = 'f', folded = () => tracker.folded()): Promise<void> => {
    const lines = days.flatMap((day) =>
      Array.from(
        { length: count },
        (_, i) =>
          `${prefix}-${day}-${i},${day}T${String(i % 24).padStart(2, '0')}:10:00Z,${offerId},${['DE', 'US'][i % 2]},banner-${i % 5},0.05`,
      ),
    );
    const response = await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true`, {
      method: 'POST',
      body: ['cid,createdAt,offer,country,sub1,cost', ...lines].join('\n'),
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    expect(await response.json()).toMatchObject({ new: lines.length, errorCount: 0 });
    await folded();
  };
  const report = async (): Promise<{ rows: unknown[]; totals: Record<string, unknown>; statistics?: unknown }> => tracker.ok('GET', ASKED);
  const files = (): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.parquet') && !name.startsWith('.'))
          .toSorted()
      : [];
  const path = (i: number): string => join(folder, files()[i] as string);
  const metrics = async (): Promise<string> =>
    (await fetch(`${tracker.running.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text();
  const answeredBy = async (by: string): Promise<number> =>
    Number(new RegExp(`cidra_columns_reports_total\\{[^}]*by="${by}"[^}]*\\} (\\d+)`).exec(await metrics())?.[1] ?? 0);
  const ready = async (): Promise<{ status: string; detail: string }> => {
    // What it answers may be a second old.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const body = (await (await fetch(`${tracker.running.url}/readyz`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).json()) as {
      parts: Record<string, { status: string; detail: string }>;
    };
    return body.parts.columns as { status: string; detail: string };
  };
  /** The report is as it was, and the damage is named and mended by the next look. */
  const expectMended = async (builder: BuilderService, expected: unknown, days: number): Promise<void> => {
    expect(await report()).toEqual(expected);
    const { built, failed } = await builder.look(0, 60_000, false);
    expect([built.length, failed]).toEqual([days, {}]);
    const before = await answeredBy('copies');
    expect(await report()).toEqual(expected);
    expect(await answeredBy('copies')).toBe(before + 1);
  };

  it('a file cut short, bit-flipped, deleted, of an older form; the folder gone', async () => {
    const builder = await start();
    const expected = await report();
    expect(expected.totals.clicks).toBe(120);
    expect(await ready()).toEqual({ status: 'ok', detail: '0 days, 3 to build' });
    expect((await builder.look(0, 60_000, false)).built.toSorted()).toEqual(DAYS);
    expect(await report()).toEqual(expected);
    expect(await answeredBy('copies')).toBe(1);
    expect(await ready()).toEqual({ status: 'ok', detail: '3 days' });

    const cut = path(0);
    truncateSync(cut, readFileSync(cut).length - 10);
    expect(await report()).toEqual(expected);
    expect(await ready()).toMatchObject({ status: 'degraded', detail: expect.stringMatching(/^2026-10-01\S+ is damaged/) });
    await expectMended(builder, expected, 1);

    const flipped = path(1);
    const bytes = readFileSync(flipped);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(flipped, bytes);
    await expectMended(builder, expected, 1);
    expect(Number(/cidra_columns_faults_total(?:\{[^}]*\})? (\d+)/.exec(await metrics())?.[1])).toBeGreaterThanOrEqual(2);

    unlinkSync(path(2));
    await expectMended(builder, expected, 1);

    await tracker.db.query(`UPDATE column_days SET schema = '0123456789ab' WHERE day = '2026-10-02'`);
    await expectMended(builder, expected, 1);

    rmSync(folder, { recursive: true });
    await expectMended(builder, expected, 3);
    const text = await metrics();
    for (const name of ['days_valid', 'days_to_build', 'oldest_changed_seconds', 'bytes']) expect(text).toContain(`cidra_columns_${name}`);
  }, 120_000);

  it('a day of many clicks with long values, which is more than the builder may hold in memory', async () => {
    const builder = await start();
    await tracker.db.query(
      `INSERT INTO clicks (click_id, created_at, offer_id, is_unique, cost, cost_currency, cost_base, country, subs)
       SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid, at, $1, true, 0.05, 'USD', 0.05, 'DE',
         jsonb_build_object('sub1', repeat(md5(n::text), 20))
       FROM (SELECT n, '2026-10-03T12:00:00Z'::timestamptz + n * interval '100 milliseconds' AS at FROM generate_series(1, $2::int) AS n) AS u`,
      [offerId, MANY],
    );
    await tracker.db.query(`UPDATE column_days SET changed_version = changed_version + 1 WHERE day = '2026-10-03'`);
    expect(await builder.look(0, 60_000, false)).toMatchObject({ failed: {}, left: 0 });
    const { rows } = await tracker.db.query<{ rows: string | number }>(`SELECT rows FROM column_days WHERE day = '2026-10-03'`);
    expect(Number(rows[0]?.rows)).toBe(MANY + 40);
  }, 120_000);

  it('two workers on one day, changed days, and what nobody reads any more', async () => {
    const builder = await start();
    const expected = await report();
    const both = await Promise.all([builder.build('2026-10-01'), builder.build('2026-10-01')]);
    expect(both).toContain(true);
    expect(await report()).toEqual(expected);
    await builder.look(0, 60_000, false);
    // A day that goes on changing is not built until it has been quiet.
    await importDays(['2026-10-02'], 7, 'late');
    expect((await report()).totals.clicks).toBe(127);
    expect((await builder.look(300, 60_000, false)).built).toEqual([]);
    expect((await builder.look(0, 60_000, false)).built).toEqual(['2026-10-02']);
    const before = await answeredBy('copies');
    expect((await report()).totals.clicks).toBe(127);
    expect(await answeredBy('copies')).toBe(before + 1);
    // Changed once more, erased: its file is gone when the erase answers.
    const erased = files().filter((name) => name.startsWith('2026-10-03'));
    expect(erased.length).toBe(1);
    await tracker.ok('POST', '/clicks/erase', { cid: 'f-2026-10-03-1' });
    expect(files().filter((name) => name.startsWith('2026-10-03'))).toEqual([]);
    expect((await report()).totals.clicks).toBe(127);
  }, 120_000);

  it('today is never built', async () => {
    const builder = await start();
    const { key } = (await tracker.ok<{ data: { key: string }[] }>('GET', '/offers')).data[0] as { key: string };
    await tracker.click({ key });
    await until(
      async () =>
        (await tracker.db.query(`SELECT count(*)::int AS n FROM column_days WHERE day = (now() AT TIME ZONE 'UTC')::date`)).rows[0].n === 1,
      20_000,
    );
    expect((await builder.look(0, 60_000, false)).built.toSorted()).toEqual(DAYS);
  });

  it('a folder that cannot be written, and a full disk', async () => {
    const builder = await start();
    const expected = await report();
    // As root every folder can be written; below a file there is none.
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, 'in the way');
    await expect(builder.look(0, 60_000, false)).rejects.toThrow();
    expect(await report()).toEqual(expected);
    expect(await ready()).toMatchObject({ status: 'degraded', detail: expect.stringMatching(/^COLUMNS_DIR cannot be written \(E/) });
    rmSync(folder);
    mkdirSync(folder);
    let mounted = false;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=755', 'tmpfs', folder], { stdio: 'ignore' });
      mounted = true;
    } catch {
      // Only root may.
    }
    if (mounted) {
      try {
        const { built, failed } = await builder.look(0, 60_000, false);
        expect([built, Object.keys(failed).toSorted()]).toEqual([[], DAYS]);
        expect(files()).toEqual([]);
        expect(await report()).toEqual(expected);
        expect(await ready()).toMatchObject({ status: 'degraded', detail: expect.stringContaining('could not be made') });
      } finally {
        execFileSync('umount', [folder]);
      }
    }
    await expectMended(builder, expected, 3);
    expect(await ready()).toEqual({ status: 'ok', detail: '3 days' });
  }, 120_000);

  it('a worker killed while it builds leaves nothing that is read', async () => {
    root = mkdtempSync(join(tmpdir(), 'cidra-columns-faults-'));
    folder = join(root, 'columns');
    tracker = await Tracker.start('postgres', { COLUMNS_DIR: folder, ROLE: 'api' });
    const worker = (): Promise<TrackerProcess> =>
      TrackerProcess.on('postgres', tracker.db.options.connectionString as string, { ROLE: 'worker', COLUMNS_DIR: folder });
    const build = (): Promise<unknown> => tracker.running.app.get<Queue>(getQueueToken('cron'), { strict: false }).add('columns', {});
    let running = await worker();
    offerId = (await tracker.ok<{ id: string }>('POST', '/offers', { name: 'Offer', url: 'https://shop.example/?clickid={clickid}' })).id;
    await importDays(DAYS, 400, 'f', () =>
      until(async () => (await tracker.db.query('SELECT count(*)::int AS n FROM counter_deltas')).rows[0].n === 0, 30_000),
    );
    const expected = await report();
    const isBuilding = (): boolean => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('.building-'));
    for (let round = 0; round < 3; round++) {
      await tracker.db.query(`UPDATE column_days SET changed_version = changed_version + 1, changed_at = 'epoch'`);
      await build();
      await until(async () => isBuilding(), 30_000);
      await running.end('SIGKILL');
      expect(isBuilding()).toBe(true);
      expect(await report()).toEqual(expected);
      for (const name of readdirSync(folder)) if (name.startsWith('.building-')) unlinkSync(join(folder, name));
      running = await worker();
    }
    try {
      await until(async () => {
        await build();
        return files().length >= DAYS.length && (await answeredBy('copies')) + Number((await report()).rows.length > 0) > 1;
      }, 60_000);
      expect(await report()).toEqual(expected);
    } finally {
      await running.end('SIGTERM');
    }
  }, 300_000);

  it('outlive the clicks as statistics where they are to', async () => {
    const builder = await start({ RETENTION_CLICKS_DAYS: '20', RETENTION_STATISTICS_DAYS: '3650' });
    const expected = await report();
    expect(await builder.build('2026-10-01')).toBe(true);
    await tracker.postback('cid=f-2026-10-02-3&payout=5');
    await tracker.settled();
    const sold = await report();
    // October ended more than twenty days ago; what lacks a copy gets it before its clicks go.
    await tracker.running.app.get(CronWorker, { strict: false }).process({ name: 'nightly' } as never);
    expect((await tracker.db.query(`SELECT to_regclass('clicks_2026_10') AS found`)).rows[0].found).toBeNull();
    const { statistics, ...rest } = await report();
    expect(statistics).toEqual({ from: '2026-10-01', to: '2026-10-03' });
    expect(rest).toEqual(sold);
    expect(sold.totals).toMatchObject({ clicks: expected.totals.clicks, conversions: 1 });
    // Late clicks of such a day are beside its statistics.
    await importDays(['2026-10-02'], 4, 'late');
    expect((await report()).totals).toMatchObject({ clicks: 124, conversions: 1 });
    await builder.look(0, 60_000, false);
    expect((await report()).totals).toMatchObject({ clicks: 124, conversions: 1 });
    unlinkSync(path(0));
    await builder.look(0, 60_000, false);
    expect(await ready()).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/^2026-10-01\S+ holds the statistics .* restore it/),
    });
  }, 120_000);

  it('go with the clicks where nothing is said', async () => {
    const builder = await start({ RETENTION_CLICKS_DAYS: '20' });
    await builder.look(0, 60_000, false);
    expect((await report()).totals.clicks).toBe(120);
    await tracker.running.app.get(CronWorker, { strict: false }).process({ name: 'nightly' } as never);
    expect((await report()).totals.clicks).toBe(0);
    await builder.look(0, 60_000, false);
    expect((await tracker.db.query(`SELECT count(*)::int AS n FROM column_days WHERE day < '2026-11-01'`)).rows[0].n).toBe(0);
  });
});
