import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The base currency that conversions are counted in: one row, fixed once there are conversions. */
export class BaseCurrency1764000000009 implements MigrationInterface {
  name = 'BaseCurrency1764000000009';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `CREATE TABLE base_currency (only_row boolean CONSTRAINT base_currency_pkey PRIMARY KEY CONSTRAINT base_currency_one CHECK (only_row), currency text NOT NULL)`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE base_currency');
  }
}
