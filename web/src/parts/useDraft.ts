import { useBlocker } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { words } from './strings';

let unsaved = 0;
/** Whether something is written anywhere that would be lost. */
export const hasUnsaved = (): boolean => unsaved > 0;

/** What is being changed in a form, beside what is stored; leaving with changes asks first. */
export function useDraft<T extends object>(
  stored: T,
): {
  draft: T;
  set: (change: Partial<T>) => void;
  isDirty: boolean;
  /** After saving: what is stored now. */
  reset: (stored: T) => void;
  /** Somebody else has saved meanwhile: what is changed here stays, the rest is as it is stored now. */
  takeIn: (stored: T) => void;
} {
  const [base, setBase] = useState(stored);
  const [draft, setDraft] = useState(stored);
  const isDirty = JSON.stringify(draft) !== JSON.stringify(base);
  useEffect(() => {
    if (!isDirty) return undefined;
    unsaved += 1;
    return () => void (unsaved -= 1);
  }, [isDirty]);
  useBlocker({
    // The open form is named by `open`; filters, tabs and the period may change around it.
    shouldBlockFn: ({ current, next }) => {
      const stays = current.pathname === next.pathname && openOf(current.search) === openOf(next.search);
      return isDirty && !stays && !window.confirm(words.unsaved);
    },
    enableBeforeUnload: () => isDirty,
    disabled: !isDirty,
  });
  return {
    draft,
    set: (change) => setDraft((before) => ({ ...before, ...change })),
    isDirty,
    reset: (next) => {
      setBase(next);
      setDraft(next);
    },
    takeIn: (next) => {
      const isOwn = (name: keyof T): boolean => JSON.stringify(draft[name]) !== JSON.stringify(base[name]);
      const own = Object.fromEntries(Object.entries(draft).filter(([name]) => isOwn(name as keyof T)));
      setBase(next);
      setDraft({ ...next, ...own });
    },
  };
}

const openOf = (search: unknown): unknown => (typeof search === 'object' && search !== null && 'open' in search ? search.open : undefined);
