import { Button, Loader, Popover } from '@mantine/core';
import { IconCalendar, IconChevronDown } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { PERIOD_NAMES, showDays } from '../days';
import { usePeriod } from '../period';
import { type EverywhereSearch, PERIODS } from '../search';
import styles from './PeriodPicker.module.css';
import { words } from './strings';

const Days = lazy(() => import('./Days'));

/** The period and the zone of everything shown, kept from page to page. */
export function PeriodPicker() {
  const chosen = usePeriod();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const change = (patch: EverywhereSearch): void => void navigate({ to: '.', search: (search) => ({ ...search, ...patch }) });
  const days = showDays(chosen, chosen.today);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          className={styles.button}
          leftSection={<IconCalendar size={15} />}
          rightSection={<IconChevronDown size={13} />}
          onClick={() => setOpened(!opened)}
          aria-label={`${words.period}: ${chosen.period === null ? days : `${PERIOD_NAMES[chosen.period]} ${days} ·`} ${chosen.zone}`}
        >
          <span className={styles.label}>
            {chosen.period === null ? days : PERIOD_NAMES[chosen.period]}{' '}
            <span className={styles.detail}>
              {chosen.period !== null && `${days} · `}
              {chosen.zone}
            </span>
          </span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={words.period}>
        <div className={styles.panel}>
          <div className={styles.words} role="group" aria-label={words.period}>
            {PERIODS.map((period) => (
              <button
                type="button"
                key={period}
                className={styles.word}
                aria-pressed={period === chosen.period}
                onClick={() => {
                  change({ period, from: undefined, to: undefined });
                  setOpened(false);
                }}
              >
                {PERIOD_NAMES[period]}
              </button>
            ))}
          </div>
          <Suspense
            fallback={
              <div className={styles.wait}>
                <Loader size="sm" type="dots" />
              </div>
            }
          >
            <Days
              chosen={chosen}
              onDays={({ from, to }) => {
                change({ period: undefined, from, to });
                setOpened(false);
              }}
              onZone={(zone) => change({ zone })}
            />
          </Suspense>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
