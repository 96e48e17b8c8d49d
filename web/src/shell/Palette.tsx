import { Modal } from '@mantine/core';
import { IconAffiliate, IconClick, IconCoins, IconCornerDownLeft, IconTarget, IconTestPipe } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useDeferredValue, useId, useState } from 'react';
import { answered, api } from '../api/client';
import { PAGES } from './pages';
import styles from './Palette.module.css';
import { words } from './strings';

interface Entry {
  id: string;
  kind: string;
  label: string;
  icon: ReactNode;
  go: () => void;
}

const ICONS = { offer: IconTarget, offer_source: IconAffiliate, click: IconClick, conversion: IconCoins };

/** `Ctrl K`: typing leads anywhere. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const wanted = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['palette', wanted],
    enabled: wanted.length > 1,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await answered(api.GET('/api/v1/search', { params: { query: { q: wanted.slice(0, 255) } }, signal }))).data,
  });

  const pages = PAGES.filter(({ label, keywords }) => `${label} ${keywords}`.toLowerCase().includes(wanted.toLowerCase())).map(
    ({ to, label, icon: Icon }): Entry => ({
      id: to,
      kind: words.page,
      label,
      icon: <Icon size={16} />,
      go: () => void navigate({ to }),
    }),
  );
  const rows = (wanted.length < 2 ? [] : (found.data ?? [])).map(({ kind, id, label, href }): Entry => {
    const Icon = ICONS[kind];
    return { id, kind: words.kinds[kind], label, icon: <Icon size={16} />, go: () => void navigate({ href: href.replace(/^\/app/, '') }) };
  });
  // A whole postback URL leads to its dry run.
  const dryRun: Entry[] = /\/postback(\.gif)?([/?]|$)/i.test(wanted)
    ? [
        {
          id: 'dry-run',
          kind: words.postback,
          label: words.dryRun,
          icon: <IconTestPipe size={16} />,
          go: () => void navigate({ to: '/postbacks', search: { open: 'dry-run', url: wanted } }),
        },
      ]
    : [];
  const entries = [...dryRun, ...pages, ...rows];
  const current = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.go();
  };

  return (
    <Modal.Root opened onClose={onClose} size={560} yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label={words.search}>
        <input
          className={styles.field}
          data-autofocus
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={entries[current] === undefined ? undefined : `${list}-${current}`}
          aria-label={words.search}
          placeholder={words.searchHint}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(current + 1, entries.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
            else if (event.key === 'Enter') run(entries[current]);
            else return;
            event.preventDefault();
          }}
        />
        <div role="listbox" id={list} aria-label={words.search} className={styles.list}>
          {entries.map((entry, i) => (
            <div
              key={entry.id}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === current}
              className={styles.entry}
              onMouseMove={() => setAt(i)}
              onClick={() => run(entry)}
            >
              {entry.icon}
              <span className={styles.label}>{entry.label}</span>
              <span className={styles.kind}>{entry.kind}</span>
              {i === current && <IconCornerDownLeft size={14} aria-hidden />}
            </div>
          ))}
        </div>
        {entries.length === 0 && <p className={styles.none}>{found.isFetching ? words.searching : words.nothingFound}</p>}
      </Modal.Content>
    </Modal.Root>
  );
}
