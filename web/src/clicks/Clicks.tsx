import { Button, Select } from '@mantine/core';
import { IconClick } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useNames, useOffers, useSources } from '../api/catalog';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { LOG_PAGES, useWholeList } from '../api/queries';
import { copy } from '../parts/Copy';
import { Filters } from '../parts/Filters';
import { showCount, showMoney, showTime } from '../parts/format';
import { ButtonLink } from '../parts/links';
import { LogNotes } from '../parts/LogNotes';
import { Page } from '../parts/Page';
import { Split } from '../parts/Split';
import { State } from '../parts/states';
import { words as shared } from '../parts/strings';
import { type Column, Table } from '../parts/Table';
import { say } from '../parts/toast';
import { usePeriod } from '../period';
import { useMay } from '../session';
import { Click } from './Click';
import { Erase } from './Erase';
import { type ClicksSearch, FLAG_FILTERS, flagOf, TEXT_FILTERS } from './search';
import { words } from './strings';
import styles from './Clicks.module.css';

type Row = Schemas['ClickAnswer'];

const FIELDS = [
  ...TEXT_FILTERS.map((name) => ({ name, title: words.names[name] ?? name })),
  ...FLAG_FILTERS.map((name) => ({
    name,
    title: words.names[name] ?? name,
    options: [
      { value: 'true', label: shared.yes },
      { value: 'false', label: shared.no },
    ],
  })),
];

/** The clicks of the period; the open one beside or in place of the list. */
export default function Clicks() {
  const search = useSearch({ from: '/shell/clicks' });
  const navigate = useNavigate({ from: '/clicks' });
  const mayErase = useMay('admin');
  const period = usePeriod();
  const [isErasing, setErasing] = useState(false);
  const change = (patch: Partial<ClicksSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...patch }), replace: !('open' in patch) });

  const { offerId, offerSourceId } = search;
  const chosen: Partial<Record<(typeof FIELDS)[number]['name'], string>> = Object.fromEntries(
    FIELDS.flatMap(({ name }) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );
  const filter = {
    ...chosen,
    unique: flagOf(search.unique),
    bot: flagOf(search.bot),
    test: flagOf(search.test),
    offerId,
    offerSourceId,
    ...period.query,
  };
  const list = useWholeList(
    ['clicks', 'list', filter],
    async (cursor, signal) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { limit: 200, cursor, ...filter } }, signal }))),
    LOG_PAGES,
  );
  const offers = useOffers().rows;
  const sources = useSources(true).rows;
  const columns = useColumns(period.zone);
  const isFiltered = offerId !== undefined || offerSourceId !== undefined || Object.keys(chosen).length > 0;
  const clear: Partial<ClicksSearch> = Object.fromEntries(
    ['offerId', 'offerSourceId', ...Object.keys(chosen)].map((name) => [name, undefined]),
  );

  return (
    <Split
      list={
        <Page
          title={words.title}
          fill
          actions={
            mayErase && (
              <Button variant="default" onClick={() => setErasing(true)}>
                {words.erase}
              </Button>
            )
          }
        >
          <Sums filter={filter} />
          <LogNotes shown={list.rows.length} more={list.more} file={{ path: '/api/v1/clicks', query: filter }} />
          <Table
            name={words.title}
            columns={columns}
            rows={list.rows}
            rowId={(row) => row.cid}
            rowName={(row) => row.cid}
            search={search}
            onSearch={change}
            query={list.query}
            complete={list.complete}
            onOpen={(row) => change({ open: row.cid })}
            onCopy={(row) => void copy(row.cid).then((done) => done && say(`${words.cid}: ${row.cid}`))}
            isFaded={(row) => row.bot !== null || row.test}
            tools={
              <>
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
                  aria-label={words.offerSource}
                  placeholder={words.allSources}
                  data={sources.map(({ id, name }) => ({ value: id, label: name }))}
                  value={offerSourceId ?? null}
                  searchable
                  clearable
                  onChange={(value) => change({ offerSourceId: value ?? undefined })}
                />
                <Filters fields={FIELDS} values={chosen} onChange={(patch) => change(patch as Partial<ClicksSearch>)} />
              </>
            }
            empty={
              <State
                icon={<IconClick size={22} />}
                title={isFiltered ? words.noneFits : words.empty}
                actions={
                  <>
                    {isFiltered && (
                      <Button variant="default" onClick={() => change(clear)}>
                        {words.showAll}
                      </Button>
                    )}
                    <ButtonLink to="/clicks" search={{ ...search, period: 'last30days', from: undefined, to: undefined }} variant="default">
                      {words.longer}
                    </ButtonLink>
                    {!isFiltered && <ButtonLink to="/offers">{words.toOffers}</ButtonLink>}
                  </>
                }
              >
                {isFiltered ? undefined : words.emptyHint}
              </State>
            }
          />
          {isErasing && <Erase onClose={() => setErasing(false)} />}
        </Page>
      }
      detail={search.open === undefined ? null : <Click key={search.open} cid={search.open} />}
    />
  );
}

/** Of all that fits the filters, not only of the rows that have come. */
function Sums({ filter }: { filter: Record<string, string | boolean | undefined> }) {
  const { data } = useQuery({
    queryKey: ['clicks', 'sums', filter],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { ...filter, limit: 1, sums: true } }, signal }))).sums ?? null,
  });
  return (
    <div className={styles.sums} role="status">
      {data === null && <small>{words.sumsSlow}</small>}
      {data !== null && data !== undefined && (
        <>
          <span>{(data.complete ? words.sums : words.sumsPart)(showCount(data.count))}</span>
          <strong>{words.costSum(showMoney(data.costBase, data.currency))}</strong>
        </>
      )}
    </div>
  );
}

function useColumns(zone: string): Column<Row>[] {
  const nameOf = useNames();
  return useMemo(() => {
    const plain = (id: keyof Row & string, width: number, extra = false): Column<Row> => ({
      id,
      title: words.names[id] ?? id,
      value: (row) => row[id] as string | null | undefined,
      width,
      extra,
    });
    const flag = (id: 'unique' | 'test'): Column<Row> => ({
      id,
      title: words.names[id] ?? id,
      value: (row) => (row[id] ? shared.yes : null),
      width: 80,
      extra: true,
    });
    return [
      { id: 'createdAt', title: words.created, value: (row) => row.createdAt, cell: (row) => showTime(row.createdAt, zone), width: 150 },
      { id: 'offer', title: words.offer, value: (row) => nameOf(row.offerId), width: 150, grow: true },
      { id: 'offerSource', title: words.offerSource, value: (row) => nameOf(row.offerSourceId), width: 130, extra: true },
      plain('country', 76),
      plain('device', 86),
      plain('os', 90),
      plain('browser', 100),
      plain('source', 110),
      plain('keyword', 110),
      { ...plain('sub1', 120), grow: true },
      plain('sub2', 100, true),
      plain('sub3', 100, true),
      plain('sub4', 100, true),
      plain('sub5', 100, true),
      {
        id: 'cost',
        title: words.cost,
        figure: true,
        value: (row) => row.cost,
        cell: (row) => showMoney(row.cost, row.costCurrency),
        width: 100,
      },
      { id: 'cid', title: words.cid, value: (row) => row.cid, cell: (row) => <code className={styles.code}>{row.cid}</code>, width: 210 },
      plain('externalId', 120, true),
      plain('region', 100, true),
      plain('city', 100, true),
      plain('isp', 120, true),
      plain('language', 90, true),
      plain('referrerDomain', 130, true),
      plain('bot', 100, true),
      flag('unique'),
      flag('test'),
    ];
  }, [nameOf, zone]);
}
