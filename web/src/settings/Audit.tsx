import { Anchor } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useNames } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { useWholeList } from '../api/queries';
import { NOTHING, showTime } from '../parts/format';
import { HrefLink } from '../parts/HrefLink';
import { State } from '../parts/states';
import { type Column, Table } from '../parts/Table';
import { usePeriod } from '../period';
import { actionOf, detailsOf, hrefOf, subjectOf } from './audit-row';
import { words } from './strings';

const t = words.audit;
type Row = Schemas['AuditAnswer'];

/** Who changed what in the days chosen above. */
export function Audit() {
  const search = useSearch({ from: '/shell/settings' });
  const navigate = useNavigate({ from: '/settings' });
  const { query: period, zone } = usePeriod();
  const list = useWholeList(['audit', period], (cursor, signal) =>
    answered(api.GET('/api/v1/audit-log', { params: { query: { limit: 200, cursor, ...period } }, signal })),
  );
  const nameOf = useNames();
  const columns = useMemo(
    (): Column<Row>[] => [
      { id: 'at', title: t.at, value: (row) => row.at, cell: (row) => showTime(row.at, zone), width: 140 },
      { id: 'actor', title: t.actor, value: (row) => row.actor, width: 150 },
      { id: 'action', title: t.action, value: actionOf, width: 190 },
      {
        id: 'subject',
        title: t.subject,
        value: (row) => subjectOf(row, nameOf),
        cell: (row) => {
          const href = hrefOf(row);
          const name = subjectOf(row, nameOf);
          if (href === null) return name ?? NOTHING;
          return (
            <Anchor component={HrefLink} href={href} size="sm">
              {name}
            </Anchor>
          );
        },
        width: 160,
        grow: true,
      },
      { id: 'details', title: t.details, value: (row) => detailsOf(row, nameOf), width: 260, grow: true },
    ],
    [zone, nameOf],
  );
  return (
    <Table
      name={t.title}
      columns={columns}
      rows={list.rows}
      rowId={(row) => row.id}
      rowName={(row) => `${actionOf(row)} ${subjectOf(row, nameOf) ?? ''}`}
      search={search}
      onSearch={(patch) => void navigate({ search: (before) => ({ ...before, ...patch }), replace: true })}
      query={list.query}
      complete={list.complete}
      empty={
        <State icon={<IconHistory size={22} />} title={t.empty}>
          {t.emptyHint}
        </State>
      }
    />
  );
}
