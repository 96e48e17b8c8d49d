import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ADMIN_KEY } from '../support/tracker.js';
import { type Visitor, WebTest } from './browser.js';

/** “My conversion is missing”: found, understood and mended in three steps or fewer, for every reason there is. */
let web: WebTest;
let visitor: Visitor;
beforeAll(async () => {
  web = await WebTest.start();
  visitor = await web.signedIn();
});
afterAll(() => web.stop());

interface Made {
  sourceId: string;
  offerId: string;
  cid: string;
  /** Of the offer's postback URL. */
  path: string;
  url: string;
}

/** A source with an offer and a click, and what the network then sends. */
async function make(name: string, rules: object = {}): Promise<Made> {
  const { tracker } = web;
  const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', {
    name,
    cidParameter: 'c',
    linkBuilder: { cid: '{sub1}', payout: '{sum}', status: '{status}', currency: '{currency}' },
    ...rules,
  });
  const offer = await tracker.ok<{ id: string; key: string; postbackUrl: string }>('POST', '/offers', {
    name: `${name} offer`,
    url: 'https://shop.example/',
    offerSourceId: source.id,
  });
  const cid = await tracker.click(offer, 'c');
  return { sourceId: source.id, offerId: offer.id, cid, path: new URL(offer.postbackUrl).pathname, url: offer.postbackUrl };
}
const send = (made: Made, query: string, path = made.path): Promise<Response> => web.tracker.get(`${path}?${query}`);
const conversions = (made: Made): Promise<Record<string, unknown>[]> => web.tracker.conversions(made.cid);

interface Case {
  name: string;
  rules?: object;
  /** What the network does. */
  sends: (made: Made) => Promise<unknown>;
  /** Where one begins: with the click id at hand, or with the log. */
  from: 'click' | 'log';
  /** What the page says of it. */
  says: RegExp;
  /** The cure: at most two steps after the one that finds the request. */
  cure: (page: Page, made: Made, step: () => void) => Promise<unknown>;
  /** That it holds. */
  holds: (made: Made) => Promise<void>;
}

const press = (label: string | RegExp) => async (page: Page, _made: Made, step: () => void) => {
  step();
  await page.getByRole('button', { name: label }).first().click();
};
const copies: Pick<Case, 'cure' | 'holds'> = {
  cure: press(/^Copy the right URL of/),
  holds: async ({ url }) => expect(await visitor.clipboard()).toBe(url),
};
const eventually = async (check: () => Promise<boolean>): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error('it never held');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
const counted =
  (count: number, like: object = {}) =>
  async (made: Made): Promise<void> => {
    await eventually(async () => (await conversions(made)).length === count);
    expect(await conversions(made)).toContainEqual(expect.objectContaining({ cid: made.cid, ...like }));
  };

const CASES: Case[] = [
  {
    name: 'wrong token',
    sends: (made) => send(made, `cid=${made.cid}&payout=5`, '/postback/AAAAAAAAAAAAAAAAAAAAAAAA'),
    from: 'click',
    says: /the token in the URL.* names no source and no offer/,
    ...copies,
  },
  {
    name: 'unresolved macro',
    sends: (made) => send(made, 'cid={sub1}&payout={sum}'),
    from: 'log',
    says: /left “{sub1}” in place of the click id/,
    cure: press(/^Copy the right URL of/),
    holds: async ({ sourceId }) => {
      const { postbackUrl } = await web.tracker.ok<{ postbackUrl: string }>('GET', `/offer-sources/${sourceId}`);
      expect(await visitor.clipboard()).toBe(postbackUrl);
    },
  },
  {
    name: 'unknown word',
    sends: (made) => send(made, `cid=${made.cid}&payout=5&status=Qualified`),
    from: 'click',
    says: /“Qualified” has no meaning yet/,
    cure: async (page, _made, step) => {
      step();
      await page.getByRole('link', { name: 'Map “Qualified”' }).first().click();
      step();
      await page.getByRole('combobox', { name: 'It means' }).click();
      await page.getByRole('option', { name: /^Approved/ }).click();
      await page.getByRole('button', { name: 'Give it this meaning' }).click();
    },
    holds: (made) => eventually(async () => (await conversions(made))[0]?.status === 'approved'),
  },
  {
    name: 'no click',
    sends: (made) => send(made, 'cid=FOREIGN-77&payout=5'),
    from: 'log',
    says: /FOREIGN-77/,
    cure: async (page, _made, step) => {
      step();
      await page.getByRole('link', { name: 'Import the click' }).click();
      await page.getByRole('heading', { name: 'Imports' }).waitFor();
    },
    holds: async ({ offerId }) => {
      const answer = await web.tracker.get('/api/v1/clicks/import?commit=true', {
        method: 'POST',
        body: `offer,cid,createdAt\n${offerId},FOREIGN-77,${new Date().toISOString()}\n`,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
      });
      expect(answer.status).toBeLessThan(300);
      await eventually(async () => (await web.tracker.conversions('FOREIGN-77')).length === 1);
    },
  },
  {
    name: 'duplicate',
    rules: { duplicateMode: 'ignore' },
    sends: async (made) => {
      await send(made, `cid=${made.cid}&payout=5`);
      await web.tracker.settled();
      await send(made, `cid=${made.cid}&payout=6`);
    },
    from: 'click',
    says: /counts one conversion a click/,
    cure: press('Count it as another conversion'),
    holds: counted(2, { payout: '6' }),
  },
  {
    name: 'stale status',
    sends: async (made) => {
      await send(made, `cid=${made.cid}&payout=5&status=approved`);
      await web.tracker.settled();
      await send(made, `cid=${made.cid}&status=pending`);
    },
    from: 'click',
    says: /was approved already/,
    cure: press('Let the network’s last word count'),
    holds: (made) => eventually(async () => (await conversions(made))[0]?.status === 'pending'),
  },
  {
    name: 'missing rate',
    sends: (made) => send(made, `cid=${made.cid}&payout=5&currency=USDT`),
    from: 'click',
    says: /there is no rate of USDT/,
    cure: async (page, _made, step) => {
      step();
      await page.getByRole('button', { name: 'Enter the rate of USDT' }).first().click();
      step();
      await page.getByLabel(/^One USDT on/).fill('0,5');
      await page.getByRole('button', { name: 'Set the rate' }).click();
    },
    holds: (made) => eventually(async () => (await conversions(made))[0]?.payoutBase === '2.5'),
  },
  {
    name: 'disabled source',
    rules: { enabled: false },
    sends: (made) => send(made, `cid=${made.cid}&payout=5`),
    from: 'click',
    says: /is disabled: enable it/,
    cure: press('Switch the source on and count it'),
    holds: counted(1),
  },
  {
    name: 'ip denied',
    rules: { allowedIps: ['203.0.113.0/24'] },
    sends: (made) => send(made, `cid=${made.cid}&payout=5`),
    from: 'click',
    says: /takes postbacks from 203\.0\.113\.0\/24 only/,
    cure: press(/^Allow .* and count it$/),
    holds: counted(1),
  },
  {
    name: 'token required',
    sends: (made) => send(made, `cid=${made.cid}&payout=5`, '/postback'),
    from: 'click',
    says: /came without a token/,
    cure: press('Count those without a token, too'),
    holds: counted(1),
  },
];

