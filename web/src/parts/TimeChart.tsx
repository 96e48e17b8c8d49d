import { SegmentedControl, Select, Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { readReport, type ReportQuery } from '../api/catalog';
import { addDays } from '../days';
import type { ChosenPeriod } from '../period';
import { EVENT_FIGURES, type Figure, FIGURES, type FigureId, figureOf } from './figures';
import type { Point } from './Lines';
import { ErrorState } from './states';
import { words } from './strings';
import styles from './TimeChart.module.css';

const Lines = lazy(() => import('./Lines'));

/** Beyond so many days hours are a blur, and the report is longer than one page. */
const MOST_DAYS_BY_HOUR = 14;
const USUAL = ['clicks', 'revenue'] as const;
const CHOICES = [...FIGURES, ...EVENT_FIGURES].map(({ id, title }) => ({ value: id, label: title }));

/** Any two figures by hour or by day. */
export function TimeChart(props: {
  /** Filters and attribution, without period and grouping. */
  query: ReportQuery;
  period: ChosenPeriod;
  /** `clicks,revenue` of the address. */
  chosen: string | undefined;
  onChoose: (chosen: string | undefined) => void;
  /** `hour` or `day` of the address. */
  by: 'hour' | 'day' | undefined;
  onBy: (by: 'hour' | 'day' | undefined) => void;
  actions?: ReactNode;
}) {
  const { period, query, onChoose } = props;
  const days = useMemo(() => daysBetween(period.from, period.to), [period.from, period.to]);
  const mayHour = days.length <= MOST_DAYS_BY_HOUR;
  const by = !mayHour ? 'day' : (props.by ?? (days.length <= 2 ? 'hour' : 'day'));
  const [firstId, secondId] = props.chosen?.split(',') ?? USUAL;
  const first = figureOf(firstId ?? '') ?? (FIGURES[0] as Figure);
  const second = figureOf(secondId ?? '');
  const columns = [first.id, ...(second === undefined ? [] : [second.id])] as ReportQuery['columns'];
  const report = useQuery({
    queryKey: ['report', 'chart', by, period.query, query, columns],
    queryFn: ({ signal }) => readReport({ ...query, ...period.query, groupBy: [by], columns, limit: 1_000 }, signal),
    placeholderData: keepPreviousData,
  });
  const points = useMemo((): Point[] => {
    const rows = new Map((report.data?.rows ?? []).map((row) => [String(row.key[by]), row]));
    const times = by === 'day' ? days : days.flatMap((day) => HOURS.map((hour) => `${day}T${hour}:00`));
    const value = (id: FigureId | undefined, at: string): number | null => {
      if (id === undefined) return null;
      const row = rows.get(at);
      const kind = figureOf(id)?.kind;
      const isSum = kind === 'count' || kind === 'number' || SUMS.has(id);
      const found = row === undefined ? (isSum ? 0 : null) : row[id];
      return found === null || found === undefined ? null : Number(found);
    };
    return times.map((at) => ({ at: labelOf(at), first: value(first.id, at), second: value(second?.id, at) }));
  }, [report.data, by, days, first, second]);

  return (
    <section className={`card ${styles.chart}`} aria-label={words.chart}>
      <div className={styles.head}>
        <span className={styles.sign} aria-hidden />
        <Select
          className={styles.figure}
          aria-label={words.chartFirst}
          data={CHOICES}
          value={first.id}
          allowDeselect={false}
          onChange={(id) => onChoose([id, second?.id].filter(Boolean).join(','))}
        />
        <span className={styles.sign} data-second="true" aria-hidden />
        <Select
          className={styles.figure}
          aria-label={words.chartSecond}
          placeholder="–"
          data={CHOICES.filter(({ value }) => value !== first.id)}
          value={second?.id ?? null}
          clearable
          onChange={(id) => onChoose(id === null ? first.id : `${first.id},${id}`)}
        />
        <span className={styles.gap} />
        {mayHour && (
          <SegmentedControl
            aria-label={words.chartBy}
            data={[
              { value: 'hour', label: words.byHour },
              { value: 'day', label: words.byDay },
            ]}
            value={by}
            onChange={(value) => props.onBy(value === 'hour' ? 'hour' : 'day')}
          />
        )}
        {props.actions}
      </div>
      <div className={styles.area}>
        {report.error !== null && report.data === undefined ? (
          <ErrorState error={report.error} onRetry={report.refetch} />
        ) : report.data === undefined ? (
          <Skeleton height="12.5rem" />
        ) : (
          <Suspense fallback={<Skeleton height="12.5rem" />}>
            <div role="img" aria-label={words.chartOf(first.title, second?.title, period.from, period.to)}>
              <Lines points={points} first={first} second={second} currency={report.data.currency} />
            </div>
          </Suspense>
        )}
      </div>
    </section>
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const SUMS = new Set<string>(['revenue', 'revenueHold', 'revenueReversed', 'cost', 'profit']);

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to && days.length < 800; day = addDays(day, 1)) days.push(day);
  return days;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const labelOf = (at: string): string => `${dayFormat.format(new Date(at.slice(0, 10)))}${at.length > 10 ? ` ${at.slice(11, 16)}` : ''}`;
