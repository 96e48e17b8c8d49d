import { Button, CloseButton, Popover, Select, TextInput } from '@mantine/core';
import { IconFilterPlus } from '@tabler/icons-react';
import { useState } from 'react';
import styles from './Filters.module.css';
import { textOfValues, valuesOf } from '../search';
import { words } from './strings';

export interface FilterField<Name extends string> {
  name: Name;
  title: string;
  /** The values there are; else any text. */
  options?: { value: string; label: string }[];
  placeholder?: string;
}

/** Which rows are asked for: each condition with its cross, and a way to add another. */
export function Filters<Name extends string>(props: {
  fields: readonly FilterField<Name>[];
  /** As the address has them: `a,b`, and the empty text for those without one. */
  values: Partial<Record<Name, string>>;
  onChange: (name: Name, value: string | undefined) => void;
}) {
  const { fields, values, onChange } = props;
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState<Name | null>(fields[0]?.name ?? null);
  const [text, setText] = useState('');
  const field = fields.find((each) => each.name === name);
  const add = (value: string): void => {
    if (field === undefined || value.trim() === '') return;
    onChange(field.name, textOfValues([value.trim()]));
    setText('');
    setOpen(false);
  };
  return (
    <>
      {fields.map(({ name: each, title, options }) => {
        const value = values[each];
        if (value === undefined) return null;
        const label = valuesOf(value)
          .map((one) => (one === '' ? words.none : (options?.find((option) => option.value === one)?.label ?? one)))
          .join(', ');
        return (
          <span key={each} className={styles.chip}>
            <span className={styles.what}>
              {title}:{' '}
              <strong>
                <bdi>{label}</bdi>
              </strong>
            </span>
            <CloseButton size="xs" aria-label={words.withoutFilter(title)} onClick={() => onChange(each, undefined)} />
          </span>
        );
      })}
      <Popover opened={isOpen} onChange={setOpen} position="bottom-start" shadow="md" trapFocus returnFocus>
        <Popover.Target>
          <Button variant="default" leftSection={<IconFilterPlus size={14} />} onClick={() => setOpen(!isOpen)}>
            {words.addFilter}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              add(text);
            }}
          >
            <Select
              aria-label={words.filterField}
              data={fields.map((each) => ({ value: each.name, label: each.title }))}
              value={name}
              allowDeselect={false}
              searchable
              comboboxProps={{ withinPortal: false }}
              onChange={(value) => {
                setName(fields.find((each) => each.name === value)?.name ?? null);
                setText('');
              }}
            />
            {field?.options === undefined ? (
              <>
                <TextInput
                  aria-label={words.filterValue}
                  placeholder={field?.placeholder ?? words.filterValue}
                  maxLength={255}
                  value={text}
                  onChange={(event) => setText(event.currentTarget.value)}
                />
                <Button type="submit">{words.apply}</Button>
              </>
            ) : (
              <Select
                key={name}
                aria-label={words.filterValue}
                placeholder={words.filterValue}
                data={field.options}
                value={null}
                searchable={field.options.length > 8}
                comboboxProps={{ withinPortal: false }}
                onChange={(value) => add(value ?? '')}
              />
            )}
          </form>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
