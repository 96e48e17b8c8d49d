import { oneOf, type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

/** What clicks are filtered by besides offer and source, as the API names it. */
export const TEXT_FILTERS = [
  'cid',
  'externalId',
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
  'sub1',
  'sub2',
  'sub3',
  'sub4',
  'sub5',
  'sub6',
  'sub7',
  'sub8',
  'sub9',
  'sub10',
  'sub11',
  'sub12',
  'sub13',
  'sub14',
  'sub15',
  'sub16',
  'sub17',
  'sub18',
  'sub19',
  'sub20',
] as const;
export const FLAG_FILTERS = ['unique', 'bot', 'test'] as const;
export type TextFilter = (typeof TEXT_FILTERS)[number];
export type FlagFilter = (typeof FLAG_FILTERS)[number];

export interface ClicksSearch extends TableSearch, Partial<Record<TextFilter, string>>, Partial<Record<FlagFilter, 'true' | 'false'>> {
  offerId?: string;
  offerSourceId?: string;
}

export const clicksSearch = (raw: RawSearch): ClicksSearch => ({
  ...tableSearch(raw),
  ...Object.fromEntries(TEXT_FILTERS.map((name) => [name, textOf(raw[name])])),
  ...Object.fromEntries(FLAG_FILTERS.map((name) => [name, oneOf(['true', 'false'], raw[name])])),
  offerId: textOf(raw.offerId),
  offerSourceId: textOf(raw.offerSourceId),
});

export const flagOf = (value: 'true' | 'false' | undefined): boolean | undefined => (value === undefined ? undefined : value === 'true');
