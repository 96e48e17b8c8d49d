import { bulkInsert, bulkRows, type BulkColumn } from '../lib/bulk.js';

/** A postback about to be stored. Times in milliseconds. */
export interface NewInboxRow {
  id: string;
  receivedAt: number;
  cid: string;
  tokenSourceId: string | null;
  tokenOfferId: string | null;
  method: string;
  query: string;
  contentType: string | null;
  body: Buffer | null;
  ip: string | null;
}

const COLUMNS: readonly BulkColumn<NewInboxRow>[] = [
  ['id', 'uuid', (r) => r.id],
  ['received_at', 'timestamptz', (r) => r.receivedAt],
  ['cid', 'text', (r) => r.cid],
  ['token_source_id', 'uuid', (r) => r.tokenSourceId],
  ['token_offer_id', 'uuid', (r) => r.tokenOfferId],
  ['method', 'text', (r) => r.method],
  ['query', 'text', (r) => r.query],
  ['content_type', 'text', (r) => r.contentType],
  ['body', 'bytea', (r) => r.body],
  ['ip', 'text', (r) => r.ip],
];

/** The statement whose commit a 200 stands on. */
export const INSERT_INBOX = bulkInsert('inbox', COLUMNS);

/** The same for rows from the queue `store`, where they were kept while PostgreSQL was away: one snapshot sees a row in the inbox, or its verdict in the log, or neither. */
export const INSERT_INBOX_ONCE = {
  ...INSERT_INBOX,
  name: 'insert-inbox-once',
  text: `INSERT INTO inbox (${COLUMNS.map(([name]) => name).join(', ')}) SELECT * FROM ${bulkRows(COLUMNS, 'r').from}
    WHERE NOT EXISTS (SELECT 1 FROM inbox i WHERE i.id = r.id) AND NOT EXISTS (SELECT 1 FROM postbacks p WHERE p.id = r.id)
    ON CONFLICT (id) DO NOTHING`,
};
