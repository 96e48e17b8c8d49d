import type { ReactNode } from 'react';
import { Page } from './Page';
import { ErrorState, FormSkeleton } from './states';

/** The page of one thing that is being read, or could not be. */
export function Unread({ title, back, query }: { title: string; back: ReactNode; query: { error: unknown; refetch: () => void } }) {
  return (
    <Page title={title} back={back}>
      {query.error === null ? <FormSkeleton /> : <ErrorState error={query.error} onRetry={query.refetch} />}
    </Page>
  );
}
