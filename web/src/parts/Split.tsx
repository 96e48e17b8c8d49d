import type { ReactNode } from 'react';
import styles from './Split.module.css';

/** A list, and what is open of it: in its place, or beside it where there is room. The list keeps its place. */
export function Split({ list, detail }: { list: ReactNode; detail: ReactNode | null }) {
  return (
    <div className={styles.split} data-open={detail !== null}>
      <div className={styles.list}>{list}</div>
      {detail !== null && <div className={styles.detail}>{detail}</div>}
    </div>
  );
}
