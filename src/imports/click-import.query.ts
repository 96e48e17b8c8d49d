/** Which of these ids are stored. $1 ids, $2 least, $3 greatest. */
export const FIND_CLICKS = 'SELECT click_id AS id FROM clicks WHERE click_id = ANY($1::uuid[]) AND click_id BETWEEN $2 AND $3';
/** Which of these foreign ids are known. $1 foreign cids. */
export const FIND_FOREIGN = 'SELECT imported_cid AS cid FROM imported_cids WHERE imported_cid = ANY($1::text[])';
/** Gives new foreign ids their click. Of two imports that store the same id at once only the first gets the row back. $1 foreign cids, $2 click ids. */
export const KEEP_FOREIGN =
  'INSERT INTO imported_cids (imported_cid, click_id) SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING RETURNING imported_cid AS cid';
