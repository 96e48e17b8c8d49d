/** When a source's conversions came: the hours that had any, times in milliseconds. */
export interface Heartbeat {
  hours: number;
  first: number;
  last: number;
}

const HOUR_MS = 3_600_000;
const LEAST_MS = 6 * HOUR_MS;
/** Fewer say nothing of a habit. */
const LEAST_HOURS = 4;

/** Since when a source is silent: three times its usual gap, at least six hours; null while it is not, or nobody can tell. */
export function silentSince({ hours, first, last }: Heartbeat, now: number): number | null {
  if (hours < LEAST_HOURS) return null;
  const usual = (last - first) / (hours - 1);
  // The last one came within its hour.
  const quiet = now - (last + HOUR_MS);
  return quiet > Math.max(LEAST_MS, 3 * usual) ? last + HOUR_MS : null;
}
