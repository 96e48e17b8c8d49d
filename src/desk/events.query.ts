import { ms } from '../lib/sql.js';

/** A verdict in the log, or a conversion that was changed by hand: which, and when. */
export interface Mark {
  id: string;
  decidedAt: number;
  /** Of the conversion; null for a verdict. */
  conversionId: string | null;
}

/** Looked at besides the verdicts that came soon after their requests: those that came late (postbacks_late_idx). */
const LATE = `decided_at - received_at > interval '2 seconds'`;

/** Entries of the audit log by which people change conversions. */
const BY_HAND = `action IN ('POST /conversions', 'PATCH /conversions/:id')`;

/**
 * Conversions changed by hand, and verdicts of requests that came lately, and verdicts that came late, the newest of each.
 * $1 the oldest id looked at, $2 the oldest time of a late verdict, $3 and $4 how many of each at most.
 */
export const NEW_VERDICTS = {
  name: 'new-verdicts',
  text: `(SELECT id, ${ms('decided_at')} AS "decidedAt", false AS late, NULL AS "conversionId" FROM postbacks WHERE id >= $1 ORDER BY id DESC LIMIT $3)
    UNION ALL (SELECT id, ${ms('decided_at')}, true, NULL FROM postbacks WHERE decided_at >= $2 AND ${LATE} ORDER BY decided_at DESC LIMIT $4)
    UNION ALL (SELECT id, ${ms('at')}, false, subject FROM audit_log WHERE id >= $1 AND ${BY_HAND} ORDER BY id DESC LIMIT $4)`,
};
