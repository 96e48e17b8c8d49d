import { Button, Select } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useBaseCurrency, useSources, useUnmapped } from '../api/catalog';
import type { Schemas } from '../api/client';
import { showAgo, showCount, showMoney, showTime } from '../parts/format';
import { AnchorLink } from '../parts/links';
import { Page } from '../parts/Page';
import { State } from '../parts/states';
import { StatusMark } from '../parts/StatusMark';
import { type Column, Table } from '../parts/Table';
import { usePeriod } from '../period';
import { Meaning } from './Meaning';
import type { WordsSearch } from './search';
import { words } from './strings';
import styles from './Words.module.css';

export type Row = Schemas['UnmappedWord'];
const idOf = ({ offerSourceId, word }: Row): string => `${offerSourceId ?? ''}:${word}`;

/** The words nobody knows yet, with what hangs on them, and where they get a meaning. */
export default function Words() {
  const search = useSearch({ from: '/shell/words' });
  const navigate = useNavigate({ from: '/words' });
  const { zone } = usePeriod();
  const change = (patch: Partial<WordsSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...patch }), replace: !('open' in patch) });

  const query = useUnmapped();
  const base = useBaseCurrency();
  const sources = useSources(true).rows;
  const { offerSourceId } = search;
  const rows = useMemo(
    () => (query.data?.data ?? []).filter((row) => offerSourceId === undefined || row.offerSourceId === offerSourceId),
    [query.data, offerSourceId],
  );
  const nameOf = useMemo(() => {
    const names = new Map(sources.map(({ id, name }) => [id, name]));
    return (row: Row): string => (row.offerSourceId === null ? words.noSource : (names.get(row.offerSourceId) ?? '…'));
  }, [sources]);
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        id: 'word',
        title: words.word,
        value: (row) => row.word,
        cell: (row) => <code className={styles.word}>{row.word}</code>,
        width: 160,
        grow: true,
      },
      { id: 'source', title: words.source, value: nameOf, width: 160, grow: true, late: true },
      {
        id: 'count',
        title: words.count,
        figure: true,
        value: (row) => row.count,
        cell: (row) => showCount(row.count),
        total: showCount(rows.reduce((sum, { count }) => sum + count, 0)),
        width: 112,
      },
      {
        id: 'money',
        title: words.money,
        hint: base === undefined ? undefined : words.inCurrency(base),
        figure: true,
        value: (row) => row.money,
        cell: (row) => showMoney(row.money, base),
        total: showMoney(String(rows.reduce((sum, { money }) => sum + Number(money ?? 0), 0)), base),
        width: 140,
      },
      {
        id: 'mappedTo',
        title: words.meansNow,
        hint: words.meansNowHint,
        value: (row) => row.mappedTo,
        cell: (row) => (row.mappedTo === null ? '–' : <StatusMark status={row.mappedTo} />),
        width: 140,
      },
      { id: 'lastSeen', title: words.last, value: (row) => row.lastSeen, cell: (row) => showAgo(row.lastSeen), width: 120 },
      {
        id: 'firstSeen',
        title: words.first,
        value: (row) => row.firstSeen,
        cell: (row) => showTime(row.firstSeen, zone),
        width: 150,
        extra: true,
      },
    ],
    [nameOf, rows, base, zone],
  );
  const open = query.data?.data.find((row) => idOf(row) === search.open);

  return (
    <Page title={words.title} write fill>
      <p className={styles.hint}>
        {words.hint} {query.data?.complete === false && words.newestOnly} <MappedWords offerSourceId={offerSourceId} />
      </p>
      <Table
        name={words.title}
        columns={columns}
        rows={rows}
        rowId={idOf}
        rowName={(row) => row.word}
        search={search}
        onSearch={change}
        query={query}
        onOpen={(row) => change({ open: idOf(row) })}
        tools={
          <Select
            className={styles.source}
            aria-label={words.source}
            placeholder={words.allSources}
            data={sources.map(({ id, name }) => ({ value: id, label: name }))}
            value={offerSourceId ?? null}
            searchable
            clearable
            onChange={(value) => change({ offerSourceId: value ?? undefined })}
          />
        }
        empty={
          <State
            icon={<IconChecks size={22} />}
            title={offerSourceId === undefined ? words.empty : words.noneFits}
            actions={
              offerSourceId !== undefined && (
                <Button variant="default" onClick={() => change({ offerSourceId: undefined })}>
                  {words.showAll}
                </Button>
              )
            }
          >
            {offerSourceId === undefined ? words.emptyHint : undefined}
          </State>
        }
      />
      {search.open !== undefined && query.data !== undefined && (
        <Meaning
          key={search.open}
          row={open ?? null}
          sourceName={open === undefined ? '' : nameOf(open)}
          base={base}
          onClose={() => change({ open: undefined })}
        />
      )}
    </Page>
  );
}

/** Where words that have a meaning stand: it can be changed there. */
export function MappedWords({ offerSourceId }: { offerSourceId: string | null | undefined }) {
  return offerSourceId === null || offerSourceId === undefined ? (
    <>
      {words.mapped}{' '}
      <AnchorLink underline="always" to="/offer-sources">
        {words.toSources}
      </AnchorLink>
      ,{' '}
      <AnchorLink underline="always" to="/settings" search={{ section: 'account' }}>
        {words.toAccount}
      </AnchorLink>
    </>
  ) : (
    <>
      {words.mapped}{' '}
      <AnchorLink underline="always" to="/offer-sources" search={{ open: offerSourceId, tab: 'words' }}>
        {words.toWords}
      </AnchorLink>
    </>
  );
}
