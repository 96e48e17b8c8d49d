import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { queries, SESSION } from '../api/queries';
import { Section } from '../parts/Form';
import { NOTHING, showAgo } from '../parts/format';
import { say, sayError } from '../parts/toast';
import { browserOf } from './browser';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.sessions;

/** Where one is signed in; an administrator sees everybody. */
export function Sessions() {
  const query = useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/sessions', { signal }))).data,
  });
  const end = useMutation({
    mutationFn: (id: string) => answered(api.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } })),
    onSuccess: () => say(t.ended),
    onError: sayError,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['sessions'] });
      void queries.invalidateQueries({ queryKey: SESSION });
    },
  });
  return (
    <Section title={t.title} hint={t.hint}>
      <Rows
        name={t.title}
        heads={[words.name, words.role, t.address, t.agent, words.lastSeen, '']}
        query={query}
        lines={query.data?.map((session) => ({
          id: session.id,
          cells: [
            session.current ? `${session.name} (${t.current})` : session.name,
            words.roles[session.role],
            session.address ?? NOTHING,
            <span key="agent" title={session.agent ?? undefined}>
              {session.agent === null ? NOTHING : browserOf(session.agent)}
            </span>,
            showAgo(session.lastSeenAt),
            <div key="do" className={styles.buttons}>
              {!session.current && (
                <Button size="compact-xs" variant="default" onClick={() => end.mutate(session.id)}>
                  {t.end}
                </Button>
              )}
            </div>,
          ],
        }))}
      />
    </Section>
  );
}
