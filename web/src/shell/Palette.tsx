import { Modal, useMantineColorScheme } from '@mantine/core';
import {
  IconAffiliate,
  IconClick,
  IconClockHour3,
  IconCoins,
  IconCommand,
  IconCornerDownLeft,
  IconRadar2,
  IconTarget,
  IconTestPipe,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useDeferredValue, useEffect, useId, useState } from 'react';
import { answered, api } from '../api/client';
import { sayError } from '../parts/toast';
import { useFocusBack } from '../parts/useFocusBack';
import { signOut, useMay, useSession } from '../session';
import { PAGES } from './pages';
import styles from './Palette.module.css';
import { readPasted } from './pasted';
import { recents, remember } from './recent';
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
export default function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  useFocusBack();
  const navigate = useNavigate();
  const { person } = useSession();
  const commands = useCommands(onKeys);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const wanted = useDeferredValue(text.trim());
  const pasted = readPasted(wanted);
  // Of a postback URL it is the click that is looked for.
  const asked = pasted === null ? wanted : (pasted.cid ?? pasted.txid ?? '');
  const found = useQuery({
    queryKey: ['palette', asked],
    enabled: asked.length > 1,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await answered(api.GET('/api/v1/search', { params: { query: { q: asked.slice(0, 255) } }, signal }))).data,
  });
  const fits = (label: string, keywords: string): boolean =>
    pasted === null && `${label} ${keywords}`.toLowerCase().includes(wanted.toLowerCase());
  const lead = (href: string): void => void navigate({ href: href.replace(/^\/app/, '') });

  const pages = PAGES.filter(({ label, keywords }) => fits(label, keywords)).map(
    ({ to, label, icon: Icon }): Entry => ({
      id: to,
      kind: words.page,
      label,
      icon: <Icon size={16} />,
      go: () => void navigate({ to }),
    }),
  );
  const rows = (asked.length < 2 ? [] : (found.data ?? [])).map(({ kind, id, label, href }): Entry => {
    const Icon = ICONS[kind];
    return {
      id,
      kind: words.kinds[kind],
      label,
      icon: <Icon size={16} />,
      go: () => {
        remember(person.id, { kind: words.kinds[kind], label, href });
        lead(href);
      },
    };
  });
  const lately =
    wanted === ''
      ? recents(person.id).map(
          ({ kind, label, href }): Entry => ({
            id: `recent ${href}`,
            kind,
            label,
            icon: <IconClockHour3 size={16} />,
            go: () => lead(href),
          }),
        )
      : [];
  // A whole postback URL leads to its dry run, and to the requests that came for its click.
  const ofPasted: Entry[] =
    pasted === null
      ? []
      : [
          {
            id: 'dry-run',
            kind: words.postback,
            label: words.dryRun,
            icon: <IconTestPipe size={16} />,
            go: () => void navigate({ to: '/postbacks', search: { open: 'dry-run', url: wanted } }),
          },
          ...(pasted.cid === null
            ? []
            : [
                {
                  id: 'log',
                  kind: words.postback,
                  label: words.requestsOf(pasted.cid),
                  icon: <IconRadar2 size={16} />,
                  go: () => void navigate({ to: '/postbacks', search: { cid: pasted.cid ?? undefined } }),
                },
              ]),
        ];
  const doing = wanted === '' ? [] : commands.filter(({ label, keywords }) => fits(label, keywords));
  const entries = [...lately, ...ofPasted, ...pages, ...doing, ...rows];
  const current = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.go();
  };
  // Enter goes where the typed text leads, and waits for it: what is listed may still be of the letters before.
  const isOld = text.trim() !== wanted || (asked.length > 1 && found.isFetching && (found.data === undefined || found.isPlaceholderData));
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    if (!isDue || isOld) return;
    setDue(false);
    run(entries[current]);
  });

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
            setDue(false);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(current + 1, entries.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
            else if (event.key === 'Enter') setDue(true);
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
              // A list that appears under a pointer at rest is not pointed at.
              onMouseMove={({ movementX, movementY }) => (movementX !== 0 || movementY !== 0) && setAt(i)}
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

/** What can be done from anywhere; what the role may not is not offered. */
function useCommands(onKeys: () => void): (Entry & { keywords: string })[] {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const mayWrite = useMay('write');
  const mayAdmin = useMay('admin');
  const command = (id: keyof typeof words.commands, go: () => void, may = true): (Entry & { keywords: string })[] => {
    const [label, keywords] = words.commands[id];
    return may ? [{ id, kind: words.command, label, keywords, icon: <IconCommand size={16} />, go }] : [];
  };
  return [
    ...command('newOffer', () => void navigate({ to: '/offers', search: { open: 'new' } }), mayWrite),
    ...command('newSource', () => void navigate({ to: '/offer-sources', search: { open: 'new' } }), mayWrite),
    ...command('dryRun', () => void navigate({ to: '/postbacks', search: { open: 'dry-run' } })),
    ...command('addPerson', () => void navigate({ to: '/settings', search: { section: 'people' } }), mayAdmin),
    ...command('light', () => setColorScheme('light')),
    ...command('dark', () => setColorScheme('dark')),
    ...command('system', () => setColorScheme('auto')),
    ...command('keys', onKeys),
    ...command('signOut', () => void signOut().catch(sayError)),
  ];
}
