import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Visitor, WebTest } from './browser.js';

/** Everything that is set once, and the palette that leads anywhere. */
const PASSWORD = 'correct horse battery';
let web: WebTest;
let visitor: Visitor;
let offer: { id: string; key: string };
let cid: string;
let postbackUrl: string;

beforeAll(async () => {
  web = await WebTest.start();
  const source = await web.tracker.ok<{ id: string; postbackUrl: string }>('POST', '/offer-sources', {
    name: 'Acme network',
    cidParameter: 'clickid',
  });
  offer = await web.tracker.ok('POST', '/offers', { name: 'Red shoes', url: 'https://shop.example/', offerSourceId: source.id });
  cid = await web.tracker.click(offer);
  await web.tracker.postback(`cid=${cid}&payout=5&currency=USD&status=odd&txid=T-77`);
  postbackUrl = `http://tracker.test${web.tracker.pathOf(cid)}?cid=${cid}&payout=5&status=approved&txid=T-78`;
  await web.tracker.settled();
  visitor = await web.signedIn();
});
afterAll(async () => {
  await web.stop();
});

const section = (name: string | RegExp) => visitor.page.locator('section').filter({ has: visitor.page.getByRole('heading', { name }) });
const line = (name: string) => visitor.page.getByRole('row').filter({ hasText: name });

