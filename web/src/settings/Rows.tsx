import { Skeleton } from '@mantine/core';
import { type ReactNode, useLayoutEffect, useState } from 'react';
import { ErrorState } from '../parts/states';
import { words } from './strings';
import styles from './Settings.module.css';

export interface Line {
  id: string;
  cells: ReactNode[];
  isFaded?: boolean;
}

/** What a column needs at least, on the whole. */
const COLUMN_PX = 125;

/** A short list in a section, with its states. */
export function Rows(props: {
  name: string;
  heads: string[];
  lines: Line[] | undefined;
  query: { error: unknown; refetch: () => unknown };
  empty?: string;
  /** Columns of figures stand right. */
  figures?: readonly number[];
  /** How many there will be, where that is known: what stands below does not jump. */
  usual?: number;
}) {
  const { name, heads, lines, query, figures = [] } = props;
  const [box, isStacked] = useNarrower(heads.length * COLUMN_PX);
  if (query.error !== null && lines === undefined) return <ErrorState error={query.error} onRetry={query.refetch} />;
  if (lines === undefined)
    return (
      <div className={styles.waiting} aria-busy>
        {Array.from({ length: props.usual ?? 3 }, (_, i) => (
          <Skeleton key={i} height={10} width={`${70 - (i % 3) * 15}%`} />
        ))}
      </div>
    );
  if (lines.length === 0) return <p className={styles.muted}>{props.empty ?? words.none}</p>;
  return (
    <div ref={box} className={styles.scroll} data-stacked={isStacked} role="region" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head, i) =>
              head === '' ? (
                <td key={i} />
              ) : (
                <th key={i} data-figure={figures.includes(i)}>
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ id, cells, isFaded }) => (
            <tr key={id} className={isFaded === true ? styles.faded : undefined}>
              {cells.map((cell, i) => (
                <td key={i} data-label={heads[i]} data-figure={figures.includes(i)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whether an element has less room than that; it may stand beside the navigation of a wide window or alone on a narrow one. */
function useNarrower(px: number): [(element: HTMLElement | null) => void, boolean] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [isNarrower, setNarrower] = useState(false);
  useLayoutEffect(() => {
    if (element === null) return undefined;
    const look = (): void => setNarrower(element.clientWidth < px);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element, px]);
  return [setElement, isNarrower];
}
