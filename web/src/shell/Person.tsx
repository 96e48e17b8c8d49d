import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconBook, IconKeyboard, IconLogout, IconSelector } from '@tabler/icons-react';
import { roleNames } from '../parts/roles';
import { sayError } from '../parts/toast';
import { signOut, useSession } from '../session';
import styles from './Person.module.css';
import { words } from './strings';

const SCHEMES = [
  ['light', words.light],
  ['dark', words.dark],
  ['auto', words.system],
] as const;

/** Who is signed in, and what belongs to the person: appearance, keys, leaving. */
export function Person({ onKeys }: { onKeys: () => void }) {
  const { person, role, version } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="top-start" width={230} shadow="md">
      <Menu.Target>
        <button type="button" className={styles.person}>
          <span className={styles.face} aria-hidden>
            {person.name.slice(0, 1).toUpperCase()}
          </span>
          <span className={styles.who}>
            <span className={styles.name}>{person.name}</span>
            <span className={styles.role}>{person.email === null ? `${roleNames[role]} · ${words.byKey}` : roleNames[role]}</span>
          </span>
          <IconSelector size={15} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{words.appearance}</Menu.Label>
        {SCHEMES.map(([scheme, label]) => (
          <Menu.RadioItem
            key={scheme}
            value={scheme}
            checked={colorScheme === scheme}
            closeMenuOnClick={false}
            onChange={() => setColorScheme(scheme)}
          >
            {label}
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={onKeys}>
          {words.keys}
        </Menu.Item>
        <Menu.Item leftSection={<IconBook size={15} />} component="a" href="/docs" target="_blank" rel="noreferrer">
          {words.apiDocs}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut().catch(sayError)}>
          {words.signOut}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{words.version(version)}</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
