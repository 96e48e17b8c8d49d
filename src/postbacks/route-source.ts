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
export function routeSource({ token, tokenOffer, click, clickOffer, offer }: SourceFacts): {
  /** Of the click and so of all of its postbacks; null: each has its own. */
  own: string | null;
  source: string | null;
  mismatch: boolean;
} {
  const own = click ?? offer;
  if (tokenOffer !== null) return { own, source: own, mismatch: tokenOffer !== clickOffer };
  if (token === null || own === null) return { own, source: own ?? token, mismatch: false };
  return { own, source: own, mismatch: token !== click && token !== offer };
}
