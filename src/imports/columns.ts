import { Problem } from '../http/problem.js';
import { nearestName } from '../lib/nearest.js';

/** Which column of a file is which field. */

/** The fields of a kind of file with the other names that headers give them, the likelier first. */
export type FieldTable = Readonly<Record<string, readonly string[]>>;

/** What the sender of a file says of its columns: header → field, null for a column that is not to be read. */
export type Wishes = Readonly<Record<string, string | null>>;

export interface Columns {
  /** Of each column; null for one that is not read. */
  fields: (string | null)[];
  /** Header → field. */
  columns: Record<string, string>;
  ignoredColumns: string[];
  /** Two columns for one field, said in sentences. */
  notes: string[];
}

/** A header without case, spaces and punctuation. */
const plain = (header: string): string =>
  header
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

/**
 * What is wished comes first. Of the columns for a field its own name wins over any other, of other names the one
 * further left in the table, of two the same the one further left in the file.
 * @throws Problem 400 for a wish that names no column, and for two wishes for one field
 */
export function columnsFor(headers: readonly string[], table: FieldTable, wishes: Wishes): Columns {
  const wished = checked(headers, wishes);
  const names = new Map<string, { field: string; rank: number }>();
  for (const field of Object.keys(table)) names.set(plain(field), { field, rank: 0 });
  for (const [field, others] of Object.entries(table))
    for (const [i, name] of others.entries()) if (!names.has(plain(name))) names.set(plain(name), { field, rank: i + 1 });

  const taken = new Set(wished.filter((field) => typeof field === 'string'));
  const candidates = new Map<string, { at: number; rank: number }[]>();
  for (const [at, header] of headers.entries()) {
    const known = wished[at] === undefined ? names.get(plain(header)) : undefined;
    if (known === undefined || taken.has(known.field)) continue;
    candidates.set(known.field, [...(candidates.get(known.field) ?? []), { at, rank: known.rank }]);
  }
  const fields = headers.map((_, at) => wished[at] ?? null);
  const notes: string[] = [];
  for (const [field, found] of candidates) {
    const [best, ...others] = found.toSorted((a, b) => a.rank - b.rank || a.at - b.at);
    if (best === undefined) continue;
    fields[best.at] = field;
    if (others.length > 0)
      notes.push(
        `${others.length === 1 ? 'Two' : found.length} columns say ${field}: "${headers[best.at]}" is read, ${others.map(({ at }) => `"${headers[at]}"`).join(' and ')} ${others.length === 1 ? 'is' : 'are'} not.`,
      );
  }
  return {
    fields,
    columns: Object.fromEntries(fields.flatMap((field, at) => (field === null ? [] : [[headers[at] as string, field]]))),
    ignoredColumns: headers.filter((header, at) => fields[at] === null && header !== ''),
    notes,
  };
}

/** The wish for each column, undefined where there is none. */
function checked(headers: readonly string[], wishes: Wishes): (string | null | undefined)[] {
  const wished: (string | null | undefined)[] = headers.map(() => undefined);
  const by = new Map<string, string>();
  for (const [name, field] of Object.entries(wishes)) {
    const header = name.trim().normalize('NFC');
    const at = headers.indexOf(header);
    if (at === -1) {
      const nearest = nearestHeader(header, headers);
      throw wrong(
        `The file has no column "${header}"${nearest === null ? '.' : `; did you mean "${nearest}"?`} Its columns are ${headers.filter((h) => h !== '').join(', ')}.`,
      );
    }
    const other = field === null ? undefined : by.get(field);
    if (other !== undefined) throw wrong(`Both "${other}" and "${header}" are mapped to ${field}: map one of them.`);
    if (field !== null) by.set(field, header);
    wished[at] = field;
  }
  return wished;
}

function nearestHeader(wanted: string, headers: readonly string[]): string | null {
  const byPlain = new Map(headers.filter((header) => header !== '').map((header) => [plain(header), header]));
  const nearest = nearestName(plain(wanted), byPlain.keys());
  return nearest === null ? null : (byPlain.get(nearest) ?? null);
}

const wrong = (detail: string): Problem => new Problem(400, 'invalid', detail, [{ pointer: '/columns', message: detail }]);

/** The fields that a file must have and has not. */
export const missingOf = ({ fields }: Columns, required: readonly string[]): string[] =>
  required.filter((field) => !fields.includes(field));

/** The trimmed values of a row by field, without those that are empty. */
export function valuesOf(fields: readonly (string | null)[], row: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [i, field] of fields.entries()) {
    if (field === null) continue;
    const value = row[i]?.trim();
    if (value !== undefined && value !== '') values[field] = value;
  }
  return values;
}
