import { editDistance } from './nearest.js';

const bare = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
/** How many letters of a name of this length may be wrong. Short names allow none, since they resemble many unrelated names. */
const tolerance = (length: number): number => (length >= 8 ? 2 : length >= 6 ? 1 : 0);

/** Names that are no setting and look like one: a letter wrong, missing or swapped, another case, separators, our name in front. */
export function nearMisses(names: Iterable<string>, settings: readonly string[]): { name: string; meant: string }[] {
  const found: { name: string; meant: string }[] = [];
  for (const name of names) {
    if (settings.includes(name)) continue;
    const text = bare(name.replace(/^cidra[_-]/i, ''));
    const [best] = settings
      .map((setting) => ({ setting, distance: editDistance(text, bare(setting)) }))
      .toSorted((a, b) => a.distance - b.distance);
    if (best === undefined) continue;
    const meant = bare(best.setting);
    if (best.distance <= Math.min(tolerance(meant.length), tolerance(text.length)) || isSwapped(text, meant, best.distance))
      found.push({ name, meant: best.setting });
  }
  return found;
}

/** Two neighbours changed places: that is a slip in a name of any length. */
const isSwapped = (text: string, meant: string, distance: number): boolean =>
  distance === 1 && [...text].toSorted().join('') === [...meant].toSorted().join('');
