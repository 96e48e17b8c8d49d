import { Badge, Title, Tooltip } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { useMay, useSession } from '../session';
import styles from './Page.module.css';
import { words } from './strings';

/** A page's frame: its title, what can be done, and what the reader's role may not. */
export function Page(props: {
  title: string;
  /** Above the title: the way back. */
  back?: ReactNode;
  /** Beside the title: a status. */
  aside?: ReactNode;
  actions?: ReactNode;
  /** The page's buttons change something: left out for who may only read, and said. */
  write?: boolean;
  /** Some of the page's buttons change something: the page leaves these out itself. */
  writesToo?: boolean;
  /** `fill`: as high as the window, for a table that scrolls inside. */
  fill?: boolean;
  /** A page to be read and filled in: in the middle of a very wide window, not across it. */
  narrow?: boolean;
  children: ReactNode;
}) {
  const { role } = useSession();
  const mayWrite = useMay('write');
  useEffect(() => {
    document.title = `${props.title} · Cidra`;
  }, [props.title]);
  return (
    <div className={styles.page} data-fill={props.fill} data-narrow={props.narrow}>
      {props.back}
      <header className={styles.head}>
        <Title order={1} className={styles.title}>
          {props.title}
        </Title>
        {props.aside}
        {(props.write === true || props.writesToo === true) && !mayWrite && (
          <Tooltip label={words.readOnlyHint(role)}>
            <Badge variant="default" tabIndex={0} leftSection={<IconEye size={12} />} tt="none" fw={500}>
              {words.readOnly}
            </Badge>
          </Tooltip>
        )}
        <div className={styles.actions}>{props.write === true && !mayWrite ? null : props.actions}</div>
      </header>
      {props.children}
    </div>
  );
}
