import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TrackerProcess } from '../support/processes.js';
import { type Visitor, WebTest } from './browser.js';

/** The lists: what a figure counts, what hostile senders write, what comes while one looks, and every state. */
let web: WebTest;
let visitor: Visitor;
let source: { id: string; postbackUrl: string };
let offer: { id: string; key: string; postbackUrl: string };

const IMG = '<img src=x onerror=alert(1)>';
const RTL = '\u202egnp.exe \u2067\u05d0\u05d1\u05d2';
const EMOJIS = '😀'.repeat(255);
let hostileCid = '';

beforeAll(async () => {
  web = await WebTest.start();
  const { tracker } = web;
  source = await tracker.ok('POST', '/offer-sources', {
    name: `${IMG}${RTL}`,
    cidParameter: 'c',
    linkBuilder: { cid: '{sub1}', payout: '{sum}', status: '{status}', txid: '{id}' },
  });
  offer = await tracker.ok('POST', '/offers', {
    name: `${RTL}${IMG}`,
    url: 'https://shop.example/',
    offerSourceId: source.id,
    tags: [IMG],
  });
  const subs = new URLSearchParams({ sub1: IMG, sub2: RTL, sub3: EMOJIS, source: IMG, keyword: RTL });
  hostileCid = await tracker.click(offer, 'c', `?${subs.toString()}`);
  const sale = new URLSearchParams({ cid: hostileCid, payout: '5', txid: IMG, status: `${RTL}${IMG}`, param1: EMOJIS, param2: IMG });
  await tracker.postback(sale.toString());
  for (const [sub, sales] of [
    ['a', 2],
    ['b', 1],
    ['', 1],
    ['other', 1],
  ] as const) {
    const cid = await tracker.click(offer, 'c', sub === '' ? '' : `?sub1=${sub}`);
    for (let i = 0; i < sales; i++) await tracker.postback(`cid=${cid}&payout=1&txid=${sub}${i}`);
  }
  await tracker.settled();
  visitor = await web.signedIn();
});
afterAll(() => web.stop());

