import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Visitor, WebTest } from './browser.js';

/** The two ways of the help page: the offer element, and the offer source element. */
let web: WebTest;
let visitor: Visitor;
beforeAll(async () => {
  web = await WebTest.start();
  visitor = await web.signedIn();
});
afterAll(() => web.stop());

describe('offer source element', () => {
  test('the parameter goes into the template of the offers’ links', async () => {
    const { page } = visitor;
    await page.goto('/app/offer-sources?open=new');
    await page.getByLabel('Find a network').fill('My network');
    await page.getByRole('button', { name: /^Set “My network” up by hand/ }).click();
    await page.getByLabel('Offer source parameter').fill('aff_sub');
    await page.getByText('https://network.example/offer/42?aff_sub={clickid}').waitFor();
    await page.getByLabel('Offer URL template').fill('{url}?{cidParameter}={clickid}&src=cidra');
    await page.getByText('https://network.example/offer/42?aff_sub={clickid}&src=cidra').waitFor();
  });

  test('what is typed on the right of the link builder stands in the postback URL, letter by letter', async () => {
    const { page } = visitor;
    const row = (name: string) => page.getByLabel(`The network’s text for ${name}`, { exact: true });
    let typed = '';
    for (const letter of 'sold') {
      await row('status').pressSequentially(letter);
      typed += letter;
      await page.getByText(new RegExp(`[?&]status=${typed}$`)).waitFor();
    }
    await row('cid').fill('{aff_sub}');
    await row('payout').fill('{payout}');
    await row('status').fill('{event}');
    for (const [name, text] of [
      ['event1', '{goal_value}'],
      ['param1', '{city}'],
    ] as const) {
      await page.getByRole('button', { name: 'Add a parameter' }).click();
      await page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click();
      await row(name).fill(text);
    }
    await page.getByText(/\?cid=\{aff_sub\}&payout=\{payout\}&status=\{event\}.*event1=\{goal_value\}/).waitFor();
    await visitor.isSound('source-by-hand');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Copy Postback URL' }).click();
    expect(await visitor.clipboard()).toMatch(
      /\/postback\/[\w-]{20,}\?cid=\{aff_sub\}&payout=\{payout\}&status=\{event\}&param1=\{city\}&event1=\{goal_value\}$/,
    );
  });
});

describe('offer element', () => {
  test('{clickid} in the URL is lit under the available macros, and the source’s template is joined', async () => {
    const { page } = visitor;
    await page.goto('/app/offers?open=new');
    await page.getByLabel('Name').fill('Blue shoes');
    await page.getByRole('combobox', { name: 'Offer source' }).click();
    await page.getByRole('option', { name: 'My network' }).click();
    const macro = page.getByRole('group', { name: 'Available URL macros' }).getByRole('button', { name: '{clickid}', exact: true });
    expect(await macro.getAttribute('aria-pressed')).toBe('false');
    await page.getByLabel('Offer URL').fill('https://shop.example/?mine=');
    await page.getByLabel('Offer URL').press('End');
    await macro.click();
    expect(await page.getByLabel('Offer URL').inputValue()).toBe('https://shop.example/?mine={clickid}');
    expect(await macro.getAttribute('aria-pressed')).toBe('true');
    await page.getByText(/^https:\/\/shop\.example\/\?mine=01\w+&aff_sub=01\w+&src=cidra$/).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Copy Tracking link' }).first().waitFor();
  });

  test('its postback URL has the source’s parameters; more are added for this offer alone, and copied', async () => {
    const { page } = visitor;
    await page.getByText(/\/postback\/[\w-]{20,}\?cid=\{aff_sub\}&payout=\{payout\}&status=\{event\}/).waitFor();
    await page.getByRole('button', { name: 'Add a parameter' }).click();
    await page.getByRole('menuitem', { name: /^add_event1/ }).click();
    await page.getByLabel('The network’s text for add_event1', { exact: true }).fill('{qty}');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').first().waitFor();
    await page.getByRole('button', { name: 'Copy Postback URL' }).click();
    const copied = await visitor.clipboard();
    expect(copied).toMatch(
      /\?cid=\{aff_sub\}&payout=\{payout\}&status=\{event\}&param1=\{city\}&event1=\{goal_value\}&add_event1=\{qty\}$/,
    );
    await visitor.isSound('offer-with-own-parameters');

    // What was copied works: the network puts its values in.
    await page.getByRole('button', { name: 'Copy Tracking link' }).first().click();
    const { tracker } = web;
    const visit = await tracker.get(new URL(await visitor.clipboard()).pathname);
    const cid = new URL(visit.headers.get('location') ?? '').searchParams.get('aff_sub') ?? '';
    const url = new URL(
      copied
        .replace('{aff_sub}', cid)
        .replace('{payout}', '12.5')
        .replace('{event}', 'approved')
        .replace('{city}', 'Porto')
        .replace('{goal_value}', '3')
        .replace('{qty}', '2'),
    );
    expect((await tracker.get(`${url.pathname}${url.search}`)).status).toBe(200);
    expect(await tracker.conversions(cid)).toMatchObject([
      { status: 'approved', payout: '12.5', params: { param1: 'Porto' }, events: { event1: '5' } },
    ]);
  });

  test('an offer is edited by keys alone: found, opened, changed, saved', async () => {
    const { page } = visitor;
    await page.goto('/app/offers');
    await page.getByText('Blue shoes').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('blue');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await page.getByLabel('Name').waitFor();
    await page.getByLabel('Name').focus();
    await page.keyboard.press('End');
    await page.keyboard.type(' 2');
    await page.keyboard.press('Control+s');
    await page.getByRole('heading', { name: 'Blue shoes 2' }).waitFor();
  });
});

