import { Problem } from '../http/problem.js';
import { currenciesOf, isNoCurrency, namedCurrency, saysNothing } from '../lib/currency-signs.js';
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
  /** Two columns for one field, and the unit, said in sentences. */
  notes: string[];
  /** The currency that the header of the amounts names: `Revenue (USD)`, `Payout, €`. */
  unit: string | null;
}

/** A header without case. */
const exact = (header: string): string => header.normalize('NFKC').trim().toLowerCase();
/** A header without case, spaces and punctuation; a share in percent is another thing than the amount. */
const plain = (header: string): string => exact(header).replaceAll(/[^\p{L}\p{N}%]/gu, '');

/** Fields whose headers may name a currency. */
const AMOUNTS: ReadonlySet<string> = new Set(['payout', 'cost']);
/** A header's parts: what is left of it, and what may be a currency as its last word, as a sign glued on, or as its first word. */
const UNITS = [
  /^(?<rest>.*[^\s,;:/_([-])[\s,;:/_([-]+(?<sign>[^\s,;:/_([-]+)$/,
  /^(?<rest>.*[\p{L}\p{N}])(?<sign>[^\p{L}\p{N}\s%]+)$/u,
  /^(?<sign>\S+)\s+(?<rest>.+)$/,
];

/** What is left of a header that names a currency, and what that can mean; null when it names none. */
function unitOf(header: string): { rest: string; sign: string; codes: readonly string[] } | null {
  const text = header.trim().replace(/\s*[)\]]$/, '');
  for (const form of UNITS) {
    const { rest = '', sign = '' } = form.exec(text)?.groups ?? {};
    const codes = sign === '' ? null : currenciesOf(sign, null);
    if (codes !== null) return { rest: rest.replace(/\sin$/i, ''), sign, codes };
  }
  return null;
}

/** The currency that a header names; null for none, and for a sign of many such as `$`. */
function currencyIn(header: string): string | null {
  const unit = unitOf(header);
  return unit === null || unit.codes[0] === '?' || saysNothing(unit.sign) ? null : (unit.codes[0] ?? null);
}

/** A field, and how far right in the table the name of it stands that was found. */
interface Known {
  field: string;
  rank: number;
}

/** What headers are known as. One that is written as a name of the table is that name, and not another that sounds the same. */
function namesOf(table: FieldTable): (header: string) => Known | undefined {
  const [byExact, byPlain] = [new Map<string, Known>(), new Map<string, Known>()];
  const add = (name: string, known: Known): void => {
    if (!byExact.has(exact(name))) byExact.set(exact(name), known);
    if (!byPlain.has(plain(name))) byPlain.set(plain(name), known);
  };
  for (const field of Object.keys(table)) add(field, { field, rank: 0 });
  for (const [field, others] of Object.entries(table)) for (const [i, name] of others.entries()) add(name, { field, rank: i + 1 });
  const named = (header: string): Known | undefined => byExact.get(exact(header)) ?? byPlain.get(plain(header));
  return (header) => {
    const known = named(header);
    if (known !== undefined) return known;
    const unit = unitOf(header);
    // A sign of several currencies leaves open what the amounts are.
    if (unit === null || (unit.codes[0] === '?' && !saysNothing(unit.sign))) return undefined;
    const amount = named(unit.rest);
    return amount !== undefined && AMOUNTS.has(amount.field) ? amount : undefined;
  };
}

/**
 * What is wished comes first. Of the columns for a field its own name wins over any other, of other names the one
 * further left in the table, of two the same the one further left in the file.
 * @throws Problem 400 for a wish that names no column, and for two wishes for one field
 */
export function columnsFor(headers: readonly string[], table: FieldTable, wishes: Wishes): Columns {
  const wished = checked(headers, wishes);
  const knownAs = namesOf(table);
  const taken = new Set(wished.filter((field) => typeof field === 'string'));
  const candidates = new Map<string, { at: number; rank: number }[]>();
  for (const [at, header] of headers.entries()) {
    const known = wished[at] === undefined ? knownAs(header) : undefined;
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
  const amounts = headers[fields.findIndex((field) => field !== null && AMOUNTS.has(field))];
  const unit = amounts === undefined ? null : currencyIn(amounts);
  if (unit !== null) notes.push(`The amounts of "${amounts}" are in ${unit}, as its name says.`);
  return {
    unit,
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

/** `="0012"`, by which programs keep Excel from taking a text for a number. */
const KEPT_AS_TEXT = /^="((?:[^"]|"")*)"$/;
/** What our own files, and others, set before a text that a spreadsheet would take for a formula. */
const GUARD = /^'(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/;

function bare(value: string): string {
  if (value.startsWith("'")) return value.replace(GUARD, '');
  if (!value.startsWith('="')) return value;
  return KEPT_AS_TEXT.exec(value)?.[1]?.replaceAll('""', '"').trim() ?? value;
}

/** The trimmed values of a row by field, without those that are empty. */
export function valuesOf(fields: readonly (string | null)[], row: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [i, field] of fields.entries()) {
    if (field === null) continue;
    const value = bare(row[i]?.trim() ?? '');
    if (value !== '') values[field] = value;
  }
  return values;
}

/** Gives an amount the currency that its header names. What is wrong with that, or null. */
export function inUnit(values: Partial<Record<string, string>>, amount: string, currency: string, unit: string | null): string | null {
  if (unit === null || values[amount] === undefined) return null;
  const own = values[currency];
  if (own !== undefined && !isNoCurrency(own) && namedCurrency(own) !== unit)
    return `${currency} "${own.slice(0, 10)}" is not ${unit}, which the column of the amounts is named after`;
  values[currency] = unit;
  return null;
}
