import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { Bench, Measurement } from '../bench.js';
import { insertClicks, makeClicks } from '../data.js';
import { fillHistory } from '../history.js';
import { Figures } from '../figures.js';
import { clicksFor, createRandom, postbacks, REAL_MIX } from '../mix.js';
import type { Running } from '../processes.js';

/** The web page in a real Chromium, on full tables: what is loaded, how soon it can be used, and whether it keeps up. */

const PASSWORD = 'correct horse battery';
const EMAIL = 'bench@example.com';
const MILLION = 1_000_000;
const OFFERS = 10_000;
const FLOOD_PER_SECOND = 500;
const PAGES = [
  'overview',
  'reports',
  'offers',
  'offer-sources',
  'postbacks',
  'conversions',
  'clicks',
  'words',
  'imports',
  'settings',
  'set-up',
];
/** Fetched when a chart is drawn. */
const CHARTS = /^Lines-/;
const SLOWED = 4;
/** The size that budgets are counted in. */
const KB = 1_000;

export const page: Measurement = {
  name: 'page',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('page');
    const millions = bench.options.millions.at(-1) ?? 1;
    await fillHistory(bench.db, millions * MILLION);
    const worker = await bench.cidra('worker');
    const api = await bench.cidra('api');
    await manyOffers(bench);
    await makePerson(bench, api);
    const browser = await chromium.launch({
      executablePath: bench.chromium(),
      args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
    });
    try {
      await loaded(browser, api, figures);
      for (let round = 0; round < bench.options.rounds; round++) {
        await firstUse(browser, api, figures, 1);
        await firstUse(browser, api, figures, SLOWED);
      }
      await atWork(browser, api, figures, bench.options.rounds);
      await liveLog(bench, browser, api, figures);
    } finally {
      await browser.close();
    }
    await bench.stop(api, worker);
    return figures.all();
  },
};

/** As many as the page holds in one list. */
async function manyOffers({ db }: Bench): Promise<void> {
  await db.query(
    `INSERT INTO offers (id, key, name, url, link_builder, payout_mode, tags, status, version)
     SELECT ('01900000-0000-7000-8000-00000a' || lpad(to_hex(n), 6, '0'))::uuid, 'row' || n, 'Row ' || n, 'https://shop.example/?c={clickid}', '{}', 'auto', '{}', 'active', 1
     FROM generate_series(1, (SELECT ${OFFERS} - count(*) FROM offers)) AS n`,
  );
}

