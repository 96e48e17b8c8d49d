import { Alert, Anchor, Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { ApiProblem, type Schemas } from '../api/client';
import { words } from './strings';

/** E-mail and password, or a key. */
export function SignInForm({ onSaid }: { onSaid: (said: Schemas['SignIn']) => Promise<void> }) {
  const [byKey, setByKey] = useState(false);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [wait, setWait] = useState(0);
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => setWait(wait - 1), 1_000);
    return () => clearTimeout(timer);
  }, [wait]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onSaid(byKey ? { key: key.trim() } : { email: email.trim(), password });
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 429) setWait(Math.ceil(error.retryAfterSeconds ?? 1));
      else if (error instanceof ApiProblem && [400, 401].includes(error.status)) setProblem(words.refused);
      else setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      {byKey ? (
        <PasswordInput
          key="key"
          size="sm"
          label={words.key}
          description={words.keyHint}
          autoComplete="off"
          required
          autoFocus
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
      ) : (
        <>
          <TextInput
            size="sm"
            label={words.email}
            type="email"
            name="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            size="sm"
            label={words.password}
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        </>
      )}
      <div aria-live="polite">
        {wait > 0 ? <Alert color="yellow">{words.slowed(wait)}</Alert> : problem !== null && <Alert color="red">{problem}</Alert>}
      </div>
      <Button type="submit" size="sm" fullWidth loading={busy} disabled={wait > 0}>
        {words.submit}
      </Button>
      <Anchor
        component="button"
        type="button"
        size="sm"
        onClick={() => {
          setByKey(!byKey);
          setProblem(null);
        }}
      >
        {byKey ? words.withPassword : words.withKey}
      </Anchor>
    </form>
  );
}
