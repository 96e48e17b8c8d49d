import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runScript } from './support/processes.js';
import { environment, Tracker } from './support/tracker.js';

describe('recount', () => {
  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
  });
  afterAll(() => tracker.stop());

  const recount = (mode: string): ReturnType<typeof runScript> =>
    runScript('recount', environment('postgres', tracker.running.databaseUrl), mode);
  const shown = async (): Promise<unknown> => (await tracker.ok<{ totals: unknown }>('GET', '/reports?groupBy=offer')).totals;
  const byDay = async (): Promise<unknown> =>
    (await tracker.ok<{ totals: unknown }>('GET', '/reports?groupBy=day&tz=Europe/Berlin')).totals;

  it('finds counters and roll-ups that are wrong, puts them right and leaves an audit row', async () => {
    const offer = await tracker.ok<{ key: string }>('POST', '/offers', { name: 'Counted', url: 'https://shop.example/?clickid={clickid}' });
    for (let i = 0; i < 4; i++) await tracker.postback(`cid=${await tracker.click(offer)}&payout=${i + 1}&currency=USD&txid=T${i}`);
    await tracker.settled();
    await tracker.folded();
    expect(await recount('--check')).toMatchObject({ code: 0, printed: expect.stringContaining('All figures are equal.') });
    const right = [await shown(), await byDay()];

    await tracker.db.query('UPDATE counters SET clicks = clicks + 7, revenue = revenue - 1.5');
    await tracker.db.query('UPDATE counters_daily SET conversions = 0');
    await tracker.db.query('DELETE FROM counters_totals');
    const found = await recount('--check');
    expect(found.code).toBe(1);
    expect(found.printed).toMatch(/clicks is 4 in the raw rows and 11 in the counters/);
    expect(found.printed).toMatch(/counters_daily that differ[\s\S]*counters_totals that differ/);

    expect(await recount('--fix')).toMatchObject({ code: 0, printed: expect.stringMatching(/FIXED \d+ counters/) });
    expect(await recount('--check')).toMatchObject({ code: 0, printed: expect.stringContaining('All figures are equal.') });
    expect([await shown(), await byDay()]).toEqual(right);
    const { rows } = await tracker.db.query(`SELECT actor, action, details FROM audit_log WHERE action = 'counters.fix'`);
    expect(rows).toEqual([
      { actor: 'script recount', action: 'counters.fix', details: expect.objectContaining({ differences: expect.any(Array) }) },
    ]);
  });
});
