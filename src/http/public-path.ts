import { inUtf8 } from '../lib/legacy-text.js';

/** Forgives small mistakes in the paths of postback URLs and tracking links. */

/** A path that needs no repair. */
const PLAIN = /^\/(?:postback(?:\.gif|\/[^/?#%]+)?|c\/[a-z0-9]+)(?:\?|#|$)/;
const PUBLIC = /^\/+(?:postback|c(?=\/))/i;
const GIF = /\.gif$/i;
const HIGH_ESCAPE = /%[89a-f]/i;

/** What a visitor sees where nothing is. */
export const NOTHING_HERE =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Not found</title><p>This link leads nowhere.</p></html>';

/** Postbacks, and whatever else begins like one. */
export const isPublicIngest = (url: string): boolean => url.startsWith('/postback');

/** The address with its path as the routes have it: no doubled or trailing slash, lower case but for the token, and a tracking link's values in UTF-8. */
export function publicUrl(url: string): string {
  if (PLAIN.test(url) && (!url.startsWith('/c/') || !HIGH_ESCAPE.test(url))) return url;
  const mark = url.search(/[?#]/);
  const query = mark === -1 ? '' : url.slice(mark);
  const path = mark === -1 ? url : url.slice(0, mark);
  if (!PUBLIC.test(url)) return isText(path) ? url : `${plainPercents(path)}${query}`;
  const [, first = '', ...rest] = path
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
    .split('/');
  if (first.toLowerCase() === 'c') return `${plainPercents(`/c/${rest.join('/').toLowerCase()}`)}${inUtf8(query)}`;
  return `${plainPercents(['', first.toLowerCase(), ...rest].join('/').replace(GIF, '.gif'))}${query}`;
}

/** A `%` that encodes nothing is a letter of a name that nobody has: such a path is answered like any other that names nothing. */
const plainPercents = (path: string): string => path.replace(/%(?![0-7][0-9a-f])/gi, '%25');

function isText(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}
