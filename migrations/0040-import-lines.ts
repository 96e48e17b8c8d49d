import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which line of a file each postback of an import came from, kept until all of them have their verdict. */
export class ImportLines1764000000040 implements MigrationInterface {
  name = 'ImportLines1764000000040';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE import_lines (
        import_id uuid NOT NULL,
        postback_id uuid NOT NULL,
        line integer NOT NULL,
        CONSTRAINT import_lines_pkey PRIMARY KEY (import_id, postback_id)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE import_lines');
  }
}
