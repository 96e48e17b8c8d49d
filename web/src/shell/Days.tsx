import '@mantine/dates/styles.css';
import { Select } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { useState } from 'react';
import type { Days as DayRange } from '../days';
import type { ChosenPeriod } from '../period';
import { useSession } from '../session';
import styles from './PeriodPicker.module.css';
import { words } from './strings';

const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

/** The part of the period picker with a calendar and the list of zones: fetched when it is opened. */
export default function Days(props: {
  chosen: ChosenPeriod;
  onDays: (days: DayRange) => void;
  onZone: (zone: string | undefined) => void;
}) {
  const { chosen, onDays, onZone } = props;
  const { timeZone } = useSession();
  const [range, setRange] = useState<[string | null, string | null]>([chosen.from, chosen.to]);
  return (
    <div className={styles.days}>
      <DatePicker
        type="range"
        size="xs"
        className={styles.calendar}
        ariaLabels={words.calendar}
        allowSingleDateInRange
        firstDayOfWeek={1}
        maxDate={chosen.today}
        defaultDate={chosen.to}
        weekendDays={[]}
        value={range}
        onChange={(next) => {
          setRange(next);
          const [from, to] = next;
          if (from !== null && to !== null) onDays({ from, to });
        }}
      />
      <p className={styles.hint}>{words.daysInclusive}</p>
      <Select
        label={words.zone}
        searchable
        data={ZONES}
        limit={60}
        value={chosen.zone}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        onChange={(zone) => onZone(zone === null || zone === timeZone ? undefined : zone)}
      />
    </div>
  );
}
