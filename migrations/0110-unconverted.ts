import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests with an amount that could not be converted: they are decided again whenever a rate arrives. */
export class Unconverted1764000000110 implements MigrationInterface {
  name = 'Unconverted1764000000110';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX conversion_history_fx_pending_idx ON conversion_history (click_id) WHERE warnings LIKE '%fx_pending%'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX conversion_history_fx_pending_idx');
  }
}
