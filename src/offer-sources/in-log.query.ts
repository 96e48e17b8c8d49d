/** Rows of the log in which somebody is looked for before it is deleted. */
const MOST = 100_000;

/**
 * Whether a row of the log since the id $2 fits `condition`. A log that has grown by more since then is not read for it:
 * what has been there for so long counts as used, and is archived.
 */
export const isInLog = (condition: string): string => `(
    EXISTS (SELECT 1 FROM postbacks WHERE id >= $2 OFFSET ${MOST} LIMIT 1)
    OR EXISTS (SELECT 1 FROM (SELECT offer_source_id, token_source_id, token_offer_id FROM postbacks WHERE id >= $2 LIMIT ${MOST}) AS p WHERE ${condition}))`;
