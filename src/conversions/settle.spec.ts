import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PLAIN_RULES } from '../../test/support/rules.js';
import { runs } from '../../test/support/runs.js';
import type { ClickState, HistoryEntry, Postback, Rules } from './conversion.js';
import { DUPLICATE_MODES, TRANSITION_POLICIES, type StatusMeaning } from '../offer-sources/vocabulary.js';
import { STATUS_MEANINGS } from '../offer-sources/source-rules.js';
import type { Rates } from '../rates/rate-table.js';
import { emptyState, fold, isRetryGuarded, RETRY_GUARDING } from './decide.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import { resolveStatus } from '../statuses/resolve-status.js';
import { lateOf, settle, type Past } from './settle.js';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 0, 10, 12);
const CLICK = { clickedAt: NOON };
const RATES: Rates = {
  find(currency, day) {
    if (currency === 'ZZZ') return null;
    return { rate: currency === 'USD' ? '1' : '1.1', date: day, source: 'ecb' };
  },
};
const RUNS = { seed: 20261124, numRuns: runs(2_000) };

const rulesArb: fc.Arbitrary<Rules> = fc.record({
  duplicateMode: fc.constantFrom(...DUPLICATE_MODES),
  transitionPolicy: fc.constantFrom(...TRANSITION_POLICIES),
  amountSign: fc.constantFrom('absolute', 'signed'),
  retryWindowSeconds: fc.constantFrom(0, 300, 3_600),
  clickExpiryDays: fc.constant(null),
  eventMakesConversion: fc.boolean(),
  defaultStatus: fc.constantFrom<StatusMeaning>('approved', 'approved', 'pending', 'ignored'),
  defaultCurrency: fc.constantFrom(null, 'EUR'),
  baseCurrency: fc.constant('USD'),
  payoutMode: fc.constantFrom('auto', 'auto', 'fixed'),
  offerPayout: fc.constantFrom(null, '7.77'),
  offerCurrency: fc.constantFrom(null, 'EUR'),
});

const WORDS = ['hold', 'sale', 'reject', 'refund', 'no-such-word', 'ping'];
const said = (name: string, ...values: string[]): fc.Arbitrary<string> => fc.constantFrom('', ...values.map((value) => `${name}=${value}`));
const queryArb = fc
  .tuple(
    said('status', 'sale', ...WORDS),
    said('payout', '10', '10', '3.3', '0', '-4'),
    said('currency', 'EUR', 'USD', 'ZZZ'),
    fc.oneof(fc.constant(''), said('txid', 'A', 'B')),
    fc.oneof(fc.constant(''), said('event1', '5')),
    fc.oneof(fc.constant(''), said('add_event1', '2')),
    fc.oneof(fc.constant(''), said('param1', 'a', 'b')),
  )
  .map((parts) => parts.filter((part) => part !== '').join('&'));

/** Postbacks of one click in order of receipt, drawn from a few, since networks repeat themselves; `turn` is the batch that each is worked in, `again` a later one in which it is replayed. */
interface Arrival {
  postback: Postback;
  turn: number;
  again: number | null;
}
/** At a click without a source each postback follows the rules of its token's source. */
const tokensArb: fc.Arbitrary<(Rules | null)[]> = fc.oneof(
  fc.constant<(Rules | null)[]>([null]),
  fc.array(rulesArb, { minLength: 1, maxLength: 2 }).map((all) => [null, ...all]),
);
const arrivalsArb: fc.Arbitrary<Arrival[]> = fc
  .tuple(fc.array(queryArb, { minLength: 1, maxLength: 5 }), tokensArb)
  .chain(([queries, tokens]) =>
    fc
      .array(
        fc.record({
          query: fc.constantFrom(...queries),
          token: fc.nat(tokens.length - 1),
          minute: fc.integer({ min: 0, max: 20 }),
          ts: fc.option(fc.integer({ min: -6, max: 20 }), { nil: null }),
          turn: fc.nat(5),
          again: fc.option(fc.nat(6), { nil: null, freq: 2 }),
        }),
        { minLength: 1, maxLength: 10 },
      )
      .map((all) =>
        all.map(({ query, token, minute, ts, turn, again }, seq) => {
          const { values, warnings, identity } = parsePostback({
            query: `cid=c&${query}${ts === null ? '' : `&ts=${NOON + ts * MINUTE}`}`,
            contentType: null,
            body: null,
          });
          const meaning = values.status === null ? null : resolveStatus(values.status, []).meaning;
          const rules = tokens[token] ?? undefined;
          return {
            postback: {
              id: `p${seq}`,
              seq,
              receivedAt: NOON + minute * MINUTE,
              values,
              meaning,
              warnings,
              hash: `${token} ${identity}`,
              rules,
            },
            turn,
            again: again !== null && again > turn ? again : null,
          };
        }),
      ),
  );

