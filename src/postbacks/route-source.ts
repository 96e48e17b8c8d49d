/** What is known about whose postback this is. Ids; null where there is none. */
export interface SourceFacts {
  /** The source named by the token in the path; null on the global URL and with an offer's own token. */
  token: string | null;
  /** The offer named by the token in the path. */
  tokenOffer: string | null;
  /** The source the click's offer had at click time. */
  click: string | null;
  clickOffer: string;
  /** The source the click's offer has now. */
  offer: string | null;
}

/**
 * The source whose rules a postback follows (docs/reference.md#whose-rules): the click's own, else its offer's present
 * one. A token may match either; an offer's own token matches the clicks of that offer. A click without any source takes
 * the token's, or the defaults (null).
 */
export function routeSource({ token, tokenOffer, click, clickOffer, offer }: SourceFacts): { source: string | null; mismatch: boolean } {
  const own = click ?? offer;
  if (tokenOffer !== null) return { source: own, mismatch: tokenOffer !== clickOffer };
  if (token === null || own === null) return { source: own ?? token, mismatch: false };
  return { source: own, mismatch: token !== click && token !== offer };
}
