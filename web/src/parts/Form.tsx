import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './Form.module.css';

/** A form in two columns: what one writes, and what comes of it. One below the other where there is no room. */
export function Form(props: { id: string; onSubmit: () => void; main: ReactNode; side: ReactNode }) {
  return (
    <form
      id={props.id}
      className={styles.form}
      noValidate={false}
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.currentTarget.requestSubmit();
      }}
    >
      <div className={styles.column}>{props.main}</div>
      <div className={styles.column}>{props.side}</div>
    </form>
  );
}

/** @param props.columns fields stand beside each other where there is room; one with `data-wide` takes a line */
export function Section(props: {
  title?: string;
  hint?: ReactNode;
  columns?: boolean;
  actions?: ReactNode;
  submit?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <section className={`card ${styles.section}`}>
      {props.title !== undefined && (
        <header className={styles.head}>
          <div>
            <Title order={2} size="h3">
              {props.title}
            </Title>
            {props.hint !== undefined && <div className={styles.hint}>{props.hint}</div>}
          </div>
          {props.actions}
        </header>
      )}
      <div className={styles.fields} data-columns={props.columns}>
        {props.children}
      </div>
      {props.submit !== undefined && <div className={styles.submit}>{props.submit}</div>}
    </section>
  );
}
