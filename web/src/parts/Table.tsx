import { ActionIcon, Anchor, Button, Checkbox, CloseButton, Popover, Skeleton, TextInput, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconColumns3, IconDownload, IconSearch } from '@tabler/icons-react';
import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createSortedRowModel,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, memo, type ReactNode, type RefObject, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { TableSearch } from '../search';
import { csvOf, download } from './csv';
import { neededWidth } from './fit';
import { NOTHING, showCount } from './format';
import { useKeys } from './keys';
import { ErrorState } from './states';
import { words } from './strings';
import styles from './Table.module.css';

type Value = string | number | null | undefined;

export interface Column<Row> {
  id: string;
  title: string;
  /** Explains the title. */
  hint?: string;
  /** What is sorted by, looked for and written into the file. */
  value: (row: Row) => Value;
  /** How it is shown; else the value itself. */
  cell?: (row: Row) => ReactNode;
  /** Of a figure whose cell is more than a text: what it says, for the width that it needs. */
  text?: (row: Row) => string;
  /** Figures stand right, in tabular digits, and their values are numbers or decimal texts. */
  figure?: boolean;
  /** Pixels at first; the column may be drawn wider. */
  width?: number;
  /** Takes what room is left. */
  grow?: boolean;
  /** Shown only when chosen. */
  extra?: boolean;
  /** On a narrow window it stands behind the figures. */
  late?: boolean;
  /** On a narrow window it takes a quarter at most, so that figures come into sight. */
  shrinks?: boolean;
  /** Of the row below all others. */
  total?: ReactNode;
}

export interface TableProps<Row> {
  /** What the rows are, for those who hear the page: “Offers”. */
  name: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  rowName: (row: Row) => string;
  /** Filter, sorting and columns as the address has them. */
  search: TableSearch;
  onSearch: (change: Partial<TableSearch>) => void;
  query: { isPending: boolean; error: unknown; refetch: () => unknown };
  /** Whether all rows have come. */
  complete?: boolean;
  /** In place of the table when there is not a single row. */
  empty: ReactNode;
  /** Filters made it so: they stay, to be changed. */
  isFiltered?: boolean;
  /** What the money of the totals is in. */
  currency?: string;
  onOpen?: (row: Row) => void;
  /** The key `c`. */
  onCopy?: (row: Row) => void;
  /** Buttons for the rows marked; without it rows cannot be marked. */
  marked?: (rows: Row[], unmark: () => void) => ReactNode;
  /** Beside the filter: other filters. */
  tools?: ReactNode;
  /** In place of the words that rows are looked through for. */
  filter?: ReactNode;
  /** Faded: archived and the like. */
  isFaded?: (row: Row) => boolean;
}

const ROW_PX = 36;
const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  columnVisibilityFeature,
  columnSizingFeature,
  columnResizingFeature,
  rowSelectionFeature,
});
type Features = typeof features;

