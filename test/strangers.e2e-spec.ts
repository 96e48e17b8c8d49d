import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClickIdsService } from '../src/clicks/click-ids.service.js';
import { makeId } from './support/clicks.js';
import { Tracker } from './support/tracker.js';
import { uuidAt, uuidToCid } from '../src/lib/ids.js';

const LONG = 'x'.repeat(240);
/** Of one address; what a row costs beside its URL is counted as 300 bytes. */
const BYTES_A_DAY = 8 * 1024 * 1024;

describe('what strangers can make us keep', () => {
  let tracker: Tracker;
  let offer: { key: string; postbackUrl: string };
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    offer = await tracker.ok('POST', '/offers', { name: 'o', url: 'https://shop.example/?clickid={clickid}' });
  });
  afterAll(() => tracker.stop());

  it('our click ids are known without a look-up, others are not', async () => {
    const ids = tracker.running.app.get(ClickIdsService);
    expect(ids.isMadeUp(await tracker.click(offer))).toBe(false);
    expect(ids.isMadeUp(uuidToCid(makeId()))).toBe(true);
    expect(ids.isMadeUp('no-such-click')).toBe(true);
    expect(ids.isMadeUp(uuidToCid(uuidAt(Date.now() - 3 * 86_400_000, 'max')))).toBe(false);
  });

  it('postbacks with made-up ids are kept up to a budget, and real ones do not notice', async () => {
    const base = new URL(offer.postbackUrl).pathname;
    const url = (cid: string): string => `${base}?cid=${cid}&payout=1&${Array.from({ length: 30 }, (_, n) => `u${n}=${LONG}`).join('&')}`;
    const most = Math.ceil(BYTES_A_DAY / (url('made-up-000000').length + 300));
    const statuses: number[] = [];
    for (let sent = 0; sent < most + 60; sent += 20) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => tracker.get(url(`made-up-${String(sent + n).padStart(6, '0')}`))),
      );
      statuses.push(...answers.map((answer) => answer.status));
    }
    expect(statuses.slice(0, most - 40).every((status) => status === 200)).toBe(true);
    expect(statuses.slice(-20).every((status) => status === 400)).toBe(true);
    const real = await tracker.click(offer);
    const answer = await tracker.get(`${base}?cid=${real}&payout=3`);
    expect(answer.status).toBe(200);
    await tracker.settled(30_000);
    expect(await tracker.conversions(real)).toMatchObject([{ payout: '3' }]);
    const { data } = await tracker.ok<{ data: { kind: string }[] }>('GET', '/attention');
    expect(data.map(({ kind }) => kind)).toContain('strangers');
  });

  it('new user agents are kept up to a budget; the clicks are all there', async () => {
    const visit = (n: number): Promise<Response> =>
      tracker.get(`/c/${offer.key}`, {
        headers: { 'user-agent': `Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 ${n} ${'y'.repeat(900)}` },
      });
    for (let sent = 0; sent < 400; sent += 20) await Promise.all(Array.from({ length: 20 }, (_, n) => visit(sent + n)));
    const { rows } = await tracker.db.query<{ clicks: number; agents: number; bytes: number }>(
      `SELECT (SELECT count(*)::int FROM clicks) AS clicks, count(*)::int AS agents, sum(length(user_agent))::int AS bytes FROM user_agents`,
    );
    expect(rows[0]?.clicks).toBeGreaterThanOrEqual(402);
    expect(rows[0]?.bytes).toBeLessThan(270_000);
    expect(rows[0]?.agents).toBeGreaterThan(150);
  });
});
