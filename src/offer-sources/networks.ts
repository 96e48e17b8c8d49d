import { NETWORKS } from './networks-data.js';
import type { Network } from './network.js';

const BY_KEY: ReadonlyMap<string, Network> = new Map(NETWORKS.map((network) => [network.key, network]));

/** The template of this key, or null. */
export function findNetwork(key: string): Network | null {
  return BY_KEY.get(key) ?? null;
}

/** One alternative per way of writing a macro, the longer delimiters first; the one group that matched is the name. */
const MACRO = new RegExp(
  [
    '\\{\\{([^{}]+)\\}\\}',
    '\\$?\\{([^{}]+)\\}',
    '\\[\\[\\[([^[\\]]+)\\]\\]\\]',
    '\\[=([^[\\]=]+)=\\]',
    '\\[([^[\\]]+)\\]',
    '##(\\w+)##',
    '#(\\w+)#',
    '%([A-Za-z_]\\w*)%',
    '<([^<>]+)>',
    '(?<![a-z0-9])xx([a-z0-9]+)xx(?![a-z0-9])',
  ].join('|'),
  'g',
);

/**
 * What a network makes of a link-builder text: each macro, in any network's delimiters (`{x} {{x}} ${x} [x] [[[x]]] [=x=]
 * #x# ##x## %x% <x>`, and Jumbleberry's bare `xxcidxx`), becomes `sample(name)`, names as written, without delimiters.
 * Samples are not expanded again. The text must not be percent-encoded: `%AB%` is a macro.
 */
export function expandTemplate(text: string, sample: (macroName: string) => string): string {
  return text.replace(MACRO, (macro: string, ...groups: (string | undefined)[]) =>
    sample(groups.find((group) => group !== undefined) ?? macro),
  );
}
