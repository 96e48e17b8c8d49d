import { PARAMETERS } from '../../../src/offer-sources/vocabulary';

/** One parameter as it was sent, and what became of it. */
export interface ReadParameter {
  sent: string;
  text: string;
  /** The name it counts under; null: nobody knows it. */
  name: string | null;
  isOwnAlias: boolean;
  /** What is known in the end under that name; null: nothing. */
  value: string | null;
}

/** The values of a dry run by the names of parameters. */
function valuesByName(values: Record<string, unknown>): Record<string, string> {
  const { conversionId, disableForward, params, events, addEvents, ...plain } = values;
  const added = Object.entries(recordOf(addEvents)).map(([name, value]) => [`add_${name}`, value] as const);
  const all = [
    ...Object.entries(plain),
    ['conversion_id', conversionId] as const,
    ['disable_forward', disableForward] as const,
    ...Object.entries(recordOf(params)),
    ...Object.entries(recordOf(events)),
    ...added,
  ];
  return Object.fromEntries(all.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, textOf(value)]])));
}

/** Each parameter of a query or a form, with the name and the value that it was read as. */
export function readingOf(parameters: string, values: Record<string, unknown>, aliases: Record<string, string>): ReadParameter[] {
  const known = valuesByName(values);
  return [...new URLSearchParams(parameters)].map(([sent, text]) => {
    const key = sent.toLowerCase().replace(/\[\d*\]$/, '');
    const own = PARAMETERS[key] === undefined ? aliases[key] : undefined;
    const name = PARAMETERS[key] !== undefined ? key : (own ?? CANONICAL.get(key) ?? null);
    return { sent, text, name, isOwnAlias: own !== undefined, value: name === null ? null : (known[name] ?? null) };
  });
}

const CANONICAL = new Map(Object.entries(PARAMETERS).flatMap(([name, aliases]) => aliases.map((alias) => [alias, name] as const)));
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What a request said under a name that every source knows, also where it changed nothing. */
export function saidOf(query: string, name: 'status' | 'payout' | 'currency'): string | null {
  const given = new Map([...new URLSearchParams(query)].map(([key, value]) => [key.toLowerCase(), value.trim()]));
  return [name, ...(PARAMETERS[name] ?? [])].map((each) => given.get(each)).find((value) => value !== undefined && value !== '') ?? null;
}
