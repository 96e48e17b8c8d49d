import type { ReactNode } from 'react';
import { CopyIcon } from './Copy';
import styles from './Facts.module.css';

export type Fact = readonly [name: string, value: ReactNode];

/**
 * What is known of one thing; what is not known is left out.
 * @param props.nothing what is said when nothing is known
 */
export function Facts({ facts, nothing }: { facts: readonly Fact[]; nothing?: string }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
  if (known.length === 0 && nothing !== undefined) return <p className={styles.nothing}>{nothing}</p>;
  return (
    <dl className={styles.facts}>
      {known.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An id, to be copied. */
export function CopiedId({ text, what }: { text: string; what: string }) {
  return (
    <span className={styles.copied}>
      <code>{text}</code>
      <CopyIcon text={text} what={what} />
    </span>
  );
}

/** A text as it came, whole, whoever wrote it. */
export function Raw({ children, label }: { children: string; label: string }) {
  return (
    <pre className={styles.raw} aria-label={label} tabIndex={0} dir="ltr">
      {children}
    </pre>
  );
}
