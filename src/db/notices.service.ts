import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Notice, NoticeName, Notices } from './notices.js';
import { ADMIN_POOL } from './tokens.js';

/** Scripts run this as well. */
export const NOTE = `INSERT INTO notices AS n (name, at, detail) VALUES ($1, now(), $2)
  ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, detail = EXCLUDED.detail`;

/** Facts that one process noticed and others need to know, kept in the table notices. */
@Injectable()
export class NoticesService {
  constructor(@Inject(ADMIN_POOL) private readonly pool: pg.Pool) {}

  async note(name: NoticeName, detail: Record<string, unknown>): Promise<void> {
    await this.pool.query(NOTE, [name, detail]);
  }

  async all(): Promise<Notices> {
    const { rows } = await this.pool.query<Notice & { name: NoticeName }>('SELECT name, at, detail FROM notices');
    return new Map(rows.map(({ name, ...notice }) => [name, notice]));
  }
}