describe('settings', () => {
  test('people: added with a one-time link, given another role, disabled', async () => {
    const { page } = visitor;
    await visitor.open('settings?section=people');
    const add = section('Add a person');
    await add.getByLabel('Name').fill('Olga <i>');
    await add.getByLabel('E-mail').fill('olga@example.com');
    await add.getByRole('button', { name: 'Add and make the link' }).click();
    const invite = await section('One-time link for Olga').locator('code').innerText();
    expect(invite).toMatch(/\/app\/invite\/[\w-]{43}$/);
    await visitor.isSound('settings-people');
    // Twice is said beside the field.
    await add.getByLabel('Name').fill('Another');
    await add.getByLabel('E-mail').fill('OLGA@example.com');
    await add.getByRole('button', { name: 'Add and make the link' }).click();
    await add.getByText('Somebody has this e-mail address.').waitFor();
    await page.getByRole('combobox', { name: 'Olga <i>: Role' }).click();
    await page.getByRole('option', { name: 'Viewer' }).click();
    await page.getByText('Saved').first().waitFor();
    await line('olga@example.com').getByRole('button', { name: 'Disable' }).click();
    await line('olga@example.com').getByRole('button', { name: 'Enable' }).waitFor();
    const { data } = await web.tracker.ok<{ data: { email: string; role: string; disabledAt: string | null }[] }>('GET', '/people');
    expect(data.find(({ email }) => email === 'olga@example.com')).toMatchObject({ role: 'viewer', disabledAt: expect.any(String) });
  });

  test('oneself: another name and another password', async () => {
    await web.tracker.ok('POST', '/people', { name: 'Jonas', email: 'jonas@example.com', role: 'manager', password: PASSWORD });
    const jonas = await web.visitor();
    const { page } = jonas;
    await page.goto('/app/settings');
    await page.getByLabel('E-mail').fill('jonas@example.com');
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByLabel('Name').fill('Jonas B.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: /Jonas B\./ }).waitFor();
    await page.getByLabel('Current password').fill('wrong words here');
    await page.getByLabel('New password').fill('battery staple correct');
    await jonas.isSound('settings-me');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('That is not your password').waitFor();
    // What was wrong once is slowed for a second.
    await web.tracker.db.query('DELETE FROM sign_in_failures');
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed').waitFor();
    // What is for others is said.
    for (const [name, title] of [
      ['people', 'People is for administrators'],
      ['keys', 'API keys is for administrators'],
      ['audit', 'Audit log is for administrators'],
    ] as const) {
      await jonas.open(`settings?section=${name}`);
      await page.getByText(title).waitFor();
      await jonas.isSound(`settings-${name}-closed`);
    }
    await jonas.open('settings?section=system');
    await page.getByText('is for administrators and operators').waitFor();
    await page.getByText('Kept', { exact: true }).waitFor();
    await jonas.isSound('settings-system-manager');
    await jonas.close();
  });

  test('keys: made, shown once, revoked', async () => {
    const { page } = visitor;
    await visitor.open('settings?section=keys');
    await section('Make a key').getByLabel('Name').fill('Nightly import');
    await section('Make a key').getByRole('button', { name: 'Make a key' }).click();
    const key = await section('Nightly import').locator('code').innerText();
    const as = { authorization: `Bearer ${key}` };
    expect((await web.tracker.api('GET', '/offers', undefined, as)).status).toBe(200);
    await visitor.isSound('settings-keys');
    page.once('dialog', (dialog) => void dialog.accept());
    await line('Nightly import').getByRole('button', { name: 'Revoke' }).click();
    await line('Nightly import').getByText('Revoked').waitFor();
    expect((await web.tracker.api('GET', '/offers', undefined, as)).status).toBe(401);
  });

  test('zone and words of the account', async () => {
    const { page } = visitor;
    await visitor.open('settings?section=account');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Tokyo');
    await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
    await page.getByRole('button', { name: /^Period: .*Asia\/Tokyo/ }).waitFor();
    await page.getByLabel('A network’s word').fill('Odd');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('combobox', { name: 'odd: Meaning' }).waitFor();
    await visitor.isSound('settings-account');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    expect(await web.tracker.conversions(cid)).toMatchObject([{ status: 'approved' }]);
    await web.tracker.ok('PATCH', '/account', { timeZone: 'UTC' });
  });

  test('rates: how old, and one set by hand', async () => {
    const { page } = visitor;
    await visitor.open('settings?section=rates');
    await page.getByLabel('Currency').fill('usdt');
    await page.getByLabel('One is worth').fill('0,9998');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByText('The rate of USDT is set').waitFor();
    await line('USDT').getByText('0.9998 USD').waitFor();
    await visitor.isSound('settings-rates');
  });

  test('system: parts, retention, what the doctor says, queues that are paused and go on', async () => {
    await visitor.open('settings?section=system');
    await section('Doctor').getByText('all applied').waitFor();
    await section('Doctor')
      .getByText(/at most for this set-up/)
      .waitFor();
    await section('Retention').getByRole('row').filter({ hasText: 'Clicks' }).getByText('for ever').waitFor();
    await visitor.isSound('settings-system');
    const bulk = section('Queues').getByRole('row').filter({ hasText: 'bulk' });
    await bulk.getByRole('button', { name: 'Pause' }).click();
    await bulk.getByText('paused').waitFor();
    await bulk.getByRole('button', { name: 'Resume' }).click();
    await bulk.getByRole('button', { name: 'Pause' }).waitFor();
  });

  test('jobs, sessions and the audit log', async () => {
    const { page } = visitor;
    await visitor.open('settings?section=jobs');
    await page.getByText('Words decided anew').waitFor();
    await visitor.isSound('settings-jobs');
    await visitor.open('settings?section=sessions');
    await page.getByText('(this one)').waitFor();
    await visitor.isSound('settings-sessions-admin');
    await visitor.open('settings?section=audit');
    await page.getByText('Person added').first().waitFor();
    await visitor.isSound('settings-audit');
    await page.getByRole('textbox', { name: 'Filter' }).fill('key made');
    await page.getByText('Person added').first().waitFor({ state: 'hidden' });
  });

  test('an operator comes in where the tracker is run', async () => {
    const { key } = await web.tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'runs it', role: 'ops' });
    const operator = await web.signedIn({ key });
    await operator.page.getByRole('heading', { name: 'Queues' }).waitFor();
    await operator.arrived();
    await operator.isSound('settings-system-operator');
    // Pages of figures say whom they are for, and ask for nothing that would be refused.
    for (const name of ['Overview', 'Reports', 'Offers', 'Postback log', 'Imports']) {
      await operator.page.getByRole('link', { name, exact: true }).click();
      await operator.page.getByText(`${name} is for viewers, managers and administrators`).waitFor();
    }
    await operator.isSound('closed-operator');
    expect(operator.complaints).toEqual([]);
    await operator.close();
  });

  test.each([
    [390, 'light'],
    [2560, 'dark'],
  ] as const)('sound at %i px, %s', async (width, scheme) => {
    const other = await web.signedIn({ width, scheme });
    for (const name of ['me', 'people', 'keys', 'sessions', 'account', 'rates', 'jobs', 'system', 'audit']) {
      await other.open(`settings?section=${name}`);
      await other.isSound(`settings-${name}-${width}`);
    }
    expect(other.complaints).toEqual([]);
    await other.close();
  });
});

