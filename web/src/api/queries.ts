import { MutationCache, QueryCache, QueryClient, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
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
}

/** As many rows as a table holds without a stutter. */
const MOST_PAGES = 50;

/** Of logs, which have no end, the newest. */
export const LOG_PAGES = 10;

/** A list whole, one page after the other, so that it can be sorted here; what has come is shown while the rest is on its way. */
export function useWholeList<T>(
  key: readonly unknown[],
  page: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  mostPages = MOST_PAGES,
): { rows: T[]; complete: boolean; more: boolean; query: Pick<UseInfiniteQueryResult, 'isPending' | 'error' | 'refetch' | 'isFetching'> } {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>, pages) => (pages.length < mostPages ? (last.nextCursor ?? undefined) : undefined),
  });
  const { hasNextPage, isFetching, fetchNextPage, error } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data) ?? [], [query.data]);
  const last = query.data?.pages.at(-1);
  return { rows, complete: query.data !== undefined && !hasNextPage, more: !hasNextPage && (last?.nextCursor ?? null) !== null, query };
}
