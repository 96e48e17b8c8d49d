import { add } from '../lib/money.js';

/** Sums beside a list. The number of rows and the time they may take are bounded, so that the list does not wait for them. */

/** The newest rows of a list that are added up. */
export const SUMMED = 200_000;
export const SUMS_MS = 2_000;

/** The total of sums by currency. `names`: amounts in the base currency, which can be added. */
export function sumsOf<Part extends { currency: string | null; count: number }, Name extends keyof Part & string>(
  parts: readonly Part[] | null,
  currency: string,
  names: readonly Name[],
): ({ count: number; complete: boolean; currency: string; byCurrency: Part[] } & Record<Name, string>) | null {
  if (parts === null) return null;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const totals = Object.fromEntries(names.map((name) => [name, parts.reduce((sum, part) => add(sum, String(part[name])), '0')]));
  return { count, complete: count <= SUMMED, currency, ...(totals as Record<Name, string>), byCurrency: [...parts] };
}
