import { Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import icon from '../shell/icon.svg';
import styles from './Front.module.css';

/** The pages before one is signed in. */
export function Front({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Cidra`;
  }, [title]);
  return (
    <main className={styles.front}>
      <div className={`card ${styles.card}`}>
        <div className={styles.brand}>
          <img src={icon} width={32} height={32} alt="" />
          Cidra
        </div>
        <Title order={1} fz="1.25rem">
          {title}
        </Title>
        {hint !== undefined && <p className={styles.hint}>{hint}</p>}
        {children}
      </div>
    </main>
  );
}