async function makePerson({ adminKey }: Bench, { port }: Running): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/people`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Bench', email: EMAIL, role: 'admin', password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`no person was made: ${answer.status} ${await answer.text()}`);
}

async function visitor(browser: Browser, { port }: Running): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, viewport: { width: 1440, height: 900 } });
  const tab = await context.newPage();
  tab.setDefaultTimeout(60_000);
  return { context, page: tab };
}

const signInPage = (tab: Page): Promise<void> => tab.getByLabel('E-mail').waitFor();
async function signIn(tab: Page): Promise<void> {
  await tab.getByLabel('E-mail').fill(EMAIL);
  await tab.getByLabel(/^Password/).fill(PASSWORD);
  await tab.getByRole('button', { name: 'Sign in' }).click();
}
const rowsShown = (tab: Page): Promise<void> => tab.locator('[role=table] [data-row]').first().waitFor();

/** Bytes as they came over the wire, compressed by gzip. */
async function loaded(browser: Browser, api: Running, figures: Figures): Promise<void> {
  const { context, page: tab } = await visitor(browser, api);
  await context.setExtraHTTPHeaders({ 'accept-encoding': 'gzip' });
  const sizes = new Map<string, number>();
  tab.on('requestfinished', (request) => {
    const name = new URL(request.url()).pathname.split('/assets/')[1];
    if (name === undefined || !/\.(js|css)$/.test(name)) return;
    void request.sizes().then(({ responseBodySize }) => sizes.set(name, responseBodySize));
  });
  const sumOf = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0) / KB;
  await tab.goto('/app', { waitUntil: 'networkidle' });
  const first = new Set(sizes.keys());
  figures.add('first load: script and styles of the sign-in page, gzip', 'KB', sumOf(first), { holds: { atMost: 220 } });
  await signIn(tab);
  await tab.waitForURL(/overview|set-up/);
  await tab.waitForLoadState('networkidle');
  const parts = new Map<string, string[]>();
  for (const path of PAGES) {
    const other = await context.newPage();
    const names = new Set<string>();
    other.on('requestfinished', (request) => {
      const name = new URL(request.url()).pathname.split('/assets/')[1];
      if (name === undefined || !/\.(js|css)$/.test(name)) return;
      names.add(name);
      void request.sizes().then(({ responseBodySize }) => responseBodySize > 0 && sizes.set(name, responseBodySize));
    });
    await other.goto(`/app/${path}`, { waitUntil: 'networkidle' });
    parts.set(
      path,
      [...names].filter((name) => !CHARTS.test(name)),
    );
    await other.close();
  }
  const users = (name: string): number => [...parts.values()].filter((names) => names.includes(name)).length;
  const own = [...parts].map(([path, names]) => ({ path, size: sumOf(names.filter((name) => !first.has(name) && users(name) === 1)) }));
  const [largest] = own.toSorted((a, b) => b.size - a.size);
  figures.add(`largest part that is a page’s own (${largest?.path}), gzip`, 'KB', largest?.size ?? Number.NaN, { holds: { atMost: 60 } });
  figures.add('everything up to the report, charts apart, gzip', 'KB', sumOf(new Set([...first, ...(parts.get('reports') ?? [])])));
  figures.add('charts, fetched when one is shown, gzip', 'KB', sumOf([...sizes.keys()].filter((name) => CHARTS.test(name))));
  await context.close();
}

/** A browser that has never been here: until the sign-in page can be typed into, and from there to the report. */
async function firstUse(browser: Browser, api: Running, figures: Figures, slowed: number): Promise<void> {
  const { context, page: tab } = await visitor(browser, api);
  const devtools = await context.newCDPSession(tab);
  if (slowed > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowed });
  await tab.addInitScript({ content: SHIFTS });
  const how = slowed === 1 ? '' : `, processor slowed ${slowed}×`;
  let began = performance.now();
  await tab.goto('/app/reports', { waitUntil: 'commit' });
  await signInPage(tab);
  figures.add(`sign-in page usable${how}`, 's', (performance.now() - began) / 1_000, { holds: { atMost: slowed === 1 ? 1 : 3 } });
  await tab.getByLabel('E-mail').fill(EMAIL);
  await tab.getByLabel(/^Password/).fill(PASSWORD);
  began = performance.now();
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await rowsShown(tab);
  figures.add(`report shown after it${how}`, 's', (performance.now() - began) / 1_000, { holds: { atMost: slowed === 1 ? 1.5 : 4 } });
  await tab.waitForLoadState('networkidle');
  figures.add(`cumulative layout shift up to the report${how}`, '', await tab.evaluate<number>('window.shifted'), {
    holds: { atMost: 0.02 },
  });
  await context.close();
}

/** Shifts that follow no input, added up as browsers do. */
const SHIFTS = `window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value; }).observe({ type: 'layout-shift', buffered: true });`;

/** Ten thousand rows: scrolled, and looked through by typing. */
async function atWork(browser: Browser, api: Running, figures: Figures, rounds: number): Promise<void> {
  const { context, page: tab } = await visitor(browser, api);
  const devtools = await context.newCDPSession(tab);
  await tab.goto('/app/offers');
  await signIn(tab);
  await tab
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${OFFERS}$`) })
    .waitFor();
  for (let round = 0; round < rounds; round++) {
    const frames = await tab.evaluate<{ perSecond: number; slowest: number }>(SCROLL);
    figures.add(`${OFFERS.toLocaleString('en')} rows scrolled, frames`, '/s', frames.perSecond, { holds: { atLeast: 50 } });
    figures.add(`${OFFERS.toLocaleString('en')} rows scrolled, longest frame`, 'ms', frames.slowest);
    figures.add(
      'longest task while typing into the filter over them',
      'ms',
      await longestTask(devtools, () => type(tab, 'Filter', 'row 99')),
      {
        holds: { atMost: 50 },
      },
    );
  }
  await tab.goto('/app/reports?groupBy=offer');
  await rowsShown(tab);
  for (let round = 0; round < rounds; round++)
    figures.add(
      'longest task while typing into the report’s filter',
      'ms',
      await longestTask(devtools, () => type(tab, 'Filter, such as', 'country:DE')),
      {
        holds: { atMost: 50 },
      },
    );
  await context.close();
}

/** Letter by letter, as people do. */
async function type(tab: Page, name: string, text: string): Promise<void> {
  const field = tab.locator(`input[aria-label^="${name}"]`).first();
  await field.fill('');
  await field.pressSequentially(text, { delay: 90 });
  await tab.waitForTimeout(500);
  await field.fill('');
  await tab.waitForTimeout(300);
}

