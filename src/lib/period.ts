import { instantOf, localOf } from './zones.js';

/** Ranges of time as people ask for them: by a word, by days, by moments. Times in milliseconds. */

const DAY = 86_400_000;
export const PERIODS = ['today', 'yesterday', 'last7days', 'last30days', 'thisMonth', 'lastMonth'] as const;
export type Period = (typeof PERIODS)[number];

/** `from ≤ t < to`. */
export interface Range {
  from: number;
  to: number;
}

/** What a word means on the clock of a zone. All but yesterday and lastMonth end with today; days are whole. */
export function rangeOfPeriod(period: Period, tz: string, now: number): Range {
  const today = startOfDay(localOf(tz, now));
  const date = new Date(today);
  const month = (of: number): number => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + of, 1);
  const locals: Record<Period, readonly [from: number, to: number]> = {
    today: [today, today + DAY],
    yesterday: [today - DAY, today],
    last7days: [today - 6 * DAY, today + DAY],
    last30days: [today - 29 * DAY, today + DAY],
    thisMonth: [month(0), today + DAY],
    lastMonth: [month(-1), month(0)],
  };
  const [from, to] = locals[period];
  return { from: instantOf(tz, from), to: instantOf(tz, to) };
}

const startOfDay = (local: number): number => Math.floor(local / DAY) * DAY;

/** The seven days that end where a range ends, on the clock of its zone. */
export const weekBefore = (to: number, tz: string): number => instantOf(tz, localOf(tz, to) - 7 * DAY);

/** The period before a range: as long on the clock of its zone, so that days stand against days whatever the clock does. */
export function previousOf({ from, to }: Range, tz: string): { from: number; length: number } {
  const length = localOf(tz, to) - localOf(tz, from);
  return { from: Math.max(0, instantOf(tz, localOf(tz, from) - length)), length };
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const WITH_OFFSET = /T.*(Z|[+-]\d\d:\d\d)$/;

/** The moment of a checked ISO 8601 text; without an offset on the clock of the zone. */
export function momentOf(text: string, tz: string): number {
  if (WITH_OFFSET.test(text)) return Date.parse(text);
  return instantOf(tz, Date.parse(DATE.test(text) ? text : `${text}Z`));
}

/** The same for the end of a range: a date includes its day. */
export function endOf(text: string, tz: string): number {
  return DATE.test(text) ? instantOf(tz, Date.parse(text) + DAY) : momentOf(text, tz);
}
