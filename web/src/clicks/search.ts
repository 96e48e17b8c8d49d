import { filterOf, oneOf, type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

/** What is known of a click and reports are filtered by, as the API names it: of a click, and of its conversions. */
export const NAMED_FACTS = [
  'offerTag',
  'country',
  'region',
  'city',
  'isp',
  'device',
  'os',
  'browser',
  'language',
  'referrerDomain',
  'source',
  'keyword',
  'externalId',
] as const;
export const SUBS = Array.from({ length: 20 }, (_, i) => `sub${(i + 1) as SubNumber}` as const);
type SubNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20;
export const FACTS = [...NAMED_FACTS, ...SUBS] as const;
export type Fact = (typeof FACTS)[number];

export const FLAGS = ['unique', 'bot', 'test'] as const;
type Flag = (typeof FLAGS)[number];

export interface ClicksSearch extends TableSearch, Partial<Record<Fact, string>>, Partial<Record<Flag, 'true' | 'false'>> {
  cid?: string;
  offerId?: string;
  offerSourceId?: string;
}

export const clicksSearch = (raw: RawSearch): ClicksSearch => ({
  ...tableSearch(raw),
  ...factsSearch(raw),
  ...Object.fromEntries(FLAGS.map((name) => [name, oneOf(['true', 'false'], raw[name])])),
  cid: textOf(raw.cid),
  offerId: textOf(raw.offerId),
  offerSourceId: filterOf(raw.offerSourceId),
});

export const factsSearch = (raw: RawSearch): Partial<Record<Fact, string>> =>
  Object.fromEntries(FACTS.map((name) => [name, filterOf(raw[name])]));

export const flagOf = (value: 'true' | 'false' | undefined): boolean | undefined => (value === undefined ? undefined : value === 'true');
