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
  if (PLAIN.test(url) ? !url.startsWith('/c/') || !HIGH_ESCAPE.test(url) : !PUBLIC.test(url)) return url;
  const mark = url.search(/[?#]/);
  const query = mark === -1 ? '' : url.slice(mark);
  const [, first = '', ...rest] = (mark === -1 ? url : url.slice(0, mark))
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
    .split('/');
  if (first.toLowerCase() === 'c') return `/c/${rest.join('/').toLowerCase()}${inUtf8(query)}`;
  // A `%` that encodes nothing is a letter of a token that nobody has.
  const path = ['', first.toLowerCase(), ...rest].join('/').replace(GIF, '.gif');
  return `${path.replace(/%(?![0-7][0-9a-f])/gi, '%25')}${query}`;
}
