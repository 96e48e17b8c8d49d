import { parseTemplate } from '../lib/macros.js';

/** What a source adds to the URL of each of its offers. */

const URL_PLACEHOLDER = '{url}';
const CID_PARAMETER = /\{cidparameter\}/gi;

/** What is wrong with a source's `offerUrlTemplate`, or null. */
export function offerUrlTemplateError(template: string): string | null {
  if (!template.startsWith(URL_PLACEHOLDER)) return "must begin with {url}; what stands after it is added to every offer's URL";
  const example = joinOfferUrlTemplate('https://offer.example/', template, 'sub1');
  return parseTemplate(example, []).errors[0] ?? null;
}

/**
 * Adds to an offer's URL what stands after `{url}` in its source's template: a path at the end of the path, parameters
 * joined by `?` or `&`, both before the fragment, which is the offer's unless it has none. `{cidParameter}` is the
 * name in `cidParameter`; a parameter without a name, one that the offer's URL already has, and a path that it already
 * ends in are not added.
 */
export function joinOfferUrlTemplate(url: string, template: string, cidParameter: string): string {
  const offer = splitUrl(url);
  const tail = splitUrl(
    template
      .slice(template.indexOf(URL_PLACEHOLDER) + URL_PLACEHOLDER.length)
      .replace(CID_PARAMETER, () => encodeURIComponent(cidParameter))
      .replace(/^&/, '?'),
  );
  const present = new Set(parametersOf(offer.query).map(parameterName));
  const added = parametersOf(tail.query).filter((parameter) => {
    const name = parameterName(parameter);
    return name !== '' && !present.has(name);
  });
  const query = added.length === 0 ? offer.query : [...(offer.query === '' ? [] : [offer.query.replace(/&$/, '')]), ...added].join('&');
  return joinPaths(offer.path, tail.path) + (query === '' ? '' : `?${query}`) + (offer.fragment || tail.fragment);
}

interface UrlParts {
  /** Everything before the query. */
  path: string;
  /** Without `?`. */
  query: string;
  /** With `#`. */
  fragment: string;
}

function splitUrl(text: string): UrlParts {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(text) ?? [];
  return { path, query, fragment };
}

function parametersOf(query: string): string[] {
  return query.split('&').filter((parameter) => parameter !== '');
}

function parameterName(parameter: string): string {
  // The one thing that decodes as the receiver will, and never throws. It would take off a `?` in front, which is part of the name.
  return [...new URLSearchParams(`&${parameter}`).keys()][0] ?? '';
}

function joinPaths(path: string, tail: string): string {
  if (tail === '' || (tail.startsWith('/') && path.endsWith(tail))) return path;
  // Without a path of its own the URL ends in its host, which must not grow.
  const base = /^[^:/?#\\]*:[/\\]*[^/\\]*$/.test(path) ? `${path}/` : path;
  return base + (base.endsWith('/') && tail.startsWith('/') ? tail.slice(1) : tail);
}
