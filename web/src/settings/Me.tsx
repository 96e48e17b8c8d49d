import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, fieldErrors, type Schemas } from '../api/client';
import { queries, SESSION } from '../api/queries';
import { Section } from '../parts/Form';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { useSession } from '../session';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.me;

/** One's own name and password. */
export function Me() {
  const { person, role } = useSession();
  const [name, setName] = useState(person.name);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: (body: Schemas['ChangeMyself']) => answered(api.PATCH('/api/v1/people/me', { body })),
    onSuccess: (_person, { password }) => {
      setCurrent('');
      setNext('');
      say(password === undefined ? shared.saved : t.changed);
      void queries.invalidateQueries({ queryKey: SESSION });
      void queries.invalidateQueries({ queryKey: ['people'] });
      void queries.invalidateQueries({ queryKey: ['sessions'] });
    },
    onError: (error) => {
      if (Object.keys(fieldErrors(error)).length === 0) sayError(error);
    },
  });
  const errors = fieldErrors(change.error);

  if (person.email === null)
    return (
      <Section title={t.title} hint={words.roles[role]}>
        <div>{t.byKey}</div>
      </Section>
    );
  return (
    <>
      <Section title={t.title} hint={`${person.email} · ${words.roles[role]}`}>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ name: name.trim() });
          }}
        >
          <TextInput
            label={words.name}
            required
            maxLength={200}
            autoComplete="name"
            value={name}
            error={errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" mt={22} disabled={name.trim() === '' || name.trim() === person.name} loading={change.isPending}>
            {shared.save}
          </Button>
        </form>
      </Section>
      <Section title={t.password} hint={t.passwordHint}>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ password: next, currentPassword: current });
          }}
        >
          <input type="hidden" name="username" autoComplete="username" value={person.email} />
          <PasswordInput
            label={t.current}
            required
            autoComplete="current-password"
            value={current}
            error={errors.currentPassword === undefined ? undefined : t.wrong}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t.next}
            description={t.nextHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            required
            minLength={12}
            autoComplete="new-password"
            value={next}
            error={errors.password}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          <Button type="submit" mt={22} disabled={current === '' || next.length < 12} loading={change.isPending}>
            {t.change}
          </Button>
        </form>
      </Section>
    </>
  );
}
