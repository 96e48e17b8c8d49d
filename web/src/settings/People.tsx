import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, ApiProblem, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { CopyLine } from '../parts/Copy';
import { Section } from '../parts/Form';
import { showAgo } from '../parts/format';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { Unreachable } from '../parts/Unreachable';
import { type Role, useSession } from '../session';
import { ROLES, RoleSelect } from './RoleSelect';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.people;
type Person = Schemas['PersonAnswer'];
const again = (): void => void queries.invalidateQueries({ queryKey: ['people'] });

/** Who signs in, and the one-time links by which they come in. */
export function People() {
  const { person: me } = useSession();
  const [link, setLink] = useState<{ name: string; invite: Schemas['InviteLink'] } | null>(null);
  const query = useQuery({
    queryKey: ['people'],
    queryFn: async ({ signal }) => (await answered(api.GET('/api/v1/people', { signal }))).data,
  });
  const change = useMutation({
    mutationFn: ({ id, body }: { id: string; body: Schemas['ChangePerson'] }) =>
      answered(api.PATCH('/api/v1/people/{id}', { params: { path: { id } }, body })),
    onSuccess: () => say(shared.saved),
    onError: sayError,
    onSettled: again,
  });
  const invite = useMutation({
    mutationFn: async ({ id, name }: Person) => ({
      name,
      invite: await answered(api.POST('/api/v1/people/{id}/invite', { params: { path: { id } } })),
    }),
    onSuccess: setLink,
    onError: sayError,
  });
  const stateOf = ({ disabledAt, hasPassword }: Person): string => (disabledAt !== null ? t.disabled : hasPassword ? t.active : t.invited);

  return (
    <>
      {link !== null && (
        <Section title={t.linkFor(link.name)} hint={t.linkHint(showAgo(link.invite.expiresAt))}>
          <Unreachable url={link.invite.url} />
          <CopyLine text={link.invite.url} what={t.link} primary />
        </Section>
      )}
      <Section title={t.title} hint={t.hint}>
        <Rows
          name={t.title}
          heads={[words.name, words.email, words.role, t.state, words.lastSeen, '']}
          query={query}
          lines={query.data?.map((person) => ({
            id: person.id,
            isFaded: person.disabledAt !== null,
            cells: [
              person.id === me.id ? `${person.name} (${t.you})` : person.name,
              <div key="email" className={styles.email}>
                {person.email}
              </div>,
              <Select
                key="role"
                w={130}
                aria-label={`${person.name}: ${words.role}`}
                data={ROLES}
                allowDeselect={false}
                readOnly={person.id === me.id}
                value={person.role}
                onChange={(value) => change.mutate({ id: person.id, body: { role: ROLES.find((each) => each.value === value)?.value } })}
              />,
              <div key="state" className={styles.loose}>
                {stateOf(person)}
              </div>,
              person.lastSeenAt === null ? words.never : showAgo(person.lastSeenAt),
              <div key="do" className={styles.buttons}>
                {person.disabledAt === null && (
                  <Button size="compact-xs" variant="default" loading={invite.isPending} onClick={() => invite.mutate(person)}>
                    {t.link}
                  </Button>
                )}
                {person.id !== me.id && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => change.mutate({ id: person.id, body: { disabled: person.disabledAt === null } })}
                  >
                    {person.disabledAt === null ? t.disable : t.enable}
                  </Button>
                )}
              </div>,
            ],
          }))}
        />
      </Section>
      <Add onLink={setLink} />
    </>
  );
}

/** An address that somebody has already is said beside it, too. */
const errorsOf = (error: unknown): Record<string, string> =>
  error instanceof ApiProblem && error.code === 'email_taken' ? { email: error.message } : fieldErrors(error);

function Add({ onLink }: { onLink: (link: { name: string; invite: Schemas['InviteLink'] }) => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('manager');
  const add = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/people', { body: { name: name.trim(), email: email.trim(), role } })),
    onSuccess: (person) => {
      if (person.invite !== null) onLink({ name: person.name, invite: person.invite });
      setName('');
      setEmail('');
      again();
    },
    onError: (error) => {
      if (Object.keys(errorsOf(error)).length === 0) sayError(error);
    },
  });
  const errors = errorsOf(add.error);
  return (
    <Section title={t.add} hint={t.addHint}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput
          label={words.name}
          required
          maxLength={200}
          value={name}
          error={errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={words.email}
          type="email"
          required
          maxLength={254}
          value={email}
          error={errors.email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <RoleSelect role={role} onRole={setRole} />
        <Button type="submit" mt={22} loading={add.isPending}>
          {t.addButton}
        </Button>
      </form>
    </Section>
  );
}
