import { Button, Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { useOffers, useSources } from '../api/catalog';
import { usePeriod } from '../period';
import { textOfValues, type TableSearch, valuesOf } from '../search';
import { copy } from './Copy';
import { type FilterField, Filters } from './Filters';
import styles from './ListPage.module.css';
import { Page } from './Page';
import { Split } from './Split';
import { State } from './states';
import { words } from './strings';
import { Table, type TableProps } from './Table';
import { say } from './toast';

/** A filter of the list. Those in the bar have their own field beside the words looked for; the others are behind a button. */
export interface ListFilter<Name extends string> extends FilterField<Name> {
  /** What the field in the bar says while nothing is chosen: “All offers”. */
  inBar?: string;
  /** Its options are on their way. */
  isPending?: boolean;
}

interface ListPageProps<Row, Name extends string, Search extends TableSearch> {
  title: string;
  aside?: ReactNode;
  actions?: ReactNode;
  /** The page's buttons change something: left out, and said, for who may only read. */
  write?: boolean;
  /** Some of them do: the page leaves these out itself. */
  writesToo?: boolean;
  search: Search & Partial<Record<Name, string>>;
  onChange: (patch: Partial<Search>) => void;
  filters: readonly ListFilter<Name>[];
  /** Above the table: sums, and what the list does not show. */
  notes?: ReactNode;
  table: Omit<TableProps<Row>, 'name' | 'search' | 'onSearch' | 'tools' | 'empty' | 'isFiltered'>;
  /** What the list says while there is nothing of its kind; with filters, that none fits. */
  empty: { icon: ReactNode; title: string; hint: string; noneFits: string; actions: ReactNode };
  /** The list is of the period that is chosen. */
  isOfPeriod?: boolean;
  /** What is open: beside the list, or in its place. */
  detail: ReactNode | null;
  /** Windows above the list. */
  children?: ReactNode;
}

/** The frame of every list: its filters in the address, its table, what it says when it is empty, and what is open of it. */
export function ListPage<Row extends object, Name extends string, Search extends TableSearch>(props: ListPageProps<Row, Name, Search>) {
  const { search, onChange, filters, empty } = props;
  const set = (name: Name, value: string | undefined): void => onChange({ [name]: value } as unknown as Partial<Search>);
  const isFiltered = filters.some(({ name }) => search[name] !== undefined);
  // One value of a filter in the bar stands in its field; several are a chip like any other.
  const inBar = filters.filter(({ name, inBar: placeholder, options = [], isPending }) => {
    const value = search[name];
    if (placeholder === undefined) return false;
    // While the names are on their way, one value is nothing to be shown as an id first.
    const isUnread = isPending === true && value !== undefined && value !== '' && valuesOf(value).length === 1;
    return value === undefined || isUnread || options.some((option) => textOfValues([option.value]) === value);
  });
  return (
    <Split
      list={
        <Page title={props.title} aside={props.aside} actions={props.actions} write={props.write} writesToo={props.writesToo} fill>
          {props.notes}
          <Table
            {...props.table}
            name={props.title}
            search={search}
            onSearch={(patch) => onChange(patch as Partial<Search>)}
            tools={
              <>
                {inBar.map(({ name, title, inBar: placeholder, options = [] }) => (
                  <Select
                    key={name}
                    className={styles.filter}
                    aria-label={title}
                    placeholder={search[name] === undefined ? placeholder : ''}
                    data={options}
                    value={search[name] === undefined ? null : (valuesOf(search[name])[0] ?? null)}
                    searchable={options.length > 8}
                    clearable
                    onChange={(value) => set(name, value === null ? undefined : textOfValues([value]))}
                  />
                ))}
                {filters.some((field) => !inBar.includes(field)) && (
                  <Filters fields={filters.filter((field) => !inBar.includes(field))} values={search} onChange={set} />
                )}
              </>
            }
            isFiltered={isFiltered}
            empty={
              <State
                icon={empty.icon}
                title={isFiltered ? empty.noneFits : empty.title}
                actions={
                  <>
                    {isFiltered && (
                      <Button
                        variant="default"
                        onClick={() => onChange(Object.fromEntries(filters.map(({ name }) => [name, undefined])) as Partial<Search>)}
                      >
                        {words.withoutFilters}
                      </Button>
                    )}
                    {props.isOfPeriod === true && <Longer />}
                    {!isFiltered && empty.actions}
                  </>
                }
              >
                {isFiltered ? undefined : empty.hint}
              </State>
            }
          />
          {props.children}
        </Page>
      }
      detail={props.detail}
      open={search.open}
      onClose={() => onChange({ open: undefined } as Partial<Search>)}
    />
  );
}

/** Writes into the address of the page; opening a row is a step that the browser's Back takes back. */
export function useChange<Search extends TableSearch>(): (patch: Partial<Search>) => void {
  const navigate = useNavigate();
  return (patch) => void navigate({ to: '.', search: (before) => ({ ...before, ...patch }), replace: !('open' in patch) });
}

/** What the API is asked for: each filter of the address with its values. */
export function asked<Name extends string>(search: Partial<Record<Name, string>>, names: readonly Name[]): Partial<Record<Name, string[]>> {
  const given = names.flatMap((name) => (search[name] === undefined ? [] : [[name, valuesOf(search[name])] as const]));
  return Object.fromEntries(given) as Partial<Record<Name, string[]>>;
}

export function useOfferFilter(): ListFilter<'offerId'> {
  const { rows: offers, query } = useOffers();
  const { isPending } = query;
  return useMemo(
    () => ({
      name: 'offerId',
      title: words.offer,
      inBar: words.allOffers,
      options: offers.map(({ id, name }) => ({ value: id, label: name })),
      isPending,
    }),
    [offers, isPending],
  );
}

export function useSourceFilter(): ListFilter<'offerSourceId'> {
  const { rows: sources, query } = useSources(true);
  const { isPending } = query;
  return useMemo(
    () => ({
      name: 'offerSourceId',
      title: words.offerSource,
      inBar: words.allSources,
      options: sources.map(({ id, name }) => ({ value: id, label: name })),
      isPending,
    }),
    [sources, isPending],
  );
}

export const YES_NO = [
  { value: 'true', label: words.yes },
  { value: 'false', label: words.no },
];

/** The key `c`: what was copied is said. */
export const copyAndSay = (what: string, text: string): void => void copy(text).then((done) => done && say(`${what}: ${text}`));

/** What all that fits comes to, not only the rows that have come. */
export function Sums({ isSlow, isLong, children }: { isSlow: boolean; isLong?: boolean; children: ReactNode }) {
  return (
    <div className={styles.sums} data-long={isLong} role="status">
      {isSlow ? <small>{words.sumsSlow}</small> : children}
    </div>
  );
}

/** In an empty list of a period. */
function Longer() {
  const navigate = useNavigate();
  if (usePeriod().period === 'last30days') return null;
  return (
    <Button
      variant="default"
      onClick={() => void navigate({ to: '.', search: (before) => ({ ...before, period: 'last30days', from: undefined, to: undefined }) })}
    >
      {words.lastMonth}
    </Button>
  );
}
