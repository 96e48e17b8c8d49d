import { Button, Checkbox, Menu, Select } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconChartLine, IconChevronDown, IconDownload, IconListDetails, IconReportAnalytics } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { type Figures, offerQuery, readReport, type ReportQuery, useSources } from '../api/catalog';
import { figureHref, listHref } from '../parts/behind';
import { changeOf, EVENT_FIGURES, type Figure, type FigureId, figureOf, FIGURES, showChange, showFigure } from '../parts/figures';
import { FigureLink } from '../parts/FigureLink';
import { HrefLink } from '../parts/HrefLink';
import { Page } from '../parts/Page';
import { State } from '../parts/states';
import { type Column, Table } from '../parts/Table';
import { TimeChart } from '../parts/TimeChart';
import { type ChosenPeriod, daysSearch, usePeriod } from '../period';
import { everywhereSearch, parseSearch, stringifySearch, type TableSearch } from '../search';
import type { Conditions } from './conditions';
import { type Dimension, type FilterName, FILTERS, isTime, nextDimension } from './dimensions';
import { Groupings } from './Groupings';
import { filtersOf, narrowed, type Row, valueOf } from './query';
import { rememberedNext, rememberNext } from './remembered';
import styles from './Reports.module.css';
import { conditionsOf, groupingsOf, type ReportsSearch, reportsSearch, searchOf } from './search';
import { nameOf, words } from './strings';
import { Typed } from './Typed';
import { Views } from './Views';

const ROWS = 1_000;

