import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clicks that were made to try a link: few, so that they are named here and no other click carries a column for it. */
export class TestClicks1764000000084 implements MigrationInterface {
  name = 'TestClicks1764000000084';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE test_clicks (
        click_id uuid CONSTRAINT test_clicks_pkey PRIMARY KEY,
        offer_id uuid NOT NULL
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE test_clicks');
  }
}
