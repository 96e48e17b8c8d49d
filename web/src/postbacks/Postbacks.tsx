import { Button } from '@mantine/core';
import { IconRadar2, IconTestPipe } from '@tabler/icons-react';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { REFUSALS, RESULTS } from '../../../src/conversions/results';
import { instantOf } from '../../../src/lib/zones';
import { useNames } from '../api/catalog';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { LOG_ROWS, useWholeList } from '../api/queries';
import { NOTHING, showCount, showMoney, showTime } from '../parts/format';
import { copyAndSay, ListPage, useChange, useSourceFilter, YES_NO } from '../parts/ListPage';
import { AnchorLink, ButtonLink } from '../parts/links';
import { LiveMark, PauseButton } from '../parts/LiveLog';
import { LogNotes } from '../parts/LogNotes';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import type { Column } from '../parts/Table';
import { useLive, withLive } from '../parts/useLive';
import { usePeriod } from '../period';
import { useMay } from '../session';
import { DryRun } from './DryRun';
import { Postback } from './Postback';
import { saidOf } from './read-parameters';
import { ReplayMany } from './ReplayMany';
import type { PostbacksSearch } from './search';
import { words } from './strings';
import { short, whyOf } from './why';

type Row = Schemas['PostbackAnswer'];

const RESULT = {
  name: 'result' as const,
  title: words.result,
  inBar: words.allResults,
  options: RESULTS.map((value) => ({ value, label: shared.statuses[value] ?? value })),
};
const FIELDS = [
  { name: 'reason' as const, title: words.reason, options: REFUSALS.map((value) => ({ value, label: short(value) })) },
  { name: 'cid' as const, title: words.cid },
  { name: 'ignored' as const, title: words.setAside, options: YES_NO },
];

/** Every request as it comes; the open one, or a dry run, beside or in place of the list. */
export default function Postbacks() {
  const search = useSearch({ from: '/shell/postbacks' });
  const change = useChange<PostbacksSearch>();
  const mayWrite = useMay('write');
  const period = usePeriod();
  const [isReplaying, setReplaying] = useState(false);

  const { result, reason, offerSourceId, cid } = search;
  const ignored = search.ignored === undefined ? undefined : search.ignored === 'true';
  const wanted = { result, reason, offerSourceId, cid };
  const filter = { ...wanted, ignored, ...period.query };
  const list = useWholeList(
    ['postbacks', 'list', filter],
    async (cursor, signal) =>
      pageOf(await answered(api.GET('/api/v1/postbacks', { params: { query: { limit: 200, cursor, ...filter } }, signal }))),
    LOG_ROWS,
  );
  const reachesToday = period.to >= period.today;
  const isPaused = search.live === 'paused';
  const live = useLive(wanted, reachesToday && ignored === undefined, isPaused);
  const rows = useMemo(() => {
    const from = instantOf(period.zone, Date.parse(`${period.from}T00:00Z`));
    return withLive(
      list.rows,
      live.rows.filter(({ receivedAt }) => Date.parse(receivedAt) >= from),
    );
  }, [list.rows, live.rows, period.from, period.zone]);
  const columns = useColumns(period.zone);
  const filters = [RESULT, useSourceFilter(), ...FIELDS];

  return (
    <ListPage
      title={words.title}
      writesToo
      aside={reachesToday ? <LiveMark live={live} isPaused={isPaused} /> : <span className="muted">{words.notLive}</span>}
      actions={
        <>
          {reachesToday && (
            <PauseButton isPaused={isPaused} held={live.held} onPause={(pause) => change({ live: pause ? 'paused' : undefined })} />
          )}
          {mayWrite && (
            <Button variant="default" onClick={() => setReplaying(true)}>
              {words.replayMany}
            </Button>
          )}
          <ButtonLink to="/postbacks" search={{ ...search, open: 'dry-run' }} leftSection={<IconTestPipe size={14} />}>
            {words.dryRun}
          </ButtonLink>
        </>
      }
      search={search}
      onChange={change}
      filters={filters}
      notes={
        <LogNotes
          shown={rows.length}
          list={list}
          file={{ path: '/api/v1/postbacks', query: filter }}
          note={live.sampled === null ? null : shared.sampled(showCount(live.sampled.told), showCount(live.sampled.verdicts))}
        />
      }
      table={{
        columns,
        rows,
        rowId: (row) => row.id,
        rowName: (row) => row.query,
        query: list.query,
        complete: list.complete,
        onOpen: (row) => change({ open: row.id }),
        onCopy: (row) => row.cid !== null && copyAndSay(words.cid, row.cid),
        isFaded: (row) => row.ignored !== null,
      }}
      isOfPeriod
      empty={{
        icon: <IconRadar2 size={22} />,
        title: words.empty,
        hint: words.emptyHint,
        noneFits: words.noneFits,
        actions: <ButtonLink to="/offer-sources">{words.toSources}</ButtonLink>,
      }}
      detail={
        search.open === undefined ? null : search.open === 'dry-run' ? (
          <DryRun url={search.url ?? ''} onTry={(url) => change({ url })} />
        ) : (
          <Postback key={search.open} id={search.open} />
        )
      }
    >
      {isReplaying && <ReplayMany filter={wanted} period={period} onClose={() => setReplaying(false)} />}
    </ListPage>
  );
}

