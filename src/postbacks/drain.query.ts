import { bulkInsert, bulkUpdate } from '../lib/bulk.js';
import { ms } from '../lib/sql.js';
import { words } from '../conversions/ledger.query.js';
import type { Result, Warning } from '../conversions/results.js';

/** The statements of a drain on the inbox and the log, S1, S9 and S11 of docs/architecture.md; the ledger's are conversions/ledger.query.ts. */

/** An inbox row as claimed. Times in milliseconds. */
export interface InboxRow {
  seq: number;
  id: string;
  receivedAt: number;
  attempts: number;
  /** It had a verdict before: what the history says of it is decided anew. */
  replayed: boolean;
  cid: string;
  /** The source whose token came, or the offer whose own came; both null on the global URL. */
  tokenSourceId: string | null;
  tokenOfferId: string | null;
  method: string;
  query: string;
  contentType: string | null;
  body: Buffer | null;
  ip: string | null;
}

const INBOX_COLUMNS = `seq, id, ${ms('received_at')} AS "receivedAt", attempts, replayed, cid, token_source_id AS "tokenSourceId", token_offer_id AS "tokenOfferId", method, query, content_type AS "contentType", body, ip`;

/** S1: what is due, in order of receipt. $1 limit, $2 from which time on, in milliseconds; 0: from the beginning (look-from.ts). */
export const CLAIM = {
  name: 'claim',
  text: `SELECT ${INBOX_COLUMNS}, date_part('epoch', next_attempt_at) * 1000 AS "dueAt" FROM inbox
    WHERE next_attempt_at >= to_timestamp($2::float8 / 1000) AND next_attempt_at <= now() ORDER BY next_attempt_at, seq LIMIT $1 FOR UPDATE SKIP LOCKED`,
};
/** S1 when a claim is split: these rows only. $1 ids. */
export const CLAIM_THESE = {
  name: 'claim-these',
  text: `SELECT ${INBOX_COLUMNS} FROM inbox WHERE id = ANY($1::uuid[]) ORDER BY next_attempt_at, seq FOR UPDATE SKIP LOCKED`,
};
/** Which of them have their verdict already: their group was stored twice, by PostgreSQL and by the queue `store`. $1 ids, $2 least, $3 greatest. */
export const READ_LOGGED = { name: 'read-logged', text: 'SELECT id FROM postbacks WHERE id = ANY($1::uuid[]) AND id BETWEEN $2 AND $3' };

/** A verdict, ready for the log. Times in milliseconds. */
export interface LogRow {
  inbox: Pick<InboxRow, 'id' | 'receivedAt' | 'tokenSourceId' | 'tokenOfferId' | 'method' | 'query' | 'contentType' | 'body' | 'ip'> & {
    seq: number | null;
    cid: string | null;
  };
  /** Of a request that named no endpoint. */
  path?: string | null;
  decidedAt: number;
  offerSourceId: string | null;
  clickId: string | null;
  conversionKey: string | null;
  result: Result;
  reason: string | null;
  warnings: readonly Warning[];
}

/** S9. */
export const INSERT_LOG = bulkInsert<LogRow>('postbacks', [
  ['id', 'uuid', (l) => l.inbox.id],
  ['seq', 'bigint', (l) => l.inbox.seq],
  ['received_at', 'timestamptz', (l) => l.inbox.receivedAt],
  ['decided_at', 'timestamptz', (l) => l.decidedAt],
  ['offer_source_id', 'uuid', (l) => l.offerSourceId],
  ['token_source_id', 'uuid', (l) => l.inbox.tokenSourceId],
  ['token_offer_id', 'uuid', (l) => l.inbox.tokenOfferId],
  ['cid', 'text', (l) => l.inbox.cid],
  ['click_id', 'uuid', (l) => l.clickId],
  ['conversion_key', 'text', (l) => l.conversionKey],
  ['method', 'text', (l) => l.inbox.method],
  ['path', 'text', (l) => l.path ?? null],
  ['query', 'text', (l) => l.inbox.query],
  ['content_type', 'text', (l) => l.inbox.contentType],
  ['body', 'bytea', (l) => l.inbox.body],
  ['ip', 'text', (l) => l.inbox.ip],
  ['result', 'text', (l) => l.result],
  ['reason', 'text', (l) => l.reason],
  ['warnings', 'text', (l) => words(l.warnings)],
]);

/** S11. */
export const DELETE_INBOX = { name: 'delete-inbox', text: `DELETE FROM inbox WHERE id = ANY($1::uuid[])` };

export interface Delay {
  id: string;
  /** Milliseconds from now; null: its turn among those of its second. */
  delay: number | null;
  result: Result;
  reason: string | null;
}
/**
 * Those that take turns are due together, two seconds after the one in which they came, and stand a thousandth as far apart as
 * they came: a claim goes by this time, and so takes them in the order of their receipt.
 */
const ITS_TURN = `date_trunc('second', t.received_at) + interval '2 seconds' + (t.received_at - date_trunc('second', t.received_at)) / 1000`;

export const DELAY_INBOX = bulkUpdate<Delay>(
  'delay-inbox',
  'inbox',
  [
    ['id', 'uuid', (d) => d.id],
    ['delay', 'bigint', (d) => d.delay],
    ['result', 'text', (d) => d.result],
    ['reason', 'text', (d) => d.reason],
  ],
  [
    `next_attempt_at = coalesce(now() + u.delay * interval '1 millisecond', ${ITS_TURN})`,
    'attempts = t.attempts + 1',
    'result = u.result',
    'reason = u.reason',
  ],
  't.id = u.id AND t.id = ANY($1::uuid[])',
);
