import type pg from 'pg';
import { isForeignStatement } from './connection.js';

/** PostgreSQL did not answer in time or refused the connection: the fault is not in the rows. */
export class StoreDown extends Error {}

/** PostgreSQL refuses this row for what it holds, and took the other rows of its group: storing it again would fail again. */
export class RowRefused extends Error {}

/** SQLSTATE classes that say the server is away, busy or out of something, and network errors: the statement itself is fine. */
export function isTransient(error: unknown): boolean {
  if (error instanceof StoreDown) return true;
  const { code, message } = error as { code?: string; message?: string };
  if (code === undefined) return /timeout|terminated|Connection|ended/i.test(message ?? '');
  return /^(08|25P03|40|53|55|57|58)/.test(code) || /^E[A-Z]+$/.test(code);
}

/**
 * Errors after which the same transaction may simply be run again: a lost race, a serialisation failure, a deadlock, a
 * statement that a pooler's other connection does not know (it goes without a name then).
 */
export const isRace = (error: unknown): boolean =>
  ['23505', '40001', '40P01'].includes((error as { code?: string }).code ?? '') || isForeignStatement(error);

/**
 * Stores a group. When the store refuses what is in it, the halves are tried on their own until the row stands alone, so that
 * one row does not take its group along.
 * @throws the store's error when no row is to blame for it
 */
export async function storeEach<T>(
  rows: readonly T[],
  store: (rows: readonly T[]) => Promise<unknown>,
  refused: (row: T, error: RowRefused) => void,
): Promise<void> {
  try {
    await store(rows);
  } catch (error) {
    if (isTransient(error)) throw error;
    if (rows.length === 1) return refused(rows[0] as T, new RowRefused((error as Error).message, { cause: error }));
    const middle = rows.length >> 1;
    await storeEach(rows.slice(0, middle), store, refused);
    await storeEach(rows.slice(middle), store, refused);
  }
}

/**
 * Runs one statement within `ms`, waiting for the connection included. After a time-out the connection is destroyed, since
 * nobody knows what state it is in: the statement may or may not have been committed.
 * @throws StoreDown when there was no answer in time or no connection; the statement's own error otherwise
 */
export async function queryWithin<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  query: pg.QueryConfig,
  ms: number,
): Promise<pg.QueryResult<R>> {
  const began = performance.now();
  try {
    return await askWithin<R>(pool, query, ms);
  } catch (error) {
    if (!isForeignStatement(error)) throw error;
    return askWithin<R>(pool, query, ms - (performance.now() - began));
  }
}

function askWithin<R extends pg.QueryResultRow>(pool: pg.Pool, query: pg.QueryConfig, ms: number): Promise<pg.QueryResult<R>> {
  return new Promise((resolve, reject) => {
    let client: pg.PoolClient | null = null;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (client !== null) destroy(client);
      reject(new StoreDown(`no answer within ${Math.round(ms)} ms`));
    }, ms);
    pool.connect().then(
      (connected) => {
        if (late) return connected.release();
        client = connected;
        connected.query<R>(query).then(
          (result) => {
            if (late) return;
            clearTimeout(timer);
            connected.release();
            resolve(result);
          },
          (error: Error) => {
            if (late) return;
            clearTimeout(timer);
            connected.release(isTransient(error));
            reject(isTransient(error) ? new StoreDown(error.message, { cause: error }) : error);
          },
        );
      },
      (error: Error) => {
        if (late) return;
        clearTimeout(timer);
        reject(new StoreDown(error.message, { cause: error }));
      },
    );
  });
}

/** Cuts the socket: ending a connection politely would wait for a server that does not answer. */
function destroy(client: pg.PoolClient): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  client.release(true);
  connection.stream.destroy();
}
