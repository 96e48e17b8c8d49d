import { Button, Select } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconRadar2, IconTestPipe } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { REFUSALS, RESULTS } from '../../../src/conversions/results';
import { instantOf } from '../../../src/lib/zones';
import { useNames, useSources } from '../api/catalog';
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
import { useMay } from '../session';
import { DryRun } from './DryRun';
import { Postback } from './Postback';
import { ReplayMany } from './ReplayMany';
import type { PostbacksSearch } from './search';
import { words } from './strings';
import { useLive, withLive } from './useLive';
import styles from './Postbacks.module.css';

type Row = Schemas['PostbackAnswer'];

/** Every request as it comes; the open one, or a dry run, beside or in place of the list. */
export default function Postbacks() {
  const search = useSearch({ from: '/shell/postbacks' });
  const navigate = useNavigate({ from: '/postbacks' });
  const mayWrite = useMay('write');
  const period = usePeriod();
  const [isReplaying, setReplaying] = useState(false);
  const change = (patch: Partial<PostbacksSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...patch }), replace: !('open' in patch) });

  const { result, reason, offerSourceId, cid } = search;
  const ignored = search.ignored === undefined ? undefined : search.ignored === 'true';
  const wanted = { result, reason, offerSourceId, cid };
  const filter = { ...wanted, ignored, ...period.query };
  const list = useWholeList(
    ['postbacks', 'list', filter],
    async (cursor, signal) =>
      pageOf(await answered(api.GET('/api/v1/postbacks', { params: { query: { limit: 200, cursor, ...filter } }, signal }))),
    LOG_PAGES,
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
  const sources = useSources(true).rows;
  const columns = useColumns(period.zone);
  const isFiltered = [result, reason, offerSourceId, cid, ignored].some((each) => each !== undefined);
  const clear = { result: undefined, reason: undefined, offerSourceId: undefined, cid: undefined, ignored: undefined };

  return (
    <Split
      list={
        <Page
          title={words.title}
          fill
          aside={
            <span className={styles.live} role="status" data-on={reachesToday && live.isConnected && !isPaused}>
              {!reachesToday ? words.notLive : isPaused ? words.paused : live.isConnected ? words.live : words.connecting}
            </span>
          }
          actions={
            <>
              {reachesToday && (
                <Button
                  variant="default"
                  leftSection={isPaused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
                  onClick={() => change({ live: isPaused ? undefined : 'paused' })}
                >
                  {isPaused ? words.resume(live.held) : words.pause}
                </Button>
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
        >
          <LogNotes
            shown={rows.length}
            more={list.more}
            file={{ path: '/api/v1/postbacks', query: filter }}
            note={live.sampled === null ? null : words.sampled(live.sampled.told, live.sampled.verdicts)}
          />
          <Table
            name={words.title}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            rowName={(row) => row.query}
            search={search}
            onSearch={change}
            query={list.query}
            complete={list.complete}
            onOpen={(row) => change({ open: row.id })}
            onCopy={(row) => row.cid !== null && void copy(row.cid).then((done) => done && say(`${words.cid}: ${row.cid}`))}
            isFaded={(row) => row.ignored !== null}
            tools={
              <>
                <Select
                  className={styles.tool}
                  aria-label={words.result}
                  placeholder={words.allResults}
                  data={RESULTS.map((value) => ({ value, label: shared.statuses[value] ?? value }))}
                  value={result ?? null}
                  clearable
                  searchable
                  onChange={(value) => change({ result: RESULTS.find((each) => each === value) })}
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
                    { name: 'reason', title: words.reason, options: REFUSALS.map((value) => ({ value, label: spaced(value) })) },
                    { name: 'cid', title: words.cid },
                    {
                      name: 'ignored',
                      title: words.setAside,
                      options: [
                        { value: 'true', label: shared.yes },
                        { value: 'false', label: shared.no },
                      ],
                    },
                  ]}
                  values={{ reason, cid, ignored: search.ignored }}
                  onChange={(patch) => change(patch as Partial<PostbacksSearch>)}
                />
              </>
            }
            empty={
              <State
                icon={<IconRadar2 size={22} />}
                title={isFiltered ? words.noneFits : words.empty}
                actions={
                  <>
                    {isFiltered && (
                      <Button variant="default" onClick={() => change(clear)}>
                        {words.showAll}
                      </Button>
                    )}
                    <ButtonLink
                      to="/postbacks"
                      search={{ ...search, period: 'last30days', from: undefined, to: undefined }}
                      variant="default"
                    >
                      {words.longer}
                    </ButtonLink>
                    {!isFiltered && <ButtonLink to="/offer-sources">{words.toSources}</ButtonLink>}
                  </>
                }
              >
                {isFiltered ? undefined : words.emptyHint}
              </State>
            }
          />
          {isReplaying && <ReplayMany filter={wanted} period={period} onClose={() => setReplaying(false)} />}
        </Page>
      }
      detail={
        search.open === undefined ? null : search.open === 'dry-run' ? (
          <DryRun url={search.url ?? ''} onTry={(url) => change({ url })} />
        ) : (
          <Postback key={search.open} id={search.open} />
        )
      }
    />
  );
}

export const spaced = (word: string): string => word.replaceAll('_', ' ');

function useColumns(zone: string): Column<Row>[] {
  const nameOf = useNames();
  return useMemo(
    () => [
      {
        id: 'receivedAt',
        title: words.received,
        value: (row) => row.receivedAt,
        cell: (row) => showTime(row.receivedAt, zone),
        width: 150,
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
        value: (row) => [row.reason, ...row.warnings].flatMap((each) => (each === null ? [] : [spaced(each)])).join(', ') || null,
        width: 150,
      },
      { id: 'source', title: words.source, value: (row) => nameOf(row.offerSourceId ?? row.tokenSourceId ?? row.tokenOfferId), width: 130 },
      {
        id: 'change',
        title: words.change,
        value: (row) =>
          row.change?.to === null || row.change?.to === undefined ? null : (shared.statuses[row.change.to] ?? row.change.to),
        width: 88,
      },
      {
        id: 'payout',
        title: words.payout,
        figure: true,
        value: (row) => row.change?.payout,
        cell: (row) => showMoney(row.change?.payout, row.change?.currency),
        width: 104,
      },
      {
        id: 'cid',
        title: words.cid,
        value: (row) => row.cid,
        cell: (row) =>
          row.cid === null ? (
            showCount(null)
          ) : (
            <AnchorLink to="/clicks" search={{ open: row.cid }} size="xs" className={styles.code}>
              {row.cid}
            </AnchorLink>
          ),
        width: 200,
      },
      {
        id: 'query',
        title: words.query,
        value: (row) => row.query,
        cell: (row) => <code className={styles.code}>{row.query}</code>,
        width: 220,
        grow: true,
      },
      { id: 'explanation', title: words.explanation, value: (row) => row.explanation, width: 320, extra: true },
      { id: 'method', title: words.method, value: (row) => row.method, width: 80, extra: true },
      { id: 'ip', title: words.ip, value: (row) => row.ip, width: 120, extra: true },
    ],
    [nameOf, zone],
  );
}
