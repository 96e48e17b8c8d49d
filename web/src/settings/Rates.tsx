import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, fieldErrors } from '../api/client';
import { queries } from '../api/queries';
import { Section } from '../parts/Form';
import { showDate, showRate } from '../parts/format';
import { ButtonLink } from '../parts/links';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { useMay, useSession } from '../session';
import { Rows } from './Rows';
import { words } from './strings';
import styles from './Settings.module.css';

const t = words.rates;
/** Fetched rates skip weekends and holidays; older than this something is wrong. */
const OLD_DAYS = 5;

/** What a unit of each currency is worth, from where and of when. */
export function Rates() {
  const mayWrite = useMay('write');
  const { role } = useSession();
  const query = useQuery({ queryKey: ['rates'], queryFn: ({ signal }) => answered(api.GET('/api/v1/rates', { signal })) });
  const rates = query.data;
  const isOld = rates !== undefined && (rates.ageDays === null || rates.ageDays > OLD_DAYS);
  const age = rates === undefined ? '' : rates.ageDays === null ? t.noAge : t.age(rates.ageDays);
  return (
    <>
      <Section
        title={t.title}
        hint={rates && `${t.inBase(rates.baseCurrency)} ${age}`}
        actions={
          mayWrite && (
            <ButtonLink to="/imports" search={{ kind: 'rates' }} variant="default">
              {t.import}
            </ButtonLink>
          )
        }
      >
        {isOld && <div className={styles.warn}>{t.old}</div>}
        {mayWrite ? <SetRate /> : <p className={styles.muted}>{shared.readOnlyHint(role)}</p>}
        <Rows
          name={t.title}
          heads={[t.currency, t.rate, t.day, t.source]}
          figures={[1]}
          query={query}
          lines={rates?.data.map(({ currency, rate, day, source }) => ({
            id: currency,
            cells: [currency, showRate(rate, rates.baseCurrency), showDate(day), source],
          }))}
        />
      </Section>
    </>
  );
}

function SetRate() {
  const [currency, setCurrency] = useState('');
  const [rate, setRate] = useState('');
  const [day, setDay] = useState('');
  const set = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/rates', { body: { currency, rate, ...(day === '' ? {} : { day }) } })),
    onSuccess: () => {
      say(t.isSet(currency));
      setRate('');
      void queries.invalidateQueries({ queryKey: ['rates'] });
      void queries.invalidateQueries({ queryKey: ['report'] });
    },
    onError: (error) => {
      if (Object.keys(fieldErrors(error)).length === 0) sayError(error);
    },
  });
  const errors = fieldErrors(set.error);
  return (
    <form
      className={styles.form}
      aria-label={t.set}
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      <TextInput
        label={t.currency}
        description={t.setHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        required
        maxLength={10}
        placeholder="USDT"
        value={currency}
        error={errors.currency}
        onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
      />
      <TextInput
        label={t.rate}
        required
        inputMode="decimal"
        placeholder="0.9998"
        value={rate}
        error={errors.rate}
        onChange={(event) => setRate(event.currentTarget.value.replace(',', '.'))}
      />
      <TextInput
        label={t.day}
        type="date"
        description={t.dayHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={day}
        error={errors.day}
        onChange={(event) => setDay(event.currentTarget.value)}
      />
      <Button type="submit" mt={22} loading={set.isPending}>
        {t.setButton}
      </Button>
    </form>
  );
}
