import { type ClickState, NO_VALUES, type PostbackValues, type Rules } from '../../../src/conversions/conversion';
import { decide, emptyState } from '../../../src/conversions/decide';
import type { Result } from '../../../src/conversions/results';
import type { StatusMeaning } from '../../../src/offer-sources/vocabulary';

/** What a rule does to requests, decided by the program's own code, so that the example never tells another story than the program. */

/** A request of an example; `meaning` null: without a status. */
export interface Said {
  meaning: StatusMeaning | null;
  values?: Partial<PostbackValues>;
  /** Days after the click; else moments. */
  days?: number;
}

export interface Outcome {
  /** Of the last request. */
  result: Result;
  conversions: { status: string; payout: string | null; payoutReversed: string }[];
}

const CLICKED = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const RATES = { find: (currency: string, day: string) => ({ rate: '1', date: day, source: currency }) };

export function tryOut(rules: Rules, requests: readonly Said[]): Outcome {
  let state: ClickState = emptyState();
  let result: Result = 'accepted';
  requests.forEach(({ meaning, values = {}, days = 0 }, i) => {
    const postback = {
      id: `example-${i}`,
      seq: i + 1,
      receivedAt: CLICKED + days * DAY_MS + (i + 1) * 1_000,
      values: { ...NO_VALUES, cid: 'example', status: meaning, ...values },
      meaning,
      warnings: [],
      // Identical requests have one hash.
      hash: JSON.stringify([meaning, values]),
    };
    const verdict = decide(state, postback, { clickedAt: CLICKED }, rules, RATES);
    state = verdict.state;
    result = verdict.entry.result;
  });
  return {
    result,
    conversions: state.conversions.map(({ status, payout, payoutReversed }) => ({ status, payout, payoutReversed })),
  };
}
