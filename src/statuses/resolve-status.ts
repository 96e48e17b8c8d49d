import { statusKey } from '../offer-sources/status-word.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';

/** Words that mean the same everywhere (docs/reference.md#status-words). */
const BUILT_IN = new Map<string, StatusMeaning>(
  Object.entries({
    pending:
      'pending hold holded new wait waiting lead reg registration registered install created create processing in_progress in_processing check start',
    approved: 'approved approve confirmed confirm sale paid payed buyout ftd first_dep purchase rebill upsell onetime redeem autosell',
    rejected: 'rejected reject declined decline cancel canceled cancelled invalid fail failure denied refused',
    trash: 'trash trashed spam fake',
    reversed: 'refund refunded rfnd chargeback cgbk reversed reversal',
    ignored: 'test ping',
  }).flatMap(([meaning, words]) => words.split(' ').map((word) => [statusKey(word), meaning as StatusMeaning] as const)),
);

/** Where a mapping was found: the number of the map given, or the built-in words. */
export type MappedBy = number | 'built-in' | null;

/**
 * What a network's word means: the maps in order of precedence (source, template, account), then the built-in words, else `unmapped`.
 * Maps are keyed by statusKey.
 */
export function resolveStatus(
  word: string,
  maps: readonly Readonly<Record<string, StatusMeaning>>[],
): { meaning: StatusMeaning; mappedBy: MappedBy } {
  const key = statusKey(word);
  const i = maps.findIndex((map) => Object.hasOwn(map, key));
  if (i !== -1) return { meaning: maps[i]?.[key] as StatusMeaning, mappedBy: i };
  const meaning = BUILT_IN.get(key);
  return meaning === undefined ? { meaning: 'unmapped', mappedBy: null } : { meaning, mappedBy: 'built-in' };
}
