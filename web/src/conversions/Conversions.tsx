import { Button, Select } from '@mantine/core';
import { IconCoins, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { BUCKETS } from '../../../src/offer-sources/vocabulary';
import { useNames, useOffers, useSources } from '../api/catalog';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { LOG_PAGES, useWholeList } from '../api/queries';
import { copy } from '../parts/Copy';
import { Filters } from '../parts/Filters';
import { showCount, showMoney, showTime } from '../parts/format';
import { AnchorLink, ButtonLink } from '../parts/links';
import { LogNotes } from '../parts/LogNotes';
import { Page } from '../parts/Page';
import { Split } from '../parts/Split';
import { State } from '../parts/states';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import { type Column, Table } from '../parts/Table';
import { say } from '../parts/toast';
import { usePeriod } from '../period';
import { AddConversion } from './AddConversion';
import { Conversion } from './Conversion';
import type { ConversionsSearch } from './search';
import { words } from './strings';
import styles from './Conversions.module.css';

type Row = Schemas['ConversionAnswer'];

/** The conversions of the period with their sums; the open one, or a new one, beside or in place of the list. */
export default function Conversions() {
  const search = useSearch({ from: '/shell/conversions' });
  const navigate = useNavigate({ from: '/conversions' });
  const period = usePeriod();
  const change = (patch: Partial<ConversionsSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...patch }), replace: !('open' in patch) });

  const { status, offerId, offerSourceId, cid, txid, networkConversionId, currency, country, source, keyword, sub1, test } = search;
  const texts = { cid, txid, networkConversionId, currency, country, source, keyword, sub1 };
  const filter = { status, offerId, offerSourceId, ...texts, test: test === undefined ? undefined : test === 'true', ...period.query };
  const list = useWholeList(
    ['conversions', 'list', filter],
    async (cursor, signal) =>
      pageOf(await answered(api.GET('/api/v1/conversions', { params: { query: { limit: 200, cursor, ...filter } }, signal }))),
    LOG_PAGES,
  );
  const offers = useOffers().rows;
  const sources = useSources(true).rows;
  const columns = useColumns(period.zone);
  const isFiltered = [status, offerId, offerSourceId, test, ...Object.values(texts)].some((each) => each !== undefined);
  const clear: Partial<ConversionsSearch> = Object.fromEntries(
    ['status', 'offerId', 'offerSourceId', 'test', ...Object.keys(texts)].map((name) => [name, undefined]),
  );

  return (
    <Split
      list={
        <Page
          title={words.title}
          write
          fill
          actions={
            <ButtonLink to="/conversions" search={{ ...search, open: 'new' }} leftSection={<IconPlus size={14} />}>
              {words.add}
            </ButtonLink>
          }
        >
          <Sums filter={filter} />
          <LogNotes shown={list.rows.length} more={list.more} file={{ path: '/api/v1/conversions', query: filter }} />
          <Table
            name={words.title}
            columns={columns}
            rows={list.rows}
            rowId={(row) => row.id}
            rowName={(row) => row.txid ?? row.cid}
            search={search}
            onSearch={change}
            query={list.query}
            complete={list.complete}
            onOpen={(row) => change({ open: row.id })}
            onCopy={(row) => void copy(row.cid).then((done) => done && say(`${words.cid}: ${row.cid}`))}
            isFaded={(row) => row.test}
            tools={
              <>
                <Select
                  className={styles.tool}
                  aria-label={words.status}
                  placeholder={words.allStatuses}
                  data={BUCKETS.map((value) => ({ value, label: shared.statuses[value] ?? value }))}
                  value={status ?? null}
                  clearable
                  onChange={(value) => change({ status: BUCKETS.find((each) => each === value) })}
                />
                <Select
                  className={styles.tool}
                  aria-label={words.offer}
                  placeholder={words.allOffers}
                  data={offers.map(({ id, name }) => ({ value: id, label: name }))}
                  value={offerId ?? null}
                  searchable
                  clearable
                  onChange={(value) => change({ offerId: value ?? undefined })}
                />
                <Select
                  className={styles.tool}
                  aria-label={words.source}
                  placeholder={words.allSources}
                  data={sources.map(({ id, name }) => ({ value: id, label: name }))}
                  value={offerSourceId ?? null}
                  searchable
                  clearable
                  onChange={(value) => change({ offerSourceId: value ?? undefined })}
                />
                <Filters
                  fields={[
                    { name: 'txid', title: words.txid },
                    { name: 'cid', title: words.cid },
                    { name: 'networkConversionId', title: words.networkId },
                    { name: 'currency', title: words.currency, placeholder: 'EUR' },
                    { name: 'country', title: words.country, placeholder: 'DE' },
                    { name: 'source', title: words.traffic },
                    { name: 'keyword', title: words.keyword },
                    { name: 'sub1', title: words.sub1 },
                    {
                      name: 'test',
                      title: words.test,
                      options: [
                        { value: 'true', label: shared.yes },
                        { value: 'false', label: shared.no },
                      ],
                    },
                  ]}
                  values={{ ...texts, test }}
                  onChange={(patch) => change(patch as Partial<ConversionsSearch>)}
                />
              </>
            }
            empty={
              <State
                icon={<IconCoins size={22} />}
                title={isFiltered ? words.noneFits : words.empty}
                actions={
                  <>
                    {isFiltered && (
                      <Button variant="default" onClick={() => change(clear)}>
                        {words.showAll}
                      </Button>
                    )}
                    <ButtonLink
                      to="/conversions"
                      search={{ ...search, period: 'last30days', from: undefined, to: undefined }}
                      variant="default"
                    >
                      {words.longer}
                    </ButtonLink>
                    {!isFiltered && <ButtonLink to="/postbacks">{words.toLog}</ButtonLink>}
                  </>
                }
              >
                {isFiltered ? undefined : words.emptyHint}
              </State>
            }
          />
        </Page>
      }
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
function Sums({ filter }: { filter: Record<string, string | boolean | undefined> }) {
  const { data } = useQuery({
    queryKey: ['conversions', 'sums', filter],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/conversions', { params: { query: { ...filter, limit: 1, sums: true } }, signal }))).sums ??
      null,
  });
  return (
    <div className={styles.sums} role="status">
      {data === null && <small>{words.sumsSlow}</small>}
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
    </div>
  );
}

function useColumns(zone: string): Column<Row>[] {
  const nameOf = useNames();
  return useMemo(
    () => [
      {
        id: 'convertedAt',
        title: words.converted,
        value: (row) => row.convertedAt,
        cell: (row) => showTime(row.convertedAt, zone),
        width: 150,
      },
      {
        id: 'status',
        title: words.status,
        value: (row) => shared.statuses[row.status] ?? row.status,
        cell: (row) => <StatusMark status={row.status} />,
        width: 104,
      },
      { id: 'rawStatus', title: words.rawStatus, value: (row) => row.rawStatus, width: 110, extra: true },
      { id: 'offer', title: words.offer, value: (row) => nameOf(row.offerId), width: 150, grow: true },
      { id: 'source', title: words.source, value: (row) => nameOf(row.offerSourceId), width: 130, grow: true },
      { id: 'txid', title: words.txid, value: (row) => row.txid, width: 130 },
      {
        id: 'payout',
        title: words.payout,
        figure: true,
        value: (row) => row.payout,
        cell: (row) => showMoney(row.payout, row.currency),
        width: 116,
      },
      {
        id: 'payoutBase',
        title: words.base,
        figure: true,
        value: (row) => row.payoutBase,
        cell: (row) => showMoney(row.payoutBase),
        width: 140,
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
          <AnchorLink to="/clicks" search={{ open: row.cid }} size="xs" className={styles.code}>
            {row.cid}
          </AnchorLink>
        ),
        width: 210,
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
    [nameOf, zone],
  );
}
