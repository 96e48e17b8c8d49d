import { Select } from '@mantine/core';
import type { Schemas } from '../api/client';
import { words } from './strings';
import styles from './Imports.module.css';

/** How a file is read, column by column, and what can be put right by hand. */
export function Read({ answer, onColumn }: { answer: Schemas['InspectAnswer']; onColumn: (header: string, field: string | null) => void }) {
  const { headers, columns, lines, fields, missing, notes, encoding, delimiter } = answer;
  return (
    <>
      <div>{words.readAs(encoding, words.divided(words.delimiters[delimiter] ?? delimiter))}</div>
      {missing.length > 0 && (
        <div className={styles.bad} role="alert">
          {words.missing(missing.join(', '))}
        </div>
      )}
      {notes.length > 0 && (
        <ul className={styles.notes}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <div className={styles.scroll} role="region" aria-label={words.tenLines} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {headers.map((header) => (
                <th key={header}>
                  {header}
                  <Select
                    className={styles.pick}
                    aria-label={words.columnOf(header)}
                    placeholder={words.notRead}
                    data={fields}
                    searchable
                    clearable
                    value={columns[header] ?? null}
                    onChange={(field) => onColumn(header, field)}
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((values, i) => (
              <tr key={i}>
                {headers.map((header, column) => (
                  <td key={header} data-off={columns[header] === undefined}>
                    {values[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {answer.ignoredColumns.length > 0 && <p className={styles.muted}>{words.ignored(answer.ignoredColumns.join(', '))}</p>}
    </>
  );
}
