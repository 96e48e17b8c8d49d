import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests with a word that nobody has mapped, the newest first: of many only these are looked at. */
export class UnmappedByTime1764000000101 implements MigrationInterface {
  name = 'UnmappedByTime1764000000101';

  async up(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX conversion_history_unmapped_idx');
    await db.query(
      `CREATE INDEX conversion_history_unmapped_idx ON conversion_history (postback_id) WHERE warnings LIKE '%unmapped_status%'`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX conversion_history_unmapped_idx');
    await db.query(
      `CREATE INDEX conversion_history_unmapped_idx ON conversion_history (offer_source_id) WHERE warnings LIKE '%unmapped_status%'`,
    );
  }
}
