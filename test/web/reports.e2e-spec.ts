import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Visitor, WebTest } from './browser.js';

/** Overview and reports: down and back, compared, kept, taken away as a file, whatever visitors wrote. */
const HOSTILE = ['<img src=x onerror=alert(1)>', '\u202Egnp.exe\u202C', '"><script>alert(2)</script>', '\u{1F600}'.repeat(255)];
let web: WebTest;
let visitor: Visitor;
let viewerKey: string;

beforeAll(async () => {
  web = await WebTest.start();
  const { tracker } = web;
  const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Acme network', cidParameter: 'clickid' });
  const make = (name: string): Promise<{ id: string; key: string }> =>
    tracker.ok('POST', '/offers', { name, url: 'https://shop.example/', offerSourceId: source.id });
  const [red, blue, odd] = await Promise.all([make('Red shoes'), make('Blue socks'), make('<b>Odd</b> hats')]);
  const visit = (offer: { key: string }, subs: Record<string, string>): Promise<string> =>
    tracker.click(offer, 'clickid', `?${new URLSearchParams({ cost: '0.10', ...subs }).toString()}`);
  for (const [i, sub1] of ['push', 'push', 'native'].entries()) {
    const cid = await visit(red, { sub1, sub2: `banner-${i}` });
    await tracker.postback(`cid=${cid}&payout=10&currency=USD&status=approved&txid=R-${i}&event1=${i + 1}.5`);
  }
  const held = await visit(blue, { sub1: 'push' });
  await tracker.postback(`cid=${held}&payout=7&currency=USD&status=strange&txid=B-1`);
  for (const sub1 of HOSTILE) await visit(odd, { sub1 });
  await tracker.postback(`cid=01aaaaaaaaaaaaaaaaaaaaaaaa&payout=1&status=approved`, red.key);
  await tracker.settled();
  viewerKey = (await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'looks', role: 'viewer' })).key;
  visitor = await web.signedIn();
});
afterAll(async () => {
  await web.stop();
});

const row = ({ page }: Visitor, name: string | RegExp) =>
  page.getByRole('table', { name: 'Reports' }).getByRole('row').filter({ hasText: name });
const crumbs = ({ page }: Visitor) => page.getByRole('navigation', { name: 'Way back' });

describe('overview', () => {
  test('the figures of the period, and what wants a hand, each with the button that solves it', async () => {
    const { page } = visitor;
    await visitor.open('overview');
    await page.getByRole('region', { name: 'Figures of the period' }).getByText('30.00').waitFor();
    const attention = page.getByRole('region', { name: 'Attention' });
    await attention.getByText('Status words that mean nothing yet').waitFor();
    await attention.getByText('“strange” · Acme network · 1 conversion · 7.00 USD held up').waitFor();
    await visitor.isSound('overview');
    await attention.getByRole('link', { name: 'Map the words' }).click();
    await page.getByRole('dialog', { name: 'What does “strange” mean?' }).waitFor();
    expect(page.url()).toContain('/app/words?');
    await page.goBack();
    await page.getByRole('link', { name: 'See why' }).click();
    await page.getByRole('heading', { name: 'Postback log' }).waitFor();
    expect(page.url()).toContain('result=click_not_found');
  });

  test.each([
    ['rates', 'Rates'],
    ['system', 'Cidra'],
  ])('a button of the settings’ %s leads to that section', async (section, heading) => {
    await visitor.open(`settings/${section}`);
    await visitor.page.getByRole('heading', { level: 2, name: heading }).waitFor();
    expect(visitor.page.url()).toContain(`section=${section}`);
  });
});

