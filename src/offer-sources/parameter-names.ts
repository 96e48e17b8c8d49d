import { PARAMETERS } from './vocabulary.js';

/** What a parameter's name stands for. Of several names for one parameter the lowest rank counts: the canonical name, a source's own aliases in their order, ours from left to right. */
export interface ParameterName {
  canonical: string;
  rank: number;
}

const OWN_RANK = 1;
const ALIAS_RANK = 1_000;
const NAMES = new Map<string, ParameterName>(
  Object.entries(PARAMETERS).flatMap(([canonical, aliases]) => [
    [canonical, { canonical, rank: 0 }],
    ...aliases.map((alias, i): [string, ParameterName] => [alias, { canonical, rank: ALIAS_RANK + i }]),
  ]),
);
/** `cid[]` and `cid[0]` are how some languages write a repeated name. */
const LIST_NAME = /^([^[]+)\[\d*\]$/;

/**
 * The parameter that a name stands for, in any letter case; null for one that is not ours.
 * @param aliases a source's own, lower-case alias → canonical name; the first of two counts
 */
export function parameterName(name: string, aliases?: Readonly<Record<string, string>>): ParameterName | null {
  const key = name.toLowerCase();
  const known = NAMES.get(key);
  if (known?.rank === 0) return known;
  if (aliases !== undefined && Object.hasOwn(aliases, key)) {
    const canonical = aliases[key];
    if (canonical !== undefined) return { canonical, rank: OWN_RANK + Object.keys(aliases).indexOf(key) };
  }
  if (known !== undefined) return known;
  const item = key.endsWith(']') ? LIST_NAME.exec(key)?.[1] : undefined;
  return item === undefined ? null : parameterName(item, aliases);
}
