import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What holds for everybody who signs in: one row. */
export class Account1764000000081 implements MigrationInterface {
  name = 'Account1764000000081';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE account (
        only_row boolean CONSTRAINT account_pkey PRIMARY KEY CONSTRAINT account_one CHECK (only_row),
        time_zone text NOT NULL
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE account');
  }
}