describe('a figure leads to the rows that it counts', () => {
  test('filtered by several values, by those that have none, and by what is known of the click', async () => {
    const { page } = visitor;
    await visitor.open(`reports?period=today&groupBy=device&sub1=a,b,&offer=${offer.id}`);
    const row = page.getByRole('row').filter({ hasText: 'desktop' });
    await row.waitFor();
    const conversions = row.getByRole('link', { name: '4', exact: true });
    await conversions.first().click();
    await page.getByRole('heading', { name: 'Conversions' }).waitFor();
    await page.getByText('4 conversions').waitFor();
    // The sums may come before the rows.
    await visitor.arrived();
    expect(await page.getByRole('row').count()).toBe(5);
    await page.getByText('sub1: a, b, none').waitFor();
    await page.getByText('Device: desktop').waitFor();
    await visitor.isSound('conversions-behind-a-figure');
    await page.getByRole('button', { name: 'Without the filter sub1' }).click();
    await page.getByText('6 conversions').waitFor();
    await page.goBack();
    await row.getByRole('link', { name: '3', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Clicks' }).waitFor();
    await page.getByText('3 clicks').waitFor();
  });

  test('from an offer’s figures, too', async () => {
    const { page } = visitor;
    await visitor.open('offers?period=today');
    await page.getByRole('link', { name: '6', exact: true }).first().click();
    await page.getByText('6 conversions').waitFor();
  });

  test('what is marked can be changed, and unmarked', async () => {
    const { page } = visitor;
    await visitor.open('offers?period=today');
    await page.getByRole('checkbox', { name: 'Mark all rows' }).check();
    await page.getByRole('button', { name: 'Unmark' }).waitFor();
    await visitor.isSound('offers-marked');
    await page.getByRole('button', { name: 'Unmark' }).click();
    await page.getByRole('button', { name: 'Unmark' }).waitFor({ state: 'detached' });
  });

  test('the focus goes into what is opened, and back to where it was', async () => {
    const { page } = visitor;
    for (const list of ['offers', 'conversions', 'postbacks', 'clicks']) {
      await visitor.open(`${list}?period=today`);
      await page.keyboard.press('j');
      const row = page.locator('[data-row]:focus');
      await row.waitFor();
      const id = (await row.getAttribute('data-row')) ?? '';
      await page.keyboard.press('Enter');
      await page.waitForURL(/[?&]open=/);
      await page.locator('[data-row]:focus').waitFor({ state: 'detached' });
      expect(await page.evaluate<string>('document.activeElement.tagName')).not.toBe('BODY');
      await visitor.arrived();
      await page.keyboard.press('Escape');
      await page.locator(`[data-row="${id}"]:focus`).waitFor();
      expect(page.url()).not.toContain('open=');
    }
    // Windows above the page, by their buttons and by keys.
    await page.getByRole('button', { name: 'Erase a person…' }).press('Enter');
    await page.getByRole('dialog', { name: 'Erase personal data' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Erase a person…' }).and(page.locator(':focus')).waitFor();
    for (const key of ['?', 'Control+k']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Erase a person…' }).and(page.locator(':focus')).waitFor();
    }
    expect(visitor.complaints).toEqual([]);
  });

  test('a filter is added and taken out by keys', async () => {
    const { page } = visitor;
    await visitor.open('clicks?period=today');
    await page.getByText('5 clicks').waitFor();
    await page.getByRole('button', { name: 'Filter by…' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Filter by' }).fill('sub1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Value' }).focus();
    await page.keyboard.type('other');
    await page.keyboard.press('Enter');
    await page.getByText('1 click', { exact: true }).waitFor();
    expect(page.url()).toContain('sub1=other');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // The window gives the focus back a moment after it is gone; a person is not that fast.
    await page
      .locator('button:focus')
      .waitFor({ timeout: 2_000 })
      .catch(() => undefined);
    await page.keyboard.press('j');
    await page.locator('[data-row]:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Click, / }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Without the filter sub1' }).press('Enter');
    await page.getByText('5 clicks').waitFor();
  });
});

describe('what comes while one looks', () => {
  const line = (txid: string) => visitor.page.getByText(`txid=${txid}`).first();
  const send = async (txid: string): Promise<void> => {
    const answer = await web.tracker.postback(`cid=${hostileCid}&payout=1&txid=${txid}`);
    expect(answer.status).toBe(200);
  };

  test.each([
    ['the log', () => 'postbacks?period=today'],
    ['a source’s log', () => `offer-sources?open=${source.id}&tab=log`],
  ])(
    '%s has a row within a second, and misses nothing over a restart',
    async (name, path) => {
      // The page is served by a process of its own, which goes and comes back; another one goes on taking postbacks.
      let server = await TrackerProcess.on('postgres', web.tracker.running.databaseUrl);
      const mark = name.length;
      const { page } = visitor;
      try {
        await page.goto(`${server.url}/app/${path()}`);
        await page.getByText('Live', { exact: true }).waitFor();
        await send(`live${mark}`);
        const answered = performance.now();
        await line(`live${mark}`).waitFor();
        const shownAfterMs = performance.now() - answered;
        // A second is what it takes; the rest is for machines with other work.
        expect(shownAfterMs).toBeLessThan(4_000);
        await server.end('SIGTERM');
        await page.getByText('Connecting…').waitFor();
        await send(`gone${mark}a`);
        await send(`gone${mark}b`);
        await web.tracker.settled();
        server = await TrackerProcess.on('postgres', web.tracker.running.databaseUrl, {}, server.port);
        await line(`gone${mark}a`).waitFor({ timeout: 30_000 });
        await line(`gone${mark}b`).waitFor();
        await page.getByText('Live', { exact: true }).waitFor();
        await page.getByRole('button', { name: 'Pause' }).click();
        await send(`held${mark}`);
        await page.getByRole('button', { name: 'Go on (1 new)' }).click();
        await line(`held${mark}`).waitFor();
      } finally {
        await page.goto('about:blank');
        await server.end('SIGTERM');
      }
      // That the server was away is in the console, and nothing else.
      expect(
        visitor.complaints
          .splice(0)
          .filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(text)),
      ).toEqual([]);
    },
    120_000,
  );
});

describe('every page and state', () => {
  const pages = (): Record<string, string> => ({
    clicks: 'clicks?period=today&columns=createdAt,offer,source,keyword,sub1,sub2,sub3,cid',
    click: `clicks?open=${hostileCid}`,
    conversions: 'conversions?period=today',
    postbacks: 'postbacks?period=today',
    offers: 'offers?period=today',
    offer: `offers?open=${offer.id}`,
    'offer-sources': 'offer-sources?period=today',
    'offer-source': `offer-sources?open=${source.id}`,
    'offer-source-rules': `offer-sources?open=${source.id}&tab=rules`,
    'offer-source-words': `offer-sources?open=${source.id}&tab=words`,
    'offer-source-token': `offer-sources?open=${source.id}&tab=token`,
    'offer-source-log': `offer-sources?open=${source.id}&tab=log`,
    'set-up-offer': `set-up?step=offer&source=${source.id}`,
    'clicks-none': 'clicks?country=XX',
    'conversions-none': 'conversions?txid=none',
    'postbacks-none': 'postbacks?cid=none',
    'offers-none': 'offers?status=archived',
  });
  test.each([
    [1440, /./],
    [390, /^(clicks|click|conversions|conversion|postbacks|postback|offer|offer-source|set-up-offer)$/],
  ] as const)(
    'is sound with hostile texts at %i px',
    async (width, which) => {
      const other = await web.signedIn({ width });
      other.page.on('dialog', (dialog) => void other.complaints.push(`a dialog opened: ${dialog.message()}`));
      const { data } = await web.tracker.ok<{ data: { id: string }[] }>('GET', `/conversions?cid=${hostileCid}`);
      const { data: requests } = await web.tracker.ok<{ data: { id: string; query: string }[] }>('GET', `/postbacks?cid=${hostileCid}`);
      const request = requests.find(({ query }) => query.includes('img'))?.id;
      const all = {
        ...pages(),
        conversion: `conversions?open=${encodeURIComponent(data.at(-1)?.id ?? '')}`,
        postback: `postbacks?open=${request}`,
      };
      for (const [name, path] of Object.entries(all).filter(([each]) => which.test(each))) {
        await other.open(path);
        expect(await other.page.locator('img[src=x]').count()).toBe(0);
        await other.isSound(`${name}-${width}`);
      }
      expect(other.complaints).toEqual([]);
      await other.close();
    },
    180_000,
  );

  test('what fails says what happened, with the request’s id, and is tried again', async () => {
    const { page } = visitor;
    const problem = {
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      code: 'conflict',
      detail: 'Too many at once.',
      errors: [],
      requestId: 'req-17',
    };
    const lists = {
      clicks: 'clicks',
      conversions: 'conversions',
      postbacks: 'postbacks',
      offers: 'offers',
      'offer-sources': 'offer-sources',
    };
    for (const [name, list] of Object.entries(lists)) {
      const api = `**/api/v1/${list}?*`;
      await page.route(api, (route) =>
        route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
      );
      await visitor.open(`${name}`);
      await page.getByText('Too many at once.').waitFor();
      await page.getByText('Request req-17').waitFor();
      await visitor.isSound(`${name}-error`);
      await page.unroute(api);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('table', { name: /./ }).waitFor();
    }
    visitor.complaints.splice(0);
  });

  test('the log says it too, while the live requests cannot be had either, and comes back by itself', async () => {
    const { page } = visitor;
    await page.route(/\/api\/v1\/(postbacks|events)\?/, (route) => route.fulfill({ status: 503, contentType: 'text/html', body: '' }));
    await visitor.open('postbacks?period=today&offerSourceId=' + source.id);
    await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 15_000 });
    // Long enough for the stream to have been asked for again, and the filters are there to be changed.
    await page.waitForTimeout(2_500);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.getByRole('combobox', { name: 'Result' }).waitFor();
    await visitor.isSound('postbacks-away');
    await page.unrouteAll();
    await page.getByRole('table', { name: 'Postback log' }).waitFor();
    visitor.complaints.splice(0);
  });

  test('of a list that ends early it is said that this is not all', async () => {
    const { page } = visitor;
    const rows = Array.from({ length: 200 }, (_, i) => ({
      ...offer,
      id: `0197a000-0000-7000-8000-${String(i).padStart(12, '0')}`,
      name: `Offer ${i}`,
    }));
    await page.route('**/api/v1/offers?*', (route) =>
      route.request().url().includes('cursor=') ? route.abort() : route.fulfill({ json: { data: rows, nextCursor: 'more' } }),
    );
    await visitor.open('offers?period=today');
    await page.getByText('reading it failed').waitFor();
    expect(await page.getByText('still loading').count()).toBe(0);
    await visitor.isSound('offers-part');
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('reading it failed').waitFor({ state: 'detached' });
    visitor.complaints.splice(0);
  });

  test('an address of no page says so beside the pages there are', async () => {
    const { page } = visitor;
    await visitor.open('nowhere/at-all');
    await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await visitor.isSound('no-such-page');
    expect(visitor.complaints).toEqual([]);
  });

  test('what is not there says so, with the way back', async () => {
    const { page } = visitor;
    const list: Record<string, string> = {
      offers: 'Offers',
      'offer-sources': 'Offer sources',
      conversions: 'Conversions',
      postbacks: 'Postback log',
    };
    for (const [name, title] of Object.entries(list)) {
      await visitor.open(`${name}?open=0197a000-0000-7000-8000-000000000000`);
      await page.getByText('It is not here').waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      await page.getByRole('main').getByRole('link', { name: title }).click();
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
    }
    await visitor.isSound('not-there');
    visitor.complaints.splice(0);
  });

  test('filters that nothing fits stay where they can be changed', async () => {
    const { page } = visitor;
    await visitor.open('clicks?period=today&country=XX');
    await page.getByText('No clicks like that in this period').waitFor();
    await page.getByRole('button', { name: 'Without the filter Country' }).click();
    await page.getByText('5 clicks').waitFor();
  });

  test('on a phone the figures stand beside the name', async () => {
    const phone = await web.signedIn({ width: 390 });
    await phone.open('offers?period=today');
    const heads = await phone.page.getByRole('columnheader').allInnerTexts();
    expect(
      heads
        .map((text) => text.trim())
        .filter((text) => text !== '')
        .slice(0, 3),
    ).toEqual(['Name', 'Clicks', 'Conversions']);
    await phone.isSound('offers-390');
    await phone.close();
  });

  test('a person is erased by the id of the traffic source: counted, told what stays, then the word typed', async () => {
    const { page } = visitor;
    await web.tracker.click(offer, 'c', '?externalid=visitor-9');
    await web.tracker.click(offer, 'c', '?externalid=visitor-9');
    await web.tracker.settled();
    await visitor.open('clicks?period=today');
    await page.getByRole('button', { name: 'Erase a person…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Erase personal data' });
    await dialog.getByRole('combobox', { name: 'Found by' }).click();
    await page.getByRole('option', { name: 'Traffic source’s id' }).click();
    await dialog.getByRole('textbox', { name: 'Traffic source’s id' }).fill('visitor-9');
    await dialog.getByRole('button', { name: 'Count first' }).click();
    await dialog.getByText('Would lose their personal data: clicks 2, conversions 0, postbacks 0.').waitFor();
    await dialog.getByText(/^What stays: /).waitFor();
    await visitor.isSound('erase');
    await dialog.getByRole('textbox', { name: 'Type “erase” to go on' }).fill('erase');
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await page.getByText('Personal data is erased (clicks: 2)').waitFor();
    const { data } = await web.tracker.ok<{ data: unknown[] }>('GET', '/clicks?externalId=visitor-9');
    expect(data).toEqual([]);
  });

  test('a viewer reads all of them and is offered nothing that would be refused', async () => {
    const { key } = await web.tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'looks', role: 'viewer' });
    const viewer = await web.signedIn({ key });
    for (const [name, path] of Object.entries(pages()).filter(([each]) =>
      /^(offers|offer|offer-source-rules|offer-source-token|click|clicks|postbacks)$/.test(each),
    )) {
      await viewer.open(path);
      expect(await viewer.page.getByRole('button', { name: /^(Save|New|Add|Make|Erase|Replay)/ }).count()).toBe(0);
      expect(await viewer.page.content()).not.toMatch(/\/postback\/[\w-]{20,}/);
      await viewer.page.getByText('Read only').filter({ visible: true }).first().waitFor();
      await viewer.isSound(`${name}-viewer`);
    }
    for (const path of ['offers?open=new', 'offer-sources?open=new', 'conversions?open=new']) {
      await viewer.open(path);
      await viewer.page.getByText(/ is for managers and administrators$/).waitFor();
      expect(
        await viewer.page
          .getByRole('main')
          .getByRole('textbox', { name: /Name|Click id/ })
          .count(),
      ).toBe(0);
    }
    await viewer.isSound('new-viewer');
    expect(viewer.complaints).toEqual([]);
    await viewer.close();
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints).toEqual([]);
  });
});
