import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Since when click ids carry a mark (src/lib/id-mark.ts). A day after this, so that processes of the version before, which make
 * ids without one, may go on while this one is deployed.
 */
export class ClickIdMarks1764000000091 implements MigrationInterface {
  name = 'ClickIdMarks1764000000091';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `CREATE TABLE click_id_marks (only_row boolean NOT NULL DEFAULT true CONSTRAINT click_id_marks_pkey PRIMARY KEY CONSTRAINT click_id_marks_one CHECK (only_row), since timestamptz NOT NULL)`,
    );
    // A new tracker has no ids of before.
    await db.query(
      `INSERT INTO click_id_marks (since) SELECT CASE WHEN EXISTS (SELECT 1 FROM clicks) THEN now() + interval '1 day' ELSE now() END`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE click_id_marks');
  }
}
