import { nearestName } from './nearest.js';

/**
 * URL templates: an http(s) URL with `{name}` macros in its path, query or fragment. A template is read once, when it
 * is saved or loaded; expanding it concatenates texts and parses nothing.
 */

export type Place = 'origin' | 'path' | 'query' | 'fragment';

export interface TemplateMacro {
  /** In lower case. */
  name: string;
  /** The macro is `template.slice(start, end)`, braces included. */
  start: number;
  end: number;
  /** `origin` is scheme, user, host and port, where no macro may stand. */
  place: Place;
  known: boolean;
  /** The known name most like an unknown one, or null when none is like it. */
  nearest: string | null;
}

export interface Template {
  macros: TemplateMacro[];
  /** Why the template cannot be compiled; empty when it can. */
  errors: string[];
}

/** What a macro stands for in a context; nothing becomes the empty text. */
export type MacroValue<C> = (context: C) => string | null | undefined;

const MACRO = /\{([a-z][a-z0-9_.-]*)\}/gi;
/** As URL parsers read it, which take `\` for `/` and any number of either after the scheme. */
const ORIGIN = /^(?:[^:/?#\\]*:[/\\]*)?[^/?#\\]*/;
/** URL parsers drop some of these and trim others: positions and places would no longer be the template's. */
// oxlint-disable-next-line no-control-regex
const UNWANTED = /[\0-\x1f\x7f]|^ | $/;
/** Segments that URL parsers resolve away. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;
const ONLY_DOTS = /^(?:\.|%2e)*$/i;
const UNRESERVED = /^[\w.~-]*$/;

/**
 * Finds the macros of a template and everything wrong with it.
 * @param names the known macros, in lower case
 */
export function parseTemplate(template: string, names: Iterable<string>): Template {
  const known = new Set(names);
  const macros = [...template.matchAll(MACRO)].map((match): TemplateMacro => {
    const name = (match[1] ?? '').toLowerCase();
    return {
      name,
      start: match.index,
      end: match.index + match[0].length,
      place: placeOf(match.index, template),
      known: known.has(name),
      nearest: known.has(name) ? null : nearestName(name, known),
    };
  });
  return { macros, errors: templateErrors(template, macros) };
}

/**
 * Makes the expander of a template. Its result is an ASCII text fit for a Location header, normal in the sense of
 * `new URL(x).href` but for unknown macros, which stay as written. A value is percent-encoded, so it adds no parameter,
 * ends no path segment and is not expanded again. A segment that values make `.` or `..` is left empty.
 * @param values the known macros, by name in lower case
 * @throws TypeError when the template has errors
 */
export function compileTemplate<C>(template: string, values: ReadonlyMap<string, MacroValue<C>>): (context: C) => string {
  const { macros, errors } = parseTemplate(template, values.keys());
  if (errors.length > 0) throw new TypeError(errors.join('; '));
  // The URL parser sees a plain word in place of each macro, so it can normalise all that stands around them.
  const word = unusedWord(template);
  const url = new URL(substitute(template, macros, (i) => `${word}${i}z`).replace(new RegExp(`%(?=[0-9a-f]?${word})`, 'gi'), '%25'));
  const token = new RegExp(`${word}(\\d+)z`);

  const piecesOf = (text: string): Piece<C>[] =>
    text.split(token).map((part, i) => {
      if (i % 2 === 0) return part;
      const macro = macros[Number(part)];
      if (macro === undefined) return '';
      const value = values.get(macro.name);
      return value === undefined ? template.slice(macro.start, macro.end) : (context: C) => encode(value(context));
    });
  const segmentOf = (text: string): Piece<C>[] => {
    const pieces = piecesOf(text);
    if (pieces.length === 1 || !ONLY_DOTS.test(pieces.filter((piece) => typeof piece === 'string').join(''))) return pieces;
    return [
      (context) => {
        const segment = write(pieces, context);
        return DOT_SEGMENT.test(segment) ? '' : segment;
      },
    ];
  };

  const pieces = joinTexts([
    url.origin,
    ...url.pathname
      .slice(1)
      .split('/')
      .flatMap((segment) => ['/', ...segmentOf(segment)]),
    ...piecesOf(url.href.slice(url.origin.length + url.pathname.length)),
  ]);
  return (context) => write(pieces, context);
}

/** A text, or what a macro or a whole segment becomes. */
type Piece<C> = string | ((context: C) => string);

function write<C>(pieces: Piece<C>[], context: C): string {
  let out = '';
  for (const piece of pieces) out += typeof piece === 'string' ? piece : piece(context);
  return out;
}

function joinTexts<C>(pieces: Piece<C>[]): Piece<C>[] {
  const joined: Piece<C>[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else joined.push(piece);
  }
  return joined;
}

/** One encoding is right for path, query and fragment alike: it leaves only what is a delimiter in none of them. */
function encode(value: string | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (UNRESERVED.test(value)) return value;
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll("'", '%27');
}

function templateErrors(template: string, macros: TemplateMacro[]): string[] {
  if (UNWANTED.test(template)) return ['has a control character, a line break, or a space at its beginning or end'];
  const inOrigin = macros.filter((macro) => macro.place === 'origin');
  if (inOrigin.length > 0) {
    return inOrigin.map(
      (macro) => `has ${template.slice(macro.start, macro.end)} in its scheme or host; macros may stand in path, query and fragment`,
    );
  }
  let url: URL;
  try {
    url = new URL(substitute(template, macros, () => 'x'));
  } catch {
    return ['is not a URL; write it in full, beginning with https://'];
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return ['does not begin with http:// or https://'];
  if (url.username !== '' || url.password !== '') return ['holds a user name or password'];
  return [];
}

function placeOf(at: number, template: string): Place {
  const origin = ORIGIN.exec(template)?.[0].length ?? 0;
  if (at < origin) return 'origin';
  const hash = template.indexOf('#', origin);
  if (hash !== -1 && hash < at) return 'fragment';
  const question = template.indexOf('?', origin);
  return question !== -1 && question < at ? 'query' : 'path';
}

function substitute(template: string, macros: TemplateMacro[], word: (index: number) => string): string {
  let out = '';
  let from = 0;
  macros.forEach((macro, i) => {
    out += template.slice(from, macro.start) + word(i);
    from = macro.end;
  });
  return out + template.slice(from);
}

/** A word that the template does not hold. Its only m is its first letter, so it cannot begin in the text before it. */
function unusedWord(template: string): string {
  let word = 'macro';
  while (template.toLowerCase().includes(word)) word += 'q';
  return word;
}
