import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a request went that named no endpoint; those that did have their source. */
export class PostbackPath1764000000023 implements MigrationInterface {
  name = 'PostbackPath1764000000023';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE postbacks ADD COLUMN path text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE postbacks DROP COLUMN path');
  }
}
