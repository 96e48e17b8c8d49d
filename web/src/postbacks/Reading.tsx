import { words } from './strings';
import { readingOf, type ReadParameter } from './read-parameters';
import styles from './Postbacks.module.css';

/** Each parameter with the name it counts under and the value that was understood. */
export function Reading(props: { parameters: string; values: Record<string, unknown>; aliases: Record<string, string> }) {
  const rows = readingOf(props.parameters, props.values, props.aliases);
  if (rows.length === 0) return <p>{words.noValues}</p>;
  return (
    <div className={styles.scroll} role="region" aria-label={words.read} tabIndex={0}>
      <table className={styles.values}>
        <thead>
          <tr>
            <th scope="col">{words.sent}</th>
            <th scope="col">{words.readAs}</th>
            <th scope="col">{words.value}</th>
            <th scope="col">{words.remark}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i} data-read={row.name !== null}>
              <td>
                <code>{`${row.sent}=${row.text}`}</code>
              </td>
              <td>{row.name}</td>
              <td>
                <bdi>{row.value}</bdi>
              </td>
              <td>{remarkOf(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function remarkOf({ sent, text, name, value, isOwnAlias }: ReadParameter): string {
  if (name === null) return words.notRead;
  if (value === null) return words.ignored;
  const said = [];
  if (isOwnAlias) said.push(words.ownAlias);
  else if (sent !== name) said.push(words.alias);
  if (value !== text) said.push(words.mended);
  return said.join(', ');
}
