import type { ReactNode } from 'react';
import styles from './FigureLink.module.css';
import { HrefLink } from './HrefLink';

/** A figure that leads to the rows it counts; plain where no list has them. */
export function FigureLink({ href, children }: { href: string | null; children: ReactNode }) {
  if (href === null) return children;
  return (
    <HrefLink href={href} className={styles.figure}>
      {children}
    </HrefLink>
  );
}
