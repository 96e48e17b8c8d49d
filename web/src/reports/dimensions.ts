import type { ReportQuery } from '../api/catalog';
import { NAMED_FACTS, SUBS } from '../clicks/search';
import { PARAMS } from '../conversions/search';

export type Dimension = NonNullable<ReportQuery['groupBy']>[number];

const TIMES = ['month', 'day', 'hour', 'weekday'] as const satisfies readonly Dimension[];
export type TimeDimension = (typeof TIMES)[number];
export type FilterName = Exclude<Dimension, TimeDimension>;

/** What a report is grouped by, in the order people ask for it. */
export const FILTERS = [
  'offer',
  'offerSource',
  ...NAMED_FACTS,
  'status',
  'currency',
  ...SUBS,
  ...PARAMS,
] as const satisfies readonly FilterName[];
export const DIMENSIONS: readonly Dimension[] = [...TIMES, ...FILTERS];

export const isTime = (name: Dimension): name is TimeDimension => TIMES.some((each) => each === name);
export const dimensionOf = (text: string): Dimension | undefined => DIMENSIONS.find((name) => name.toLowerCase() === text.toLowerCase());

const ORDER: readonly Dimension[] = ['offerSource', 'offer', 'country', 'sub1', 'device', 'day', 'hour'];
const NEXT: Partial<Record<Dimension, readonly Dimension[]>> = {
  offer: ['sub1', 'country', 'day'],
  sub1: ['sub2', 'country', 'day'],
  sub2: ['sub3', 'country', 'day'],
  country: ['device', 'city', 'sub1'],
  device: ['os', 'browser'],
  os: ['browser'],
  month: ['day'],
  day: ['hour', 'offer'],
  status: ['offer', 'day'],
  referrerDomain: ['source', 'offer'],
};

/** What one asks next of a row: what was chosen the last time, else the usual finer thing that is not yet settled. */
export function nextDimension(grouped: readonly Dimension[], settled: readonly Dimension[], remembered: Dimension | undefined): Dimension {
  const last = grouped.at(-1);
  const wanted = [...(remembered === undefined ? [] : [remembered]), ...(last === undefined ? [] : (NEXT[last] ?? [])), ...ORDER];
  return wanted.find((name) => !grouped.includes(name) && !settled.includes(name)) ?? 'hour';
}
