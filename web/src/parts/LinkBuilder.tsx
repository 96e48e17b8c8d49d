import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconPlus, IconX } from '@tabler/icons-react';
import { ROWS } from '../../../src/offer-sources/postback-url';
import styles from './LinkBuilder.module.css';
import { MacroField } from './Macros';
import { networkMacros } from './macro-spans';
import { words } from './strings';

export type Rows = Record<string, string>;

const GROUPS: [string, RegExp][] = [
  [words.rowsMain, /^(cid|payout|status|txid|currency|conversion_id)$/],
  [words.rowsParams, /^param/],
  [words.rowsEvents, /^event/],
  [words.rowsAdded, /^add_event/],
];

/** Our parameter on the left, the network's macro on the right; each letter changes the postback URL. */
export function LinkBuilder(props: {
  rows: Rows;
  onChange: (rows: Rows) => void;
  /** Of the source, where an offer overrides them one by one. */
  inherited?: Rows;
  errors: Record<string, string>;
  readOnly: boolean;
}) {
  const { rows, onChange, inherited = {}, readOnly } = props;
  const shown = ROWS.filter((name) => name === 'cid' || name in rows || name in inherited);
  const without = (name: string): Rows => Object.fromEntries(Object.entries(rows).filter(([each]) => each !== name));

  return (
    <div className={styles.builder}>
      <div className={styles.head} aria-hidden>
        <span>{words.ours}</span>
        <span>{words.theirs}</span>
      </div>
      {shown.map((name) => {
        const isLeftOut = name in inherited && rows[name] === '' && name !== 'cid';
        return (
          <div className={styles.row} key={name}>
            <span className={styles.name} title={words.meaning[name]}>
              {name}
            </span>
            <MacroField
              bare
              label={words.rowOf(name)}
              value={rows[name] ?? ''}
              placeholder={isLeftOut ? words.leftOut : (inherited[name] ?? (name === 'cid' ? words.cidPlaceholder : ''))}
              spans={networkMacros(rows[name] ?? '')}
              readOnly={readOnly}
              error={props.errors[`linkBuilder/${name}`]}
              onChange={(text) => onChange(text === '' && name in inherited ? without(name) : { ...rows, [name]: text })}
            />
            {!readOnly &&
              name !== 'cid' &&
              (isLeftOut ? (
                <Tooltip label={words.takeBack}>
                  <ActionIcon aria-label={`${words.takeBack}: ${name}`} onClick={() => onChange(without(name))}>
                    <IconArrowBackUp size={15} />
                  </ActionIcon>
                </Tooltip>
              ) : (
                <Tooltip label={words.remove}>
                  <ActionIcon
                    aria-label={`${words.remove}: ${name}`}
                    onClick={() => onChange(name in inherited ? { ...rows, [name]: '' } : without(name))}
                  >
                    <IconX size={15} />
                  </ActionIcon>
                </Tooltip>
              ))}
          </div>
        );
      })}
      {!readOnly && (
        <Menu position="bottom-start" shadow="md">
          <Menu.Target>
            <Button variant="subtle" className={styles.add} leftSection={<IconPlus size={14} />}>
              {words.addRow}
            </Button>
          </Menu.Target>
          <Menu.Dropdown className={styles.menu}>
            {GROUPS.map(([title, pattern]) => {
              // Of the numbered ones only the next: a list of eighty helps nobody.
              const free = ROWS.filter((name) => pattern.test(name) && !shown.includes(name)).slice(0, title === words.rowsMain ? 6 : 3);
              return (
                free.length > 0 && (
                  <div key={title}>
                    <Menu.Label>{title}</Menu.Label>
                    {free.map((name) => (
                      <Menu.Item key={name} onClick={() => onChange({ ...rows, [name]: '' })}>
                        {name}
                        <span className={styles.about}>{words.meaning[name.replace(/\d+$/, 'N')] ?? words.meaning[name]}</span>
                      </Menu.Item>
                    ))}
                  </div>
                )
              );
            })}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}
