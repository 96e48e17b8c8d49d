import { type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

export interface WordsSearch extends TableSearch {
  offerSourceId?: string;
}

/** `open` names the word that is being given a meaning, its source in front. */
export const wordsSearch = (raw: RawSearch): WordsSearch => ({
  ...tableSearch(raw),
  offerSourceId: textOf(raw.offerSourceId),
});
