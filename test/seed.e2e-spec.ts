import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runScript } from './support/processes.js';
import { environment, Tracker } from './support/tracker.js';

/** npm run seed beside a running tracker. */
describe('demo data', () => {
  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
  });
  afterAll(() => tracker.stop());

  const run = (script: string, ...args: string[]): ReturnType<typeof runScript> =>
    runScript(script, environment('postgres', tracker.running.databaseUrl), ...args);
  const seed = (...args: string[]): ReturnType<typeof run> => run('seed', ...args);
  /** Every row of every table that demo data touch, whatever order; partitions and versions aside. */
  const everything = async (): Promise<Record<string, unknown>> => {
    const tables =
      'offers offer_sources postback_tokens clicks conversions conversion_history postbacks inbox visitors user_agents ' +
      'waiting_events counters counters_hourly counters_daily counters_totals base_currency';
    const rows = await Promise.all(
      tables.split(' ').map(async (table) => {
        const { rows: found } = await tracker.db.query<{ text: string }>(`SELECT t::text AS text FROM ${table} t ORDER BY 1`);
        return [table, found.map(({ text }) => text.replace(/(?<=,-?\d+)\.0+(?=[,)])/g, ''))] as const;
      }),
    );
    return Object.fromEntries(rows);
  };
  const quiet = async (): Promise<void> => {
    await tracker.settled(60_000);
    await tracker.folded();
  };

  it('tells its options, and says what is wrong with others', async () => {
    expect(await seed('--help')).toMatchObject({ code: 0, printed: expect.stringContaining('--remove') });
    expect(await seed('--clicks', '0')).toMatchObject({ code: 1, printed: expect.stringContaining('--clicks takes a whole number') });
    expect((await seed('--nothing')).code).toBe(1);
    expect(await seed('--remove')).toMatchObject({ code: 0, printed: expect.stringContaining('There is no demo data here.') });
  });

  it('looks like life, is the same again, and is not written beside other data unasked', async () => {
    expect(await seed('--clicks', '6000')).toMatchObject({ code: 0, printed: expect.stringMatching(/\d+ clicks since/) });
    await quiet();
    const count = async (sql: string): Promise<Record<string, number>> =>
      Object.fromEntries((await tracker.db.query<{ k: string; n: number }>(sql)).rows.map(({ k, n }) => [k, n]));
    const results = await count('SELECT result AS k, count(*)::int AS n FROM postbacks GROUP BY 1');
    expect(Object.keys(results)).toEqual(
      expect.arrayContaining(['created', 'updated', 'no_change', 'duplicate_request', 'source_disabled']),
    );
    expect(results.created ?? 0).toBeGreaterThan(100);
    const statuses = await count('SELECT status AS k, count(*)::int AS n FROM conversions GROUP BY 1');
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['approved', 'pending', 'rejected', 'trash', 'unmapped']));
    expect(
      Object.keys(await count('SELECT currency AS k, count(*)::int AS n FROM conversions WHERE currency IS NOT NULL GROUP BY 1')),
    ).toEqual(expect.arrayContaining(['USD', 'EUR', 'GBP']));
    expect(Object.keys(await count('SELECT country AS k, count(*)::int AS n FROM clicks GROUP BY 1')).length).toBeGreaterThan(6);
    expect(
      Object.keys(await count('SELECT device AS k, count(*)::int AS n FROM clicks WHERE device IS NOT NULL GROUP BY 1')).length,
    ).toBeGreaterThan(2);
    expect((await run('recount', '--check')).code).toBe(0);

    // Only demo data are here: it may be run again, and adds no more than what has come since.
    const before = results.created ?? 0;
    expect((await seed('--clicks', '6000')).code).toBe(0);
    await quiet();
    const again = (await count('SELECT result AS k, count(*)::int AS n FROM postbacks GROUP BY 1')).created ?? 0;
    expect(again - before).toBeLessThan(5);
    expect((await run('recount', '--check')).code).toBe(0);
    expect((await seed('--remove')).code).toBe(0);
  }, 120_000);

  it('is taken back wholly, and nothing else is', async () => {
    const offer = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
      name: 'My own (demo)',
      url: 'https://shop.example/?clickid={clickid}',
    });
    const cid = await tracker.click(offer);
    await tracker.postback(`cid=${cid}&payout=5&currency=USD`);
    await tracker.postback('cid=no-such-click&payout=5', offer.id);
    await quiet();
    const before = await everything();

    const refused = await seed('--clicks', '2000');
    expect(refused).toMatchObject({ code: 1, printed: expect.stringMatching(/no terminal to ask at: nothing was written/) });
    expect(await everything()).toEqual(before);

    expect((await seed('--clicks', '2000', '--yes')).code).toBe(0);
    await quiet();
    expect((await tracker.ok<{ data: unknown[] }>('GET', '/offers?limit=50')).data).toHaveLength(11);
    expect(await seed('--remove')).toMatchObject({
      code: 0,
      printed: expect.stringMatching(/^Removed 10 offers and 5 sources with \d+ clicks/m),
    });
    await quiet();
    expect(await everything()).toEqual(before);
    expect((await run('recount', '--check')).code).toBe(0);
    // The tracker that runs beside it has heard of it.
    expect((await tracker.get('/c/dem01')).status).toBe(404);
    expect(await tracker.conversions(cid)).toHaveLength(1);
  }, 120_000);
});
