import { type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

export interface WordsSearch extends TableSearch {
  offerSourceId?: string;
}

/** `open` names the word that is being given a meaning, its source in front; the API's own links say `word` and `offerSourceId`. */
export function wordsSearch(raw: RawSearch): WordsSearch {
  const offerSourceId = textOf(raw.offerSourceId);
  const word = textOf(raw.word);
  const search = tableSearch(raw);
  return { ...search, open: search.open ?? (word === undefined ? undefined : `${offerSourceId ?? ''}:${word}`), offerSourceId };
}
