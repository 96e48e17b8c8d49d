import type { Schemas } from '../api/client';
import { showClock } from '../parts/format';
import { words } from './strings';

type Row = Pick<Schemas['PostbackAnswer'], 'result' | 'reason' | 'warnings' | 'waitsUntil'>;

/** Why a request did not count as it came, in a few words; null for one of which there is nothing to say. */
export function whyOf({ result, reason, warnings, waitsUntil }: Row, zone: string): string | null {
  const first =
    result === 'waiting_click'
      ? words.waits(waitsUntil === null ? null : showClock(waitsUntil, zone))
      : reason === null
        ? words.why[result]
        : short(reason);
  const all = [first, ...warnings.map(short)].filter((each) => each !== undefined);
  return all.length === 0 ? null : all.join(', ');
}

/** What failed says so itself. */
export const short = (word: string): string => (words.short as Record<string, string>)[word] ?? word;
