import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useFocusBack } from '../parts/useFocusBack';
import styles from './Shell.module.css';
import { words } from './strings';

/** The navigation where there is no room beside the page. */
export default function Menu({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  useFocusBack();
  return (
    <Drawer.Root opened onClose={onClose} size={240}>
      <Drawer.Overlay />
      <Drawer.Content aria-label={words.pages}>
        <div className={styles.drawer}>{children}</div>
      </Drawer.Content>
    </Drawer.Root>
  );
}
