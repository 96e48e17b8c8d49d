import { useEffect, useState } from 'react';

/** Of a window above the page: when it is gone, the focus is where it was before; if that is gone too, at the page's content. */
export function useFocusBack(): void {
  // Read while the window is drawn for the first time: later it is inside.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        if (!isNowhere()) return;
        const place =
          before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.getElementById('content');
        place?.focus({ preventScroll: true });
      });
    },
    [before],
  );
}

/** What had the focus is gone, and nothing has taken it since. */
export const isNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body;
