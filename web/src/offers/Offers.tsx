import { Button, Popover, TextInput } from '@mantine/core';
import { IconPlus, IconTarget } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useFigures, useSources } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { queries, useWholeList } from '../api/queries';
import { figureColumnOf } from '../parts/figureColumn';
import { showCount, showMoney, showPercent, showTime } from '../parts/format';
import { copyAndSay, ListPage, useChange, useSourceFilter } from '../parts/ListPage';
import { ButtonLink } from '../parts/links';
import { StatusMark } from '../parts/StatusMark';
import type { Column } from '../parts/Table';
import { sayError, sayUndo } from '../parts/toast';
import { type ChosenPeriod, daysSearch, usePeriod } from '../period';
import { useMay } from '../session';
import { Offer } from './Offer';
import { type OffersSearch, SHOWN } from './search';
import { words } from './strings';
import styles from './Offers.module.css';

type Row = Schemas['OfferAnswer'];

const STATUS = {
  name: 'status' as const,
  title: words.showWhich,
  inBar: words.current,
  options: SHOWN.map((value) => ({ value, label: words.shown[value] })),
};

/** All offers with the period's figures; the open one beside or in place of them. */
export default function Offers() {
  const search = useSearch({ from: '/shell/offers' });
  const change = useChange<OffersSearch>();
  const mayWrite = useMay('write');
  const period = usePeriod();
  const { status, offerSourceId } = search;
  const list = useWholeList(['offers', 'list', { status, offerSourceId }], (cursor, signal) =>
    answered(api.GET('/api/v1/offers', { params: { query: { limit: 200, cursor, status, offerSourceId } }, signal })),
  );
  const sources = useSources(true).rows;
  const figures = useFigures('offer', period.query);
  const columns = useColumns(figures, sources, period);
  const filters = [STATUS, useSourceFilter()];

  return (
    <ListPage
      title={words.title}
      write
      actions={
        <ButtonLink to="/offers" search={{ ...search, open: 'new' }} leftSection={<IconPlus size={14} />}>
          {words.create}
        </ButtonLink>
      }
      search={search}
      onChange={change}
      filters={filters}
      table={{
        columns,
        currency: figures.currency,
        rows: list.rows,
        rowId: (offer) => offer.id,
        rowName: (offer) => offer.name,
        query: list.query,
        complete: list.complete,
        onOpen: (offer) => change({ open: offer.id }),
        onCopy: (offer) => copyAndSay(words.tracking, offer.trackingUrl),
        isFaded: (offer) => offer.status !== 'active',
        marked: mayWrite ? (rows, unmark) => <Marked offers={rows} unmark={unmark} /> : undefined,
      }}
      empty={{
        icon: <IconTarget size={22} />,
        title: words.empty,
        hint: words.emptyHint,
        noneFits: words.noneFits,
        actions: mayWrite && (
          <>
            <ButtonLink to="/offers" search={{ open: 'new' }}>
              {words.first}
            </ButtonLink>
            <ButtonLink to="/set-up" variant="default">
              {words.guided}
            </ButtonLink>
          </>
        ),
      }}
      detail={search.open === undefined ? null : <Offer key={search.open} id={search.open} />}
    />
  );
}

