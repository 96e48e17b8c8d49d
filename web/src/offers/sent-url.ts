import { joinOfferUrlTemplate } from '../../../src/offer-sources/offer-url-template';

/** What becomes of an offer's URL on its way: what its source adds, and which parameter of it is in the way of that. */
export interface SentUrl {
  /** What stands in the URL only because of the source's template; empty: nothing. */
  added: string;
  /** The network's parameter for the click id, where the URL has it itself. */
  own: { name: string; carriesClickId: boolean } | null;
}

interface Source {
  offerUrlTemplate: string;
  cidParameter: string;
}

const CLICK_ID = /\{(?:clickid|cid)\}/i;
const PARTS = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s;

export function sentUrl(url: string, source: Source): SentUrl {
  const [, path = '', query = '', fragment = ''] = PARTS.exec(url) ?? [];
  const sent = PARTS.exec(joinOfferUrlTemplate(url, source.offerUrlTemplate, source.cidParameter)) ?? [];
  const [, sentPath = '', sentQuery = '', sentFragment = ''] = sent;
  const rest = sentQuery.slice(query.length).replace(/^&/, '');
  const added =
    sentPath.slice(path.length) +
    (rest === '' ? '' : `${query === '' ? '?' : '&'}${rest}`) +
    (sentFragment === fragment ? '' : sentFragment);
  const mine = query.split('&').filter((parameter) => source.cidParameter !== '' && nameOf(parameter) === source.cidParameter);
  return {
    added,
    own: mine.length === 0 ? null : { name: source.cidParameter, carriesClickId: mine.some((parameter) => CLICK_ID.test(parameter)) },
  };
}

/** The URL with the click id as the value of a parameter that it has. */
export function withClickId(url: string, name: string): string {
  const [, path = '', query = '', fragment = ''] = PARTS.exec(url) ?? [];
  const parameters = query
    .split('&')
    .map((parameter) => (nameOf(parameter) === name ? `${parameter.split('=', 1)[0] ?? name}={clickid}` : parameter));
  return `${path}?${parameters.join('&')}${fragment}`;
}

const nameOf = (parameter: string): string | undefined => [...new URLSearchParams(parameter).keys()][0];
