import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { ApiProblem, fieldErrors } from '../api/client';
import { words } from './strings';

/** Toasts are live regions: they are read out as they appear. */
export function say(message: string): void {
  notifications.show({ message, color: 'cidra', icon: <IconCheck size={16} />, withBorder: true });
}

export function sayError(error: unknown): void {
  // That nobody is signed in any more is said by the shell, which asks who it is.
  if (error instanceof ApiProblem && error.status === 401) return;
  const fields = error instanceof ApiProblem ? error.errors.map(({ message }) => message).join('. ') : '';
  const message = fields !== '' ? fields : error instanceof Error ? error.message : String(error);
  const requestId = error instanceof ApiProblem && error.status >= 500 ? error.requestId : null;
  notifications.show({
    title: words.failed,
    message: requestId === null ? message : `${message} (${words.requestId.toLowerCase()} ${requestId})`,
    color: 'red',
    icon: <IconAlertTriangle size={16} />,
    autoClose: 12_000,
    withBorder: true,
  });
}

/** What one has to look at before going on. */
export function sayWarning(message: string): void {
  notifications.show({ message, color: 'yellow', icon: <IconAlertTriangle size={16} />, autoClose: 20_000, withBorder: true });
}

/** Of a form: what stands beside its field need not be said again. A field may be on another tab, or be none of the form's. */
export function sayUnlessShown(error: unknown): void {
  requestAnimationFrame(() => {
    const isShown = document.querySelector('form [aria-invalid=true]') !== null;
    if (!isShown || Object.keys(fieldErrors(error)).length === 0) sayError(error);
  });
}

/** Says what was done and offers to take it back for ten seconds. */
export function sayUndo(message: string, undo: () => Promise<unknown>): void {
  const id = notifications.show({
    message: (
      <span className="toast-undo">
        {message}
        <Button
          size="compact-xs"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo().then(() => say(words.undone), sayError);
          }}
        >
          {words.undo}
        </Button>
      </span>
    ),
    color: 'cidra',
    icon: <IconCheck size={16} />,
    autoClose: 10_000,
    withBorder: true,
  });
}
