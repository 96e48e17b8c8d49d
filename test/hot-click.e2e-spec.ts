import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Conversion, Postback, Rules } from '../src/conversions/conversion.js';
import { fold } from '../src/conversions/decide.js';
import { HOT_AT, LONG_HISTORY } from '../src/conversions/hot-click.js';
import { cidToUuid, createIdMaker, uuidTime } from '../src/lib/ids.js';
import type { DuplicateMode } from '../src/offer-sources/vocabulary.js';
import { parsePostback } from '../src/postbacks/parse-postback.js';
import { RatesService } from '../src/rates/rates.service.js';
import { resolveStatus } from '../src/statuses/resolve-status.js';
import { generator } from './support/random.js';
import { PLAIN_RULES } from './support/rules.js';
import { Tracker } from './support/tracker.js';
import { until } from './support/until.js';

const SEED = Number(process.env.TEST_SEED ?? 20261127);
const CONVERSIONS = HOT_AT + 60;
const DAY_SECONDS = 86_400;
const FIELDS = [
  'key',
  'txid',
  'status',
  'rawStatus',
  'payout',
  'payoutBase',
  'payoutReversed',
  'upsell',
  'convertedAt',
  'params',
  'events',
] as const satisfies readonly (keyof Conversion)[];

/** A click id that stands in a network's panel in place of its macro gets all the network's conversions. */
describe('one click for all', () => {
  const random = generator(SEED);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const shuffled = <T>(values: readonly T[]): T[] =>
    values
      .map((value) => ({ value, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ value }) => value);

  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
  });
  afterAll(() => tracker.stop());

  async function makeOffer(source: { name: string; duplicateMode: DuplicateMode; retryWindowSeconds?: number }): Promise<{ key: string }> {
    const { id } = await tracker.ok<{ id: string }>('POST', '/offer-sources', { cidParameter: 'clickid', requireToken: false, ...source });
    return tracker.ok<{ key: string }>('POST', '/offers', { name: 'o', url: 'https://shop.example/', offerSourceId: id });
  }

  /** A sale each, and then all that can happen to them. */
  function makeSteps(txids: boolean): string[] {
    const start = Date.now() - 60_000;
    let at = start;
    const step = (said: string): string => `${said}&ts=${(at += 1 + below(40))}`;
    const id = (): string => (txids || below(3) > 0 ? `&txid=T${below(CONVERSIONS)}` : '');
    return [
      ...Array.from({ length: CONVERSIONS }, (_, i) => step(`payout=${1 + below(9)}&status=${pick(['sale', 'hold', `w${i}`])}&txid=T${i}`)),
      ...Array.from({ length: 120 }, () =>
        step(
          `payout=${pick(['', '5', '0', '2'])}&status=${pick(['sale', 'hold', 'reject', 'refund', 'unknown', ''])}${id()}&add_event1=${pick(['', '2'])}&param1=${pick(['', 'a'])}`,
        ),
      ),
    ];
  }

  const send = async (cid: string, steps: readonly string[]): Promise<void> => {
    for (let i = 0; i < steps.length; i += 20) {
      const answers = await Promise.all(steps.slice(i, i + 20).map((said) => tracker.postback(`cid=${cid}&${said}`)));
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    }
    await tracker.settled();
  };

  function expected(cid: string, steps: readonly string[], duplicateMode: DuplicateMode): Conversion[] {
    const rules: Rules = { ...PLAIN_RULES, duplicateMode, retryWindowSeconds: DAY_SECONDS };
    const now = Date.now();
    const postbacks = steps.map((said, seq): Postback => {
      const { values, warnings, identity } = parsePostback({ query: `cid=${cid}&${said}`, contentType: null, body: null });
      const meaning = values.status === null ? null : resolveStatus(values.status, []).meaning;
      return { id: `p${seq}`, seq, receivedAt: now, values, meaning, warnings, hash: identity };
    });
    const clickedAt = uuidTime(cidToUuid(cid) as string);
    return fold(postbacks, { clickedAt }, rules, tracker.running.app.get(RatesService).table).state.conversions;
  }

  /** The conversions of a click are the fold of what was sent, in the order of `ts`. */
  async function isFold(cid: string, steps: readonly string[], duplicateMode: DuplicateMode): Promise<Conversion[]> {
    const stored = await tracker.db.query<Conversion>(
      `SELECT key, txid, status, raw_status AS "rawStatus", trim_scale(payout)::text AS payout, trim_scale(payout_base)::text AS "payoutBase", trim_scale(payout_reversed)::text AS "payoutReversed",
         upsell, (extract(epoch FROM converted_at) * 1000)::bigint AS "convertedAt", params, events FROM conversions WHERE click_id = $1`,
      [cidToUuid(cid)],
    );
    const shown = (conversions: readonly Conversion[]): unknown[] =>
      conversions
        .map((c) => Object.fromEntries(FIELDS.map((field) => [field, c[field]])))
        .toSorted((a, b) => ((a.key as string) < (b.key as string) ? -1 : 1));
    expect(shown(stored.rows)).toEqual(shown(expected(cid, steps, duplicateMode)));
    return stored.rows;
  }

  it.each([
    ['update', true],
    ['update', false],
    ['ignore', false],
    ['sum', false],
    ['by_status', true],
    ['by_status', false],
  ] as const)('%s, %s: what is read of it in part comes to the fold of all (seed %#)', async (duplicateMode, txids) => {
    const offer = await makeOffer({ name: `${duplicateMode} ${txids}`, duplicateMode, retryWindowSeconds: DAY_SECONDS });
    const cid = await tracker.click(offer);
    const steps = makeSteps(txids);
    const [first, rest] = [steps.slice(0, HOT_AT + 10), steps.slice(HOT_AT + 10)];
    await send(cid, first);
    const { rows } = await tracker.db.query('SELECT conversions, general_at AS general FROM hot_clicks WHERE click_id = $1', [
      cidToUuid(cid),
    ]);
    expect(rows).toEqual([{ conversions: HOT_AT + 10, general: null }]);
    await send(cid, shuffled(rest));

    const stored = await isFold(cid, steps, duplicateMode);
    const kept = await tracker.db.query(
      `SELECT h.conversions, h.with_txid AS "withTxid", (SELECT count(*)::int FROM hot_conversions k JOIN conversions c ON c.click_id = k.click_id AND c.key = k.key AND c.status = k.status
         AND (c.txid IS NOT NULL) = k.has_txid AND c.last_seq = k.last_seq WHERE k.click_id = h.click_id) AS same FROM hot_clicks h WHERE click_id = $1`,
      [cidToUuid(cid)],
    );
    expect(kept.rows).toEqual([
      {
        conversions: stored.length,
        withTxid: stored.filter((c) => c.txid !== null).length,
        same: stored.length,
      },
    ]);
  });

  it('with few conversions and very many postbacks: what comes late waits for others of its kind and comes to the fold of all', async () => {
    const offer = await tracker.ok<{ key: string }>('POST', '/offers', {
      name: 'o',
      url: 'https://shop.example/?clickid={clickid}',
    });
    const cid = await tracker.click(offer);
    const start = Date.now() - 60_000;
    const steps = Array.from(
      { length: LONG_HISTORY + 160 },
      (_, i) => `payout=${1 + below(9)}&status=${pick(['sale', 'hold', 'reject', 'sale'])}&txid=${pick(['A', 'B'])}&ts=${start + i * 20}`,
    );
    await send(cid, steps.slice(0, LONG_HISTORY));
    await send(cid, shuffled(steps.slice(LONG_HISTORY)));
    await isFold(cid, steps, 'update');
    const { rows } = await tracker.db.query(
      `SELECT count(*)::int AS n FROM (SELECT decided_at - received_at AS took FROM postbacks WHERE cid = $1 ORDER BY seq DESC LIMIT 160) AS p WHERE took > interval '0.9 seconds'`,
      [cid],
    );
    expect(rows[0].n).toBeGreaterThan(0);
  });

  it('sales and reversals without a txid are decided in the order of their receipt, whatever order they are stored in', async () => {
    const offer = await makeOffer({ name: 'turns', duplicateMode: 'new' });
    const cid = await tracker.click(offer);
    await send(
      cid,
      Array.from({ length: HOT_AT + 10 }, (_, i) => `payout=1&status=sale&param1=${i}`),
    );
    const other = await tracker.click(offer);
    // All of one second, the coming one: what is stored first came last.
    const second = Math.ceil(Date.now() / 1_000) * 1_000;
    const ids = createIdMaker(() => second, randomBytes);
    const came = Array.from({ length: 40 }, (_, i) => ({ id: ids(), at: new Date(second + i * 5).toISOString(), i }));
    const store = async (some: typeof came): Promise<void> => {
      await tracker.db.query(
        `INSERT INTO inbox (id, received_at, cid, method, query) SELECT id, at, $1, 'GET', query FROM unnest($2::uuid[], $3::timestamptz[], $4::text[]) AS u(id, at, query)`,
        [
          cid,
          some.map(({ id }) => id),
          some.map(({ at }) => at),
          some.map(({ i }) => `cid=${cid}&payout=1&status=${i % 3 === 2 ? 'refund' : 'sale'}&param1=late${i}`),
        ],
      );
      // One to another click wakes the worker.
      await tracker.postback(`cid=${other}&status=sale`);
      const passed = `SELECT (SELECT count(*) FROM inbox WHERE id = ANY($1::uuid[]) AND attempts > 0) + (SELECT count(*) FROM postbacks WHERE id = ANY($1::uuid[])) AS n`;
      await until(async () => Number((await tracker.db.query(passed, [some.map(({ id }) => id)])).rows[0].n) === some.length);
    };
    await store(came.slice(20));
    await store(came.slice(0, 20));
    await tracker.settled();
    const { rows } = await tracker.db.query<{ id: string }>(
      'SELECT id FROM postbacks WHERE id = ANY($1::uuid[]) ORDER BY decided_at, received_at',
      [came.map(({ id }) => id)],
    );
    expect(rows.map(({ id }) => id)).toEqual(came.map(({ id }) => id));
  });
});
