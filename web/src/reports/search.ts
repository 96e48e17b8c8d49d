import { filterOf, listOf, oneOf, type RawSearch, type TableSearch, tableSearch, textOf, textOfValues, valuesOf } from '../search';
import type { Conditions } from './conditions';
import { type Dimension, dimensionOf, type FilterName, FILTERS } from './dimensions';

export interface ReportsSearch extends TableSearch, Partial<Record<FilterName, string>> {
  /** `offer,day`; absent: by offer. */
  groupBy?: string;
  compare?: 'previous';
  /** Absent: by the click’s time. */
  attribution?: 'conversion';
  /** Two figures of the chart; `none`: no chart. */
  chart?: string;
  /** Of the chart. */
  by?: 'hour' | 'day';
  /** The searches one came from, outermost first, `|` between. */
  trail?: string;
}

export const reportsSearch = (raw: RawSearch): ReportsSearch => ({
  ...tableSearch(raw),
  ...Object.fromEntries(FILTERS.map((name) => [name, filterOf(raw[name])])),
  groupBy: groupingsOf(textOf(raw.groupBy)).join(',') || undefined,
  compare: oneOf(['previous'], raw.compare),
  attribution: oneOf(['conversion'], raw.attribution),
  chart: textOf(raw.chart),
  by: oneOf(['hour', 'day'], raw.by),
  trail: textOf(raw.trail),
});

export const MOST_GROUPINGS = 3;
export const groupingsOf = (text: string | undefined): Dimension[] =>
  [...new Set((listOf(text) ?? []).flatMap((each) => dimensionOf(each) ?? []))].slice(0, MOST_GROUPINGS);

export function conditionsOf(search: ReportsSearch): Conditions {
  const set = FILTERS.flatMap((name) => {
    const text = search[name];
    return text === undefined ? [] : [[name, valuesOf(text)] as const];
  });
  return Object.fromEntries(set);
}

/** For the address: every filter that is not among them is taken out. */
export const searchOf = (conditions: Conditions): Partial<Record<FilterName, string | undefined>> =>
  Object.fromEntries(
    FILTERS.map((name) => {
      const values = conditions[name];
      return [name, values === undefined || values.length === 0 ? undefined : textOfValues(values)];
    }),
  );
