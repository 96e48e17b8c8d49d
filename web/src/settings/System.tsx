import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { queries } from '../api/queries';
import type { operations } from '../api/schema';
import { Section } from '../parts/Form';
import { NOTHING, showCount, showDay } from '../parts/format';
import { words as shared } from '../parts/strings';
import { sayError } from '../parts/toast';
import { usePeriod } from '../period';
import { useMay, useSession } from '../session';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.system;
/** As the addresses of the queues name them. */
type QueueName = operations['queues_pause']['parameters']['path']['name'];

interface Part {
  name: string;
  status: string;
  detail: string | null;
}

/** The parts as /readyz says them: its answer is for balancers too, and has no shape in the API's description. */
function partsOf(body: unknown): Part[] {
  if (typeof body !== 'object' || body === null || !('parts' in body)) return [];
  const { parts } = body;
  if (typeof parts !== 'object' || parts === null) return [];
  return Object.entries(parts).map(([name, part]: [string, { status?: unknown; detail?: unknown }]) => ({
    name,
    status: String(part.status),
    detail: typeof part.detail === 'string' ? part.detail : null,
  }));
}

export function System() {
  const { version } = useSession();
  const query = useQuery({
    queryKey: ['readyz'],
    // Not ready is an answer too, with the same parts.
    queryFn: async ({ signal }) => {
      const answer = api.GET('/readyz', { signal });
      const { data, error } = await answer;
      const parts = partsOf(data ?? error);
      return parts.length === 0 ? partsOf(await answered(answer)) : parts;
    },
    refetchInterval: 10_000,
  });
  const mayOps = useMay('ops');
  const { role } = useSession();
  return (
    <>
      <Section title={t.version(version)} hint={t.partsHint}>
        <Rows
          name={t.parts}
          heads={[t.part, t.state, t.detail]}
          usual={8}
          query={query}
          lines={query.data?.map(({ name, status, detail }) => ({
            id: name,
            cells: [
              name,
              <span key="state" className={status === 'ok' ? undefined : status === 'missing' ? styles.bad : styles.warn}>
                {t.states[status] ?? status}
              </span>,
              <div key="detail" className={styles.wrap}>
                {detail ?? NOTHING}
              </div>,
            ],
          }))}
        />
      </Section>
      <Retention />
      {mayOps ? (
        <>
          <Doctor />
          <Queues />
        </>
      ) : (
        <Section title={t.forOperators}>
          <div>
            {shared.closed(t.forOperators, words.operators)}. {shared.closedHint(role)}
          </div>
        </Section>
      )}
    </>
  );
}

/** How long facts are kept: set where the tracker is installed. */
function Retention() {
  const mayRead = useMay('read');
  const { zone } = usePeriod();
  const query = useQuery({
    queryKey: ['retention'],
    enabled: mayRead,
    queryFn: ({ signal }) => answered(api.GET('/api/v1/retention', { signal })),
  });
  if (!mayRead) return null;
  const kept = query.data;
  const line = (id: string, what: string, days: number | null, otherwise: string, oldest?: string | null) => ({
    id,
    cells: [what, days === null ? otherwise : t.days(days), oldest === undefined ? NOTHING : showDay(oldest, zone)],
  });
  return (
    <Section title={t.retention} hint={t.retentionHint}>
      <Rows
        name={t.retention}
        heads={[t.kept, t.keptFor, t.oldestKept]}
        usual={3}
        query={query}
        lines={
          kept && [
            line('clicks', t.clicks, kept.clicksDays, t.forEver, kept.oldestClick),
            line('postbacks', t.postbacks, kept.postbacksDays, t.forEver, kept.oldestPostback),
            line('statistics', t.statistics, kept.statisticsDays, kept.clicksDays === null ? t.forEver : t.asClicks),
          ]
        }
      />
    </Section>
  );
}

/** What npm run doctor says, of the process that answers. */
function Doctor() {
  const query = useQuery({
    queryKey: ['doctor'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/doctor', { signal }))).data,
    refetchInterval: 30_000,
  });
  return (
    <Section
      title={t.doctor}
      hint={t.doctorHint}
      actions={
        <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          {t.lookAgain}
        </Button>
      }
    >
      <Rows
        name={t.doctor}
        heads={[t.part, t.state, t.detail]}
        usual={16}
        query={query}
        lines={query.data?.map(({ level, what, detail }, i) => ({
          id: `${what} ${i}`,
          cells: [
            what,
            <span key="level" className={level === 'ok' ? undefined : level === 'fail' ? styles.bad : styles.warn}>
              {t.levels[level]}
            </span>,
            <div key="detail" className={styles.wrap}>
              {detail}
            </div>,
          ],
        }))}
      />
    </Section>
  );
}

function Queues() {
  const query = useQuery({
    queryKey: ['queues'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/queues', { signal }))).data,
    refetchInterval: 5_000,
  });
  const act = useMutation({
    mutationFn: (call: () => Promise<unknown>) => call(),
    onError: sayError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['queues'] }),
  });
  const button = (label: string, call: () => Promise<unknown>) => (
    <Button size="compact-xs" variant="default" onClick={() => act.mutate(call)}>
      {label}
    </Button>
  );
  return (
    <Section
      title={t.queues}
      actions={
        <Button component="a" href="/ops/queues" target="_blank" rel="noreferrer" variant="default">
          {t.board}
        </Button>
      }
    >
      <Rows
        name={t.queues}
        heads={[t.queue, t.waiting, t.active, t.delayed, t.failed, t.oldest, '']}
        figures={[1, 2, 3, 4, 5]}
        query={query}
        lines={query.data?.map((queue) => {
          const params = { path: { name: queue.name as QueueName } };
          return {
            id: queue.name,
            cells: [
              queue.paused ? `${queue.name} (${t.paused})` : queue.name,
              showCount(queue.waiting),
              showCount(queue.active),
              showCount(queue.delayed),
              <span key="failed" className={queue.failed > 0 ? styles.bad : undefined}>
                {showCount(queue.failed)}
              </span>,
              showCount(queue.oldestAgeSeconds),
              <div key="do" className={styles.buttons}>
                {queue.failed > 0 && button(t.retry, () => answered(api.POST('/api/v1/queues/{name}/retry', { params })))}
                {queue.paused
                  ? button(t.resume, () => answered(api.POST('/api/v1/queues/{name}/resume', { params })))
                  : button(t.pause, () => answered(api.POST('/api/v1/queues/{name}/pause', { params })))}
              </div>,
            ],
          };
        })}
      />
    </Section>
  );
}
