/** A report as a file: which format, and a row as the cells of a line. */

export type ReportFormat = 'json' | 'csv' | 'ndjson';

/** What was asked for by name, else by the Accept header, where the first known type counts; JSON for everything else. */
export function formatOf(asked: ReportFormat | undefined, accept: string | undefined): ReportFormat {
  if (asked !== undefined) return asked;
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const type = range.split(';')[0]?.trim();
    if (type === 'application/json') return 'json';
    if (type === 'text/csv') return 'csv';
    if (type === 'application/x-ndjson') return 'ndjson';
  }
  return 'json';
}

/** A row as reports answer it: figures by column, `key` by dimension. */
export type ExportedRow = Record<string, unknown> & { key: Record<string, unknown>; previous?: Record<string, unknown> };

/** Dimensions that are an object with a name; a line has the name and the id. */
const NAMED = ['offer', 'offerSource'];

/** The first line. */
export function headerOf(groupBy: readonly string[], columns: readonly string[], compares: boolean): string[] {
  const keys = groupBy.flatMap((name) => (NAMED.includes(name) ? [name, `${name}Id`] : [name]));
  return [...keys, ...columns, ...(compares ? columns.map((name) => `previous${name.charAt(0).toUpperCase()}${name.slice(1)}`) : [])];
}

export function cellsOf(row: ExportedRow, groupBy: readonly string[], columns: readonly string[]): unknown[] {
  const keys = groupBy.flatMap((name) => {
    if (!NAMED.includes(name)) return [row.key[name]];
    const named = row.key[name] as { id: string; name: string | null } | null;
    return [named?.name, named?.id];
  });
  const { previous } = row;
  return [...keys, ...columns.map((name) => row[name]), ...(previous === undefined ? [] : columns.map((name) => previous[name]))];
}
