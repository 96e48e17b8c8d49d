import type pg from 'pg';
import { isRace } from './deadline.js';

/**
 * Runs work in one transaction, on a connection that is closed if it cannot roll back.
 * @param attempts how often it is run when it loses a race (deadlock, serialisation, unique key)
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  attempts = 1,
  begin = 'BEGIN',
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    let broken = false;
    try {
      await client.query(begin);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => (broken = true));
      if (!isRace(error) || attempt >= attempts) throw error;
    } finally {
      client.release(broken);
    }
  }
}
