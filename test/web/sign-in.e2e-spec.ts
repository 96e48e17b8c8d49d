import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Visitor, WebTest } from './browser.js';

/** Coming in, being kept out, and being sent away. */
const PASSWORD = 'correct horse battery';
let web: WebTest;
beforeAll(async () => {
  web = await WebTest.start();
  await web.tracker.ok('POST', '/offers', { name: 'Red shoes', url: 'https://shop.example/?c={clickid}' });
});
afterAll(async () => {
  await web.stop();
});

const isIn = (visitor: Visitor): Promise<void> => visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor();
/** What the browser itself says of an answer that is no success. */
const ANSWERED = /^Failed to load resource: .* (401|429) /;

async function person(name: string, role: string): Promise<{ email: string; invite: string }> {
  const email = `${name.toLowerCase()}@example.com`;
  const { invite } = await web.tracker.ok<{ invite: { url: string } }>('POST', '/people', { name, email, role });
  return { email, invite: new URL(invite.url).pathname };
}

async function signIn({ page }: Visitor, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe('coming in', () => {
  test('a one-time link lets its person choose a password, once', async () => {
    const { email, invite } = await person('Olga', 'manager');
    const visitor = await web.visitor();
    const { page } = visitor;
    await page.goto(invite);
    await page.getByText('Olga, choose the password').waitFor();
    await page.getByLabel(/^Password/).fill('short');
    await page.getByText('At least 12 characters', { exact: true }).waitFor();
    await visitor.isSound('invite');
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.getByRole('button', { name: 'Start' }).click();
    await isIn(visitor);
    await page.getByText('Olga').waitFor();

    await page.goto(invite);
    await page.getByText('This link has been used or is too old').waitFor();
    await visitor.isSound('invite-used');
    expect(visitor.complaints.filter((each) => !ANSWERED.test(each))).toEqual([]);
    await visitor.close();

    // The page that was asked for is the one that is shown, by the keyboard alone.
    const again = await web.visitor();
    await again.page.goto('/app/reports?groupBy=country&period=thisMonth');
    await again.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await again.isSound('sign-in');
    await again.page.keyboard.type(email);
    await again.page.keyboard.press('Tab');
    await again.page.keyboard.type(PASSWORD);
    await again.page.keyboard.press('Enter');
    await again.page.getByRole('heading', { name: 'Reports' }).waitFor();
    expect(again.page.url()).toContain('groupBy=country&period=thisMonth');
    expect(again.complaints).toEqual([]);
    await again.close();
  });

  test('a wrong password is not told from a wrong name, is slowed, and the right one is let in after the wait', async () => {
    const { email, invite } = await person('Ines', 'viewer');
    const token = invite.split('/').at(-1);
    expect((await web.tracker.api('POST', '/session', { invite: token, password: PASSWORD }, { authorization: '' })).status).toBe(200);
    const visitor = await web.visitor();
    const { page } = visitor;
    await page.goto('/app/sign-in');
    await signIn(visitor, email, 'not the right words');
    await page.getByText('That did not fit').waitFor();
    await visitor.isSound('sign-in-refused');
    // As after several: what is one second at first is too short for a slow machine to see.
    await web.tracker.db.query(`UPDATE sign_in_failures SET slowed_until = now() + interval '6 seconds'`);
    await signIn(visitor, email, PASSWORD);
    await page.getByText(/Too many tries\. Wait \d+ s/).waitFor();
    expect(await page.getByRole('button', { name: 'Sign in' }).isDisabled()).toBe(true);
    await visitor.isSound('sign-in-slowed');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await isIn(visitor);
    expect(visitor.complaints.filter((each) => !ANSWERED.test(each))).toEqual([]);
    await visitor.close();
  });

  test('another site’s address is not gone on to', async () => {
    const visitor = await web.visitor();
    await visitor.page.goto('/app/sign-in?next=//evil.test/');
    await visitor.page.getByRole('button', { name: 'Use a key instead' }).click();
    await visitor.isSound('sign-in-key');
    await visitor.close();
    const inside = await web.visitor();
    await inside.signIn((await web.tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'next', role: 'viewer' })).key);
    expect(new URL(inside.page.url()).host).toBe(new URL(web.tracker.running.url).host);
    await inside.close();
  });
});

describe('being sent away', () => {
  test('a session ended elsewhere asks to sign in, and leads back to where one was', async () => {
    const { email, invite } = await person('Jonas', 'manager');
    const away = await web.visitor();
    await away.page.goto(invite);
    await away.page.getByLabel(/^Password/).fill(PASSWORD);
    await away.page.getByRole('button', { name: 'Start' }).click();
    await isIn(away);
    await away.open('offers?sort=-name&filter=red');
    await away.page.getByText('Red shoes').waitFor();

    const here = await web.visitor();
    await here.page.goto('/app/settings?section=sessions');
    await signIn(here, email, PASSWORD);
    await here.page.getByText('Jonas (this one)').waitFor();
    await here.isSound('settings-sessions');
    await here.page.getByRole('button', { name: 'End' }).click();
    await here.page.getByText('Session ended').waitFor();
    expect(here.complaints).toEqual([]);

    await away.page.getByRole('link', { name: 'Offer sources' }).click();
    await away.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(away, email, PASSWORD);
    await away.page.getByRole('heading', { name: 'Offer sources' }).waitFor();
    expect(away.complaints.filter((each) => !ANSWERED.test(each))).toEqual([]);

    // Leaving by oneself.
    await here.page.getByRole('button', { name: /^Jonas/ }).click();
    await here.page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    await here.isSound('person-menu');
    await here.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await here.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await here.page.goto('/app/offers');
    await here.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await away.close();
    await here.close();
  });

  test('what is being written when the session ends is there after signing in again, and is saved', async () => {
    const { email, invite } = await person('Pia', 'manager');
    const pia = await web.visitor();
    const { page } = pia;
    await page.goto(invite);
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.getByRole('button', { name: 'Start' }).click();
    await isIn(pia);
    const endAll = async (): Promise<void> => {
      const { data } = await web.tracker.ok<{ data: { id: string; name: string }[] }>('GET', '/sessions');
      for (const { id } of data.filter(({ name }) => name === 'Pia')) await web.tracker.ok('DELETE', `/sessions/${id}`);
    };
    await pia.open('offers?open=new');
    await page.getByLabel('Name').fill('Half written');
    await page.getByLabel('Offer URL').fill('https://shop.example/?c={clickid}');
    await endAll();
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    await pia.isSound('session-ended-while-writing');
    await page.keyboard.press('Escape');
    await dialog.getByLabel('E-mail').fill(email);
    await dialog.getByLabel(/^Password/).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Name').inputValue()).toBe('Half written');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Half written' }).waitFor();

    // Who does not want it leaves it.
    await page.getByLabel('Name').fill('Left behind');
    await endAll();
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('button', { name: 'Leave it unsaved' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    expect(pia.complaints.filter((each) => !ANSWERED.test(each))).toEqual([]);
    await pia.close();
  });
});
