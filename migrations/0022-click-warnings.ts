import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was odd about a tracking link that still counts, such as a cost that could not be read. */
export class ClickWarnings1764000000022 implements MigrationInterface {
  name = 'ClickWarnings1764000000022';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE clicks ADD COLUMN warnings text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE clicks DROP COLUMN warnings');
  }
}
