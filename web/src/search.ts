/** What the address holds on every page, and the small readers that pages build their own with. */

export const PERIODS = ['today', 'yesterday', 'last7days', 'last30days', 'thisMonth', 'lastMonth'] as const;
export type Period = (typeof PERIODS)[number];

export interface EverywhereSearch {
  /** A word; absent: `from` and `to`, else the last 7 days. */
  period?: Period;
  /** Days, both inclusive. */
  from?: string;
  to?: string;
  /** IANA name; absent: the account's. */
  zone?: string;
}

/** What stands in an address: texts, each once. */
export type RawSearch = Record<string, unknown>;

const DAY = /^2\d{3}-\d\d-\d\d$/;

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export const oneOf = <T extends string>(values: readonly T[], value: unknown): T | undefined => values.find((each) => each === value);

/** Several values in the address: `a,b`; a comma in a value is written `\,`, and the empty text stands for “has none”. */
export const valuesOf = (text: string): string[] =>
  (text.match(/(?:\\.|[^,\\])+|^(?=,)|(?<=,)(?=,|$)|^$/g) ?? []).map((each) => each.replaceAll(/\\(.)/g, '$1'));
export const textOfValues = (values: readonly string[]): string => values.map((each) => each.replaceAll(/[\\,]/g, '\\$&')).join(',');

/** A filter as the address has it; the empty text is one. */
export const filterOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `a,b` → ['a', 'b']. */
export const listOf = (value: unknown): string[] | undefined => textOf(value)?.split(',').filter(Boolean);

const dayOf = (value: unknown): string | undefined => (typeof value === 'string' && DAY.test(value) ? value : undefined);

function zoneOf(value: unknown): string | undefined {
  const zone = textOf(value);
  if (zone === undefined) return undefined;
  try {
    Intl.DateTimeFormat('en', { timeZone: zone }).format();
    return zone;
  } catch {
    return undefined;
  }
}

export function everywhereSearch(raw: RawSearch): EverywhereSearch {
  const from = dayOf(raw.from);
  const to = dayOf(raw.to);
  return {
    period: from === undefined ? oneOf(PERIODS, raw.period) : undefined,
    from,
    to: from === undefined || to === undefined || to < from ? from : to,
    zone: zoneOf(raw.zone),
  };
}

/** What every table keeps in the address. */
export interface TableSearch {
  /** Words looked for in the rows. */
  filter?: string;
  /** A column, `-` in front for descending. */
  sort?: string;
  /** The columns shown, `a,b`; absent: the usual ones. */
  columns?: string;
  /** The row that is open. */
  open?: string;
}

export const tableSearch = (raw: RawSearch): TableSearch => ({
  filter: textOf(raw.filter),
  sort: textOf(raw.sort),
  columns: textOf(raw.columns),
  open: textOf(raw.open),
});

/** Addresses that read as they are: `?period=today&sort=-revenue`. */
export const parseSearch = (text: string): RawSearch => Object.fromEntries(new URLSearchParams(text));

export function stringifySearch(search: RawSearch): string {
  const entries = Object.entries(search).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [],
  );
  const text = new URLSearchParams(entries).toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return text === '' ? '' : `?${text}`;
}
