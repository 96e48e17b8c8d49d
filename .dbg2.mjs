import { chromium } from 'playwright-core';
const b = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
});
const c = await b.newContext({ baseURL: 'http://127.0.0.1:3461', viewport: { width: 1440, height: 900 } });
const p = await c.newPage();
p.setDefaultTimeout(25000);
const d = await c.newCDPSession(p);
await p.goto('/app/reports');
await p.getByRole('button', { name: 'Use a key instead' }).click();
await p.getByLabel('API key').fill('looking-admin-key-looking-admin-key-1234');
await p.getByRole('button', { name: 'Sign in' }).click();
await p.locator('[data-row]').first().waitFor();
await p.waitForTimeout(2000);
for (let round = 0; round < 2; round++) {
  const ev = [];
  const col = ({ value }) => ev.push(...value);
  d.on('Tracing.dataCollected', col);
  await d.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] },
  });
  const f = p.locator('input[aria-label^="Filter, such as"]').first();
  await f.fill('');
  await f.pressSequentially('country:DE', { delay: 90 });
  await p.waitForTimeout(500);
  await f.fill('');
  await p.waitForTimeout(300);
  const done = new Promise((r) => d.once('Tracing.tracingComplete', r));
  await d.send('Tracing.end');
  await done;
  d.off('Tracing.dataCollected', col);
  const th = new Set(ev.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => e.pid + ' ' + e.tid));
  const t = ev
    .filter((e) => e.name.endsWith('RunTask') && th.has(e.pid + ' ' + e.tid))
    .sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0))
    .slice(0, 4);
  for (const x of t) {
    const inside = ev
      .filter(
        (e) => e.pid === x.pid && e.tid === x.tid && e.ts >= x.ts && e.ts < x.ts + x.dur && e.dur > 1000 && !e.name.endsWith('RunTask'),
      )
      .sort((a, b) => b.dur - a.dur)
      .slice(0, 6)
      .map((e) => e.name + ' ' + Math.round(e.dur / 1000) + ' ' + (e.args?.data?.type ?? ''));
    console.log('task', Math.round(x.dur / 1000), 'cpu', Math.round((x.tdur ?? 0) / 1000), inside.join(' | '));
  }
}
await b.close();