/** A click as the database keeps it: rows without order, and no memory of recent requests but the history. */
interface Kept {
  state: ClickState;
  history: ReadonlyMap<string, Past>;
}
const NOTHING: Kept = { state: emptyState(), history: new Map() };

/** What the ledger does with a batch. */
function work({ state, history }: Kept, arrived: readonly Postback[], rules: Rules, refold = false): Kept {
  const past = [...history.values()].map(({ postback, entry }) => ({ postback: frozen(postback, entry), entry })).toReversed();
  const recent = past
    .filter(({ entry }) => RETRY_GUARDING.includes(entry.result))
    .map(({ postback: { hash, receivedAt }, entry: { key } }) => ({ hash, receivedAt, key }));
  const settled =
    refold || lateOf(state, arrived, CLICK).length > 0
      ? settle(
          state,
          arrived.map((postback) => frozen(postback, history.get(postback.id)?.entry)),
          past,
          CLICK,
          rules,
          RATES,
        )
      : settle(
          { ...state, recent: arrived.some((postback) => isRetryGuarded(postback, rules)) ? recent : [] },
          arrived,
          null,
          CLICK,
          rules,
          RATES,
        );
  expect(settled.entries.map((entry) => entry.postbackId).toSorted()).toEqual(arrived.map(({ id }) => id).toSorted());

  const after = new Map(history);
  const postbacks = new Map([...[...history.values()].map((p) => p.postback), ...arrived].map((postback) => [postback.id, postback]));
  for (const entry of [...settled.entries, ...settled.changed])
    after.set(entry.postbackId, { postback: postbacks.get(entry.postbackId) as Postback, entry: asRow(entry) });
  return { state: { ...settled.state, conversions: settled.state.conversions.toReversed(), recent: [] }, history: after };
}

/** The history has columns for a rate's three fields. */
function asRow(entry: HistoryEntry): HistoryEntry {
  return { ...entry, rate: entry.rate && { rate: entry.rate.rate, date: entry.rate.date, source: entry.rate.source } };
}

function frozen(postback: Postback, entry: HistoryEntry | undefined): Postback {
  return { ...postback, frozenRate: entry?.rate ? { ...entry.rate, currency: entry.currency ?? undefined } : null };
}

function workAll(arrivals: readonly Arrival[], rules: Rules): Kept {
  let kept = NOTHING;
  for (const n of [0, 1, 2, 3, 4, 5, 6]) {
    const batch = arrivals.filter(({ turn, again }) => turn === n || again === n);
    if (batch.length > 0)
      kept = work(
        kept,
        batch.map((a) => a.postback),
        rules,
        batch.some((a) => a.again === n),
      );
  }
  return kept;
}

const rowsOf = ({ conversions, waiting }: ClickState): unknown => ({
  conversions: conversions.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  waiting,
});
/** A repetition leaves no trace in the state, so one that arrives before it later leaves what it says of the status as it is. */
const told = (entries: readonly HistoryEntry[]): Map<string, unknown> =>
  new Map(entries.map((entry) => [entry.postbackId, entry.result.startsWith('duplicate') ? entry.result : entry]));
const entriesOf = ({ history }: Kept): HistoryEntry[] => [...history.values()].map((past) => past.entry);

