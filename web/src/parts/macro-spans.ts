import { parseTemplate } from '../../../src/lib/macros';
import { MACRO } from '../../../src/offer-sources/postback-url';
import type { Span } from './Macros';

/** Our macros in a text: known ones lit, unknown ones underlined, with what was probably meant. */
export function ourMacros(
  text: string,
  names: readonly string[],
): { spans: Span[]; used: Set<string>; unknown: { start: number; end: number; nearest: string | null }[] } {
  const { macros } = parseTemplate(text, names);
  return {
    spans: macros.map(({ start, end, known }) => ({ start, end, kind: known ? 'lit' : 'bad' })),
    used: new Set(macros.filter(({ known }) => known).map(({ name }) => name)),
    unknown: macros.filter(({ known }) => !known).map(({ start, end, nearest }) => ({ start, end, nearest })),
  };
}

/** A network's macros, however it writes them. */
export function networkMacros(text: string): Span[] {
  return [...text.matchAll(MACRO)].map((match) => ({ start: match.index, end: match.index + match[0].length, kind: 'lit' }));
}
