import type { ReactNode } from 'react';
import type { Schemas } from '../api/client';
import { showMoney } from '../parts/format';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import { words } from './strings';
import styles from './Postbacks.module.css';

/** What became of a request, in a word, in a sentence, and what was odd. */
export function Verdict(props: {
  result: string;
  explanation: string;
  warnings: readonly string[];
  change?: Schemas['ChangeAnswer'] | null;
  children?: ReactNode;
}) {
  const { change, warnings } = props;
  return (
    <>
      <div className={styles.verdict}>
        <StatusMark status={props.result} />
        {change?.to !== null && change?.to !== undefined && (
          <span>
            {words.statusFromTo(
              change.from === null ? null : (shared.statuses[change.from] ?? change.from),
              shared.statuses[change.to] ?? change.to,
            )}
          </span>
        )}
        {change?.payout !== null && change?.payout !== undefined && <span>{showMoney(change.payout, change.currency)}</span>}
      </div>
      <p className={styles.why}>
        <bdi>{props.explanation}</bdi>
      </p>
      {warnings.length > 0 && (
        <ul className={styles.warnings} aria-label={words.warnings}>
          {warnings.map((each) => (
            <li key={each}>{shared.warnings[each] ?? each.replaceAll('_', ' ')}</li>
          ))}
        </ul>
      )}
      {props.children}
    </>
  );
}