function useColumns(zone: string): Column<Row>[] {
  const nameOf = useNames();
  return useMemo(
    () => [
      {
        id: 'receivedAt',
        title: words.received,
        value: (row) => row.receivedAt,
        cell: (row) => showTime(row.receivedAt, zone),
        width: 136,
      },
      {
        id: 'result',
        title: words.result,
        value: (row) => shared.statuses[row.result] ?? row.result,
        cell: (row) => <StatusMark status={row.result} />,
        width: 148,
      },
      {
        id: 'reason',
        title: words.reason,
        value: (row) => whyOf(row, zone),
        width: 206,
      },
      {
        id: 'source',
        title: words.source,
        value: (row) => nameOf(row.offerSourceId ?? row.tokenSourceId ?? row.tokenOfferId),
        width: 150,
        grow: true,
      },
      {
        id: 'change',
        title: words.change,
        value: (row) =>
          row.change?.to === null || row.change?.to === undefined
            ? saidOf(row.query, 'status')
            : (shared.statuses[row.change.to] ?? row.change.to),
        cell: (row) => {
          const said = row.change?.to ?? saidOf(row.query, 'status');
          if (said === null) return NOTHING;
          // In the network's word where nothing has changed.
          return row.change?.to ? (shared.statuses[said] ?? said) : <bdi className="muted">{said}</bdi>;
        },
        width: 98,
      },
      {
        id: 'payout',
        title: words.payout,
        figure: true,
        value: (row) => row.change?.payout ?? saidOf(row.query, 'payout'),
        cell: (row) => {
          if (row.change !== null) return showMoney(row.change.payout, row.change.currency);
          const said = saidOf(row.query, 'payout');
          return said === null ? NOTHING : <bdi className="muted">{[said, saidOf(row.query, 'currency')].filter(Boolean).join(' ')}</bdi>;
        },
        text: (row) =>
          row.change === null
            ? [saidOf(row.query, 'payout'), saidOf(row.query, 'currency')].filter(Boolean).join(' ').slice(0, 24)
            : showMoney(row.change.payout, row.change.currency),
        width: 128,
      },
      {
        id: 'cid',
        title: words.cid,
        value: (row) => row.cid,
        cell: (row) =>
          row.cid === null ? (
            showCount(null)
          ) : (
            <AnchorLink to="/clicks" search={{ open: row.cid }} size="xs" className="one-line">
              {row.cid}
            </AnchorLink>
          ),
        width: 150,
      },
      {
        id: 'query',
        title: words.query,
        value: (row) => row.query,
        cell: (row) => <code className="one-line">{row.query}</code>,
        width: 200,
        grow: true,
      },
      { id: 'explanation', title: words.explanation, value: (row) => row.explanation, width: 320, extra: true },
      { id: 'method', title: words.method, value: (row) => row.method, width: 80, extra: true },
      { id: 'ip', title: words.ip, value: (row) => row.ip, width: 120, extra: true },
    ],
    [nameOf, zone],
  );
}
