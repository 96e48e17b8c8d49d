import { MutationCache, QueryCache, QueryClient, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { ApiProblem } from './client';

/** A page that has been left keeps its rows for five minutes; coming back shows them at once and asks again behind. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 300_000,
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 500),
    },
  },
  queryCache: new QueryCache({ onError: whenSignedOut }),
  mutationCache: new MutationCache({ onError: whenSignedOut }),
});

export const SESSION = ['session'];

/** A session that ended elsewhere: the shell asks to sign in again and comes back to the same address. */
function whenSignedOut(error: Error): void {
  if (error instanceof ApiProblem && error.status === 401) queries.setQueryData(SESSION, null);
}

interface Page<T> {
  data: T[];
  nextCursor: string | null;
  /** Of a page that ended early, since little fits (looked.ts of the server). */
  lookedTo?: string;
}

/** As many rows as a table holds without a stutter. */
const MOST_ROWS = 10_000;

/** Of logs, which have no end, the newest. */
export const LOG_ROWS = 2_000;

/** Where little of a log fits, so many pages are asked for; then the user says whether to go on. */
const PAGES_AT_ONCE = 40;

/** A list whole, one page after the other, so that it can be sorted here; what has come is shown while the rest is on its way. */
export function useWholeList<T>(
  key: readonly unknown[],
  page: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  mostRows = MOST_ROWS,
): {
  rows: T[];
  complete: boolean;
  more: boolean;
  /** How far back a log was looked through, while that is not the whole; `further` goes on where it has stopped. */
  lookedTo: string | null;
  further: (() => void) | null;
  query: Pick<UseInfiniteQueryResult, 'isPending' | 'error' | 'refetch' | 'isFetching'>;
} {
  const name = JSON.stringify(key);
  const [reach, setReach] = useState({ name, pages: PAGES_AT_ONCE });
  const mostPages = reach.name === name ? reach.pages : PAGES_AT_ONCE;
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>, pages) => {
      const isEnough =
        pages.reduce((sum, { data }) => sum + data.length, 0) >= mostRows || (last.lookedTo !== undefined && pages.length >= mostPages);
      return isEnough ? undefined : (last.nextCursor ?? undefined);
    },
  });
  const { hasNextPage, isFetching, fetchNextPage, error } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data) ?? [], [query.data]);
  const last = query.data?.pages.at(-1);
  const isCut = !hasNextPage && (last?.nextCursor ?? null) !== null;
  const lookedTo = last?.lookedTo ?? null;
  return {
    rows,
    complete: query.data !== undefined && !hasNextPage,
    more: isCut && lookedTo === null,
    lookedTo,
    further: isCut && lookedTo !== null ? () => setReach({ name, pages: mostPages + PAGES_AT_ONCE }) : null,
    query,
  };
}