/** One report: what it is grouped and filtered by stands in the address, so that every step back is the browser's. */
export default function Reports() {
  const search = useSearch({ from: '/shell/reports' });
  const navigate = useNavigate({ from: '/reports' });
  const period = usePeriod();
  const change = (patch: Partial<ReportsSearch>, replace = true): void =>
    void navigate({ search: (before) => ({ ...before, ...patch }), replace });

  const grouped = useMemo(() => groupingsOf(search.groupBy ?? 'offer'), [search.groupBy]);
  const conditions = useMemo(() => conditionsOf(search), [search]);
  const labelOf = useLabels(conditions);
  const common = useMemo(
    (): ReportQuery => ({ ...filtersOf(conditions), attribution: search.attribution }),
    [conditions, search.attribution],
  );
  const asked = useMemo(
    (): ReportQuery => ({
      ...common,
      ...period.query,
      groupBy: [...grouped],
      columns: columnsOf(search.columns),
      compare: search.compare,
      sort: sortOf(search.sort, grouped),
    }),
    [common, period.query, grouped, search.columns, search.compare, search.sort],
  );
  const report = useInfiniteQuery({
    queryKey: ['report', 'table', asked],
    queryFn: ({ pageParam, signal }) => readReport({ ...asked, limit: ROWS, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const first = report.data?.pages[0];
  // While other groupings are on their way, the rows shown are of the old ones: better none than wrong ones.
  const fits = first !== undefined && (first.rows[0] === undefined || grouped.every((name) => name in (first.rows[0]?.key ?? {})));
  const rows = useMemo(() => (fits ? (report.data?.pages.flatMap((page) => page.rows as Row[]) ?? []) : []), [report.data, fits]);
  const columns = useColumns(
    grouped,
    conditions,
    period,
    search.attribution ?? 'click',
    fits ? first : undefined,
    search.compare === 'previous',
  );

  const trail = useMemo(() => trailOf(search), [search]);
  const group = (next: Dimension[]): void => {
    const parent = trail.at(-1);
    if (parent !== undefined) rememberNext(groupingsOf(parent.groupBy ?? 'offer'), next[0]);
    change({ groupBy: next.join(','), sort: undefined });
  };
  const drill = (row: Row): void => {
    const inside = narrowed(row, grouped, conditions, period);
    const settled = FILTERS.filter((name) => inside.conditions[name] !== undefined);
    const next = nextDimension(grouped, settled, rememberedNext(grouped));
    change(
      {
        ...searchOf(inside.conditions),
        ...inside.period,
        groupBy: next,
        sort: undefined,
        trail: [...(search.trail?.split('|') ?? []), levelText(search)].join('|'),
      },
      false,
    );
  };

  const days = daysSearch(period);
  const lists = (['clicks', 'conversions', 'postbacks'] as const).map(
    (list) => [list, listHref(list, conditions, days, search.attribution ?? 'click')] as const,
  );
  const isFiltered = Object.keys(conditions).length > 0;
  const clear = (): void => change({ ...searchOf({}), trail: undefined });

  return (
    <Page
      title={words.title}
      fill
      actions={
        <>
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <Button variant="default" leftSection={<IconListDetails size={14} />} rightSection={<IconChevronDown size={13} />}>
                {words.behind}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {lists.map(([list, href]) =>
                href === null ? (
                  <Menu.Item key={list} disabled>
                    {words[list]}
                  </Menu.Item>
                ) : (
                  <Menu.Item key={list} component={HrefLink} href={href}>
                    {words[list]}
                  </Menu.Item>
                ),
              )}
            </Menu.Dropdown>
          </Menu>
          <Views address={`/reports${stringifySearch({ ...search, trail: undefined })}`} />
          <Export query={asked} columns={search.columns} />
        </>
      }
    >
      {trail.length > 0 && <Trail levels={[...trail, search]} labelOf={labelOf} />}
      <div className={styles.bar}>
        <Groupings grouped={grouped} onChange={group} />
        <Checkbox
          label={words.compare}
          checked={search.compare === 'previous'}
          onChange={(event) => change({ compare: event.currentTarget.checked ? 'previous' : undefined })}
        />
        <Select
          className={styles.attribution}
          aria-label={words.attribution}
          data={[
            { value: 'click', label: words.byClick },
            { value: 'conversion', label: words.byConversion },
          ]}
          value={search.attribution ?? 'click'}
          allowDeselect={false}
          onChange={(value) => change({ attribution: value === 'conversion' ? 'conversion' : undefined })}
        />
        <Button
          variant="subtle"
          color="gray"
          aria-pressed={search.chart !== 'none'}
          leftSection={<IconChartLine size={14} />}
          onClick={() => change({ chart: search.chart === 'none' ? undefined : 'none' })}
        >
          {words.showChart}
        </Button>
      </div>
      {search.chart !== 'none' && (
        <TimeChart
          query={common}
          period={period}
          chosen={search.chart}
          onChoose={(chart) => change({ chart })}
          by={search.by}
          onBy={(by) => change({ by })}
        />
      )}
      <Table
        name={words.title}
        columns={columns}
        rows={rows}
        rowId={(row) => JSON.stringify(row.key)}
        rowName={(row) => grouped.map((name) => valueOf(row, name).label).join(', ')}
        search={tableOf(search, grouped)}
        onSearch={(patch) => change('columns' in patch ? { columns: withoutDimensions(patch.columns) } : patch)}
        query={{ isPending: report.isPending || !fits, error: report.error, refetch: report.refetch }}
        onOpen={drill}
        filter={
          <Typed conditions={conditions} period={period.query} labelOf={labelOf} onChange={(next) => change({ ...searchOf(next) })} />
        }
        tools={
          report.hasNextPage && (
            <Button variant="default" loading={report.isFetchingNextPage} onClick={() => void report.fetchNextPage()}>
              {words.more}
            </Button>
          )
        }
        isFiltered
        currency={first?.currency}
        empty={
          <State
            icon={<IconReportAnalytics size={22} />}
            title={words.empty}
            actions={
              isFiltered && (
                <Button variant="default" onClick={clear}>
                  {words.clearFilters}
                </Button>
              )
            }
          >
            {isFiltered ? words.emptyHint : words.emptyAll}
          </State>
        }
      />
    </Page>
  );
}

/** The API sorts, so that the first rows are the right ones of many. */
function sortOf(sort: string | undefined, grouped: readonly Dimension[]): ReportQuery['sort'] {
  const id = sort?.replace(/^-/, '');
  return figureOf(id ?? '') !== undefined || grouped.some((name) => name === id) ? (sort as ReportQuery['sort']) : undefined;
}

/** Events are added up only when they are asked for; the other figures always come, so that choosing one needs no question. */
function columnsOf(columns: string | undefined): ReportQuery['columns'] {
  const events = EVENT_FIGURES.filter(({ id }) => columns?.split(',').includes(id) === true);
  return events.length === 0 ? undefined : ([...FIGURES, ...events].map(({ id }) => id) as ReportQuery['columns']);
}

/** Groupings are always shown; the address keeps the figures that were chosen. */
const tableOf = (search: ReportsSearch, grouped: readonly Dimension[]): TableSearch => ({
  sort: search.sort,
  columns: search.columns === undefined ? undefined : [...grouped, search.columns].join(','),
});
const withoutDimensions = (columns: string | undefined): string | undefined =>
  columns
    ?.split(',')
    .filter((id) => figureOf(id) !== undefined)
    .join(',');

/** A level is never an empty text: the address would lose it. */
const levelText = (search: ReportsSearch): string =>
  stringifySearch({ ...search, groupBy: search.groupBy ?? 'offer', trail: undefined })
    .slice(1)
    .replaceAll('|', '%7C');

/** The searches that led here. */
function trailOf({ trail }: ReportsSearch): ReportsSearch[] {
  if (trail === undefined) return [];
  return trail.split('|').map((text) => {
    const raw = parseSearch(text);
    return { ...reportsSearch(raw), ...everywhereSearch(raw) };
  });
}

type LabelOf = (name: FilterName, value: string) => string;

/** Offers and sources by their names. */
function useLabels(conditions: Conditions): LabelOf {
  const sources = useSources(true).rows;
  const offers = useQueries({ queries: (conditions.offer ?? []).filter((id) => id !== '').map((id) => offerQuery(id)) });
  const names = new Map([
    ...sources.map(({ id, name }) => [id, name] as const),
    ...offers.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data.name] as const])),
  ]);
  return (name, value) => (value === '' ? words.none : name === 'offer' || name === 'offerSource' ? (names.get(value) ?? value) : value);
}

