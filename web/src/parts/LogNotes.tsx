import { Anchor } from '@mantine/core';
import { useZone } from '../period';
import { showCount, showTime } from './format';
import styles from './LogNotes.module.css';
import { words } from './strings';

/** What a log that goes on says above its rows: that only the newest are here, and where all of them are; or how far back it was looked through. */
export function LogNotes(props: {
  shown: number;
  list: { more: boolean; lookedTo: string | null; further: (() => void) | null };
  file: { path: string; query: Record<string, string | readonly string[] | boolean | undefined> };
  note?: string | null;
}) {
  const { shown, file, note = null } = props;
  const { more, lookedTo, further } = props.list;
  const zone = useZone();
  if (!more && lookedTo === null && note === null) return null;
  const query = new URLSearchParams(
    Object.entries({ ...file.query, format: 'csv' }).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one) => [name, String(one)]),
    ),
  );
  return (
    <div className={styles.notes} role="status">
      {note}
      {lookedTo !== null && (
        <>
          {note !== null && ' '}
          {words.lookedTo(showTime(lookedTo, zone))}{' '}
          {further !== null && (
            <Anchor component="button" size="xs" underline="always" onClick={further}>
              {words.further}
            </Anchor>
          )}
        </>
      )}
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
