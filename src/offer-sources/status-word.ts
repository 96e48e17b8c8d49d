/** Letters and digits alone, as most networks write them. */
const SIMPLE = /^[a-z0-9]+$/;
/** Zero-width space, joiners and byte order mark; white space, dashes and underscores. */
const IGNORED = /[\u200b-\u200d\ufeff\s_-]/g;

/**
 * A network's status word as maps know it (docs/reference.md#status-words): `Charge-Back`, `charge back` and `chargeback` are
 * one. A word of nothing but what is ignored stays what it is.
 */
export function statusKey(word: string): string {
  if (SIMPLE.test(word)) return word;
  const lower = word.normalize('NFC').toLowerCase().normalize('NFC');
  return lower.replace(IGNORED, '') || lower.trim();
}

/** A map by such words. Of two spellings of one word the plain one counts, else the first. */
export function byStatusKey<V>(map: Readonly<Record<string, V>>): Record<string, V> {
  const known: Record<string, V> = {};
  for (const [word, meaning] of Object.entries(map)) {
    const key = statusKey(word);
    if (key === word || !Object.hasOwn(known, key)) known[key] = meaning;
  }
  return known;
}