describe('the palette', () => {
  const ask = async (text: string): Promise<void> => {
    await visitor.page.keyboard.press('Control+k');
    await visitor.page.getByRole('combobox', { name: 'Search or go to' }).fill(text);
  };
  const option = (name: string | RegExp) => visitor.page.getByRole('option', { name }).first();

  test('goes to pages, offers, sources, clicks, conversions, by the keyboard alone', async () => {
    const { page } = visitor;
    await visitor.open('settings');
    await ask('imp');
    await option(/^Imports/).waitFor();
    await visitor.isSound('palette');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Imports' }).waitFor();
    for (const [text, name, heading] of [
      ['red', /^Red shoes/, 'Red shoes'],
      ['acme', /^Acme network/, 'Acme network'],
    ] as const) {
      await ask(text);
      await option(name).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    }
    await ask('T-77');
    await option(/Conversion/).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/app\/conversions\?/);
    await ask(cid);
    await option(/Click/).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/app\/clicks\?/);
  });

  test('a pasted postback URL leads to its dry run, and to its click', async () => {
    const { page } = visitor;
    await visitor.open('settings');
    await ask(postbackUrl);
    await option(/Dry run of this URL/).waitFor();
    await option(/Click/).waitFor();
    await visitor.isSound('palette-url');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/app\/postbacks\?.*open=dry-run/);
    await ask(postbackUrl);
    await option(/Click/).click();
    await page.waitForURL(new RegExp(`/app/clicks\\?.*open=${cid}`));
  });

  test('what is asked often: commands, and where one was last', async () => {
    const { page } = visitor;
    await visitor.open('settings');
    await ask('dark');
    await option(/Dark/).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await ask('appearance');
    await option(/As the system/).click();
    await ask('new offer');
    await option(/New offer/).waitFor();
    await page.keyboard.press('Enter');
    // Its first field takes the focus when it comes, and must not take it from the palette.
    await page.getByRole('heading', { level: 1, name: 'New offer' }).waitFor();
    await ask('red');
    await option(/^Red shoes/).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Red shoes' }).waitFor();
    await visitor.open('settings');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().filter({ hasText: 'Red shoes' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('nothing found is said, and the keys are listed', async () => {
    const { page } = visitor;
    await visitor.open('settings');
    await ask('nothing is called so');
    await page.getByText('Nothing found.').waitFor();
    await visitor.isSound('palette-nothing');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await visitor.isSound('keys');
    await page.keyboard.press('Escape');
  });

  test('the period: a word, days, a zone; kept from page to page', async () => {
    const { page } = visitor;
    await visitor.open('settings?section=jobs');
    await page.getByRole('button', { name: /^Period:/ }).click();
    await page.getByRole('group', { name: 'Period' }).getByRole('button', { name: 'This month' }).waitFor();
    await page.getByText('First and last day are both included.').waitFor();
    await visitor.isSound('period');
    await page.getByRole('button', { name: 'This month' }).click();
    await page.waitForURL(/period=thisMonth/);
    await page.getByRole('link', { name: 'Conversions' }).click();
    await page.waitForURL(/\/app\/conversions\?.*period=thisMonth/);
  });

  test('a page that is not there', async () => {
    await visitor.open('nowhere').catch(() => undefined);
    await visitor.page.getByText('There is no such page').waitFor();
    await visitor.isSound('not-found');
  });

  test('the menu where there is no room beside the page', async () => {
    const narrow = await web.signedIn({ width: 390 });
    await narrow.page.getByRole('button', { name: 'Menu' }).click();
    await narrow.page.getByRole('dialog').getByRole('link', { name: 'Reports' }).waitFor();
    await narrow.isSound('menu-390');
    await narrow.page.getByRole('dialog').getByRole('link', { name: 'Reports' }).click();
    await narrow.page.getByRole('heading', { name: 'Reports' }).waitFor();
    await narrow.page.getByRole('button', { name: /^Period:/ }).click();
    await narrow.page.getByText('First and last day are both included.').waitFor();
    await narrow.isSound('period-390');
    await narrow.close();
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints.filter((each) => !/^Failed to load resource: .* (400|409) /.test(each))).toEqual([]);
  });
});
