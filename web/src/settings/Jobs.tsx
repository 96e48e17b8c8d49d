import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answered, api, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Section } from '../parts/Form';
import { showAgo, showCount } from '../parts/format';
import { words as shared } from '../parts/strings';
import { sayError } from '../parts/toast';
import { useMay } from '../session';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.jobs;
const runs = ({ state }: Schemas['JobAnswer']): boolean => state === 'waiting' || state === 'active';

/** Long work, looked at again while some of it runs. */
export function Jobs() {
  const mayWrite = useMay('write');
  const query = useQuery({
    queryKey: ['jobs'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/jobs', { params: { query: { limit: 100 } }, signal }))).data,
    refetchInterval: ({ state }) => (state.data?.some(runs) === true ? 1_000 : 15_000),
  });
  const cancel = useMutation({
    mutationFn: (id: string) => answered(api.POST('/api/v1/jobs/{id}/cancel', { params: { path: { id } } })),
    onError: sayError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  return (
    <Section title={t.title} hint={t.hint}>
      <Rows
        name={t.title}
        heads={[t.kind, t.state, t.progress, t.begun, '']}
        figures={[2]}
        query={query}
        lines={query.data?.map((job) => ({
          id: job.id,
          cells: [
            t.kinds[job.kind],
            <div key="state" className={styles.wrap}>
              {shared.jobStates[job.state]}
              {job.error !== null && <div className={styles.bad}>{job.error}</div>}
            </div>,
            `${showCount(job.done)}${job.total === null ? '' : ` / ${showCount(job.total)}`}`,
            showAgo(job.createdAt),
            <div key="do" className={styles.buttons}>
              {runs(job) && mayWrite && (
                <Button size="compact-xs" variant="default" onClick={() => cancel.mutate(job.id)}>
                  {t.cancel}
                </Button>
              )}
            </div>,
          ],
        }))}
      />
    </Section>
  );
}
