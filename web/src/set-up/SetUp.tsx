import { Button, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { offerQuery, sourceQuery } from '../api/catalog';
import { Page } from '../parts/Page';
import { ErrorState, FormSkeleton } from '../parts/states';
import { useMay } from '../session';
import { LinksStep } from './LinksStep';
import { NetworkStep } from './NetworkStep';
import { OfferStep } from './OfferStep';
import { type SetUpSearch, type Step, STEPS } from './search';
import styles from './SetUp.module.css';
import { words } from './strings';
import { TestStep } from './TestStep';

/** Four steps to the first conversion. Where one is stands in the address, so that it can be left and taken up again. */
export default function SetUp() {
  const search = useSearch({ from: '/shell/set-up' });
  const navigate = useNavigate({ from: '/set-up' });
  const mayWrite = useMay('write');
  const source = useQuery({ ...sourceQuery(search.source ?? ''), enabled: search.source !== undefined });
  const offer = useQuery({ ...offerQuery(search.offer ?? ''), enabled: search.offer !== undefined });
  const go = (to: SetUpSearch): void => void navigate({ search: (before) => ({ ...before, ...to }) });

  const reached: Step[] = [
    'network',
    ...(source.data === undefined ? [] : ['offer' as const]),
    ...(offer.data === undefined ? [] : (['links', 'test'] as const)),
  ];
  const wanted = search.step ?? 'network';
  const isLoading = source.isLoading || offer.isLoading;
  const step = reached.includes(wanted) || isLoading ? wanted : (reached.at(-1) ?? 'network');
  const error = source.error ?? offer.error;

  return (
    <Page title={words.title} write narrow>
      <p className={styles.lead}>{mayWrite ? words.lead : words.viewer}</p>
      {mayWrite && (
        <div className={styles.path}>
          <ol className={styles.steps}>
            {STEPS.map((each, i) => {
              const isDone = STEPS.indexOf(step) > i;
              return (
                <li key={each}>
                  <button
                    type="button"
                    className={styles.step}
                    data-done={isDone}
                    aria-current={each === step ? 'step' : undefined}
                    disabled={!reached.includes(each)}
                    onClick={() => go({ step: each })}
                  >
                    <span className={styles.number}>{isDone ? <IconCheck size={14} aria-label={words.done} /> : i + 1}</span>
                    {words.steps[each]}
                  </button>
                </li>
              );
            })}
          </ol>
          <div className={styles.body}>
            {error !== null ? (
              <ErrorState error={error} onRetry={() => Promise.all([source.refetch(), offer.refetch()])} />
            ) : isLoading ? (
              <FormSkeleton />
            ) : step === 'network' || source.data === undefined ? (
              <NetworkStep onDone={(id) => go({ step: 'offer', source: id, offer: undefined })} />
            ) : step === 'offer' || offer.data === undefined ? (
              <OfferStep source={source.data} stored={offer.data ?? null} onDone={(id) => go({ step: 'links', offer: id })} />
            ) : step === 'links' ? (
              <LinksStep source={source.data} offer={offer.data} onDone={() => go({ step: 'test' })} />
            ) : (
              <TestStep
                source={source.data}
                offer={offer.data}
                onAgain={() => go({ step: undefined, source: undefined, offer: undefined })}
              />
            )}
          </div>
        </div>
      )}
    </Page>
  );
}

/** What each step has: its question, what it is about, and the button that goes on. */
export function StepFrame(props: { title: string; hint: string; children: React.ReactNode; next?: React.ReactNode }) {
  return (
    <>
      <Title order={2} fz="1.125rem">
        {props.title}
      </Title>
      <p className={styles.hint}>{props.hint}</p>
      {props.children}
      {props.next !== undefined && <div className={styles.next}>{props.next}</div>}
    </>
  );
}

export const NextButton = ({ busy = false, label = words.next, form }: { busy?: boolean; label?: string; form: string }) => (
  <Button type="submit" size="sm" form={form} loading={busy}>
    {label}
  </Button>
);
