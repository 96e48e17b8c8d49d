import { dimensionOf, type FilterName, isTime } from './dimensions';

/** Filters by name; any of several values fits, the empty text stands for “has none”. */
export type Conditions = Partial<Record<FilterName, readonly string[]>>;

const CONDITION = /^\s*([a-z]+\d*)\s*(?:\s+is\s+(empty)(?![^\s,;])|[:=]\s*(?:"((?:[^"\\]|\\.)*)"|(\S+)))[\s,;]*/i;

/**
 * What somebody typed: `country:DE,AT sub1 is empty source:"two words"`.
 * @returns the conditions read, and what is left that says nothing
 */
export function readConditions(text: string): { conditions: Conditions; rest: string } {
  const conditions: { [K in FilterName]?: string[] } = {};
  let rest = text;
  for (;;) {
    const found = CONDITION.exec(rest);
    const name = dimensionOf(found?.[1] ?? '');
    if (found === null || name === undefined || isTime(name)) return { conditions, rest: rest.trim() };
    const [whole, , empty, quoted, plain = ''] = found;
    const values =
      empty !== undefined ? [''] : quoted !== undefined ? [quoted.replaceAll(/\\(.)/g, '$1')] : plain.split(',').filter(Boolean);
    conditions[name] = [...new Set([...(conditions[name] ?? []), ...values])];
    rest = rest.slice(whole.length);
  }
}
