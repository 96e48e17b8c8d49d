import { Inject, Injectable, Logger } from '@nestjs/common';
import type pg from 'pg';
import { storeEach } from '../db/deadline.js';
import { Batcher } from '../lib/batcher.js';
import { INGEST_POOL } from '../db/tokens.js';
import { INSERT_LOG, type LogRow } from './drain.query.js';

const MAX_BUFFERED = 2_000;
const UNKNOWN_PER_MINUTE = 100;

/** Logs refused requests. They were not acknowledged, so under load some may be dropped; postbacks that count never wait for them. */
@Injectable()
export class RefusalsService {
  private readonly log = new Logger(RefusalsService.name);
  private readonly batcher: Batcher<LogRow, void>;
  private minute = 0;
  private unknown = 0;

  constructor(@Inject(INGEST_POOL) pool: pg.Pool) {
    this.batcher = new Batcher<LogRow, void>({
      maxBuffered: MAX_BUFFERED,
      flush: (rows) =>
        storeEach(
          rows,
          (part) => pool.query({ name: INSERT_LOG.name, text: INSERT_LOG.text, values: INSERT_LOG.values(part) }),
          (row, error) => this.log.warn(`A refused postback (${row.inbox.id}) could not be logged: ${error.message}`),
        ),
    });
  }

  add(row: LogRow): void {
    if ((row.reason === 'bad_token' || row.reason === 'bad_path') && !this.mayLogUnknown(row.inbox.receivedAt)) return;
    this.batcher.add(row).catch((error: Error) => this.log.warn(`A refused postback could not be logged: ${error.message}`));
  }

  private mayLogUnknown(now: number): boolean {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.minute) {
      this.minute = minute;
      this.unknown = 0;
    }
    this.unknown += 1;
    return this.unknown <= UNKNOWN_PER_MINUTE;
  }
}
