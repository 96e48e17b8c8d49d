import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { resolveStatus } from '../../../src/statuses/resolve-status';
import { useBaseCurrency, useUnmapped } from '../api/catalog';
import type { Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Section } from '../parts/Form';
import { NOTHING, showAgo, showCount, showMoney } from '../parts/format';
import { JobProgress } from '../parts/Job';
import { ErrorState } from '../parts/states';
import { words as shared } from '../parts/strings';
import { say } from '../parts/toast';
import type { SourceDraft } from './draft';
import type { TabProps } from './OfferSource';
import { words } from './strings';
import styles from './Words.module.css';

const t = words.words;
type Meaning = SourceDraft['statusMap'][string];
const MEANINGS = (['approved', 'pending', 'rejected', 'trash', 'reversed', 'ignored', 'unmapped'] as const).map((value) => ({
  value,
  label: shared.statuses[value] ?? value,
}));

/** The network's words: what they mean, and those that nobody knows yet, with what hangs on them. */
export function Words(
  props: TabProps & {
    stored: Schemas['OfferSourceAnswer'];
    reapply: boolean;
    onReapply: (reapply: boolean) => void;
    jobId: string | null;
    onSubmit: () => void;
  },
) {
  const { draft, set, stored, network, readOnly } = props;
  const unmapped = useUnmapped();
  const base = useBaseCurrency();
  const [word, setWord] = useState('');
  const seen = new Map(
    (unmapped.data?.data ?? []).filter(({ offerSourceId }) => offerSourceId === stored.id).map((row) => [row.word.toLowerCase(), row]),
  );
  const rows = [...new Set([...seen.keys(), ...Object.keys(draft.statusMap)])];
  const map = (name: string, meaning: Meaning | null): void =>
    set({
      statusMap:
        meaning === null
          ? Object.fromEntries(Object.entries(draft.statusMap).filter(([each]) => each !== name))
          : { ...draft.statusMap, [name]: meaning },
    });
  const builtIn = (name: string): string => {
    const { meaning, mappedBy } = resolveStatus(name, [(network?.statusMap ?? {}) as Record<string, Meaning>]);
    return mappedBy === null ? t.notMapped : `${shared.statuses[meaning] ?? meaning}`;
  };
  const isChanged = JSON.stringify(draft.statusMap) !== JSON.stringify(stored.statusMap);

  if (unmapped.error !== null) return <ErrorState error={unmapped.error} onRetry={unmapped.refetch} />;
  return (
    <form
      id="offer-source"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
    >
      <Section title={t.title} hint={t.hint}>
        <div className={styles.scroll}>
          <table className={styles.words}>
            <thead>
              <tr>
                <th>{t.word}</th>
                <th>{t.meaning}</th>
                <th data-figure>{t.seen}</th>
                <th data-figure>
                  {t.money}
                  {base === undefined ? '' : `, ${base}`}
                </th>
                <th>{t.last}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {rows.map((name) => {
                const row = seen.get(name);
                const own = draft.statusMap[name];
                return (
                  <tr key={name} data-open={own === undefined}>
                    <td>
                      <code>{row?.word ?? name}</code>
                    </td>
                    <td>
                      <Select
                        aria-label={`${name}: ${t.meaning}`}
                        data={MEANINGS}
                        placeholder={own === undefined ? builtIn(name) : t.choose}
                        readOnly={readOnly}
                        value={own ?? null}
                        onChange={(value) => map(name, MEANINGS.find((each) => each.value === value)?.value ?? null)}
                      />
                    </td>
                    <td data-figure data-label={t.seen} data-none={row === undefined || undefined}>
                      {row === undefined ? NOTHING : showCount(row.count)}
                    </td>
                    <td
                      data-figure
                      data-label={base === undefined ? t.money : `${t.money}, ${base}`}
                      data-none={row === undefined || undefined}
                    >
                      {row === undefined ? NOTHING : showMoney(row.money)}
                    </td>
                    <td data-label={t.last} data-none={row === undefined || undefined}>
                      {showAgo(row?.lastSeen)}
                    </td>
                    <td>
                      {own !== undefined && !readOnly && (
                        <ActionIcon aria-label={`${t.remove}: ${name}`} onClick={() => map(name, null)}>
                          <IconX size={15} />
                        </ActionIcon>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {rows.length === 0 && <p className={styles.none}>{t.none}</p>}
        </div>
        {!readOnly && (
          <div className={styles.add}>
            <TextInput
              aria-label={t.add}
              placeholder={t.add}
              maxLength={64}
              value={word}
              onChange={(event) => setWord(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || word.trim() === '') return;
                event.preventDefault();
                map(word.trim().toLowerCase(), 'approved');
                setWord('');
              }}
            />
            <Button
              variant="default"
              disabled={word.trim() === ''}
              onClick={() => {
                map(word.trim().toLowerCase(), 'approved');
                setWord('');
              }}
            >
              {t.addButton}
            </Button>
          </div>
        )}
        {isChanged && !readOnly && (
          <Switch
            label={t.reapply}
            description={t.reapplyHint}
            checked={props.reapply}
            onChange={(event) => props.onReapply(event.currentTarget.checked)}
          />
        )}
        {props.jobId !== null && (
          <JobProgress
            id={props.jobId}
            onDone={() => {
              say(t.finished);
              void queries.invalidateQueries({ queryKey: ['unmapped'] });
              void queries.invalidateQueries({ queryKey: ['report'] });
            }}
          />
        )}
      </Section>
    </form>
  );
}