function Trail({ levels, labelOf }: { levels: ReportsSearch[]; labelOf: LabelOf }) {
  const labels = levels.map((level, i) => {
    const before = i === 0 ? {} : conditionsOf(levels[i - 1] ?? {});
    const now = conditionsOf(level);
    const added = FILTERS.filter((name) => now[name]?.join() !== before[name]?.join());
    const said = added.map((name) => `${nameOf(name)}: ${(now[name] ?? []).map((value) => labelOf(name, value)).join(', ')}`);
    const { from, to } = everywhereSearch({ ...level });
    if (i > 0 && from !== undefined && from !== levels[i - 1]?.['from' as keyof ReportsSearch])
      said.push(from === to ? from : `${from} – ${to}`);
    return said.length === 0 ? words.all : said.join(', ');
  });
  return (
    <nav className={styles.trail} aria-label={words.trail}>
      {levels.map((level, i) =>
        i === levels.length - 1 ? (
          <strong key="now" aria-current="page" title={labels[i]}>
            {labels[i]}
          </strong>
        ) : (
          <span key={levelText(level)}>
            <Link
              to="/reports"
              // Every name is given, so that none of the present search is kept.
              search={{
                ...level,
                ...everywhereSearch({ ...level }),
                trail:
                  levels
                    .slice(0, i)
                    .map((each) => levelText(each))
                    .join('|') || undefined,
              }}
              className={styles.crumb}
              title={labels[i]}
            >
              {labels[i]}
            </Link>{' '}
            <span aria-hidden>›</span>
          </span>
        ),
      )}
    </nav>
  );
}

