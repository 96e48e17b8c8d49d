import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { isTransient } from './deadline.js';
import { Problem } from './http/problem.js';
import { REPORTS_POOL } from './tokens.js';

/** Reads for people, lists and reports, on connections of their own: a slow one takes nothing from ingestion. */
@Injectable()
export class ReadsService {
  constructor(@Inject(REPORTS_POOL) private readonly pool: pg.Pool) {}

  /** @throws Problem: 503 for what takes too long or finds no connection, 400 for a value that PostgreSQL cannot hold */
  async rows<Row extends object>(statement: { text: string; values: unknown[] }): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(statement)).rows;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (code === '57014') throw new Problem(503, 'too_slow', 'This takes longer than 10 seconds. Narrow the range of time, or filter by an offer, a source or an id.');
      if (code.startsWith('22')) throw new Problem(400, 'invalid', 'One of the values cannot be looked for: check the times, tz and the filters.');
      if (isTransient(error)) throw new Problem(503, 'unavailable', 'The database cannot be reached, or other reports are busy. Try again in a moment.');
      throw error;
    }
  }
}
