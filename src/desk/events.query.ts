import { ms } from '../lib/sql.js';

/** A verdict in the log: which, and when. */
export interface Mark {
  id: string;
  decidedAt: number;
}

/** Looked at besides the verdicts that came soon after their requests: those that came late (postbacks_late_idx). */
const LATE = `decided_at - received_at > interval '2 seconds'`;

/**
 * Verdicts of requests that came lately, and verdicts that came late, the newest of each.
 * $1 the oldest id looked at, $2 the oldest time of a late verdict, $3 and $4 how many of each at most.
 */
export const NEW_VERDICTS = {
  name: 'new-verdicts',
  text: `(SELECT id, ${ms('decided_at')} AS "decidedAt", false AS late FROM postbacks WHERE id >= $1 ORDER BY id DESC LIMIT $3)
    UNION ALL (SELECT id, ${ms('decided_at')}, true FROM postbacks WHERE decided_at >= $2 AND ${LATE} ORDER BY decided_at DESC LIMIT $4)`,
};
