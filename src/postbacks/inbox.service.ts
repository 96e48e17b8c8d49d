import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { DurableWriter } from '../queues/durable-writer.js';
import { HandlersService } from '../queues/handlers.service.js';
import { Waker } from '../queues/queues.js';
import { INGEST_POOL, REDIS } from '../db/tokens.js';
import { BacklogService } from './backlog.service.js';
import { INSERT_INBOX, INSERT_INBOX_ONCE, type NewInboxRow } from './inbox.query.js';

/** Every request is answered within a second of its arrival; this is what storing may take of it. */
const DEADLINE_MS = 800;
const MAX_BUFFERED = 20_000;
const ROW_OVERHEAD_BYTES = 200;

/** An inbox row as a job carries it: the body as base64, times in milliseconds. */
interface StoredPostback {
  id: string;
  receivedAt: number;
  cid: string;
  tokenSourceId: string | null;
  /** Absent from a job that a version before offers' tokens left. */
  tokenOfferId?: string | null;
  method: string;
  query: string;
  contentType: string | null;
  body: string | null;
  ip: string | null;
}

/** Puts postbacks into the inbox, or, while Postgres is away, into the queue `store`. */
@Injectable()
export class InboxService {
  private readonly writer: DurableWriter<NewInboxRow>;

  constructor(
    @Inject(INGEST_POOL) pool: pg.Pool,
    @Inject(REDIS) redis: Redis | Cluster | null,
    @InjectQueue('ingest') ingest: Queue,
    @InjectQueue('store') store: Queue,
    backlog: BacklogService,
    handlers: HandlersService,
  ) {
    handlers.on('store:postbacks', ({ rows }: { rows: StoredPostback[] }) =>
      this.writer.unload(
        rows.map((row) => ({
          ...row,
          tokenOfferId: row.tokenOfferId ?? null,
          body: row.body === null ? null : Buffer.from(row.body, 'base64'),
        })),
      ),
    );
    const waker = new Waker(ingest);
    this.writer = new DurableWriter({
      name: 'postbacks',
      pool,
      statement: (rows) => ({ name: INSERT_INBOX.name, text: INSERT_INBOX.text, values: INSERT_INBOX.values(rows) }),
      statementOnce: (rows) => ({ ...INSERT_INBOX_ONCE, values: INSERT_INBOX_ONCE.values(rows) }),
      sizeOf: (row) => row.query.length + (row.body?.length ?? 0) + ROW_OVERHEAD_BYTES,
      maxBuffered: MAX_BUFFERED,
      deadlineMs: DEADLINE_MS,
      fallback:
        redis === null
          ? null
          : {
              redis,
              queue: store,
              job: 'postbacks',
              data: (rows) => ({ rows: rows.map((row) => ({ ...row, body: row.body?.toString('base64') ?? null })) }),
            },
      onStored: () => waker.wake(),
      delayMs: () => backlog.delayMs(),
    });
  }

  /**
   * Resolves when the row is on durable storage.
   * @throws Overloaded, StoreDown: it may or may not be stored, the sender has to send it again; RowRefused
   */
  add(row: NewInboxRow, arrived: number): Promise<void> {
    return this.writer.add(row, arrived);
  }

  /** Rows accepted and not yet on storage. */
  get depth(): number {
    return this.writer.depth;
  }
}
