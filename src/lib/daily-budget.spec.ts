import { describe, expect, it } from '@jest/globals';
import { DailyBudget } from './daily-budget.js';

const NOON = Date.UTC(2026, 10, 27, 12);

describe('DailyBudget', () => {
  it('is bounded for each spender, in all, and begins anew the next day', () => {
    const budget = new DailyBudget(100, 60, 10);
    expect([budget.take('a', 50, NOON), budget.take('a', 20, NOON), budget.take('a', 10, NOON)]).toEqual([true, false, true]);
    expect([budget.take('b', 40, NOON), budget.take('c', 1, NOON)]).toEqual([true, false]);
    expect(budget.used).toBe(100);
    expect(budget.take('a', 60, NOON + 86_400_000)).toBe(true);
  });

  it('lets spenders beyond those it can tell apart share one budget', () => {
    const budget = new DailyBudget(1_000, 10, 2);
    expect(['a', 'b', 'c', 'd'].map((spender) => budget.take(spender, 6, NOON))).toEqual([true, true, true, false]);
  });
});
