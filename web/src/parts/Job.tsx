import '@mantine/core/styles/Progress.css';
import { Progress } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answered, api, type Schemas } from '../api/client';
import { showCount } from './format';
import styles from './Job.module.css';
import { words } from './strings';

type Job = Schemas['JobAnswer'];
const isOver = (job: Job | undefined): boolean => job !== undefined && job.state !== 'waiting' && job.state !== 'active';

const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/jobs/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) => (isOver(query.state.data) ? false : 700),
  });

/** How far a long job is, until it is over. */
export function JobProgress({ id, onDone }: { id: string; onDone?: (job: Job) => void }) {
  const { data: job, error } = useQuery(jobQuery(id));
  const isDone = job?.state === 'done';
  useEffect(() => {
    if (isDone) onDone?.(job);
    // Once per job, whatever the caller renders meanwhile.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [id, isDone]);
  const share = job === undefined ? 0 : isDone ? 100 : job.total === null || job.total === 0 ? 100 : (100 * job.done) / job.total;
  return (
    <div className={styles.job} role="status">
      <Progress value={share} animated={!isOver(job)} color={job?.state === 'failed' ? 'red' : undefined} aria-label={words.progress} />
      <div className={styles.line}>
        <span>{job === undefined ? words.jobStates.waiting : words.jobStates[job.state]}</span>
        {job !== undefined && (
          <span>
            {showCount(isDone ? (job.total ?? job.done) : job.done)}
            {job.total !== null && ` / ${showCount(job.total)}`}
          </span>
        )}
      </div>
      {(job?.error ?? error?.message) !== undefined && (job?.error ?? error) !== null && (
        <div className={styles.bad}>{job?.error ?? error?.message}</div>
      )}
    </div>
  );
}
