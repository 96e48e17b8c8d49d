import type { TableColumn } from '../http/table.js';
import { multiply } from '../lib/money.js';
import { COLUMNS } from './report-columns.js';

/** A row as reports answer it: figures by column, `key` by dimension. */
export type ExportedRow = Record<string, unknown> & { key: Record<string, unknown>; previous?: Record<string, unknown> };

/** Dimensions that are an object with a name; a line has the name and the id. */
const NAMED = ['offer', 'offerSource'];
/** Ratios that people read in percent. */
const PERCENT = ['cr', 'approvalRate', 'roi'];
const PERCENT_PLACES = 4;

/** A report's rows as the columns of a file. */
export function tableOf(
  groupBy: readonly string[],
  columns: readonly string[],
  compares: boolean,
  percent: boolean,
): TableColumn<ExportedRow>[] {
  const keys = groupBy.flatMap((name): TableColumn<ExportedRow>[] => {
    if (!NAMED.includes(name)) return [{ name, value: (row) => row.key[name] }];
    const named = (row: ExportedRow): { id: string; name: string | null } | null => row.key[name] as never;
    return [
      { name, value: (row) => named(row)?.name },
      { name: `${name}Id`, value: (row) => named(row)?.id },
    ];
  });
  const figures = (
    nameOf: (name: string) => string,
    of: (row: ExportedRow) => Record<string, unknown> | undefined,
  ): TableColumn<ExportedRow>[] =>
    columns.map((name) => {
      const amount = COLUMNS[name]?.shown === 'decimal';
      if (!percent || !PERCENT.includes(name)) return { name: nameOf(name), value: (row) => of(row)?.[name], amount };
      return { name: `${nameOf(name)} %`, value: (row) => inPercent(of(row)?.[name]), amount };
    });
  return [
    ...keys,
    ...figures(
      (name) => name,
      (row) => row,
    ),
    ...(compares
      ? figures(
          (name) => `previous${name.charAt(0).toUpperCase()}${name.slice(1)}`,
          (row) => row.previous,
        )
      : []),
  ];
}

const inPercent = (ratio: unknown): unknown => (typeof ratio === 'string' ? multiply(ratio, '100', PERCENT_PLACES) : ratio);
