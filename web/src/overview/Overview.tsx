import { Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconCheck } from '@tabler/icons-react';
import { Fragment } from 'react';
import { readReport, useSources } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { changeOf, type FigureId, figureOf, showChange, showFigure } from '../parts/figures';
import { showAgo, showCount, showMoney } from '../parts/format';
import { HrefLink } from '../parts/HrefLink';
import { ButtonLink } from '../parts/links';
import { Page } from '../parts/Page';
import { ErrorState, State } from '../parts/states';
import { TimeChart } from '../parts/TimeChart';
import { usePeriod } from '../period';
import styles from './Overview.module.css';
import type { OverviewSearch } from './search';
import { words } from './strings';

const SHOWN: readonly FigureId[] = ['clicks', 'conversions', 'approvalRate', 'revenue', 'revenueHold', 'cost', 'profit', 'epc'];
const ALL = {};

/** The period against the one before, and what wants a hand. */
export default function Overview() {
  const search = useSearch({ from: '/shell/overview' });
  const navigate = useNavigate({ from: '/overview' });
  const period = usePeriod();
  const change = (patch: Partial<OverviewSearch>): void => void navigate({ search: (before) => ({ ...before, ...patch }), replace: true });
  return (
    <Page
      title={words.title}
      actions={
        <ButtonLink to="/reports" variant="default">
          {words.report}
        </ButtonLink>
      }
    >
      <Totals />
      <TimeChart
        query={ALL}
        period={period}
        chosen={search.chart}
        onChoose={(chart) => change({ chart })}
        by={search.by}
        onBy={(by) => change({ by })}
      />
      <AttentionList />
    </Page>
  );
}

function Totals() {
  const period = usePeriod();
  const report = useQuery({
    queryKey: ['report', 'overview', period.query],
    queryFn: ({ signal }) => readReport({ ...period.query, compare: 'previous' }, signal),
    placeholderData: keepPreviousData,
  });
  if (report.error !== null && report.data === undefined) return <ErrorState error={report.error} onRetry={report.refetch} />;
  return (
    <section className={styles.figures} aria-label={words.figures}>
      {SHOWN.map((id) => {
        const figure = figureOf(id);
        if (figure === undefined) return null;
        const now = report.data?.totals[id];
        const before = report.data?.totals.previous?.[id];
        // Whether more is better is not the same for all of them, so that no colour says it.
        return (
          <div key={id} className={`card ${styles.figure}`}>
            <span className={styles.name}>{figure.title}</span>
            {report.data === undefined ? (
              <Skeleton height={44} mt={4} />
            ) : (
              <>
                <span className={styles.value}>
                  {showFigure(figure, now)}
                  {figure.kind === 'money' && <span className={styles.currency}>{report.data.currency}</span>}
                </span>
                <span className={styles.before}>
                  <strong>{showChange(changeOf(now, before))}</strong> {words.before(showFigure(figure, before))}
                </span>
              </>
            )}
          </div>
        );
      })}
    </section>
  );
}

const EVERY_MS = 30_000;

function AttentionList() {
  const list = useQuery({
    queryKey: ['attention'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/attention', { signal })),
    refetchInterval: EVERY_MS,
  });
  const { rows: sources, query: named } = useSources(true);
  return (
    <section className={`card ${styles.attention}`} aria-label={words.attention}>
      <h2 className={styles.heading}>{words.attention}</h2>
      <p className={styles.hint}>{words.attentionHint}</p>
      {list.error !== null && list.data === undefined ? (
        <ErrorState error={list.error} onRetry={list.refetch} />
      ) : list.data === undefined || named.isPending ? (
        <Skeleton height={132} />
      ) : list.data.data.length === 0 ? (
        <State icon={<IconCheck size={22} />} title={words.nothing}>
          {words.nothingHint}
        </State>
      ) : (
        <ul className={styles.list}>
          {list.data.data.map((each, i) => (
            <Line
              // Several of one kind and source may stand there, each of its own currency.
              key={`${each.kind} ${each.href} ${i}`}
              attention={each}
              source={sources.find(({ id }) => id === each.offerSourceId)?.name}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ attention, source }: { attention: Schemas['Attention']; source: string | undefined }) {
  const { kind, count, money, currency, since, href } = attention;
  const { what, counted, button } = words.kinds[kind];
  // Several words of a source each have a line.
  const word = new URL(href, window.location.origin).searchParams.get('word');
  const details = [
    word === null ? undefined : words.word(word),
    source,
    count === null ? undefined : `${showCount(count)} ${count === 1 ? counted.replace(/s$/, '') : counted}`,
    money === null ? undefined : words.held(showMoney(money, currency)),
    // Of old rates the count says it already.
    since === null || kind === 'rates_old' ? undefined : words.since(showAgo(since)),
  ].filter((each) => each !== undefined);
  return (
    <li className={styles.line}>
      <div className={styles.what}>
        <strong>{what}</strong>
        <span className={styles.details}>
          {details.map((each, i) => (
            <Fragment key={each}>
              {i > 0 && ' · '}
              <bdi>{each}</bdi>
            </Fragment>
          ))}
        </span>
      </div>
      <HrefLink href={href} className={styles.button}>
        {button}
      </HrefLink>
    </li>
  );
}