describe('from “my conversion is missing” to its cure', () => {
  test.each(CASES)('$name', async ({ name, rules, sends, from, says, cure, holds }) => {
    const { page } = visitor;
    const made = await make(name, rules);
    const trace = from === 'click' ? made.cid : name === 'no click' ? 'FOREIGN-77' : 'sub1';
    await sends(made);
    await web.tracker.settled();
    // Refusals are logged a moment after they are answered.
    await eventually(async () =>
      (await web.tracker.ok<{ data: { query: string }[] }>('GET', '/postbacks')).data.some(({ query }) => query.includes(trace)),
    );
    let steps = 0;
    const step = (): void => void steps++;
    if (from === 'click') {
      await page.goto('/app/overview');
      step();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Search or go to' }).fill(made.cid);
      await page.getByRole('option', { name: made.cid }).waitFor();
      await page.keyboard.press('Enter');
    } else {
      await page.goto('/app/postbacks');
      step();
      await page.getByRole('row').filter({ hasText: trace }).first().click();
    }
    await page.getByText(says).first().waitFor();
    await visitor.isSound(`missing-${name.replaceAll(' ', '-')}`);
    await cure(page, made, step);
    await holds(made);
    expect(steps).toBeLessThanOrEqual(3);
  });

  test('one click id for all sales', async () => {
    const { page } = visitor;
    const made = await make('literal click id');
    const lines = Array.from({ length: 1_001 }, (_, i) => `${made.cid},L${i},1,approved`);
    const answer = await web.tracker.get('/api/v1/conversions/import?commit=true', {
      method: 'POST',
      body: ['cid,txid,payout,status', ...lines].join('\n'),
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    expect(answer.status).toBeLessThan(300);
    // Attention is at most two seconds old.
    await eventually(async () =>
      (await web.tracker.ok<{ data: { kind: string }[] }>('GET', '/attention')).data.some(({ kind }) => kind === 'one_click_for_all'),
    );
    await page.goto('/app/overview');
    await page.locator('a[href*="/clicks/"]').first().click();
    await page.getByText('More than 1,000 conversions came for this one click').waitFor();
    await visitor.isSound('missing-one-click-for-all');
    await page
      .getByRole('button', { name: /^Copy the right URL of/ })
      .first()
      .click();
    expect(await visitor.clipboard()).toBe(made.url);
  });

  test('a rule that was changed is put back', async () => {
    const { page } = visitor;
    const made = await make('undone', { enabled: false });
    await send(made, `cid=${made.cid}&payout=5`);
    await web.tracker.settled();
    await page.goto(`/app/clicks/${made.cid}`);
    await page.getByRole('button', { name: 'Switch the source on and count it' }).click();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await eventually(async () => (await web.tracker.ok<{ enabled: boolean }>('GET', `/offer-sources/${made.sourceId}`)).enabled === false);
  });

  test('a viewer is told the reason and offered nothing that would be refused', async () => {
    const made = await make('looked at', { enabled: false });
    await send(made, `cid=${made.cid}&payout=5`);
    await web.tracker.settled();
    const { key } = await web.tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'looks', role: 'viewer' });
    const viewer = await web.signedIn({ key, scheme: 'dark' });
    await viewer.page.goto(`/app/clicks/${made.cid}`);
    await viewer.page.getByText(/is disabled: enable it/).waitFor();
    expect(await viewer.page.getByRole('button', { name: /Switch the source on|Replay/ }).count()).toBe(0);
    await viewer.isSound('missing-viewer');
    expect(viewer.complaints).toEqual([]);
    await viewer.close();
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints).toEqual([]);
  });
});
