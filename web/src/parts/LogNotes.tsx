import { Anchor } from '@mantine/core';
import { showCount } from './format';
import styles from './LogNotes.module.css';
import { words } from './strings';

/** What a log that goes on says above its rows: that only the newest are here, and where all of them are. */
export function LogNotes(props: {
  shown: number;
  more: boolean;
  file: { path: string; query: Record<string, string | readonly string[] | boolean | undefined> };
  note?: string | null;
}) {
  const { shown, more, file, note = null } = props;
  if (!more && note === null) return null;
  const query = new URLSearchParams(
    Object.entries({ ...file.query, format: 'csv' }).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one) => [name, String(one)]),
    ),
  );
  return (
    <div className={styles.notes} role="status">
      {note}
      {more && (
        <>
          {note !== null && ' '}
          {words.newestOnly(showCount(shown))}{' '}
          <Anchor size="xs" underline="always" href={`${file.path}?${query.toString()}`} download>
            {words.allAsCsv}
          </Anchor>
        </>
      )}
    </div>
  );
}
