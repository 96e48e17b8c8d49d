import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Postbacks that could not be decided: found without reading the log, and set aside with a note. */
export class DeadLetters1764000000015 implements MigrationInterface {
  name = 'DeadLetters1764000000015';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE postbacks ADD COLUMN ignored text');
    await db.query(`CREATE INDEX postbacks_failed_idx ON postbacks (id) WHERE result = 'failed'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX postbacks_failed_idx');
    await db.query('ALTER TABLE postbacks DROP COLUMN ignored');
  }
}
