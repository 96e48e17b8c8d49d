import styles from './StatusMark.module.css';
import { words } from './strings';

const TONES: Record<string, string> = {
  active: 'good',
  enabled: 'good',
  approved: 'good',
  created: 'good',
  updated: 'good',
  pending: 'wait',
  paused: 'wait',
  accepted: 'wait',
  waiting_click: 'wait',
  unmapped: 'wait',
  rejected: 'bad',
  failed: 'bad',
  reversed: 'bad',
  click_not_found: 'bad',
  source_mismatch: 'bad',
};

/** A status in its colour, always with its word. */
export function StatusMark({ status }: { status: string }) {
  return (
    <span className={styles.mark} data-tone={TONES[status] ?? 'still'}>
      {words.statuses[status] ?? status.replaceAll('_', ' ')}
    </span>
  );
}