describe('reports', () => {
  test('three levels down and back, by rows, crumbs and the browser', async () => {
    const { page } = visitor;
    await visitor.open('reports');
    await row(visitor, 'Red shoes').getByText('Red shoes').click();
    await row(visitor, 'native').waitFor();
    await row(visitor, 'push').getByText('push').click();
    await row(visitor, 'banner-0').getByText('banner-0').click();
    await crumbs(visitor).getByText('sub2: banner-0').waitFor();
    await visitor.arrived();
    await visitor.isSound('report-deep');
    expect(new URL(page.url()).searchParams.get('sub2')).toBe('banner-0');

    // Somebody else opens the same link.
    const viewer = await web.signedIn({ key: viewerKey });
    await viewer.page.goto(page.url());
    await crumbs(viewer).getByText('sub2: banner-0').waitFor();
    await viewer.arrived();
    expect(await crumbs(viewer).innerText()).toBe(await crumbs(visitor).innerText());
    expect(await row(viewer, 'Total').innerText()).toBe(await row(visitor, 'Total').innerText());
    expect(viewer.complaints).toEqual([]);
    await viewer.close();

    await page.goBack();
    await row(visitor, 'banner-1').waitFor();
    await crumbs(visitor).getByRole('link', { name: 'Offer: Red shoes' }).click();
    await row(visitor, 'native').waitFor();
    await crumbs(visitor).getByRole('link', { name: 'All' }).click();
    await row(visitor, 'Blue socks').waitFor();
    expect(await crumbs(visitor).count()).toBe(0);
  });

  test('by the keyboard alone: a filter, a row, other columns', async () => {
    const { page } = visitor;
    await visitor.open('reports');
    await page.keyboard.press('/');
    await page.keyboard.type('sub1:push');
    await page.keyboard.press('Enter');
    await page.waitForURL(/sub1=push/);
    await visitor.arrived();
    expect(await row(visitor, 'Total').innerText()).toContain('3');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await crumbs(visitor).waitFor();
    await page.goBack();
    await page.keyboard.press('/');
    await page.keyboard.press('Backspace');
    await page.waitForURL((url) => !url.searchParams.has('sub1'));
  });

  test('against the period before, with events, and figures that lead to their rows', async () => {
    const { page } = visitor;
    await visitor.open('reports?columns=clicks,conversions,revenue,event1,event1Count&compare=previous&chart=event1,clicks');
    await row(visitor, 'Red shoes').getByText('7.5', { exact: true }).waitFor();
    expect(await page.getByLabel('Against the period before').isChecked()).toBe(true);
    await visitor.isSound('report-events');
    await row(visitor, 'Red shoes').getByRole('link', { name: '3', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Clicks' }).waitFor();
    expect(page.url()).toMatch(/\/app\/clicks\?.*offerId=/);
    await page.goBack();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('dialog').getByLabel('Event 1, count').click();
    await page.waitForURL((url) => url.searchParams.get('columns') === 'clicks,conversions,revenue,event1');
  });

  test('views are kept for everybody: made, replaced, one to start with, deleted', async () => {
    const { page } = visitor;
    await visitor.open('reports?groupBy=sub1');
    const open = async (): Promise<void> => page.getByRole('button', { name: 'Views' }).click();
    await open();
    await page.getByLabel('Name of the view').fill('By banner');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('View “By banner” saved').waitFor();
    await visitor.isSound('report-views');
    await page.keyboard.press('Escape');

    await visitor.open('reports?groupBy=sub2');
    await open();
    await page.getByRole('button', { name: 'Save what is shown as By banner' }).click();
    await page.getByText('holds what is shown now').waitFor();
    await page.getByRole('button', { name: 'Start with By banner' }).click();
    await page.getByRole('button', { name: 'No longer start with By banner' }).waitFor();
    await page.goto('/app');
    await page.waitForURL(/\/app\/reports\?.*groupBy=sub2/);

    const viewer = await web.signedIn({ key: viewerKey });
    await viewer.open('reports');
    await viewer.page.getByRole('button', { name: 'Views' }).click();
    await viewer.page.getByRole('link', { name: 'By banner' }).waitFor();
    expect(await viewer.page.getByRole('button', { name: /Delete|Save what is shown/ }).count()).toBe(0);
    expect(await viewer.page.getByLabel('Name of the view').count()).toBe(0);
    expect(
      (await web.tracker.api('POST', '/views', { name: 'x', address: '/reports' }, { authorization: `Bearer ${viewerKey}` })).status,
    ).toBe(403);
    await viewer.page.getByRole('link', { name: 'By banner' }).click();
    await viewer.page.waitForURL(/groupBy=sub2/);
    await viewer.isSound('report-viewer');
    await viewer.close();

    await open();
    await page.getByRole('button', { name: 'Delete By banner' }).click();
    await page.getByText('No views saved yet').waitFor();
    await page.keyboard.press('Escape');
  });

  test('all rows as a file: for Excel, and line by line', async () => {
    const { page } = visitor;
    await visitor.open('reports?sort=-revenue&columns=clicks,revenue');
    const save = (name: string): Promise<Buffer> =>
      visitor.download(async () => {
        await page.getByRole('button', { name: 'Export' }).click();
        await page.getByRole('menuitem', { name }).click();
      });
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'NDJSON' }).waitFor();
    await visitor.isSound('report-export');
    await page.keyboard.press('Escape');
    const excel = (await save('CSV, semicolon, for Excel')).toString('utf8');
    expect(excel.startsWith('\uFEFF')).toBe(true);
    expect(excel).toMatch(/offer;offerId;clicks;revenue/);
    expect(excel).toMatch(/Red shoes;[\w-]+;3;30\r?\n/);
    const lines = (await save('NDJSON')).toString('utf8').trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ key: { offer: { name: 'Red shoes' } }, clicks: 3, revenue: '30' });
    expect(lines).toHaveLength(3);
  });

  test('what visitors wrote is text', async () => {
    const { page } = visitor;
    await visitor.open('reports?groupBy=offer,sub1');
    await row(visitor, '<b>Odd</b> hats').first().waitFor();
    for (const text of HOSTILE) await row(visitor, text.slice(0, 30)).first().waitFor();
    await visitor.isSound('report-hostile');
    expect(await page.locator('main img, main script').count()).toBe(0);
    await row(visitor, '<img src=x').getByText('<b>Odd</b> hats').click();
    await crumbs(visitor)
      .getByText(HOSTILE[0] as string)
      .waitFor();
    await visitor.arrived();
    await visitor.isSound('report-hostile-filter');
  });

  test('nothing in the period, nothing that fits, and what is no filter', async () => {
    const { page } = visitor;
    await visitor.open('reports?period=lastMonth');
    await page.getByText('Nothing in this period').waitFor();
    await visitor.isSound('report-empty');
    await visitor.open('reports');
    await page.getByRole('combobox', { name: 'Filter, such as' }).fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('“nonsense” is no filter').waitFor();
    await visitor.isSound('report-no-filter');
  });

  test('an answer that does not come is said, with its request, and can be asked for again', async () => {
    const other = await web.signedIn();
    const failed = {
      status: 500,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'internal', detail: 'It broke.', requestId: 'req-7' }),
    };
    await other.page.route(/\/api\/v1\/(reports|attention)/, (route) => route.fulfill(failed));
    for (const path of ['reports', 'overview']) {
      await other.page.goto(`/app/${path}`);
      await other.page.getByText('req-7').first().waitFor();
      await other.isSound(`${path}-failed`);
    }
    await other.page.unroute(/\/api\/v1\/(reports|attention)/);
    await other.page.getByRole('region', { name: 'Attention' }).getByRole('button', { name: 'Try again' }).click();
    await other.page.getByText('Status words that mean nothing yet').waitFor();
    await other.close();
  });

  test.each([
    [390, 'light'],
    [2560, 'dark'],
  ] as const)('sound at %i px, %s', async (width, scheme) => {
    const other = await web.signedIn({ width, scheme });
    for (const path of ['overview', 'reports', 'reports?groupBy=offer,sub1,day&compare=previous']) {
      await other.open(path);
      await other.isSound(`${path.replaceAll(/\W+/g, '-')}-${width}`);
    }
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints).toEqual([]);
  });
});
