import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconMapOff, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/client';
import { useSession } from '../session';
import styles from './states.module.css';
import { words } from './strings';

/** What a list says when it has no rows to show. */
export function State(props: { icon: ReactNode; title: string; children?: ReactNode; actions?: ReactNode; alert?: boolean }) {
  return (
    <div className={styles.state} role={props.alert === true ? 'alert' : undefined}>
      <div className={styles.icon} aria-hidden>
        {props.icon}
      </div>
      <div className={styles.title}>{props.title}</div>
      {props.children !== undefined && <div className={styles.text}>{props.children}</div>}
      {props.actions !== undefined && <div className={styles.actions}>{props.actions}</div>}
    </div>
  );
}

/** What happened, the request's id for whoever reads the server's log, and the way to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => unknown }) {
  const { role } = useSession();
  if (error instanceof ApiProblem && error.status === 403)
    return (
      <State icon={<IconLock size={22} />} title={words.noRight} alert>
        {words.noRightHint(role)}
      </State>
    );
  if (error instanceof ApiProblem && error.status === 404)
    return (
      <State icon={<IconMapOff size={22} />} title={words.notThere} alert>
        {error.message}
      </State>
    );
  const requestId = error instanceof ApiProblem ? error.requestId : null;
  return (
    <State
      icon={<IconAlertTriangle size={22} />}
      title={words.failed}
      alert
      actions={
        onRetry !== undefined && (
          <Button variant="default" leftSection={<IconRefresh size={14} />} onClick={() => void onRetry()}>
            {words.tryAgain}
          </Button>
        )
      }
    >
      {error instanceof Error ? error.message : String(error)}
      {requestId !== null && (
        <div className={styles.request}>
          {words.requestId} {requestId}
        </div>
      )}
    </State>
  );
}

/** As high as the form that will stand here. */
export function FormSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div className={styles.form} aria-busy>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={48} radius="md" />
      ))}
    </div>
  );
}
