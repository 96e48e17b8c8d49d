import { useEffect, useRef } from 'react';

/** Whether a key belongs to what is being typed in, or to a dialog above the page. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input, textarea, select, [contenteditable], [role=menu], [role=listbox], [role=dialog]')) return true;
  return document.querySelector('[role=dialog]') !== null;
}

/** Single keys of a page: `{ j: next, Enter: open }`; typing in a field and dialogs keep theirs. */
export function useKeys(keys: Record<string, ((event: KeyboardEvent) => void) | undefined>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const run = current.current[event.key];
      if (run === undefined || isTaken(event)) return;
      // Enter and Space on a button or link are its own.
      if ((event.key === 'Enter' || event.key === ' ') && event.target instanceof Element && event.target.closest('a, button')) return;
      event.preventDefault();
      run(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
