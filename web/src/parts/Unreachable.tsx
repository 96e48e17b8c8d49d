import { localUrlWarning } from '../../../src/lib/local-url';
import styles from './Copy.module.css';

/**
 * Said where an address is to be copied that nobody but this machine or its network reaches.
 * @param last among buttons in a row it stands below them
 */
export function Unreachable({ url, last = false }: { url: string | null | undefined; last?: boolean }) {
  const warning = localUrlWarning(url ?? '');
  return (
    warning !== null && (
      <div role="note" className={styles.unreachable} data-last={last}>
        {warning}
      </div>
    )
  );
}