/** The history as it reads once a map says something else of a word. */
function remapped(kept: Kept, word: string, meaning: StatusMeaning): Kept {
  const history = [...kept.history].map(([id, { postback, entry }]): [string, Past] => [
    id,
    { postback: postback.values.status === word ? { ...postback, meaning } : postback, entry },
  ]);
  return { ...kept, history: new Map(history) };
}

describe('settling a click', () => {
  it('in any batches, worked in any order and some of them replayed, comes to the fold of all', () => {
    fc.assert(
      fc.property(arrivalsArb, rulesArb, (arrivals, rules) => {
        const kept = workAll(arrivals, rules);
        const whole = fold(
          arrivals.map((a) => a.postback),
          CLICK,
          rules,
          RATES,
        );
        expect(rowsOf(kept.state)).toEqual(rowsOf(whole.state));
        expect(told(entriesOf(kept))).toEqual(told(whole.entries));
      }),
      RUNS,
    );
  });

  it('replaying any of it changes nothing', () => {
    fc.assert(
      fc.property(arrivalsArb, rulesArb, (arrivals, rules) => {
        const kept = workAll(arrivals, rules);
        const after = work(
          kept,
          arrivals.filter((a) => a.again !== null).map((a) => a.postback),
          rules,
          true,
        );
        expect(rowsOf(after.state)).toEqual(rowsOf(kept.state));
        expect(told(entriesOf(after))).toEqual(told(entriesOf(kept)));
      }),
      RUNS,
    );
  });

  it('an admin’s entry stays with its conversion when other rules give that one another key, and when they give it back', () => {
    const at = (seq: number, query: string): Postback => {
      const { values, warnings, identity } = parsePostback({ query: `cid=c&${query}`, contentType: null, body: null });
      const meaning = values.status === null ? null : resolveStatus(values.status, []).meaning;
      return { id: `m${seq}`, seq, receivedAt: NOON + seq * MINUTE, values, warnings, meaning, hash: identity };
    };
    const requests = [at(1, 'status=hold&payout=1'), at(2, 'status=sale&payout=2'), at(3, 'status=reg&payout=3')];
    for (const [first, other] of [
      ['new', 'by_status'],
      ['by_status', 'new'],
    ] as const) {
      const rules: Rules = { ...PLAIN_RULES, duplicateMode: first };
      const standing = workAll(
        requests.map((postback, turn) => ({ postback, turn, again: null })),
        rules,
      );
      const sale = standing.state.conversions.find((c) => c.payout === '2');
      const entry: Postback = {
        ...at(4, ''),
        manual: { key: sale?.key as string, status: 'rejected', payout: null, note: 'fraud' },
      };
      let kept = work(standing, [entry], rules, false);
      for (const duplicateMode of [other, first, other]) {
        kept = work(kept, [], { ...rules, duplicateMode }, true);
        expect(kept.state.conversions.map(({ payout, status }) => [payout, status]).toSorted()).toEqual([
          ['1', 'pending'],
          ['2', 'rejected'],
          ['3', 'pending'],
        ]);
      }
    }
  });

  it('a word mapped to something else is decided as if it had always meant that, and mapped back as if nothing had happened', () => {
    fc.assert(
      fc.property(
        arrivalsArb,
        rulesArb,
        fc.constantFrom(...WORDS),
        fc.constantFrom(...STATUS_MEANINGS),
        (arrivals, rules, word, meaning) => {
          const kept = workAll(arrivals, rules);
          const moved = work(remapped(kept, word, meaning), [], rules, true);
          const whole = fold(
            [...moved.history.values()].map((past) => past.postback),
            CLICK,
            rules,
            RATES,
          );
          expect(rowsOf(moved.state)).toEqual(rowsOf(whole.state));
          expect(told(entriesOf(moved))).toEqual(told(whole.entries));
          const back = work(remapped(moved, word, resolveStatus(word, []).meaning), [], rules, true);
          expect(rowsOf(back.state)).toEqual(rowsOf(kept.state));
          expect(told(entriesOf(back))).toEqual(told(entriesOf(kept)));
        },
      ),
      RUNS,
    );
  });
});
