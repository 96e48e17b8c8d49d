import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which UTC days have a column copy of their clicks, and whether it is still true: `changed_version` counts the changes of
 * the day's clicks, `built_version` is the one that the file has.
 */
export class ColumnDays1764000000050 implements MigrationInterface {
  name = 'ColumnDays1764000000050';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE column_days (
        day date CONSTRAINT column_days_pkey PRIMARY KEY,
        changed_version bigint NOT NULL,
        changed_at timestamptz NOT NULL,
        built_version bigint,
        built_at timestamptz,
        file text,
        schema text,
        rows bigint,
        bytes bigint,
        sha256 text,
        retired boolean NOT NULL DEFAULT false
      ) WITH (fillfactor = 70)`);
    await db.query(`
      INSERT INTO column_days (day, changed_version, changed_at)
      SELECT DISTINCT (day AT TIME ZONE 'UTC')::date, 1, 'epoch'::timestamptz FROM counters_daily WHERE axis = 'click' AND clicks + bots > 0`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE column_days');
  }
}
