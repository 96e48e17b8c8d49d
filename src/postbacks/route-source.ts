/** What is known about whose postback this is. Ids; null where there is none. */
export interface SourceFacts {
  /** The source named by the token in the path, null on the global URL. */
  token: string | null;
  /** The source the click's offer had at click time. */
  click: string | null;
  /** The source the click's offer has now. */
  offer: string | null;
}

/**
 * The source whose rules a postback follows (spec, postbacks.md section 1): the click's own, else its offer's present one.
 * A token may match either; a click without any source takes the token's, or the defaults (null).
 */
export function routeSource({ token, click, offer }: SourceFacts): { source: string | null; mismatch: boolean } {
  const own = click ?? offer;
  if (token === null || own === null) return { source: own ?? token, mismatch: false };
  return { source: own, mismatch: token !== click && token !== offer };
}
