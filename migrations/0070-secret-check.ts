import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What only the database's own SECRET_KEY makes again: a wrong one is noticed at start. */
export class SecretCheck1764000000070 implements MigrationInterface {
  name = 'SecretCheck1764000000070';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `CREATE TABLE secret_check (only_row boolean NOT NULL DEFAULT true CONSTRAINT secret_check_pkey PRIMARY KEY CONSTRAINT secret_check_one CHECK (only_row), proof text NOT NULL)`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE secret_check');
  }
}
