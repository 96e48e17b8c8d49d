import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Amounts up to 10^15 in currencies from a ten-millionth of the base currency to 10^11 of it: no column limits them. Widening rewrites no row. */
const COLUMNS = [
  ['clicks', 'cost_base', 'numeric(20,6)'],
  ['conversions', 'rate', 'numeric(20,10)'],
  ['conversions', 'payout_base', 'numeric(26,6)'],
  ['conversions', 'payout_reversed_base', 'numeric(26,6)'],
  ['conversion_history', 'rate', 'numeric(20,10)'],
  ['rates', 'rate', 'numeric(20,10)'],
] as const;

export class WholeAmounts1764000000021 implements MigrationInterface {
  name = 'WholeAmounts1764000000021';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE rates DROP CONSTRAINT rates_positive');
    for (const [table, column] of COLUMNS) await db.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE numeric`);
    await db.query("ALTER TABLE rates ADD CONSTRAINT rates_positive CHECK (rate > 0 AND rate < 'Infinity' AND rate <> 'NaN')");
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE rates DROP CONSTRAINT rates_positive');
    await db.query('DELETE FROM rates WHERE round(rate, 10) = 0 OR rate >= 1e10');
    for (const [table, column, type] of COLUMNS) await db.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type}`);
    await db.query('ALTER TABLE rates ADD CONSTRAINT rates_positive CHECK (rate > 0 AND rate < 1e10)');
  }
}
