import { oneOf, type RawSearch, type TableSearch, tableSearch } from '../search';

export const TABS = ['links', 'rules', 'words', 'token', 'log'] as const;
export type Tab = (typeof TABS)[number];

export interface OfferSourcesSearch extends TableSearch {
  archived?: 'true';
  /** Of the source that is open; absent: links. */
  tab?: Tab;
}

export const offerSourcesSearch = (raw: RawSearch): OfferSourcesSearch => ({
  ...tableSearch(raw),
  archived: oneOf(['true'], raw.archived),
  tab: oneOf(TABS, raw.tab),
});
