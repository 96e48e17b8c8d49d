/** Counters are kept by quarter-hour, hour and UTC day, and by hour without offers; a report reads the fewest rows that give its answer. Times in milliseconds. */

import type { Offset } from '../lib/zones.js';

export type Grain = 'quarter' | 'hour' | 'day';
export const GRAINS: Readonly<Record<Grain, { ms: number; table: string; column: string }>> = {
  quarter: { ms: 900_000, table: 'counters', column: 'quarter' },
  hour: { ms: 3_600_000, table: 'counters_hourly', column: 'hour' },
  day: { ms: 86_400_000, table: 'counters_daily', column: 'day' },
};
/** The hours of all offers together, for reports that tell no offers apart. */
export const TOTALS = { table: 'counters_totals', column: 'hour' } as const;
const FROM_COARSE: readonly Grain[] = ['day', 'hour', 'quarter'];

/** `from ≤ t < to`, both where the grain begins. */
export interface Span {
  grain: Grain;
  from: number;
  to: number;
}

/** The spans that a range of whole quarter-hours is read in: `coarsest` wherever it fits, finer ones at the edges. In order, without gaps. */
export function spansOf(from: number, to: number, coarsest: Grain): Span[] {
  if (from >= to) return [];
  const { ms } = GRAINS[coarsest];
  const finer = FROM_COARSE[FROM_COARSE.indexOf(coarsest) + 1];
  if (finer === undefined) return [{ grain: coarsest, from, to }];
  const [first, last] = [Math.ceil(from / ms) * ms, Math.floor(to / ms) * ms];
  if (first >= last) return spansOf(from, to, finer);
  return [...spansOf(from, first, finer), { grain: coarsest, from: first, to: last }, ...spansOf(last, to, finer)];
}

/**
 * The coarsest grain whose rows each belong to one group of the report.
 * @param groupBy names of dimensions
 * @param offsets all offsets of the report's zone in its range, and since when
 * @param shift what the rows of a previous period are moved by, 0 without one
 */
export function coarsestGrain(groupBy: readonly string[], offsets: readonly Offset[], shift: number): Grain {
  const byHour = groupBy.includes('hour');
  if (!byHour && !groupBy.some((name) => name === 'day' || name === 'month' || name === 'weekday')) return 'day';
  const fits = ({ ms }: { ms: number }): boolean =>
    shift % ms === 0 && offsets.every(({ offset, from }, i) => offset % ms === 0 && (i === 0 || from % ms === 0));
  return FROM_COARSE.find((grain) => !(byHour && grain === 'day') && fits(GRAINS[grain])) ?? 'quarter';
}
