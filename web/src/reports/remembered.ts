import { type Dimension, dimensionOf } from './dimensions';

const KEY = 'cidra.next';

function stored(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

/** What was asked the last time one came from such a level: a habit of this browser. */
export const rememberedNext = (grouped: readonly Dimension[]): Dimension | undefined => dimensionOf(stored()[grouped.join()] ?? '');

export function rememberNext(grouped: readonly Dimension[], next: Dimension | undefined): void {
  if (next !== undefined) localStorage.setItem(KEY, JSON.stringify({ ...stored(), [grouped.join()]: next }));
}
