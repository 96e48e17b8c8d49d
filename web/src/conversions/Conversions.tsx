import { IconCoins, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { BUCKETS } from '../../../src/offer-sources/vocabulary';
import { useBaseCurrency, useNames } from '../api/catalog';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { LOG_ROWS, useWholeList } from '../api/queries';
import type { operations } from '../api/schema';
import { FACTS, flagOf } from '../clicks/search';
import { showCount, showMoney, showTime } from '../parts/format';
import { asked, copyAndSay, ListPage, Sums as SumsLine, useChange, useOfferFilter, useSourceFilter, YES_NO } from '../parts/ListPage';
import { AnchorLink, ButtonLink } from '../parts/links';
import { LogNotes } from '../parts/LogNotes';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import type { Column } from '../parts/Table';
import { usePeriod } from '../period';
import { AddConversion } from './AddConversion';
import { Conversion } from './Conversion';
import { type ConversionsSearch, PARAMS } from './search';
import { words } from './strings';

type Row = Schemas['ConversionAnswer'];
type Query = NonNullable<operations['conversions_list']['parameters']['query']>;

const STATUS = {
  name: 'status' as const,
  title: words.status,
  inBar: words.allStatuses,
  options: BUCKETS.map((value) => ({ value, label: shared.statuses[value] ?? value })),
};
const FIELDS = [
  { name: 'txid' as const, title: words.txid },
  { name: 'cid' as const, title: words.cid },
  { name: 'networkConversionId' as const, title: words.networkId },
  { name: 'currency' as const, title: words.currency, placeholder: 'EUR' },
  { name: 'upsell' as const, title: words.upsell, options: YES_NO },
  { name: 'test' as const, title: words.test, options: YES_NO },
  { name: 'attribution' as const, title: words.attribution, options: [{ value: 'click', label: words.byClick }] },
  ...FACTS.map((name) => ({ name, title: shared.facts[name] ?? name })),
  ...PARAMS.map((name) => ({ name, title: name })),
];

/** The conversions of the period with their sums; the open one, or a new one, beside or in place of the list. */
export default function Conversions() {
  const search = useSearch({ from: '/shell/conversions' });
  const change = useChange<ConversionsSearch>();
  const period = usePeriod();
  const { cid, txid, networkConversionId, attribution } = search;
  const filter: Query = {
    ...asked(search, ['offerId', 'offerSourceId', 'currency', ...FACTS, ...PARAMS]),
    status: asked(search, ['status']).status as Query['status'],
    cid,
    txid,
    networkConversionId,
    upsell: flagOf(search.upsell),
    test: flagOf(search.test),
    attribution,
    ...period.query,
  };
  const list = useWholeList(
    ['conversions', 'list', filter],
    async (cursor, signal) =>
      pageOf(await answered(api.GET('/api/v1/conversions', { params: { query: { ...filter, limit: 200, cursor } }, signal }))),
    LOG_ROWS,
  );
  const columns = useColumns(period.zone);
  const filters = [STATUS, useOfferFilter(), useSourceFilter(), ...FIELDS];

  return (
    <ListPage
      title={words.title}
      write
      actions={
        <ButtonLink to="/conversions" search={{ ...search, open: 'new' }} leftSection={<IconPlus size={14} />}>
          {words.add}
        </ButtonLink>
      }
      search={search}
      onChange={change}
      filters={filters}
      notes={
        <>
          <Sums filter={filter} />
          <LogNotes shown={list.rows.length} list={list} file={{ path: '/api/v1/conversions', query: filter as Record<string, string> }} />
        </>
      }
      table={{
        columns,
        rows: list.rows,
        rowId: (row) => row.id,
        rowName: (row) => row.txid ?? row.cid,
        query: list.query,
        complete: list.complete,
        onOpen: (row) => change({ open: row.id }),
        onCopy: (row) => copyAndSay(words.cid, row.cid),
        isFaded: (row) => row.test,
      }}
      isOfPeriod
      empty={{
        icon: <IconCoins size={22} />,
        title: words.empty,
        hint: words.emptyHint,
        noneFits: words.noneFits,
        actions: <ButtonLink to="/postbacks">{words.toLog}</ButtonLink>,
      }}
      detail={
        search.open === undefined ? null : search.open === 'new' ? (
          <AddConversion cid={cid ?? ''} />
        ) : (
          <Conversion key={search.open} id={search.open} />
        )
      }
    />
  );
}

/** Of all that fits the filters, not only of the rows that have come. */
function Sums({ filter }: { filter: Query }) {
  const { data } = useQuery({
    queryKey: ['conversions', 'sums', filter],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/conversions', { params: { query: { ...filter, limit: 1, sums: true } }, signal }))).sums ??
      null,
  });
  return (
    <SumsLine isSlow={data === null} isLong>
      {data !== null && data !== undefined && (
        <>
          <span>{(data.complete ? words.sums : words.sumsPart)(showCount(data.count))}</span>
          <strong>{showMoney(data.payoutBase, data.currency)}</strong>
          {Number(data.payoutReversedBase) !== 0 && <span>{words.reversedSum(showMoney(data.payoutReversedBase, data.currency))}</span>}
          <small>
            {data.byCurrency
              .map((each) =>
                each.currency === null
                  ? `${showCount(each.count)} ${words.noAmount}`
                  : `${showMoney(each.payout, each.currency)} (${showCount(each.count)})`,
              )
              .join(' · ')}
          </small>
        </>
      )}
    </SumsLine>
  );
}

function useColumns(zone: string): Column<Row>[] {
  const nameOf = useNames();
  const base = useBaseCurrency();
  return useMemo(
    () => [
      {
        id: 'convertedAt',
        title: words.converted,
        value: (row) => row.convertedAt,
        cell: (row) => showTime(row.convertedAt, zone),
        width: 136,
      },
      {
        id: 'status',
        title: words.status,
        value: (row) => shared.statuses[row.status] ?? row.status,
        cell: (row) => <StatusMark status={row.status} />,
        width: 112,
        late: true,
      },
      { id: 'rawStatus', title: words.rawStatus, value: (row) => row.rawStatus, width: 110, extra: true },
      { id: 'offer', title: words.offer, value: (row) => nameOf(row.offerId), width: 150, grow: true, late: true },
      { id: 'source', title: words.source, value: (row) => nameOf(row.offerSourceId), width: 130, grow: true, late: true },
      { id: 'txid', title: words.txid, value: (row) => row.txid, width: 130, late: true },
      {
        id: 'payout',
        title: words.payout,
        figure: true,
        value: (row) => row.payout,
        cell: (row) => showMoney(row.payout, row.currency),
        width: 140,
      },
      {
        id: 'payoutBase',
        title: base === undefined ? words.base : words.inCurrency(base),
        figure: true,
        value: (row) => row.payoutBase,
        cell: (row) => showMoney(row.payoutBase),
        width: 96,
        late: true,
      },
      {
        id: 'payoutReversed',
        title: words.reversed,
        figure: true,
        value: (row) => row.payoutReversed,
        cell: (row) => showMoney(row.payoutReversed, row.currency),
        width: 110,
        extra: true,
      },
      { id: 'rate', title: words.rate, figure: true, value: (row) => row.rate, width: 90, extra: true },
      {
        id: 'cid',
        title: words.cid,
        value: (row) => row.cid,
        cell: (row) => (
          <AnchorLink to="/clicks" search={{ open: row.cid }} size="xs" className="one-line">
            {row.cid}
          </AnchorLink>
        ),
        width: 190,
        late: true,
      },
      { id: 'networkId', title: words.networkId, value: (row) => row.networkConversionId, width: 120, extra: true },
      { id: 'upsell', title: words.upsell, value: (row) => (row.upsell ? shared.yes : null), width: 80, extra: true },
      { id: 'test', title: words.test, value: (row) => (row.test ? shared.yes : null), width: 70, extra: true },
      {
        id: 'clickedAt',
        title: words.clicked,
        value: (row) => row.clickedAt,
        cell: (row) => showTime(row.clickedAt, zone),
        width: 150,
        extra: true,
      },
      {
        id: 'updatedAt',
        title: words.updated,
        value: (row) => row.updatedAt,
        cell: (row) => showTime(row.updatedAt, zone),
        width: 150,
        extra: true,
      },
    ],
    [nameOf, base, zone],
  );
}