/** The change against the period before stands beside its figure, in smaller letters. */
const CHANGE_PX = 58;
const CHANGE_TEXT = '>+999% ';
/** As wide as its title, and no narrower than its values. */
const widthOf = ({ title, kind }: Figure): number => Math.max(kind === 'money' || kind === 'number' ? 96 : 82, 30 + 8 * title.length);

function useColumns(
  grouped: readonly Dimension[],
  conditions: Conditions,
  period: ChosenPeriod,
  attribution: 'click' | 'conversion',
  report: { totals: Figures & { previous?: Figures }; currency: string } | undefined,
  compared: boolean,
): Column<Row>[] {
  const behind = useCallback(
    (row: Row, figure: FigureId): string | null => {
      // No list is filtered by an hour or a weekday.
      if (grouped.includes('hour') || grouped.includes('weekday')) return null;
      const inside = narrowed(row, grouped, conditions, period);
      const { from, to } = inside.period;
      return figureHref(
        figure,
        inside.conditions,
        from === undefined || to === undefined ? daysSearch(period) : { from, to, zone: period.zone },
        attribution,
      );
    },
    [grouped, conditions, period, attribution],
  );
  return useMemo(
    () => [
      ...grouped.map(
        (name): Column<Row> => ({
          id: name,
          title: nameOf(name),
          // Times sort as they are written, and weekdays by their number.
          value: (row) => (isTime(name) ? valueOf(row, name).value : valueOf(row, name).label),
          cell: (row) => valueOf(row, name).label,
          width: isTime(name) ? 130 : 190,
          grow: !isTime(name),
          shrinks: true,
        }),
      ),
      ...[...FIGURES, ...EVENT_FIGURES].map((figure): Column<Row> => {
        const total = report?.totals[figure.id];
        return {
          id: figure.id,
          title: figure.title,
          hint:
            [figure.hint, figure.kind === 'money' && report !== undefined ? `in ${report.currency}` : undefined]
              .filter(Boolean)
              .join(', ') || undefined,
          figure: true,
          extra: figure.extra,
          width: widthOf(figure) + (compared ? CHANGE_PX : 0),
          text: (row) => showFigure(figure, row[figure.id]) + (compared ? CHANGE_TEXT : ''),
          value: (row) => row[figure.id],
          cell: (row) => {
            const href = Number(row[figure.id] ?? 0) === 0 ? null : behind(row, figure.id);
            const text = showFigure(figure, row[figure.id]);
            const shown = <FigureLink href={href}>{text}</FigureLink>;
            return compared ? (
              <>
                {shown}
                <span className={styles.change}>{showChange(changeOf(row[figure.id], row.previous?.[figure.id]))}</span>
              </>
            ) : (
              shown
            );
          },
          total:
            report === undefined ? undefined : compared ? (
              <>
                {showFigure(figure, total)}
                <span className={styles.change}>{showChange(changeOf(total, report.totals.previous?.[figure.id]))}</span>
              </>
            ) : (
              showFigure(figure, total)
            ),
        };
      }),
    ],
    [grouped, report, compared, behind],
  );
}

/** All rows as a file, written by the API. */
function Export({ query, columns }: { query: ReportQuery; columns: string | undefined }) {
  const href = (rest: Record<string, string>): string => {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) asked.append(name, String(each));
    }
    if (columns !== undefined && columns !== '') asked.set('columns', columns);
    for (const [name, value] of Object.entries(rest)) asked.set(name, value);
    return `/api/v1/reports?${asked.toString()}`;
  };
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} />} rightSection={<IconChevronDown size={13} />}>
          {words.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{words.exportHint}</Menu.Label>
        <Menu.Item component="a" download="report.csv" href={href({ format: 'csv' })}>
          {words.csvComma}
        </Menu.Item>
        <Menu.Item component="a" download="report.csv" href={href({ format: 'csv', delimiter: ';', bom: 'true', decimal: 'comma' })}>
          {words.csvSemicolon}
        </Menu.Item>
        <Menu.Item component="a" download="report.ndjson" href={href({ format: 'ndjson' })}>
          {words.ndjson}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
