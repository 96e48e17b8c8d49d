import type { ReportQuery, Figures } from '../api/catalog';
import type { Schemas } from '../api/client';
import { addDays } from '../days';
import type { EverywhereSearch } from '../search';
import type { Conditions } from './conditions';
import { type Dimension, isTime } from './dimensions';
import { words } from './strings';

export type Row = Schemas['ReportRow'] & Figures;

/** Filters as the API names them; several values are sent one after the other. */
export function filtersOf(conditions: Conditions): ReportQuery {
  const named = Object.entries(conditions).map(([name, values]) => [`filter[${name}]`, values]);
  // The description knows one value a filter, though each may be repeated.
  return Object.fromEntries(named) as ReportQuery;
}

/** What a row's key says of one dimension: what is filtered by (empty: none of it), and what is shown. */
export function valueOf(row: Row, name: Dimension): { value: string; label: string } {
  const value = row.key[name];
  if (value === null || value === undefined || value === '') return { value: '', label: words.none };
  if (typeof value === 'object') {
    const id = 'id' in value && typeof value.id === 'string' ? value.id : '';
    return { value: id, label: 'name' in value && typeof value.name === 'string' ? value.name : id };
  }
  if (name === 'weekday') return { value: String(value), label: words.weekdays[Number(value)] ?? String(value) };
  return { value: String(value), label: name === 'hour' ? String(value).replace('T', ' ') : String(value) };
}

/** The days of a row that is grouped by a time; none where they cannot be said so. */
function daysOfRow(row: Row, grouped: readonly Dimension[]): { from: string; to: string } | undefined {
  const time = (['hour', 'day', 'month'] as const).find((name) => grouped.includes(name));
  if (time === undefined) return undefined;
  const { value } = valueOf(row, time);
  if (time !== 'month') return { from: value.slice(0, 10), to: value.slice(0, 10) };
  const first = `${value}-01`;
  return { from: first, to: addDays(`${addDays(first, 32).slice(0, 7)}-01`, -1) };
}

/** The search that has what a row has, and nothing else. */
export function narrowed(
  row: Row,
  grouped: readonly Dimension[],
  conditions: Conditions,
  period: { from: string; to: string },
): { conditions: Conditions; period: EverywhereSearch } {
  const own = grouped.filter((name) => !isTime(name)).map((name) => [name, [valueOf(row, name).value]] as const);
  const days = daysOfRow(row, grouped);
  // A month that is only partly in the period stays so.
  const within = days === undefined ? {} : { period: undefined, from: max(days.from, period.from), to: min(days.to, period.to) };
  return { conditions: { ...conditions, ...Object.fromEntries(own) }, period: within };
}
const max = (a: string, b: string): string => (a > b ? a : b);
const min = (a: string, b: string): string => (a < b ? a : b);
