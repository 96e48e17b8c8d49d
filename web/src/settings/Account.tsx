import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client';
import { queries, SESSION } from '../api/queries';
import { Section } from '../parts/Form';
import { JobProgress } from '../parts/Job';
import { ButtonLink } from '../parts/links';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { useMay, useSession } from '../session';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.account;
const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
type Map = Schemas['UpdateAccountStatusMap']['statusMap'];
const MEANINGS = (['approved', 'pending', 'rejected', 'trash', 'reversed', 'ignored', 'unmapped'] as const).map((value) => ({
  value,
  label: shared.statuses[value] ?? value,
}));

/** What holds for everybody: the zone of a day, and what words mean. */
export function Account() {
  return (
    <>
      <Zone />
      <AccountWords />
    </>
  );
}

function Zone() {
  const { timeZone } = useSession();
  const may = useMay('admin');
  const change = useMutation({
    mutationFn: (zone: string) => answered(api.PATCH('/api/v1/account', { body: { timeZone: zone } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: SESSION });
      say(shared.saved);
    },
    onError: sayError,
  });
  return (
    <Section title={t.zone} hint={t.zoneHint}>
      <Select
        className={styles.zone}
        aria-label={t.zone}
        searchable
        data={ZONES}
        limit={60}
        allowDeselect={false}
        readOnly={!may || change.isPending}
        value={change.isPending ? change.variables : timeZone}
        onChange={(zone) => zone !== null && zone !== timeZone && change.mutate(zone)}
      />
      {!may && <p className={styles.muted}>{t.zoneOnly}</p>}
    </Section>
  );
}

function AccountWords() {
  const may = useMay('write');
  const { role } = useSession();
  const query = useQuery({
    queryKey: ['account-words'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/statuses/map', { signal }))).statusMap as Map,
  });
  const [draft, setDraft] = useState<Map | null>(null);
  const [word, setWord] = useState('');
  const [reapply, setReapply] = useState(true);
  const save = useMutation({
    mutationFn: (statusMap: Map) => answered(api.PUT('/api/v1/statuses/map', { body: { statusMap, reapply } })),
    onSuccess: ({ statusMap }) => {
      queries.setQueryData(['account-words'], statusMap);
      setDraft(null);
      say(shared.saved);
      void queries.invalidateQueries({ queryKey: ['unmapped'] });
    },
    onError: sayError,
  });
  const map = draft ?? query.data;
  const set = (name: string, meaning: string | null): void => {
    const { [name]: _before, ...rest } = map ?? {};
    const known = MEANINGS.find(({ value }) => value === meaning)?.value;
    setDraft(known === undefined ? rest : { ...rest, [name]: known });
  };
  const added = word.trim().toLowerCase();
  const add = (): void => {
    if (added === '') return;
    set(added, 'approved');
    setWord('');
  };
  const jobId = save.data?.jobId ?? null;

  return (
    <Section
      title={t.words}
      hint={may ? t.wordsHint : `${t.wordsHint} ${shared.readOnlyHint(role)}`}
      actions={
        <ButtonLink to="/words" variant="default">
          {t.unmapped}
        </ButtonLink>
      }
    >
      <Rows
        name={t.words}
        heads={[t.word, t.meaning, '']}
        query={query}
        empty={t.noWords}
        lines={
          map &&
          Object.entries(map).map(([name, meaning]) => ({
            id: name,
            cells: [
              <code key="word">{name}</code>,
              <Select
                key="meaning"
                w={150}
                aria-label={`${name}: ${t.meaning}`}
                data={MEANINGS}
                allowDeselect={false}
                readOnly={!may}
                value={String(meaning)}
                onChange={(value) => set(name, value)}
              />,
              may && (
                <ActionIcon key="remove" aria-label={`${t.remove}: ${name}`} onClick={() => set(name, null)}>
                  <IconX size={15} />
                </ActionIcon>
              ),
            ],
          }))
        }
      />
      {may && (
        <div className={styles.add}>
          <TextInput
            aria-label={t.add}
            placeholder={t.add}
            maxLength={64}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && add()}
          />
          <Button variant="default" disabled={added === ''} onClick={add}>
            {t.addButton}
          </Button>
        </div>
      )}
      {draft !== null && (
        <>
          <Switch
            label={t.reapply}
            description={t.reapplyHint}
            checked={reapply}
            onChange={(event) => setReapply(event.currentTarget.checked)}
          />
          <div className={styles.add}>
            <Button loading={save.isPending} onClick={() => save.mutate(draft)}>
              {shared.save}
            </Button>
            <Button variant="default" onClick={() => setDraft(null)}>
              {shared.cancel}
            </Button>
          </div>
        </>
      )}
      {jobId !== null && <JobProgress id={jobId} />}
    </Section>
  );
}
