import { Button } from '@mantine/core';
import { IconClick } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useNames } from '../api/catalog';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { LOG_ROWS, useWholeList } from '../api/queries';
import type { operations } from '../api/schema';
import { showCount, showMoney, showTime } from '../parts/format';
import { asked, copyAndSay, ListPage, Sums as SumsLine, useChange, useOfferFilter, useSourceFilter, YES_NO } from '../parts/ListPage';
import { ButtonLink } from '../parts/links';
import { LogNotes } from '../parts/LogNotes';
import { words as shared } from '../parts/strings';
import type { Column } from '../parts/Table';
import { usePeriod } from '../period';
import { useMay } from '../session';
import { Click } from './Click';
import { Erase } from './Erase';
import { type ClicksSearch, FACTS, FLAGS, flagOf } from './search';
import { words } from './strings';

type Row = Schemas['ClickAnswer'];

const FIELDS = [
  { name: 'cid' as const, title: words.cid },
  ...FACTS.map((name) => ({ name, title: words.names[name] ?? name })),
  ...FLAGS.map((name) => ({ name, title: words.names[name] ?? name, options: YES_NO })),
];

/** The clicks of the period; the open one beside or in place of the list. */
export default function Clicks() {
  const search = useSearch({ from: '/shell/clicks' });
  const change = useChange<ClicksSearch>();
  const mayErase = useMay('admin');
  const period = usePeriod();
  const [isErasing, setErasing] = useState(false);
  const filter = {
    ...asked(search, ['offerId', 'offerSourceId', ...FACTS]),
    cid: search.cid,
    unique: flagOf(search.unique),
    bot: flagOf(search.bot),
    test: flagOf(search.test),
    ...period.query,
  };
  const list = useWholeList(
    ['clicks', 'list', filter],
    async (cursor, signal) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { limit: 200, cursor, ...filter } }, signal }))),
    LOG_ROWS,
  );
  const columns = useColumns(period.zone);
  const filters = [useOfferFilter(), useSourceFilter(), ...FIELDS];

  return (
    <ListPage
      title={words.title}
      writesToo
      actions={
        mayErase && (
          <Button variant="default" onClick={() => setErasing(true)}>
            {words.erase}
          </Button>
        )
      }
      search={search}
      onChange={change}
      filters={filters}
      notes={
        <>
          <Sums filter={filter} />
          <LogNotes shown={list.rows.length} list={list} file={{ path: '/api/v1/clicks', query: filter }} />
        </>
      }
      table={{
        columns,
        rows: list.rows,
        rowId: (row) => row.cid,
        rowName: (row) => row.cid,
        query: list.query,
        complete: list.complete,
        onOpen: (row) => change({ open: row.cid }),
        onCopy: (row) => copyAndSay(words.cid, row.cid),
        isFaded: (row) => row.bot !== null || row.test,
      }}
      isOfPeriod
      empty={{
        icon: <IconClick size={22} />,
        title: words.empty,
        hint: words.emptyHint,
        noneFits: words.noneFits,
        actions: <ButtonLink to="/offers">{words.toOffers}</ButtonLink>,
      }}
      detail={search.open === undefined ? null : <Click key={search.open} cid={search.open} />}
    >
      {isErasing && <Erase onClose={() => setErasing(false)} />}
    </ListPage>
  );
}

/** Of all that fits the filters, not only of the rows that have come. */
function Sums({ filter }: { filter: operations['clickLog_list']['parameters']['query'] }) {
  const { data } = useQuery({
    queryKey: ['clicks', 'sums', filter],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { ...filter, limit: 1, sums: true } }, signal }))).sums ?? null,
  });
  return (
    <SumsLine isSlow={data === null}>
      {data !== null && data !== undefined && (
        <>
          <span>{(data.complete ? words.sums : words.sumsPart)(showCount(data.count))}</span>
          <strong>{words.costSum(showMoney(data.costBase, data.currency))}</strong>
        </>
      )}
    </SumsLine>
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
      { id: 'cid', title: words.cid, value: (row) => row.cid, cell: (row) => <code className="one-line">{row.cid}</code>, width: 210 },
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
