import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often a long job has failed stands in its row, so that it counts whoever starts it: the queue, or a worker by its own clock. */
export class JobAttempts1764000000071 implements MigrationInterface {
  name = 'JobAttempts1764000000071';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE jobs ADD COLUMN attempts integer NOT NULL DEFAULT 0');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DELETE FROM jobs WHERE state = 'cancelled'`);
    await db.query('ALTER TABLE jobs DROP COLUMN attempts');
  }
}
