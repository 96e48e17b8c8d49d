import { Kbd } from '@mantine/core';
import { Dialog } from '../parts/Dialog';
import styles from './Keys.module.css';
import { words } from './strings';

export default function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title={words.keys} size="sm">
      <dl className={styles.keys}>
        {words.keyList.map(([keys, what]) => (
          <div key={keys} className={styles.line}>
            <dt>
              {keys?.split(/\s+/).map((key) => (
                <Kbd key={key} size="xs">
                  {key}
                </Kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
