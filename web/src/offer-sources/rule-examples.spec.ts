import { describe, expect, test } from '@jest/globals';
import type { Rules } from '../../../src/conversions/conversion';
import { PLAIN_RULES } from '../../../test/support/rules';
import { tryOut } from './rule-examples';

const rules: Rules = { ...PLAIN_RULES, defaultCurrency: 'USD' };
const sale = (payout: string) => ({ meaning: 'approved' as const, values: { payout } });

describe('two sales without txid', () => {
  test.each([
    ['update', ['12']],
    ['ignore', ['10']],
    ['new', ['10', '12']],
    ['sum', ['22']],
  ] as const)('%s', (duplicateMode, payouts) => {
    const { conversions } = tryOut({ ...rules, duplicateMode }, [sale('10'), sale('12')]);
    expect(conversions.map(({ payout }) => payout)).toEqual(payouts);
  });
});

test('a sale, then hold', () => {
  const requests = [sale('10'), { meaning: 'pending' as const }];
  expect(tryOut(rules, requests)).toMatchObject({ result: 'stale_status', conversions: [{ status: 'approved' }] });
  expect(tryOut({ ...rules, transitionPolicy: 'latest' }, requests)).toMatchObject({ conversions: [{ status: 'pending' }] });
});

test('a click past its days', () => {
  expect(tryOut({ ...rules, clickExpiryDays: 30 }, [{ ...sale('10'), days: 31 }])).toEqual({ result: 'click_expired', conversions: [] });
});

test('a retry', () => {
  const requests = [sale('10'), sale('10')];
  expect(tryOut({ ...rules, duplicateMode: 'sum' }, requests).conversions).toMatchObject([{ payout: '10' }]);
  expect(tryOut({ ...rules, duplicateMode: 'sum', retryWindowSeconds: 0 }, requests).conversions).toMatchObject([{ payout: '20' }]);
});
