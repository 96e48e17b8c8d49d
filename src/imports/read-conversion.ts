import { PARAMETERS } from '../offer-sources/vocabulary.js';

/** Lines of conversions, as networks and other trackers export them, read as the postbacks they stand for. */

export const CONVERSION_FORMATS = ['csv', 'keitaro', 'binom'] as const;
export type ConversionFormat = (typeof CONVERSION_FORMATS)[number];
export const CONVERSION_FIELDS: ReadonlySet<string> = new Set(Object.keys(PARAMETERS));

/** Headers that no postback has. */
const HEADERS: Record<string, string> = {
  conversiontime: 'ts',
  conversiondate: 'ts',
  date: 'ts',
  datetime: 'ts',
  time: 'ts',
  postbackdatetime: 'ts',
  commission: 'payout',
  payoutamount: 'payout',
  orderid: 'txid',
  transaction: 'txid',
  conversionstatus: 'status',
  state: 'status',
};
for (const [canonical, aliases] of Object.entries(PARAMETERS)) {
  for (const name of [canonical, ...aliases]) HEADERS[plain(name)] ??= canonical;
}

function plain(header: string): string {
  return header.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The parameter each column stands for; null for one that is not read. `columns` (their header → parameter) comes first. */
export function parametersOf(headers: readonly string[], columns: Readonly<Record<string, string>>): (string | null)[] {
  const taken = new Set<string>(Object.values(columns));
  return headers.map((header) => {
    const wished = columns[header.trim()];
    if (wished !== undefined) return wished;
    const parameter = HEADERS[plain(header)];
    if (parameter === undefined || taken.has(parameter)) return null;
    taken.add(parameter);
    return parameter;
  });
}

/** A row of a CSV file as a postback's query. */
export function queryOf(parameters: readonly (string | null)[], row: readonly string[]): string {
  return parameters
    .flatMap((name, i) =>
      name === null || (row[i] ?? '').trim() === '' ? [] : [`${name}=${encodeURIComponent((row[i] ?? '').trim().toWellFormed())}`],
    )
    .join('&');
}

const KEITARO = ['cid', 'payout', 'txid', 'status'];
const PAIR = /^\s*([A-Za-z_][\w-]*)\s*=(.*)$/s;

/**
 * A line of Keitaro's (`subid,payout,tid,status`, what follows the first may be missing) or Binom's form
 * (`clickid:payout=10&status=sale`; pairs may be joined by `&`, `;`, `,` or `:`) as a postback's query; null when it is neither.
 */
export function queryOfLine(format: Exclude<ConversionFormat, 'csv'>, line: string): string | null {
  if (format === 'keitaro') {
    const row = line.split(/[,;\t]/);
    return row.length > KEITARO.length ? null : queryOf(KEITARO, row);
  }
  const colon = line.indexOf(':');
  const cid = (colon === -1 ? line : line.slice(0, colon)).trim();
  const pairs =
    colon === -1
      ? []
      : line
          .slice(colon + 1)
          .split(/[&;,:]/)
          .filter((text) => text.trim() !== '')
          .map((text) => PAIR.exec(text));
  if (pairs.includes(null)) return null;
  return queryOf(['cid', ...pairs.map((pair) => pair?.[1] ?? '')], [cid, ...pairs.map((pair) => pair?.[2] ?? '')]);
}
