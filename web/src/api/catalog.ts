import { queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { answered, api, type Schemas } from './client';
import { useWholeList } from './queries';
import type { operations } from './schema';

/** What several pages ask for: sources, networks, figures by offer or source. */

const NEVER_OLD = { staleTime: Infinity, gcTime: Infinity };

const networks = queryOptions({
  queryKey: ['networks'],
  queryFn: async () => (await answered(api.GET('/api/v1/networks'))).data,
  ...NEVER_OLD,
});
export const useNetworks = () => useQuery(networks);

export function useSources(archived = false) {
  return useWholeList(['offer-sources', 'list', { archived }], (cursor, signal) =>
    answered(api.GET('/api/v1/offer-sources', { params: { query: { limit: 200, cursor, archived } }, signal })),
  );
}

export function useOffers() {
  return useWholeList(['offers', 'list', { names: true }], (cursor, signal) =>
    answered(api.GET('/api/v1/offers', { params: { query: { limit: 200, cursor, archived: true } }, signal })),
  );
}

/** Names of offers and sources by their ids, for lists that know only these. */
export function useNames(): (id: string | null) => string | null {
  const offers = useOffers();
  const sources = useSources(true);
  const all = useMemo(() => [...offers.rows, ...sources.rows], [offers.rows, sources.rows]);
  const isComplete = offers.complete && sources.complete;
  return useMemo(() => {
    const names = new Map(all.map(({ id, name }) => [id, name]));
    // Until all names are there nothing is said: an id that turns into a name is a jump.
    return (id) => (id === null ? null : (names.get(id) ?? (isComplete ? id : '')));
  }, [all, isComplete]);
}

export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['offer-sources', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/offer-sources/{id}', { params: { path: { id } }, signal })),
  });

export const offerQuery = (id: string) =>
  queryOptions({
    queryKey: ['offers', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/offers/{id}', { params: { path: { id } }, signal })),
  });

export type Figures = Schemas['ReportFigures'];
export type ReportQuery = NonNullable<operations['reports_report']['parameters']['query']>;

/** A report as JSON; the same address can also answer with a file. */
export async function readReport(query: ReportQuery, signal?: AbortSignal): Promise<Schemas['ReportAnswer']> {
  const answer = await answered(api.GET('/api/v1/reports', { params: { query }, signal }));
  if (!('rows' in answer)) throw new Error('The report did not come as JSON.');
  return answer;
}

/** All its rows. */
async function readWholeReport(query: ReportQuery, signal: AbortSignal): Promise<Schemas['ReportAnswer']> {
  const first = await readReport({ ...query, limit: 1_000 }, signal);
  const rows = [...first.rows];
  for (let cursor = first.nextCursor; cursor !== null; ) {
    const next = await readReport({ ...query, limit: 1_000, cursor }, signal);
    rows.push(...next.rows);
    cursor = next.nextCursor;
  }
  return { ...first, rows, nextCursor: null };
}

/** What the account counts in. */
export const useBaseCurrency = (): string | undefined =>
  useQuery({ queryKey: ['base-currency'], queryFn: async () => (await readReport({ limit: 1 })).currency, staleTime: Infinity }).data;

/** Status words that nobody knows yet, with what hangs on them. */
export const useUnmapped = () =>
  useQuery({ queryKey: ['unmapped'], queryFn: ({ signal }) => answered(api.GET('/api/v1/statuses/unmapped', { signal })) });

/** The period's figures by offer or by source, and of all. */
export function useFigures(groupBy: 'offer' | 'offerSource', period: { from: string; to: string; tz: string }) {
  const query = useQuery({
    queryKey: ['report', groupBy, period],
    queryFn: ({ signal }) => readWholeReport({ groupBy: [groupBy], ...period }, signal),
  });
  const byId = useMemo(
    () =>
      new Map<string, Figures>(
        (query.data?.rows ?? []).flatMap((row) => {
          const id = idOf(row.key[groupBy]);
          return id === null ? [] : [[id, row] as const];
        }),
      ),
    [query.data, groupBy],
  );
  const isRead = query.data !== undefined;
  // What has no row has nothing.
  const of = useCallback((id: string): Figures | undefined => byId.get(id) ?? (isRead ? NO_FIGURES : undefined), [byId, isRead]);
  return { of, totals: query.data?.totals as Figures | undefined, currency: query.data?.currency };
}

const NO_FIGURES: Figures = {
  ...Object.fromEntries(
    ['clicks', 'uniqueClicks', 'bots', 'conversions', 'approved', 'pending', 'rejected', 'trash', 'reversed', 'unmapped'].map((name) => [
      name,
      0,
    ]),
  ),
  ...Object.fromEntries(['revenue', 'revenueHold', 'revenueReversed', 'cost', 'profit'].map((name) => [name, '0'])),
};

const idOf = (key: unknown): string | null =>
  typeof key === 'object' && key !== null && 'id' in key && typeof key.id === 'string' ? key.id : null;
