import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { instantOf } from '../../../src/lib/zones';
import { answered, api, type Schemas } from '../api/client';
import { Dialog } from '../parts/Dialog';
import { Facts } from '../parts/Facts';
import { showCount } from '../parts/format';
import { JobProgress } from '../parts/Job';
import { ErrorState, FormSkeleton } from '../parts/states';
import { words as shared } from '../parts/strings';
import { sayError } from '../parts/toast';
import type { ChosenPeriod } from '../period';
import { askAnew } from './Cures';
import { words } from './strings';
import styles from './Postbacks.module.css';

type Filter = Pick<Schemas['ReplayFilterDto'], 'result' | 'reason' | 'offerSourceId' | 'cid'>;

const countOf = ({ count, complete }: Schemas['BulkReplayAnswer']): string =>
  complete ? showCount(count) : words.atLeast(showCount(count));

/** Counted first, then done, with progress. */
export function ReplayMany({ filter, period, onClose }: { filter: Filter; period: ChosenPeriod; onClose: () => void }) {
  const moment = (local: string): string => new Date(instantOf(period.zone, Date.parse(`${local}Z`))).toISOString();
  const whole = { ...filter, from: moment(period.query.from), to: moment(period.query.to) };
  const [jobId, setJobId] = useState<string | null>(null);
  const count = useQuery({
    queryKey: ['postbacks', 'replay-count', whole],
    staleTime: 0,
    queryFn: ({ signal }) => answered(api.POST('/api/v1/postbacks/replay', { body: { filter: whole, dryRun: true }, signal })),
    enabled: jobId === null,
  });
  const run = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/postbacks/replay', { body: { filter: whole, dryRun: false } })),
    onSuccess: (answer) => setJobId(answer.jobId),
    onError: sayError,
  });
  return (
    <Dialog onClose={onClose} title={words.manyTitle} size="lg">
      <div className={styles.stack}>
        <p style={{ margin: 0 }}>{words.manyHint}</p>
        {jobId !== null ? (
          <JobProgress id={jobId} onDone={askAnew} />
        ) : count.error !== null ? (
          <ErrorState error={count.error} onRetry={count.refetch} />
        ) : count.data === undefined ? (
          <FormSkeleton rows={2} />
        ) : count.data.count === 0 && count.data.complete ? (
          <strong>{words.nothingToReplay}</strong>
        ) : (
          <>
            <strong role="status">{words.wouldReplay(countOf(count.data))}</strong>
            <Facts
              facts={Object.entries(count.data.results as Record<string, number>).map(
                ([result, n]) => [shared.statuses[result] ?? result, showCount(n)] as const,
              )}
            />
            <Button onClick={() => run.mutate()} loading={run.isPending} w="fit-content">
              {words.runMany(countOf(count.data))}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}