function useColumns(
  { of, totals, currency }: ReturnType<typeof useFigures>,
  sources: readonly Schemas['OfferSourceAnswer'][],
  chosen: ChosenPeriod,
): Column<Row>[] {
  const { zone } = chosen;
  return useMemo(() => {
    const names = new Map(sources.map(({ id, name }) => [id, name]));
    const sourceName = (offer: Row): string | null => (offer.offerSourceId === null ? null : (names.get(offer.offerSourceId) ?? null));
    const figure = figureColumnOf<Row>({ of, totals }, 'offer', daysSearch(chosen), 92);
    const money = (value: string | null | undefined): string => showMoney(value);
    const inBase = { hint: currency === undefined ? undefined : words.inCurrency(currency) };
    const sum = (id: 'revenue' | 'revenueHold' | 'cost' | 'profit') => ({
      ...inBase,
      total: totals === undefined ? undefined : showMoney(totals[id]),
    });
    return [
      {
        id: 'name',
        title: words.name,
        value: (offer) => offer.name,
        cell: (offer) => (
          <span className={styles.name}>
            <span className={styles.title}>{offer.name}</span>
            {offer.tags.map((tag) => (
              <span key={tag} className={styles.tag}>
                {tag}
              </span>
            ))}
          </span>
        ),
        width: 190,
        grow: true,
      },
      {
        id: 'status',
        title: words.status,
        value: (offer) => offer.status,
        cell: (offer) => <StatusMark status={offer.status} />,
        width: 82,
        late: true,
      },
      { id: 'source', title: words.source, value: sourceName, width: 150, grow: true, late: true },
      { id: 'country', title: words.country, value: (offer) => offer.country, width: 76, extra: true },
      { id: 'tags', title: words.tags, value: (offer) => offer.tags.join(' '), width: 120, extra: true },
      {
        id: 'payout',
        title: words.payout,
        figure: true,
        value: (offer) => offer.payout,
        cell: (offer) => showMoney(offer.payout, offer.currency),
        width: 92,
        extra: true,
      },
      figure('clicks', words.clicks, showCount, { width: 80 }),
      figure('uniqueClicks', words.unique, showCount, { extra: true }),
      figure('conversions', words.conversions, showCount, { width: 106 }),
      figure('approved', words.approved, showCount, { width: 92 }),
      figure('cr', words.cr, showPercent, { hint: words.crHint, width: 70 }),
      figure('revenue', words.revenue, money, { ...sum('revenue'), width: 106 }),
      figure('revenueHold', words.hold, money, { ...sum('revenueHold'), hint: words.holdHint, width: 106 }),
      figure('cost', words.cost, money, { ...sum('cost'), width: 112, extra: true }),
      figure('profit', words.profit, money, { ...sum('profit'), width: 106 }),
      figure('epc', words.epc, money, { hint: words.epcHint, width: 64, extra: true }),
      { id: 'url', title: words.url, value: (offer) => offer.url, width: 300, extra: true },
      {
        id: 'createdAt',
        title: words.created,
        value: (offer) => offer.createdAt,
        cell: (offer) => showTime(offer.createdAt, zone),
        width: 140,
        extra: true,
      },
    ];
  }, [of, totals, currency, sources, chosen, zone]);
}

/** What can be done with several at once, each with its way back. */
function Marked({ offers, unmark }: { offers: Row[]; unmark: () => void }) {
  const [tag, setTag] = useState('');
  const apply = useMutation({
    mutationFn: ({ change }: { change: Change; what: string }) => changeMany([{ ids: offers.map(({ id }) => id), ...change }]),
    onError: sayError,
    onSuccess: (_answer, { change, what }) => {
      unmark();
      sayUndo(words.changed(offers.length, what), () => changeMany(undoOf(offers, change)));
    },
  });
  const to = (status: 'active' | 'paused' | 'archived') => () => apply.mutate({ change: { status }, what: words.done[status] });
  return (
    <>
      <Button variant="default" onClick={to('paused')} loading={apply.isPending}>
        {words.pause}
      </Button>
      <Button variant="default" onClick={to('active')} disabled={apply.isPending}>
        {words.activate}
      </Button>
      <Button variant="default" onClick={to('archived')} disabled={apply.isPending}>
        {words.archive}
      </Button>
      <Popover trapFocus returnFocus shadow="md" position="bottom-start">
        <Popover.Target>
          <Button variant="default" disabled={apply.isPending}>
            {words.tag}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form
            className={styles.tagForm}
            onSubmit={(event) => {
              event.preventDefault();
              const added = tag.trim();
              if (added !== '') apply.mutate({ change: { addTags: [added] }, what: words.tagged(added) });
            }}
          >
            <TextInput
              aria-label={words.tagName}
              placeholder={words.tagName}
              maxLength={50}
              value={tag}
              onChange={(event) => setTag(event.currentTarget.value)}
              data-autofocus
            />
            <Button type="submit">{words.addTag}</Button>
          </form>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}

type Change = Omit<Schemas['UpdateOffers'], 'ids'>;

/** What puts them back: their own status each, and the tag taken off those that did not have it. */
function undoOf(offers: readonly Row[], { addTags }: Change): Schemas['UpdateOffers'][] {
  const without = (tag: string) => offers.filter(({ tags }) => !tags.includes(tag)).map(({ id }) => id);
  const changes =
    addTags === undefined
      ? (['active', 'paused', 'archived'] as const).map((status) => ({
          ids: offers.filter((offer) => offer.status === status).map(({ id }) => id),
          status,
        }))
      : addTags.map((tag) => ({ ids: without(tag), removeTags: [tag] }));
  return changes.filter(({ ids }) => ids.length > 0);
}

/** As many at once as the API takes. */
const AT_ONCE = 500;

async function changeMany(changes: readonly Schemas['UpdateOffers'][]): Promise<void> {
  try {
    for (const { ids, ...change } of changes)
      for (let from = 0; from < ids.length; from += AT_ONCE)
        await answered(api.PATCH('/api/v1/offers', { body: { ids: ids.slice(from, from + AT_ONCE), ...change } }));
  } finally {
    await queries.invalidateQueries({ queryKey: ['offers'] });
  }
}
