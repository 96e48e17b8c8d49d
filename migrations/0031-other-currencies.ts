import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether an amount in another currency than the base was ever converted: until then nobody misses fresh rates. */
export class OtherCurrencies1764000000031 implements MigrationInterface {
  name = 'OtherCurrencies1764000000031';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE base_currency ADD COLUMN other_seen_at timestamptz');
    await db.query(`
      UPDATE base_currency b SET other_seen_at = now()
      WHERE EXISTS (SELECT 1 FROM conversions c WHERE c.currency <> b.currency)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE base_currency DROP COLUMN other_seen_at');
  }
}
