import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { ApiProblem } from '../api/client';
import { words } from './strings';

/** Toasts are live regions: they are read out as they appear. */
export function say(message: string): void {
  notifications.show({ message, color: 'cidra', icon: <IconCheck size={16} />, withBorder: true });
}

export function sayError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
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
