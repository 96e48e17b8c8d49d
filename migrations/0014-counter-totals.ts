import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The counters by hour without offers: a chart over weeks reads one row an hour in place of one an offer. */
export class CounterTotals1764000000014 implements MigrationInterface {
  name = 'CounterTotals1764000000014';

  async up(db: QueryRunner): Promise<void> {
    const figures = [
      'clicks',
      'unique_clicks',
      'bots',
      'cost',
      'conversions',
      'approved',
      'pending',
      'rejected',
      'trash',
      'reversed',
      'unmapped',
      'upsells',
      'revenue',
      'revenue_hold',
      'revenue_reversed',
    ];
    const types = figures
      .map((name) => `${name} ${name === 'cost' || name.startsWith('revenue') ? 'numeric' : 'bigint'} NOT NULL`)
      .join(', ');
    await db.query(`
      CREATE TABLE counters_totals (axis text NOT NULL, hour timestamptz NOT NULL, ${types}, CONSTRAINT counters_totals_pkey PRIMARY KEY (axis, hour)) WITH (fillfactor = 70)`);
    await db.query(
      `INSERT INTO counters_totals SELECT axis, hour, ${figures.map((name) => `sum(${name})`).join(', ')} FROM counters_hourly GROUP BY 1, 2`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE counters_totals');
  }
}
