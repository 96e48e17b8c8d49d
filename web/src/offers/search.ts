import { oneOf, type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

export const SHOWN = ['active', 'paused', 'archived'] as const;

export interface OffersSearch extends TableSearch {
  /** Absent: active and paused ones. */
  status?: (typeof SHOWN)[number];
  offerSourceId?: string;
}

export const offersSearch = (raw: RawSearch): OffersSearch => ({
  ...tableSearch(raw),
  status: oneOf(SHOWN, raw.status),
  offerSourceId: textOf(raw.offerSourceId),
});
