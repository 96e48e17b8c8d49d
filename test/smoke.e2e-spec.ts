import { expect, it } from '@jest/globals';
import { runScript } from './support/processes.js';
import { environment, Tracker } from './support/tracker.js';

it('npm run smoke works with the global URL off, time and again, and leaves nothing in reports', async () => {
  const tracker = await Tracker.start('postgres', { GLOBAL_POSTBACK: 'off' });
  const smoke = (...args: string[]): ReturnType<typeof runScript> =>
    runScript('smoke', environment('postgres', tracker.running.databaseUrl), ...args);
  try {
    expect(await smoke('--help')).toMatchObject({ code: 0, printed: expect.stringContaining('BASE_URL') });
    for (let run = 0; run < 2; run++) {
      const { code, printed } = await smoke(tracker.running.url);
      expect([code, printed]).toEqual([0, expect.stringMatching(/"approved": 1,[^]*It works: /)]);
      expect((await tracker.ok<{ rows: unknown[] }>('GET', '/reports?groupBy=offer')).rows).toEqual([]);
      expect((await tracker.ok<{ data: unknown[] }>('GET', '/conversions')).data).toEqual([]);
    }
    const { data } = await tracker.ok<{ data: { name: string; status: string }[] }>('GET', '/offers?archived=true');
    expect(data.map(({ name, status }) => [name, status])).toEqual([['smoke test', 'archived']]);
    expect(await smoke('http://127.0.0.1:1')).toMatchObject({ code: 1, printed: expect.stringContaining('is the tracker running?') });
  } finally {
    await tracker.stop();
  }
}, 60_000);