describe('set-up', () => {
  test('tries the links with tests, which are marked and taken out of every figure', async () => {
    const { page } = visitor;
    const { tracker } = web;
    const clicks = async (): Promise<unknown> => (await tracker.ok<{ totals: { clicks: number; bots: number } }>('GET', '/reports')).totals;
    const before = await clicks();
    await page.goto('/app/set-up');
    await page.getByLabel('Find a network').fill('affise');
    await page.getByRole('button', { name: /^Affise/ }).click();
    await page.getByLabel('Name of the offer').fill('Tried offer');
    await page.getByLabel('Offer URL').fill('https://tea.example/');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'I have pasted it: test it' }).click();
    // The link of the button makes a test click; the visitor's browser would go on to the shop.
    const link = await page.getByRole('link', { name: 'Open the link as a test' }).getAttribute('href');
    const url = new URL(link ?? '');
    expect((await tracker.get(`${url.pathname}${url.search}`)).status).toBe(302);
    await page.getByText('A test click arrived').waitFor();
    await page.getByRole('button', { name: 'Send a test postback' }).click();
    await page.getByText('The first conversion is there, a test').waitFor();
    expect((await tracker.ok<{ data: object[] }>('GET', '/postbacks?limit=1')).data).toMatchObject([
      // In the network's own words, with the parameters of its postback URL and no others.
      {
        result: 'created',
        warnings: [],
        query: expect.stringMatching(/^cid=\w+&status=1&payout=1&txid=test-\d+$/),
      },
    ]);
    await page.getByText('are marked as tests').waitFor();
    await visitor.isSound('set-up-tested');
    expect(await clicks()).not.toEqual(before);
    await page.getByRole('button', { name: 'Remove all test data' }).click();
    await page.getByText('The test data is removed').waitFor();
    expect(await clicks()).toEqual(before);
    await visitor.isSound('set-up-tests-removed');
  });

  test('what somebody else has saved meanwhile is taken in, and nothing that one has written is lost', async () => {
    const { page } = visitor;
    const made = await web.tracker.ok<{ id: string }>('POST', '/offers', { name: 'Shared', url: 'https://shop.example/?c={clickid}' });
    await visitor.open(`offers?open=${made.id}`);
    await page.getByLabel('Name').fill('Shared, by me');
    await web.tracker.ok('PATCH', `/offers/${made.id}`, { country: 'DE', name: 'Shared, by another' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else has changed this').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('Shared, by me');
    expect(await page.getByLabel('Country').inputValue()).toBe('DE');
    await visitor.isSound('offer-changed-meanwhile');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    expect(await web.tracker.ok('GET', `/offers/${made.id}`)).toMatchObject({ name: 'Shared, by me', country: 'DE' });
    visitor.complaints.splice(0);
  });

  test('a change is saved from a tab without fields, and what is wrong on another tab is said', async () => {
    const { page } = visitor;
    const made = await web.tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Tabs' });
    await visitor.open(`offer-sources?open=${made.id}`);
    await page.getByLabel('Name').fill('Tabs, renamed');
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Tabs, renamed' }).waitFor();
    await page.getByRole('tab', { name: 'Links' }).click();
    await page.getByLabel('Offer URL template').fill('no url in it');
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/must begin with \{url\}/).waitFor();
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.waitForURL(/overview/);
    visitor.complaints.splice(0);
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints).toEqual([]);
  });
});