/** The list moved by a screen’s third every frame, three seconds long. */
const SCROLL = `new Promise((resolve) => {
  const list = document.querySelector('[role=table]').parentElement;
  list.scrollTop = 0;
  const began = performance.now();
  let last = began, frames = 0, slowest = 0;
  const step = (now) => {
    frames++;
    slowest = Math.max(slowest, now - last);
    last = now;
    list.scrollTop += 240;
    if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) list.scrollTop = 0;
    if (now - began < 3000) requestAnimationFrame(step);
    else resolve({ perSecond: frames / ((now - began) / 1000), slowest });
  };
  requestAnimationFrame(step);
})`;

interface TraceEvent {
  name: string;
  dur?: number;
  tid: number;
  pid: number;
  args: { name?: string };
}

/** Of the page’s main thread, in milliseconds, however short: what is called a long task begins at 50. */
async function longestTask(devtools: CDPSession, work: () => Promise<void>): Promise<number> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }): void => void events.push(...(value as TraceEvent[]));
  devtools.on('Tracing.dataCollected', collect);
  await devtools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] },
  });
  await work();
  const done = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
  await devtools.send('Tracing.end');
  await done;
  devtools.off('Tracing.dataCollected', collect);
  const threads = new Set(
    events.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid} ${e.tid}`),
  );
  const tasks = events.filter((e) => e.name.endsWith('RunTask') && threads.has(`${e.pid} ${e.tid}`));
  if (tasks.length === 0) throw new Error('the trace has no task of the page');
  return Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1_000;
}

/** While networks send 500 a second: from the 200 of a request until its row stands on the screen. */
async function liveLog(bench: Bench, browser: Browser, api: Running, figures: Figures): Promise<void> {
  const { context, page: tab } = await visitor(browser, api);
  await tab.goto('/app/postbacks?period=today');
  await signIn(tab);
  await tab
    .getByRole('status')
    .filter({ hasText: /^Live$/ })
    .waitFor();
  await tab.evaluate(SEEN);
  const seconds = Math.max(8, bench.options.seconds * 2);
  const count = FLOOD_PER_SECOND * (seconds + 4);
  const clicks = makeClicks(clicksFor(count, REAL_MIX), 900);
  await insertClicks(bench.db, clicks);
  const cids = clicks.map(({ cid }) => cid);
  const flood = bench.load(api, {
    connections: 16,
    seconds,
    warmUpSeconds: 2,
    perSecond: FLOOD_PER_SECOND,
    requests: postbacks(count, REAL_MIX, cids, createRandom(900)),
  });
  const sent = new Map<string, number>();
  const until = performance.now() + (seconds + 1) * 1_000;
  for (let n = 0; performance.now() < until; n++) {
    const mark = `mark${String(n).padStart(6, '0')}x`;
    const answer = await fetch(`http://127.0.0.1:${api.port}/postback?cid=${mark}&payout=1&status=sale`);
    if (answer.status === 200) sent.set(mark, Date.now());
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const { answers } = await flood;
  await tab.waitForTimeout(2_000);
  const seen = new Map(await tab.evaluate<[string, number][]>('[...window.seen]'));
  const waited = [...sent].flatMap(([mark, at]) => (seen.has(mark) ? [Math.max(0, (seen.get(mark) as number) - at)] : []));
  if (waited.length === 0) throw new Error('none of the marked requests came to the screen');
  waited.sort((a, b) => a - b);
  figures.add('postbacks acknowledged meanwhile', '/s', (answers[200] ?? 0) / seconds);
  figures.add('a log row on the screen after its 200, median', 'ms', waited[waited.length >> 1] as number);
  figures.add('a log row on the screen after its 200, slowest', 'ms', waited.at(-1) as number, { holds: { atMost: 1_000 } });
  figures.add('of those sent to be looked for, on the screen', '×', waited.length / sent.size);
  await context.close();
}

/** When each marked request first stood in a row, on the clock of Date.now(). */
const SEEN = `window.seen = new Map();
new MutationObserver(() => {
  for (const row of document.querySelectorAll('[role=table] [data-row]')) {
    const mark = /mark\\d{6}x/.exec(row.textContent)?.[0];
    if (mark !== undefined && !window.seen.has(mark)) window.seen.set(mark, Date.now());
  }
}).observe(document.body, { childList: true, subtree: true, characterData: true }); undefined`;
