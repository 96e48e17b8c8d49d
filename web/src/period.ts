import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { addDays, dayIn, type Days, daysOf } from './days';
import type { EverywhereSearch, Period } from './search';
import { useSession } from './session';

export interface ChosenPeriod extends Days {
  period: Period | null;
  zone: string;
  today: string;
  /** As reports and lists take it: local times, the end exclusive. */
  query: { from: string; to: string; tz: string };
}

/** What the address says, the same on every page. */
export function usePeriod(): ChosenPeriod {
  const search: EverywhereSearch = useSearch({ strict: false });
  const zone = useZone();
  const { period, from, to } = search;
  const today = dayIn(zone);
  return useMemo(() => {
    const word = from === undefined ? (period ?? 'last7days') : null;
    const days = word === null ? { from: from ?? today, to: to ?? today } : daysOf(word, today);
    return { ...days, period: word, zone, today, query: { from: `${days.from}T00:00`, to: `${addDays(days.to, 1)}T00:00`, tz: zone } };
  }, [period, from, to, zone, today]);
}

/** The same in an address of ours. */
export const daysSearch = ({ period, from, to, zone }: ChosenPeriod): Record<string, string> =>
  period === null ? { from, to, zone } : { period, zone };

export function useZone(): string {
  const search: EverywhereSearch = useSearch({ strict: false });
  const { timeZone } = useSession();
  return search.zone ?? timeZone;
}
