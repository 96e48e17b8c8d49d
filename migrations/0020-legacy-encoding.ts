import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How a source's bytes are read where they are no UTF-8. */
export class LegacyEncoding1764000000020 implements MigrationInterface {
  name = 'LegacyEncoding1764000000020';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE offer_sources ADD COLUMN legacy_encoding text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE offer_sources DROP COLUMN legacy_encoding');
  }
}