/** Rows that are sorted, looked through, marked and walked by keys; only those in sight are drawn. */
export function Table<Row extends object>(props: TableProps<Row>) {
  const { rows, search, query, onSearch, onOpen, rowId } = props;
  const isNarrow = useMediaQuery('(max-width: 640px)', undefined, { getInitialValueInEffect: false }) === true;
  const columns = useMemo(
    () =>
      isNarrow
        ? [...props.columns.filter(({ late }) => late !== true), ...props.columns.filter(({ late }) => late === true)]
        : props.columns,
    [props.columns, isNarrow],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const filter = useDeferredValue(search.filter?.trim().toLocaleLowerCase() ?? '');
  const shownColumns = useMemo(() => {
    const wanted = search.columns?.split(',');
    return columns.filter((column, i) => (wanted === undefined ? column.extra !== true : i === 0 || wanted.includes(column.id)));
  }, [columns, search.columns]);

  const fitting = useMemo(() => {
    if (filter === '') return [...rows];
    const wanted = filter.split(/\s+/);
    return rows.filter((row) => {
      const text = columns
        .map((column) => column.value(row) ?? '')
        .join(' ')
        .toLocaleLowerCase();
      return wanted.every((word) => text.includes(word));
    });
  }, [rows, columns, filter]);

  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<Features, Row> => ({
          id: column.id,
          // Rows that have no value come last in either direction.
          accessorFn: (row) => column.value(row) ?? undefined,
          sortUndefined: 'last',
          sortDescFirst: column.figure === true,
          sortFn: column.figure === true ? byNumber(column) : byText(column),
          // A figure is never cut: one that lost its end would be another one.
          size: Math.max(column.width ?? 120, column.figure === true ? neededWidth(column, rows) : 0),
          minSize: 56,
        }),
      ),
    [columns, rows],
  );
  const sorting = useMemo(() => {
    const id = search.sort?.replace(/^-/, '');
    return id === undefined || !columns.some((column) => column.id === id) ? [] : [{ id, desc: search.sort?.startsWith('-') === true }];
  }, [search.sort, columns]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map((column) => [column.id, shownColumns.includes(column)])),
    [columns, shownColumns],
  );
  const [columnSizing, setColumnSizing] = useWidths(props.name);
  const table = useTable({
    features,
    data: fitting,
    columns: definitions,
    getRowId: rowId,
    state: { sorting, columnVisibility, columnSizing },
    columnResizeMode: 'onChange',
    enableSortingRemoval: false,
    enableMultiSort: false,
    onSortingChange: (update) => {
      const [first] = typeof update === 'function' ? update(sorting) : update;
      onSearch({ sort: first === undefined ? undefined : `${first.desc ? '-' : ''}${first.id}` });
    },
    onColumnSizingChange: (update) => setColumnSizing(typeof update === 'function' ? update(columnSizing) : update),
  });
  const tableRows = table.getRowModel().rows;
  const marked = tableRows.filter((row) => row.getIsSelected());
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);

  const virtual = useVirtualizer({
    count: tableRows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });

  const canMark = props.marked !== undefined;
  const visible = table.getVisibleLeafColumns();
  // In rem: where all is a little larger, columns are too. The first one stays in sight, and leaves most of a narrow window to the others.
  const firstWidth = `min(${rem(visible[0]?.getSize() ?? 0)}, 40vw)`;
  const widthOf = (column: { id: string; getSize: () => number }): string =>
    isNarrow && byId.get(column.id)?.shrinks === true ? `min(${rem(column.getSize())}, 26vw)` : rem(column.getSize());
  const widths = visible.map((column) => {
    const width = column.id === visible[0]?.id ? firstWidth : widthOf(column);
    if (columnSizing[column.id] !== undefined) return width;
    // On a wide window no figure is lost at its end.
    return `minmax(${width}, ${byId.get(column.id)?.grow === true ? 1 : 0.3}fr)`;
  });
  const grows = visible.some((column) => byId.get(column.id)?.grow === true && columnSizing[column.id] === undefined);
  const template = [...(canMark ? ['36px'] : []), ...widths, ...(grows ? [] : ['1fr'])].join(' ');
  const others = visible.slice(1).map(widthOf).join(' + ') || '0px';
  const style = { '--columns': template, '--least': `calc(${canMark ? 36 : 0}px + ${others} + ${firstWidth})` } as CSSProperties;

  const [current, setCurrent] = useState<string | null>(null);
  const currentIndex = tableRows.findIndex((row) => row.id === current);
  const walk = (step: number): void => {
    const next = Math.min(Math.max(currentIndex + step, 0), tableRows.length - 1);
    const row = tableRows[next];
    if (row === undefined) return;
    setCurrent(row.id);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"]`)?.focus());
  };
  const onCurrent = (run: ((row: Row) => void) | undefined) => {
    const row = tableRows[currentIndex]?.original;
    return run === undefined || row === undefined ? undefined : () => run(row);
  };
  const visibleColumns = useStable(visible.flatMap(({ id }) => byId.get(id) ?? []));
  // Always the same object, so that a row is drawn anew only when something of it has changed.
  const doing = useRef<Doing<Row>>({});
  doing.current = {
    open: onOpen,
    focus: setCurrent,
    name: props.rowName,
    mark: (id, event) => table.getRow(id).getToggleSelectedHandler()(event),
  };
  const filterField = useRef<HTMLInputElement>(null);
  useKeys({
    '/': () => filterField.current?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    Enter: onCurrent(onOpen),
    e: onCurrent(onOpen),
    c: onCurrent(props.onCopy),
    x: canMark && currentIndex >= 0 ? () => tableRows[currentIndex]?.toggleSelected() : undefined,
  });

  const hasFailed = query.error !== null && query.error !== undefined;
  // The filters stay: one of them may be why it failed.
  if (hasFailed && rows.length === 0)
    return (
      <div className={styles.frame}>
        <div className={styles.tools}>
          {props.filter}
          {props.tools}
        </div>
        <ErrorState error={query.error} onRetry={query.refetch} />
      </div>
    );
  if (!query.isPending && rows.length === 0 && props.complete !== false)
    return (
      <div className={styles.frame}>
        {props.isFiltered === true && (
          <div className={styles.tools}>
            {props.filter}
            {props.tools}
          </div>
        )}
        {props.empty}
      </div>
    );

  const save = (): void => {
    const heads = shownColumns.map((column) => column.title);
    const lines = tableRows.map(({ original }) => shownColumns.map((column) => column.value(original)));
    download(`${props.name.toLowerCase().replaceAll(' ', '-')}.csv`, csvOf([heads, ...lines]));
  };
  const totals = shownColumns.some((column) => column.total !== undefined);

  return (
    <div className={styles.frame}>
      <div className={styles.tools}>
        {marked.length > 0 && props.marked !== undefined ? (
          <div className={styles.marked} role="status">
            <strong>{words.marked(marked.length)}</strong>
            {props.marked(
              marked.map((row) => row.original),
              () => table.resetRowSelection(true),
            )}
            <Button variant="subtle" color="gray" onClick={() => table.resetRowSelection(true)}>
              {words.unmark}
            </Button>
          </div>
        ) : (
          <>
            {props.filter ?? (
              <FilterField
                field={filterField}
                value={search.filter ?? ''}
                onChange={(text) => onSearch({ filter: text === '' ? undefined : text })}
              />
            )}
            {props.tools}
            <span className={styles.count} role="status">
              {!query.isPending && words.shownOf(showCount(tableRows.length), showCount(rows.length))}
              {props.complete === false && !query.isPending && !hasFailed && ` · ${words.loadingMore}`}
            </span>
            {hasFailed && !query.isPending && (
              <span className={styles.failed} role="alert">
                {words.notAll}{' '}
                <Anchor component="button" size="xs" underline="always" onClick={() => void query.refetch()}>
                  {words.tryAgain}
                </Anchor>
              </span>
            )}
            <span className={styles.icons}>
              <ColumnChooser columns={columns} shown={shownColumns} onChange={(chosen) => onSearch({ columns: chosen })} />
              <Tooltip label={words.csvHint}>
                <ActionIcon aria-label={`${words.csv}: ${words.csvHint}`} onClick={save} size="30px" variant="default">
                  <IconDownload size={16} />
                </ActionIcon>
              </Tooltip>
            </span>
          </>
        )}
      </div>
      <div className={styles.scroller} ref={scroller} style={style}>
        <div role="table" aria-label={props.name} aria-rowcount={tableRows.length + 1} className={styles.table}>
          <div role="rowgroup" className={styles.head}>
            <div role="row" aria-rowindex={1} className={styles.row}>
              {canMark && (
                <div role="columnheader" className={styles.mark}>
                  <input
                    type="checkbox"
                    className={styles.box}
                    aria-label={words.markAll}
                    checked={table.getIsAllRowsSelected()}
                    ref={(box) => {
                      if (box !== null) box.indeterminate = table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected();
                    }}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                  />
                </div>
              )}
              {table.getHeaderGroups()[0]?.headers.map((header) => {
                const column = byId.get(header.column.id);
                if (column === undefined) return null;
                const sorted = header.column.getIsSorted();
                return (
                  <div
                    key={header.id}
                    role="columnheader"
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
                    className={styles.headCell}
                    data-figure={column.figure}
                    data-first={header.index === 0 || undefined}
                  >
                    <Tooltip label={column.hint ?? ''} disabled={column.hint === undefined}>
                      <button type="button" className={styles.sort} onClick={header.column.getToggleSortingHandler()}>
                        <span>{column.title}</span>
                        {sorted === 'asc' && <IconArrowUp size={12} aria-hidden />}
                        {sorted === 'desc' && <IconArrowDown size={12} aria-hidden />}
                      </button>
                    </Tooltip>
                    <span
                      className={styles.resize}
                      data-resizing={header.column.getIsResizing()}
                      onMouseDown={header.getResizeHandler()}
                      onTouchStart={header.getResizeHandler()}
                      onDoubleClick={() => header.column.resetSize()}
                      title={words.resize(column.title)}
                    />
                  </div>
                );
              })}
            </div>
          </div>
          {query.isPending ? (
            <div role="rowgroup" aria-busy>
              {Array.from({ length: 12 }, (_, i) => (
                <div role="row" className={styles.row} key={i}>
                  {canMark && <div role="cell" />}
                  {shownColumns.map((column) => (
                    <div role="cell" className={styles.cell} key={column.id}>
                      <Skeleton height={10} width={column.figure === true ? '45%' : '70%'} ml={column.figure === true ? 'auto' : 0} />
                    </div>
                  ))}
                </div>
              ))}
            </div>
          ) : (
            <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
              {virtual.getVirtualItems().map((item) => {
                const row = tableRows[item.index];
                if (row === undefined) return null;
                return (
                  <TableRow
                    key={row.id}
                    id={row.id}
                    row={row.original}
                    index={item.index}
                    start={item.start}
                    columns={visibleColumns}
                    isCurrent={row.id === current}
                    isEntry={current === null && item.index === 0}
                    isOpen={row.id === search.open}
                    isMarked={canMark ? row.getIsSelected() : null}
                    isFaded={props.isFaded?.(row.original) === true}
                    doing={doing}
                  />
                );
              })}
            </div>
          )}
          {totals && !query.isPending && (
            <div role="rowgroup" className={styles.foot}>
              <div role="row" className={styles.row}>
                {canMark && <div role="cell" />}
                {visible.map((tableColumn, i) => {
                  const column = byId.get(tableColumn.id);
                  return (
                    <div
                      role="cell"
                      key={tableColumn.id}
                      className={styles.cell}
                      data-figure={column?.figure}
                      data-first={i === 0 || undefined}
                    >
                      {column?.total ??
                        (i === 0 && (
                          <>
                            {words.total} {props.currency !== undefined && <span className={styles.unit}>{props.currency}</span>}
                          </>
                        ))}
                    </div>
                  );
                })}
              </div>
            </div>
          )}
        </div>
        {!query.isPending && tableRows.length === 0 && (
          <div className={styles.none}>
            {words.noMatch}{' '}
            <Button variant="subtle" onClick={() => onSearch({ filter: undefined })}>
              {words.clearFilter}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

interface Doing<Row> {
  open?: (row: Row) => void;
  focus?: (id: string) => void;
  name?: (row: Row) => string;
  mark?: (id: string, event: unknown) => void;
}

interface TableRowProps<Row> {
  id: string;
  row: Row;
  index: number;
  start: number;
  columns: readonly Column<Row>[];
  isCurrent: boolean;
  /** The one that Tab leads to while none is current. */
  isEntry: boolean;
  isOpen: boolean;
  /** Null: rows cannot be marked. */
  isMarked: boolean | null;
  isFaded: boolean;
  doing: RefObject<Doing<Row>>;
}

/** Scrolling draws only the rows that come into sight; the others stay as they are. */
const TableRow = memo(function TableRow<Row>(props: TableRowProps<Row>) {
  const { id, row, columns, isMarked, doing } = props;
  return (
    <div
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={isMarked ?? undefined}
      data-row={id}
      data-open={props.isOpen}
      data-faded={props.isFaded}
      data-opens={doing.current.open !== undefined}
      tabIndex={props.isCurrent || props.isEntry ? 0 : -1}
      className={styles.row}
      style={{ transform: `translateY(${props.start}px)` }}
      onFocus={() => doing.current.focus?.(id)}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('a, button, input, label')) return;
        if (window.getSelection()?.isCollapsed === false) return;
        doing.current.open?.(row);
      }}
    >
      {isMarked !== null && (
        <div role="cell" className={styles.mark}>
          <input
            type="checkbox"
            className={styles.box}
            aria-label={words.mark(doing.current.name?.(row) ?? id)}
            checked={isMarked}
            onChange={(event) => doing.current.mark?.(id, event)}
          />
        </div>
      )}
      {columns.map((column, i) => (
        <div role="cell" key={column.id} className={styles.cell} data-figure={column.figure} data-first={i === 0 || undefined}>
          {column.cell === undefined ? (column.value(row) ?? NOTHING) : column.cell(row)}
        </div>
      ))}
    </div>
  );
}) as <Row>(props: TableRowProps<Row>) => ReactNode;

