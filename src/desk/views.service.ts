import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../access/api-keys.service.js';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { inTransaction } from '../db/transaction.js';
import { checkIfMatch } from '../http/etag.js';
import { UUID } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { iso } from '../lib/sql.js';
import type { ChangeView, ChooseStart, CreateView, StartAnswer, ViewAnswer, ViewList } from './view.dto.js';

const SHOWN = `id, name, address, made_by AS "madeBy", ${iso('created_at')} AS "createdAt", ${iso('updated_at')} AS "updatedAt"`;
const MOST = 1_000;

/** Saved views: shared by everybody, one of them each person's start. */
@Injectable()
export class ViewsService {
  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
  ) {}

  async list({ id }: Caller): Promise<ViewList> {
    const { rows } = await this.pool.query<ViewAnswer>(`SELECT ${SHOWN} FROM views ORDER BY lower(name), id`);
    const start = await this.pool.query<{ id: string }>(
      'SELECT view_id AS id FROM start_views JOIN views ON views.id = view_id WHERE owner = $1',
      [id],
    );
    return { data: rows, startId: start.rows[0]?.id ?? null, nextCursor: null };
  }

  /** @throws Problem 409 when there are too many */
  async create({ name, address }: CreateView, caller: Caller): Promise<ViewAnswer> {
    const { rows } = await this.pool.query<ViewAnswer>(
      `INSERT INTO views (id, name, address, made_by) SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM views) < ${MOST} RETURNING ${SHOWN}`,
      [this.ids.next(), name, address, caller.name],
    );
    if (rows[0] === undefined) throw new Problem(409, 'conflict', `There are ${MOST} views. Delete some that nobody uses.`);
    return rows[0];
  }

  /** @throws Problem 404 */
  async get(id: string, db: Pick<pg.Pool, 'query'> = this.pool, lock: 'FOR UPDATE' | '' = ''): Promise<ViewAnswer> {
    const [view] = UUID.test(id) ? (await db.query<ViewAnswer>(`SELECT ${SHOWN} FROM views WHERE id = $1 ${lock}`, [id])).rows : [];
    if (view === undefined) throw Problem.notFound('view', id);
    return view;
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 404, 412
   */
  async change(id: string, { name, address }: ChangeView, ifMatch?: string): Promise<ViewAnswer> {
    return inTransaction(this.pool, async (db) => {
      checkIfMatch(ifMatch, (await this.get(id, db, 'FOR UPDATE')).updatedAt);
      const { rows } = await db.query<ViewAnswer>(
        `UPDATE views SET name = coalesce($2, name), address = coalesce($3, address), updated_at = now() WHERE id = $1 RETURNING ${SHOWN}`,
        [id, name ?? null, address ?? null],
      );
      return rows[0] as ViewAnswer;
    });
  }

  /**
   * @param ifMatch the header If-Match
   * @throws Problem 404, 412
   */
  async remove(id: string, ifMatch?: string): Promise<void> {
    await inTransaction(this.pool, async (db) => {
      checkIfMatch(ifMatch, (await this.get(id, db, 'FOR UPDATE')).updatedAt);
      await db.query('DELETE FROM views WHERE id = $1', [id]);
      await db.query('DELETE FROM start_views WHERE view_id = $1', [id]);
    });
  }

  /** @throws Problem 404 */
  async start({ viewId }: ChooseStart, { id }: Caller): Promise<StartAnswer> {
    const wanted = viewId ?? null;
    if (wanted === null) await this.pool.query('DELETE FROM start_views WHERE owner = $1', [id]);
    else {
      const chosen = await this.pool.query(
        `INSERT INTO start_views (owner, view_id) SELECT $1, id FROM views WHERE id = $2 ON CONFLICT (owner) DO UPDATE SET view_id = EXCLUDED.view_id`,
        [id, wanted],
      );
      if (chosen.rowCount === 0) throw Problem.notFound('view', wanted);
    }
    return { startId: wanted === null ? null : wanted.toLowerCase() };
  }
}
