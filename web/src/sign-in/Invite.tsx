import { Alert, Button, Loader, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiProblem } from '../api/client';
import { readInvite, signIn } from '../session';
import { Front } from './Front';
import { words } from './strings';

const LEAST = 12;

/** A one-time link: who it is for chooses name and password, and is signed in. */
export default function Invite() {
  const { token } = useParams({ from: '/invite/$token' });
  const navigate = useNavigate();
  const invite = useQuery({ queryKey: ['invite', token], queryFn: () => readInvite(token), retry: false, staleTime: Infinity });
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  if (invite.isPending)
    return (
      <Front title={words.invited}>
        <Loader size="sm" type="dots" mt="md" />
      </Front>
    );
  if (invite.error !== null)
    return invite.error instanceof ApiProblem && invite.error.status === 401 ? (
      <Front title={words.badLink} hint={words.badLinkHint}>
        {null}
      </Front>
    ) : (
      <Front title={words.invited}>
        <Alert color="red" mt="md">
          {invite.error.message}
        </Alert>
      </Front>
    );

  const known = invite.data;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    // What comes next is fetched while the password is looked at.
    void import('../shell/Shell');
    setProblem(null);
    try {
      await signIn({
        invite: token,
        password,
        ...(known.name === null ? { name: name.trim() } : {}),
        ...(known.email === null ? { email: email.trim() } : {}),
      });
      await navigate({ to: '/', replace: true });
    } catch (error) {
      const details = error instanceof ApiProblem ? error.errors.map(({ message }) => message).join('. ') : '';
      setProblem(details !== '' ? details : error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Front title={words.invited} hint={known.name === null ? words.invitedHint : words.passwordHint(known.name)}>
      <form onSubmit={(event) => void submit(event)}>
        {known.name === null && (
          <TextInput
            size="sm"
            label={words.name}
            autoComplete="name"
            required
            autoFocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        {known.email === null ? (
          <TextInput
            size="sm"
            label={words.email}
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        ) : (
          // For the browser's password keeper.
          <input hidden readOnly autoComplete="username" value={known.email} />
        )}
        <PasswordInput
          size="sm"
          label={words.newPassword}
          description={words.newPasswordHint}
          autoComplete="new-password"
          required
          minLength={LEAST}
          value={password}
          error={password !== '' && password.length < LEAST ? words.tooShort : null}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <div aria-live="polite">{problem !== null && <Alert color="red">{problem}</Alert>}</div>
        <Button type="submit" size="sm" fullWidth loading={busy} style={{ justifySelf: 'stretch' }}>
          {words.start}
        </Button>
      </form>
    </Front>
  );
}