const rem = (px: number): string => `${px / 16}rem`;

/** The same list as before while it holds the same things. */
function useStable<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  if (kept.current.length !== list.length || kept.current.some((each, i) => each !== list[i])) kept.current = list;
  return kept.current;
}

/** Typing is at once in the field, and in the address when it pauses. */
function FilterField(props: { field: RefObject<HTMLInputElement | null>; value: string; onChange: (text: string) => void }) {
  const { value, onChange } = props;
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, 150);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <TextInput
      ref={props.field}
      className={styles.filter}
      aria-label={words.filter}
      placeholder={`${words.filter}   /`}
      leftSection={<IconSearch size={14} />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        setText('');
        event.currentTarget.blur();
      }}
      rightSection={text === '' ? null : <CloseButton size="sm" aria-label={words.clearFilter} onClick={() => setText('')} />}
    />
  );
}

function ColumnChooser<Row>(props: {
  columns: readonly Column<Row>[];
  shown: readonly Column<Row>[];
  onChange: (columns: string | undefined) => void;
}) {
  const { columns, shown, onChange } = props;
  const choose = (id: string, on: boolean): void =>
    onChange(
      columns
        .filter((column) => (column.id === id ? on : shown.includes(column)))
        .map((column) => column.id)
        .join(','),
    );
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label={words.columns}>
          <ActionIcon aria-label={words.columns} size="30px" variant="default">
            <IconColumns3 size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={styles.chooser}>
        {columns.map((column, i) => (
          <Checkbox
            key={column.id}
            label={column.title}
            disabled={i === 0}
            checked={shown.includes(column)}
            onChange={(event) => choose(column.id, event.currentTarget.checked)}
          />
        ))}
        <Button variant="subtle" onClick={() => onChange(undefined)}>
          {words.usualColumns}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Widths are a taste of this browser, no part of what one sends to a colleague. */
function useWidths(name: string): [Record<string, number>, (widths: Record<string, number>) => void] {
  const key = `cidra.widths.${name}`;
  const [widths, setWidths] = useState<Record<string, number>>(() => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, number>;
    } catch {
      return {};
    }
  });
  return [
    widths,
    (next) => {
      setWidths(next);
      localStorage.setItem(key, JSON.stringify(next));
    },
  ];
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const byNumber =
  <Row,>(column: Column<Row>) =>
  (a: { original: Row }, b: { original: Row }): number =>
    Number(column.value(a.original) ?? 0) - Number(column.value(b.original) ?? 0);
const byText =
  <Row,>(column: Column<Row>) =>
  (a: { original: Row }, b: { original: Row }): number =>
    collator.compare(String(column.value(a.original) ?? ''), String(column.value(b.original) ?? ''));
