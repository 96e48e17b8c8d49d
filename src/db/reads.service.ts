import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { isTransient } from './deadline.js';
import { REPORTS_POOL } from './tokens.js';

const QUERY_CANCELED = '57014';
const BATCH = 1_000;
const STALLED_MS = 60_000;

/** A list or report that cannot be answered; the message tells the user what to do. */
export class ReadRefused extends Error {
  constructor(
    readonly code: 'too_slow' | 'busy' | 'unavailable' | 'invalid',
    message: string,
  ) {
    super(message);
  }
}

/** Asks in a snapshot; with `rowMode: 'array'` rows are arrays. */
export type Snapshot = <Row>(statement: { text: string; values: unknown[]; rowMode?: 'array' }) => Promise<Row[]>;

/** Lists and reports are read on connections of their own, so that a slow one takes nothing from ingestion. */
@Injectable()
export class ReadsService {
  private streaming = false;

  constructor(@Inject(REPORTS_POOL) private readonly pool: pg.Pool) {}

  /** @throws ReadRefused for what takes too long, finds no connection, or asks for a value that PostgreSQL cannot hold */
  async rows<Row extends object>(statement: { text: string; values: unknown[] }): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(statement)).rows;
    } catch (error) {
      throw toRefusal(error);
    }
  }

  /** Several statements of one snapshot. @throws ReadRefused as `rows` */
  async snapshot<T>(work: (ask: Snapshot) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    let failed: Error | undefined;
    try {
      const connected = (client = await this.pool.connect());
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return await work(async (statement) => {
        try {
          return (await connected.query(statement)).rows as never;
        } catch (error) {
          failed = error as Error;
          throw toRefusal(error);
        }
      });
    } catch (error) {
      throw client === undefined ? toRefusal(error) : error;
    } finally {
      if (failed === undefined) await client?.query('ROLLBACK').catch((error: Error) => (failed = error));
      client?.release(failed);
    }
  }

  /** The rows of a statement that is not worth a long wait; null when it takes longer than `ms`. @throws ReadRefused as `rows` */
  async rowsWithin<Row extends object>(ms: number, statement: { text: string; values: unknown[] }): Promise<Row[] | null> {
    let client: pg.PoolClient | undefined;
    let failed: Error | undefined;
    try {
      client = await this.pool.connect();
      await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.round(ms)}`);
      return (await client.query<Row>(statement)).rows;
    } catch (error) {
      if ((error as { code?: string }).code === QUERY_CANCELED) return null;
      failed = error as Error;
      throw toRefusal(error);
    } finally {
      if (failed === undefined) await client?.query('ROLLBACK').catch((error: Error) => (failed = error));
      client?.release(failed);
    }
  }

  /**
   * The rows of a statement of any length as text, read while they are sent, of one snapshot. It holds a connection until
   * the last is taken: one at a time, so that reports keep theirs, and a reader who stops reading is left.
   * @param head the text before the first row
   * @throws ReadRefused as `rows`, and `busy` while another one runs; a later error breaks off, since a shorter text would look like a whole one
   */
  async stream<Row extends object>(
    statement: { text: string; values: unknown[] },
    head: string,
    write: (rows: Row[]) => string | Promise<string>,
  ): Promise<Readable> {
    const batches = this.batches<Row>(statement);
    const first = await batches.next();
    const texts = async function* (): AsyncGenerator<string> {
      yield head;
      for (let next = first; !next.done; next = await batches.next()) {
        yield await write(next.value);
        stalled.refresh();
      }
    };
    const readable = Readable.from(texts(), { objectMode: false });
    const stalled = setTimeout(() => readable.destroy(), STALLED_MS);
    return readable.once('close', () => {
      clearTimeout(stalled);
      void batches.return();
    });
  }

  private async *batches<Row extends object>({
    text,
    values,
  }: {
    text: string;
    values: unknown[];
  }): AsyncGenerator<Row[], void, undefined> {
    if (this.streaming) throw new ReadRefused('busy', 'Another export is being sent. Try again when it is done.');
    this.streaming = true;
    let client: pg.PoolClient | undefined;
    let failed: Error | undefined;
    try {
      client = await this.pool.connect();
      await client.query('BEGIN READ ONLY');
      await client.query(`DECLARE export NO SCROLL CURSOR FOR ${text}`, values);
      for (;;) {
        const { rows } = await client.query<Row>(`FETCH ${BATCH} FROM export`);
        if (rows.length === 0) return;
        yield rows;
      }
    } catch (error) {
      failed = error as Error;
      throw toRefusal(error);
    } finally {
      if (failed === undefined) await client?.query('ROLLBACK').catch((error: Error) => (failed = error));
      client?.release(failed);
      this.streaming = false;
    }
  }
}

function toRefusal(error: unknown): unknown {
  const code = (error as { code?: string }).code ?? '';
  if (code === QUERY_CANCELED)
    return new ReadRefused(
      'too_slow',
      'This takes longer than 10 seconds. Narrow the range of time, or filter by an offer, a source or an id.',
    );
  if (code.startsWith('22'))
    return new ReadRefused('invalid', 'One of the values cannot be looked for: check the times, tz and the filters.');
  if (isTransient(error))
    return new ReadRefused('unavailable', 'The database cannot be reached, or other reports are busy. Try again in a moment.');
  return error;
}
