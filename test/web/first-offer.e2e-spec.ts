import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Visitor, WebTest } from './browser.js';

/** The first journey, and the pattern of all others: a source from a template, an offer, its tracking link. */
let web: WebTest;
let visitor: Visitor;

beforeAll(async () => {
  // As of a tracker that was just started at home.
  web = await WebTest.start({ PUBLIC_URL: 'http://localhost:3000' });
  visitor = await web.signedIn();
});
afterAll(async () => {
  await web.stop();
});

describe('from an empty tracker to a tracking link that works', () => {
  test('an empty tracker leads to the set-up, and sources say what they are for', async () => {
    const { page } = visitor;
    await page.getByRole('heading', { name: 'Set-up' }).waitFor();
    await visitor.isSound('set-up-network');
    await page.getByRole('link', { name: 'Offer sources' }).click();
    await page.getByText('No offer sources yet').waitFor();
    await visitor.isSound('offer-sources-empty');
  });

  test('a template fills the source in, and the postback URL follows each letter', async () => {
    const { page } = visitor;
    await page.getByRole('link', { name: 'Add the first source' }).click();
    await page.getByLabel('Find a network').fill('affise');
    await page.getByRole('button', { name: /^Affise/ }).click();
    expect(await page.getByLabel('Offer source parameter').inputValue()).toBe('sub1');
    await page.getByLabel('The network’s text for payout').fill('{sum}-x');
    await page.getByText('payout={sum}-x').waitFor();
    await page.getByLabel('The network’s text for payout').fill('{sum}');
    await page.getByRole('button', { name: 'Add a parameter' }).click();
    await page.getByRole('menuitem', { name: /^event1/ }).click();
    await page.getByLabel('The network’s text for event1').fill('{goal}');
    await visitor.isSound('offer-source-new');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Copy Postback URL' }).waitFor();
    await page.getByRole('button', { name: 'Copy Postback URL' }).click();
    const copied = await visitor.clipboard();
    expect(copied).toMatch(/\/postback\/[\w-]{20,}\?cid=\{sub1\}&payout=\{sum\}&.*event1=\{goal\}$/);
  });

  test('macros light up, an unknown one is mended by a click, and the link redirects', async () => {
    const { page } = visitor;
    await page.getByRole('link', { name: 'Offers', exact: true }).click();
    await page.getByRole('link', { name: 'Create the first offer' }).click();
    await page.getByLabel('Name').fill('Red shoes');
    await page.getByRole('combobox', { name: 'Offer source' }).click();
    await page.getByRole('option', { name: 'Affise' }).click();
    await page.getByLabel('Offer URL').fill('https://shop.example/{clikid}?c=');
    await page.getByText('Did you mean {clickid}?').waitFor();
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByLabel('Offer URL').press('End');
    await page.getByRole('button', { name: '{countrycode}', exact: true }).click();
    expect(await page.getByLabel('Offer URL').inputValue()).toBe('https://shop.example/{clickid}?c={countrycode}');
    expect(await page.getByRole('button', { name: '{clickid}', exact: true }).getAttribute('aria-pressed')).toBe('true');
    await page.getByText(/https:\/\/shop\.example\/01\w+\?c=DE&sub1=01\w+/).waitFor();
    await visitor.isSound('offer-new');
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .getByRole('button', { name: 'Copy link' })
      .or(page.getByRole('button', { name: 'Copy Tracking link' }))
      .first()
      .click();
    const link = await visitor.clipboard();
    const answer = await web.tracker.get(new URL(link).pathname);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(/^https:\/\/shop\.example\/\w{26}\?c=\w*&sub1=\w{26}$/);
  });

  test('the set-up path watches until the first conversion is there', async () => {
    const { page } = visitor;
    await page.getByRole('link', { name: 'Set-up' }).click();
    await page.getByLabel('Find a network').fill('dr cash');
    await page.getByRole('button', { name: /^Dr.Cash/ }).click();
    await page.getByLabel('Name of the offer').fill('Slim tea');
    await page.getByLabel('Offer URL').fill('https://tea.example/?sub1={subid}');
    await page.getByText('is in this URL without it').waitFor();
    expect(await page.getByText(/The source adds|No click id travels/).count()).toBe(0);
    await page.getByRole('button', { name: 'Put {clickid} into sub1' }).click();
    expect(await page.getByLabel('Offer URL').inputValue()).toBe('https://tea.example/?sub1={clickid}');
    await page.getByText('sub1 carries the click id').waitFor();
    await page.getByLabel('Offer URL').fill('https://tea.example/');
    await page.getByText('The source adds ?sub1={clickid}').waitFor();
    await page.getByText(/https:\/\/tea\.example\/\?sub1=01\w+/).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Copy Tracking link' }).click();
    const link = await visitor.clipboard();
    await page.getByText(/Neither networks nor visitors reach .* set PUBLIC_URL/).waitFor();
    await visitor.isSound('set-up-links');
    await page.getByRole('button', { name: 'I have pasted it: test it' }).click();
    await page.getByText('Waiting for a click on the link').waitFor();
    await web.tracker.get(new URL(link).pathname);
    await page.getByText('A click arrived').waitFor();
    await page.getByRole('button', { name: 'Send a test postback' }).click();
    await page.getByText('The first conversion is there').waitFor();
    await page.getByText('Approved, 1.00 USD').waitFor();
    await visitor.isSound('set-up-done');
  });

  test('a viewer is told what the role may not, and sees no token', async () => {
    const { key } = await web.tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'looks', role: 'viewer' });
    const viewer = await web.signedIn({ key });
    await viewer.page.goto('/app/offer-sources');
    await viewer.page.getByText('Read only').waitFor();
    expect(await viewer.page.getByRole('link', { name: 'New source' }).count()).toBe(0);
    await viewer.page.getByText('Affise').first().click();
    await viewer.page.getByText('Postback URLs carry a secret token').waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await viewer.page.content()).not.toMatch(/\/postback\/[\w-]{20,}/);
    await viewer.isSound('offer-source-viewer');
    expect(viewer.complaints).toEqual([]);
    await viewer.close();
  });

  test('the address holds the view: reload and back', async () => {
    const { page } = visitor;
    await page.goto('/app/offers?period=thisMonth&sort=-name&filter=red');
    await page.getByText('Red shoes').waitFor();
    expect(await page.getByRole('textbox', { name: 'Filter' }).inputValue()).toBe('red');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByLabel('Offer URL').waitFor();
    expect(page.url()).toContain('open=');
    await page.goBack();
    await page.waitForURL(/sort=-name/);
    expect(page.url()).not.toContain('open=');
    await page.getByRole('button', { name: /^Period: This month/ }).waitFor();
  });

  test.each([
    [390, 'light'],
    [1440, 'dark'],
    [2560, 'light'],
  ] as const)('sound at %i px, %s', async (width, scheme) => {
    const other = await web.signedIn({ width, scheme });
    for (const path of ['offers', 'offers?open=new', 'offer-sources', 'offer-sources?open=new', 'set-up']) {
      await other.page.goto(`/app/${path}`);
      await other.page.getByRole('heading', { level: 1 }).last().waitFor();
      await other.page.waitForLoadState('networkidle');
      await other.isSound(`${path.replaceAll(/\W/g, '-')}-${width}-${scheme}`);
    }
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints).toEqual([]);
  });
});
