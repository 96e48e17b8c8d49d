import { Button } from '@mantine/core';
import { IconAffiliate, IconPlus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useFigures, useNetworks, useSources } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { figureColumnOf } from '../parts/figureColumn';
import { showCount, showMoney, showPercent, showTime } from '../parts/format';
import { copyAndSay, ListPage, useChange } from '../parts/ListPage';
import { ButtonLink } from '../parts/links';
import { StatusMark } from '../parts/StatusMark';
import type { Column } from '../parts/Table';
import { sayError, sayUndo } from '../parts/toast';
import { type ChosenPeriod, daysSearch, usePeriod } from '../period';
import { useMay } from '../session';
import { OfferSource } from './OfferSource';
import type { OfferSourcesSearch } from './search';
import { words } from './strings';
import styles from './OfferSources.module.css';

type Row = Schemas['OfferSourceAnswer'];

const stateOf = (source: Row): string => (source.archived ? 'archived' : source.enabled ? 'enabled' : 'disabled');

const ARCHIVED = {
  name: 'archived' as const,
  title: words.showWhich,
  inBar: words.current,
  options: [{ value: 'true', label: words.withArchived }],
};

/** The networks that call back, with the period's figures; the open one beside or in place of them. */
export default function OfferSources() {
  const search = useSearch({ from: '/shell/offer-sources' });
  const change = useChange<OfferSourcesSearch>();
  const mayWrite = useMay('write');
  const period = usePeriod();
  const list = useSources(search.archived === 'true');
  const figures = useFigures('offerSource', period.query);
  const columns = useColumns(figures, period);

  return (
    <ListPage
      title={words.title}
      write
      actions={
        <ButtonLink to="/offer-sources" search={{ ...search, tab: undefined, open: 'new' }} leftSection={<IconPlus size={14} />}>
          {words.create}
        </ButtonLink>
      }
      search={search}
      onChange={change}
      filters={[ARCHIVED]}
      table={{
        columns,
        currency: figures.currency,
        rows: list.rows,
        rowId: (source) => source.id,
        rowName: (source) => source.name,
        query: list.query,
        complete: list.complete,
        onOpen: (source) => change({ open: source.id, tab: undefined }),
        onCopy: mayWrite ? ({ postbackUrl }) => postbackUrl !== null && copyAndSay(words.postbackUrl, postbackUrl) : undefined,
        isFaded: (source) => source.archived || !source.enabled,
        marked: mayWrite ? (rows, unmark) => <Marked sources={rows} unmark={unmark} /> : undefined,
      }}
      empty={{
        icon: <IconAffiliate size={22} />,
        title: words.empty,
        hint: words.emptyHint,
        noneFits: words.empty,
        actions: mayWrite && (
          <>
            <ButtonLink to="/offer-sources" search={{ open: 'new' }}>
              {words.first}
            </ButtonLink>
            <ButtonLink to="/set-up" variant="default">
              {words.guided}
            </ButtonLink>
          </>
        ),
      }}
      detail={search.open === undefined ? null : <OfferSource key={search.open} id={search.open} />}
    />
  );
}

function useColumns({ of, totals }: ReturnType<typeof useFigures>, chosen: ChosenPeriod): Column<Row>[] {
  const { zone } = chosen;
  const networks = useNetworks().data;
  return useMemo(() => {
    const networkName = (source: Row): string =>
      source.template === 'custom' ? words.custom : (networks?.find(({ key }) => key === source.template)?.name ?? source.template);
    const figure = figureColumnOf<Row>({ of, totals }, 'offerSource', daysSearch(chosen), 92);
    const money = (id: 'revenue' | 'revenueHold' | 'revenueReversed', title: string, rest: Partial<Column<Row>> = {}): Column<Row> =>
      figure(id, title, (value) => showMoney(value), {
        width: 106,
        total: totals === undefined ? undefined : showMoney(totals[id]),
        ...rest,
      });
    return [
      {
        id: 'name',
        title: words.name,
        value: (source) => source.name,
        cell: (source) => <strong className={styles.name}>{source.name}</strong>,
        width: 190,
        grow: true,
      },
      { id: 'template', title: words.template, value: networkName, width: 120, grow: true, late: true },
      {
        id: 'enabled',
        title: words.enabled,
        value: stateOf,
        cell: (source) => <StatusMark status={stateOf(source)} />,
        width: 84,
        late: true,
      },
      { id: 'cidParameter', title: words.parameter, value: (source) => source.cidParameter, width: 114, late: true },
      figure('clicks', words.clicks, showCount),
      figure('conversions', words.conversions, showCount, { width: 106 }),
      figure('approved', words.approved, showCount),
      figure('approvalRate', words.rate, showPercent, { hint: words.rateHint }),
      money('revenue', words.revenue),
      money('revenueHold', words.hold, { hint: words.holdHint }),
      money('revenueReversed', words.reversed, { extra: true }),
      { id: 'warnings', title: words.warnings, figure: true, value: (source) => source.warnings.length, width: 70, extra: true },
      {
        id: 'createdAt',
        title: words.created,
        value: (source) => source.createdAt,
        cell: (source) => showTime(source.createdAt, zone),
        width: 140,
        extra: true,
      },
    ];
  }, [of, totals, networks, chosen, zone]);
}

function Marked({ sources, unmark }: { sources: Row[]; unmark: () => void }) {
  const apply = useMutation({
    mutationFn: (enabled: boolean) => patchAll(sources.map(({ id }) => ({ id, enabled }))),
    onError: sayError,
    onSuccess: (_answer, enabled) => {
      unmark();
      sayUndo(words.changed(sources.length, enabled ? words.on : words.off), () => patchAll(sources));
    },
  });
  return (
    <>
      <Button variant="default" loading={apply.isPending} onClick={() => apply.mutate(true)}>
        {words.switchOn}
      </Button>
      <Button variant="default" disabled={apply.isPending} onClick={() => apply.mutate(false)}>
        {words.switchOff}
      </Button>
    </>
  );
}

async function patchAll(changes: readonly { id: string; enabled: boolean }[]): Promise<void> {
  try {
    for (const { id, enabled } of changes)
      await answered(api.PATCH('/api/v1/offer-sources/{id}', { params: { path: { id } }, body: { enabled } }));
  } finally {
    await queries.invalidateQueries({ queryKey: ['offer-sources'] });
  }
}
