import { ActionIcon, Select } from '@mantine/core';
import { IconGripVertical, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { type Dimension, dimensionOf, DIMENSIONS } from './dimensions';
import styles from './Reports.module.css';
import { MOST_GROUPINGS } from './search';
import { nameOf, words } from './strings';

/** What the report is grouped by, outermost first: dragged, or moved with the arrow keys. */
export function Groupings({ grouped, onChange }: { grouped: readonly Dimension[]; onChange: (grouped: Dimension[]) => void }) {
  const [dragged, setDragged] = useState<Dimension | null>(null);
  const move = (name: Dimension, to: number): void => {
    const rest = grouped.filter((each) => each !== name);
    onChange(rest.toSpliced(Math.min(Math.max(to, 0), rest.length), 0, name));
  };
  return (
    <div className={styles.chips} role="group" aria-label={words.groupBy}>
      <span className={styles.label}>{words.groupBy}</span>
      {grouped.map((name, i) => (
        <span
          key={name}
          className={styles.chip}
          data-dragged={name === dragged}
          draggable
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = 'move';
            event.dataTransfer.setData('text/plain', name);
            setDragged(name);
          }}
          onDragEnd={() => setDragged(null)}
          onDragOver={(event) => {
            if (dragged !== null) event.preventDefault();
          }}
          onDrop={(event) => {
            event.preventDefault();
            if (dragged !== null) move(dragged, i);
          }}
        >
          <button
            type="button"
            className={styles.handle}
            title={words.groupingHint(nameOf(name))}
            onKeyDown={(event) => {
              const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
              if (step === 0) return;
              event.preventDefault();
              move(name, i + step);
            }}
          >
            <IconGripVertical size={12} aria-hidden />
            {nameOf(name)}
          </button>
          {grouped.length > 1 && (
            <ActionIcon
              size={24}
              aria-label={words.removeGrouping(nameOf(name))}
              onClick={() => onChange(grouped.filter((each) => each !== name))}
            >
              <IconX size={12} />
            </ActionIcon>
          )}
        </span>
      ))}
      <Select
        key={grouped.join()}
        className={styles.add}
        aria-label={words.addGrouping}
        placeholder={words.addGrouping}
        data={DIMENSIONS.filter((name) => !grouped.includes(name)).map((name) => ({ value: name, label: nameOf(name) }))}
        value={null}
        searchable
        onChange={(value) => {
          const name = dimensionOf(value ?? '');
          // The last one gives way to a fourth.
          if (name !== undefined) onChange([...grouped.slice(0, MOST_GROUPINGS - 1), name]);
        }}
      />
    </div>
  );
}
