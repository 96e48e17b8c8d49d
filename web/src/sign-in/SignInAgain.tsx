import { Button } from '@mantine/core';
import { signInAgain } from '../session';
import { Dialog } from '../parts/Dialog';
import styles from './Front.module.css';
import { SignInForm } from './SignInForm';
import { words } from './strings';

/** A session that ended while something was being written: it stays, unseen, until its writer is back. */
export default function SignInAgain({ onLeave }: { onLeave: () => void }) {
  return (
    <Dialog
      onClose={onLeave}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      centered
      size="22.5rem"
      title={words.again}
      overlayProps={{ color: 'var(--ground)', backgroundOpacity: 1 }}
    >
      <div className={styles.again}>
        <p className={styles.hint}>{words.againHint}</p>
        <SignInForm onSaid={signInAgain} />
        <Button variant="subtle" color="gray" fullWidth mt="sm" onClick={onLeave}>
          {words.leave}
        </Button>
      </div>
    </Dialog>
  );
}
