import type { FieldError } from '../http/problem.js';
import { parseTemplate } from '../lib/macros.js';
import type { OfferSource } from '../offer-sources/offer-source.entity.js';
import type { LinkRows } from '../offer-sources/postback-url.js';
import { linkBuilderErrors, MISSING_CID, UNREADABLE_OFFER_TOKEN, UNREADABLE_TOKEN } from '../offer-sources/source-rules.js';
import { parseOfferUrl } from './landing-url.js';
import type { Offer } from './offer.entity.js';

/** An offer's fields: what they may hold beyond their form, and the warnings an admin should see. */
/** URLs are kept as a browser writes them. */
const MACRO_AS_KEPT = /(?:\{|%7B)[a-z][\w.-]*(?:\}|%7D)/i;

interface Checked {
  url?: string;
  fallbackUrl?: string | null;
  linkBuilder?: Record<string, string>;
}

/** What is wrong with the fields given, all of it. */
export function offerErrors({ url, fallbackUrl, linkBuilder = {} }: Checked): FieldError[] {
  const fallback = fallbackUrl ? parseTemplate(fallbackUrl, []).errors : [];
  return [
    ...(url === undefined ? [] : parseOfferUrl(url).errors.map(({ pointer, message }) => ({ pointer, message: `url ${message}` }))),
    ...fallback.map((message) => ({ pointer: '/fallbackUrl', message: `fallbackUrl ${message}` })),
    ...linkBuilderErrors(linkBuilder),
  ];
}

/**
 * What is likely to go wrong with an offer besides its URL.
 * @param rows the link builder in force
 */
export function offerWarnings(
  offer: Pick<Offer, 'url' | 'fallbackUrl' | 'payoutMode' | 'payout'>,
  source: Pick<OfferSource, 'enabled' | 'archivedAt'> | null,
  rows: LinkRows,
  hasPostbackUrl: boolean,
  trackingUrl: string,
): string[] {
  const warnings: string[] = [];
  if (!hasPostbackUrl) warnings.push(source === null ? UNREADABLE_OFFER_TOKEN : UNREADABLE_TOKEN);
  else if ((rows.cid ?? '').trim() === '') warnings.push(MISSING_CID);
  if (offer.payoutMode === 'fixed' && offer.payout === null)
    warnings.push('The payout mode is fixed and there is no payout: its conversions count without money.');
  if (offer.fallbackUrl !== null && MACRO_AS_KEPT.test(offer.fallbackUrl))
    warnings.push('The fallback URL is sent as it is: macros in it are not expanded.');
  if (isSameLink(offer.url, trackingUrl))
    warnings.push('The URL is the tracking link of this very offer: visitors would be sent in a circle, a click each time.');
  if (offer.fallbackUrl !== null && isSameLink(offer.fallbackUrl, trackingUrl))
    warnings.push(
      'The fallback URL is the tracking link of this very offer: while it is paused or archived, visitors would be sent in a circle.',
    );
  if (source?.enabled === false)
    warnings.push('The offer source is disabled: its postbacks are stored and not counted, and can be replayed.');
  if (source?.archivedAt) warnings.push('The offer source is archived: its postbacks still count.');
  return warnings;
}

/** Whether a URL leads to a tracking link, with the forms of its path that the tracker forgives and on either scheme. */
function isSameLink(url: string, trackingUrl: string): boolean {
  const linkOf = (text: string): string | null => {
    if (!URL.canParse(text)) return null;
    const { host, pathname } = new URL(text);
    return `${host}${pathname}`.toLowerCase().replace(/\/+/g, '/').replace(/\/$/, '');
  };
  return linkOf(url) === linkOf(trackingUrl);
}
