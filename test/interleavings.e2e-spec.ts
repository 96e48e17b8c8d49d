import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Conversion, Postback } from '../src/conversions/conversion.js';
import { cidToUuid, uuidTime } from '../src/lib/ids.js';
import { DrainService } from '../src/postbacks/drain.service.js';
import { decide, emptyState, fold, totals } from '../src/conversions/decide.js';
import { INSERT_INBOX } from '../src/postbacks/inbox.query.js';
import { parsePostback } from '../src/postbacks/parse-postback.js';
import { resolveStatus } from '../src/statuses/resolve-status.js';
import { RatesService } from '../src/rates/rates.service.js';
import { add } from '../src/lib/money.js';
import { insertClicks, makeId } from './support/clicks.js';
import { PLAIN_RULES } from './support/rules.js';
import { Tracker } from './support/tracker.js';
import { generator } from './support/random.js';

const ROUNDS = 200;
const SEED = Number(process.env.TEST_SEED ?? 20261123);

const WORDS = ['hold', 'sale', 'reject', 'refund', 'no-such-word', ''];

describe('two workers on one click', () => {
  let tracker: Tracker;
  let drains: DrainService[];
  beforeAll(async () => {
    // No worker of its own: the test drains, twice at a time.
    tracker = await Tracker.start('postgres', { ROLE: 'api' });
    const drain = tracker.running.app.get(DrainService);
    drains = [drain, drain];
  });
  afterAll(() => tracker.stop());

  it(`${ROUNDS} interleavings end in the plain fold (seed ${SEED})`, async () => {
    const random = generator(SEED);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    const cids = await insertClicks(tracker.db, ROUNDS);
    const rates = tracker.running.app.get(RatesService).table;
    let lateRounds = 0;

    for (const cid of cids) {
      const clickedAt = uuidTime(cidToUuid(cid) as string);
      const rows = Array.from({ length: 2 + Math.floor(random() * 8) }, () => {
        const parts = [
          `cid=${cid}`,
          `status=${pick(WORDS)}`,
          `payout=${pick(['', '1.10', '20', '3'])}`,
          `txid=${pick(['', '', 'A', 'B'])}`,
          `currency=${pick(['', 'EUR', 'USD'])}`,
          `event1=${pick(['', '5'])}`,
          `add_event2=${pick(['', '2'])}`,
        ];
        if (random() < 0.4) parts.push(`ts=${clickedAt + Math.floor(random() * 60_000)}`);
        return {
          id: makeId(),
          receivedAt: Date.now(),
          cid,
          tokenSourceId: null,
          tokenOfferId: null,
          method: 'GET',
          query: parts.join('&'),
          contentType: null,
          body: null,
          ip: null,
        };
      });
      // In two halves that arrive while both workers are at it.
      const half = Math.ceil(rows.length / 2);
      const store = (some: typeof rows): Promise<unknown> =>
        tracker.db.query({ name: INSERT_INBOX.name, text: INSERT_INBOX.text, values: INSERT_INBOX.values(some) });
      await store(rows.slice(0, half));
      const limits = [1 + Math.floor(random() * 3), 1 + Math.floor(random() * 3)];
      const late = random() < 0.5;
      const working = drains.map((drain, i) => drain.drain(limits[i]));
      if (late) await Promise.all([store(rows.slice(half)), ...working]);
      else await Promise.all([...working, store(rows.slice(half))]);
      await Promise.all(drains.map((drain, i) => drain.drain(limits[i])));

      const { rows: log } = await tracker.db.query<{ id: string; seq: number }>(
        'SELECT id, seq::int AS seq FROM postbacks WHERE cid = $1',
        [cid],
      );
      expect(log).toHaveLength(rows.length);
      const seqs = new Map(log.map((l) => [l.id, l.seq]));
      const postbacks: Postback[] = rows.map((row) => {
        const { values, warnings, identity } = parsePostback(row);
        return {
          id: row.id,
          seq: seqs.get(row.id) as number,
          receivedAt: row.receivedAt,
          values,
          meaning: values.status === null ? null : resolveStatus(values.status, []).meaning,
          warnings,
          hash: identity,
        };
      });
      const expected = fold(postbacks, { clickedAt }, PLAIN_RULES, rates).state.conversions;
      // In order of receipt the fold would often be another one: that is what makes the test worth its name.
      let naive = emptyState();
      for (const postback of postbacks) naive = decide(naive, postback, { clickedAt }, PLAIN_RULES, rates).state;
      if (JSON.stringify(naive.conversions.map(essence)) !== JSON.stringify(expected.map(essence))) lateRounds += 1;

      const { rows: stored } = await tracker.db.query(
        `SELECT key, txid, status, trim_scale(payout)::text AS payout, currency, trim_scale(payout_base)::text AS "payoutBase", trim_scale(payout_reversed_base)::text AS "payoutReversedBase", upsell, events FROM conversions WHERE cid = $1 ORDER BY key`,
        [cid],
      );
      expect(stored).toEqual(expected.map(essence).toSorted((a, b) => (a.key < b.key ? -1 : 1)));
    }

    expect(lateRounds).toBeGreaterThan(ROUNDS / 20);
    const { rows: counters } = await tracker.db.query(
      `SELECT axis, sum(conversions)::int AS n, trim_scale(sum(revenue))::text AS revenue, trim_scale(sum(revenue_reversed))::text AS reversed FROM counter_deltas GROUP BY axis ORDER BY axis`,
    );
    const { rows: all } = await tracker.db.query<Conversion>(
      `SELECT status, trim_scale(payout_base)::text AS "payoutBase", trim_scale(payout_reversed_base)::text AS "payoutReversedBase", upsell FROM conversions`,
    );
    const sum = (key: 'revenue' | 'revenueReversed'): string => all.map((c) => totals(c)[key]).reduce(add, '0');
    for (const axis of ['click', 'conversion'])
      expect(counters).toContainEqual({ axis, n: all.length, revenue: sum('revenue'), reversed: sum('revenueReversed') });
  });
});

function essence({
  key,
  txid,
  status,
  payout,
  currency,
  payoutBase,
  payoutReversedBase,
  upsell,
  events,
}: Conversion): Pick<
  Conversion,
  'key' | 'txid' | 'status' | 'payout' | 'currency' | 'payoutBase' | 'payoutReversedBase' | 'upsell' | 'events'
> {
  return { key, txid, status, payout, currency, payoutBase, payoutReversedBase, upsell, events };
}
