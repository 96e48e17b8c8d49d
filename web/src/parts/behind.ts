import { textOfValues } from '../search';
import type { FigureId } from './figures';

/** From a figure to the rows that it counts. */

type List = 'clicks' | 'conversions' | 'postbacks';
/** Filters of a report by name, each with the values any of which fits. */
export type Filtered = Readonly<Partial<Record<string, readonly string[]>>>;

const LISTS: Partial<Record<FigureId, { list: List; with: Filtered }>> = {
  clicks: { list: 'clicks', with: { bot: ['false'] } },
  uniqueClicks: { list: 'clicks', with: { unique: ['true'] } },
  bots: { list: 'clicks', with: { bot: ['true'] } },
  cost: { list: 'clicks', with: {} },
  conversions: { list: 'conversions', with: {} },
  upsells: { list: 'conversions', with: { upsell: ['true'] } },
  revenue: { list: 'conversions', with: { status: ['approved'] } },
  revenueHold: { list: 'conversions', with: { status: ['pending', 'unmapped'] } },
  ...Object.fromEntries(
    (['approved', 'pending', 'rejected', 'trash', 'reversed', 'unmapped'] as const).map((status) => [
      status,
      { list: 'conversions', with: { status: [status] } },
    ]),
  ),
};
/** As lists name what reports name otherwise. */
const NAMES: Partial<Record<string, string>> = { offer: 'offerId', offerSource: 'offerSourceId' };
/** No click has a status, a currency or a parameter of a conversion, and requests are kept by source alone. */
const KNOWN: Record<List, RegExp> = { clicks: /^(?!status$|currency$|param\d)/, conversions: /^/, postbacks: /^offerSource$/ };

/**
 * The list of the rows that fit; null where no list is filtered so.
 * @param also what the rows must have besides
 */
export function listHref(
  list: List,
  filtered: Filtered,
  period: Readonly<Record<string, string>>,
  attribution: 'click' | 'conversion',
  also: Filtered = {},
): string | null {
  const values = new Map<string, readonly string[]>();
  for (const [name, wanted] of [...Object.entries(filtered), ...Object.entries(also)]) {
    if (wanted === undefined) continue;
    if (!KNOWN[list].test(name) || (list === 'postbacks' && (wanted.length !== 1 || wanted[0] === ''))) return null;
    const before = values.get(name);
    const both = before === undefined ? wanted : wanted.filter((value) => before.some((each) => each.toLowerCase() === value));
    if (both.length === 0) return null;
    values.set(name, both);
  }
  const search = new URLSearchParams(period);
  for (const [name, wanted] of values) search.set(NAMES[name] ?? name, textOfValues(wanted));
  // A report counts a conversion at its click's time, unless it is asked otherwise.
  if (list === 'conversions' && attribution === 'click') search.set('attribution', 'click');
  return `/app/${list}?${search.toString()}`;
}

/** Of a figure in a list of offers or sources: nothing lies behind a 0. */
export const behind = (figure: string, value: unknown, filtered: Filtered, period: Readonly<Record<string, string>>): string | null =>
  Number(value) > 0 ? figureHref(figure as FigureId, filtered, period, 'click') : null;

export function figureHref(
  figure: FigureId,
  filtered: Filtered,
  period: Readonly<Record<string, string>>,
  attribution: 'click' | 'conversion',
): string | null {
  const leads = LISTS[figure];
  return leads === undefined ? null : listHref(leads.list, filtered, period, attribution, leads.with);
}
