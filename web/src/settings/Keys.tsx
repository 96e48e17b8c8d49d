import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { CopyLine } from '../parts/Copy';
import { Section } from '../parts/Form';
import { showAgo, showTime } from '../parts/format';
import { sayError } from '../parts/toast';
import { usePeriod } from '../period';
import type { Role } from '../session';
import { RoleSelect } from './RoleSelect';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.keys;
type Key = Schemas['ApiKeyAnswer'];
const isExpired = ({ expiresAt }: Key): boolean => expiresAt !== null && Date.parse(expiresAt) <= Date.now();
const stateOf = (key: Key): string => (key.revokedAt !== null ? t.revoked : isExpired(key) ? t.expired : t.active);
const again = (): void => void queries.invalidateQueries({ queryKey: ['api-keys'] });

/** Keys of programs. */
export function Keys() {
  const { zone } = usePeriod();
  const [made, setMade] = useState<Schemas['ApiKeyCreated'] | null>(null);
  const query = useQuery({
    queryKey: ['api-keys'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/api-keys', { signal }))).data,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => answered(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })),
    onError: sayError,
    onSettled: again,
  });
  return (
    <>
      {made !== null && (
        <Section title={made.name} hint={t.once}>
          <CopyLine text={made.key} what={t.key} primary />
        </Section>
      )}
      <Section title={t.title} hint={t.hint}>
        <Rows
          name={t.title}
          heads={[words.name, words.role, t.state, words.created, t.expires, '']}
          query={query}
          lines={query.data?.map((key) => ({
            id: key.id,
            isFaded: stateOf(key) !== t.active,
            cells: [
              key.name,
              words.roles[key.role],
              stateOf(key),
              showAgo(key.createdAt),
              key.expiresAt === null ? t.noEnd : showTime(key.expiresAt, zone),
              <div key="do" className={styles.buttons}>
                {stateOf(key) === t.active && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => {
                      if (window.confirm(t.sure(key.name))) revoke.mutate(key.id);
                    }}
                  >
                    {t.revoke}
                  </Button>
                )}
              </div>,
            ],
          }))}
        />
      </Section>
      <Make onMade={setMade} />
    </>
  );
}

function Make({ onMade }: { onMade: (key: Schemas['ApiKeyCreated']) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState('');
  const make = useMutation({
    mutationFn: () => {
      const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
      return answered(api.POST('/api/v1/api-keys', { body: { name: name.trim(), role, expiresAt } }));
    },
    onSuccess: (key) => {
      onMade(key);
      setName('');
      again();
    },
    onError: (error) => {
      if (Object.keys(fieldErrors(error)).length === 0) sayError(error);
    },
  });
  return (
    <Section title={t.make}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextInput
          label={words.name}
          required
          maxLength={100}
          value={name}
          error={fieldErrors(make.error).name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <RoleSelect role={role} onRole={setRole} />
        <Select
          label={t.expiry}
          data={Object.entries(t.expiries).map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          value={days}
          onChange={(value) => setDays(value ?? '')}
        />
        <Button type="submit" mt={22} loading={make.isPending}>
          {t.make}
        </Button>
      </form>
    </Section>
  );
}
