import { Autocomplete, Pill } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconFilter } from '@tabler/icons-react';
import { useMemo, useRef, useState } from 'react';
import { readReport } from '../api/catalog';
import { useKeys } from '../parts/keys';
import { type Conditions, readConditions } from './conditions';
import { dimensionOf, type FilterName, FILTERS, isTime } from './dimensions';
import { type Row, valueOf } from './query';
import styles from './Reports.module.css';
import { nameOf, words } from './strings';

/** Filters by typing; names are offered, then the values that the period has. */
export function Typed(props: {
  conditions: Conditions;
  period: { from: string; to: string; tz: string };
  labelOf: (name: FilterName, value: string) => string;
  onChange: (conditions: Conditions) => void;
}) {
  const { conditions, onChange, labelOf } = props;
  const [text, setText] = useState('');
  const [unread, setUnread] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });

  const colon = text.indexOf(':');
  const found = colon < 0 ? undefined : dimensionOf(text.slice(0, colon).trim());
  const name = found === undefined || isTime(found) ? undefined : found;
  const known = useQuery({
    queryKey: ['report', 'values', name, props.period],
    enabled: name !== undefined,
    queryFn: ({ signal }) =>
      readReport({ groupBy: name === undefined ? [] : [name], sort: '-conversions', limit: 100, ...props.period }, signal),
    staleTime: 60_000,
  });
  const hasSpace = text.includes(' ');
  const rows = known.data?.rows;
  // Made when the name changes, not with each letter.
  const options = useMemo(
    () => [
      ...new Set(
        name === undefined
          ? FILTERS.flatMap((each) => [`${each}:`, ...(hasSpace ? [`${each} is empty`] : [])])
          : (rows ?? []).map((row) => {
              const { value, label } = valueOf(row as Row, name);
              return value === '' ? `${name} is empty` : label !== value ? `${name}:${label}` : `${name}:${quoted(value)}`;
            }),
      ),
    ],
    [name, rows, hasSpace],
  );

  const add = (more: Conditions): void => {
    const all: { [K in FilterName]?: readonly string[] } = { ...conditions };
    for (const each of FILTERS) {
      const values = more[each];
      if (values !== undefined) all[each] = [...new Set([...(all[each] ?? []), ...values])];
    }
    onChange(all);
  };
  /** @returns whether it was read whole */
  const take = (said: string): void => {
    // An offer is named by its name, and looked for by its id.
    const label = said.slice(said.indexOf(':') + 1).trim();
    const named =
      name === undefined ? undefined : rows?.map((row) => valueOf(row as Row, name)).find((each) => each.label === label)?.value;
    if (name !== undefined && named !== undefined && said.includes(':')) {
      add({ [name]: [named] });
      setText('');
      setUnread(null);
      return;
    }
    const { conditions: more, rest } = readConditions(said);
    if (Object.keys(more).length > 0) add(more);
    setText(rest);
    setUnread(rest === '' ? null : rest);
  };

  return (
    <div className={styles.typed}>
      <Autocomplete
        ref={field}
        className={styles.field}
        aria-label={words.filterLabel}
        placeholder={words.filterPlaceholder}
        leftSection={<IconFilter size={14} />}
        data={options}
        limit={12}
        value={text}
        error={unread === null ? undefined : words.notRead(unread)}
        onChange={(value) => {
          setText(value);
          setUnread(null);
        }}
        onOptionSubmit={(option) => {
          if (option.endsWith(':')) return;
          take(option);
          // The option is also written into the field, after this.
          queueMicrotask(() => setText(''));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text.trim() !== '' && document.activeElement?.getAttribute('aria-activedescendant') === null)
            take(text);
          if (event.key === 'Escape' && text === '') event.currentTarget.blur();
          if (event.key === 'Backspace' && text === '') {
            const last = FILTERS.filter((each) => conditions[each] !== undefined).at(-1);
            if (last !== undefined) onChange({ ...conditions, [last]: undefined });
          }
        }}
      />
      {FILTERS.flatMap((each) => {
        const values = conditions[each];
        if (values === undefined) return [];
        return (
          <Pill
            key={each}
            withRemoveButton
            className={styles.pill}
            removeButtonProps={{ 'aria-label': words.removeFilter(nameOf(each)), 'aria-hidden': false, tabIndex: 0 }}
            onRemove={() => onChange({ ...conditions, [each]: undefined })}
          >
            {nameOf(each)}: {values.map((value) => (value === '' ? words.isEmpty : labelOf(each, value))).join(', ')}
          </Pill>
        );
      })}
    </div>
  );
}

const quoted = (value: string): string => (/[\s,;"]/.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : value);
