import { oneOf, type RawSearch, textOf } from '../search';

export interface OverviewSearch {
  /** Two figures of the chart. */
  chart?: string;
  by?: 'hour' | 'day';
}

export const overviewSearch = (raw: RawSearch): OverviewSearch => ({
  chart: textOf(raw.chart),
  by: oneOf(['hour', 'day'], raw.by),
});
