import { useNavigate, useSearch } from '@tanstack/react-router';
import { signIn } from '../session';
import { Front } from './Front';
import { SignInForm } from './SignInForm';
import { words } from './strings';

export default function SignIn() {
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  return (
    <Front title={words.title}>
      <SignInForm
        onSaid={async (said) => {
          // What comes next is fetched while the password is looked at.
          void import('../shell/Shell');
          await signIn(said);
          await navigate({ href: next ?? '/', replace: true });
        }}
      />
    </Front>
  );
}
