import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The counters once more by hour and by UTC day: reports over weeks read a fraction of the rows. */
export class CounterGrains1764000000011 implements MigrationInterface {
  name = 'CounterGrains1764000000011';

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
    for (const [table, unit] of [
      ['counters_hourly', 'hour'],
      ['counters_daily', 'day'],
    ] as const) {
      await db.query(`
        CREATE TABLE ${table} (
          axis text NOT NULL, ${unit} timestamptz NOT NULL, offer_id uuid NOT NULL, offer_source_id uuid NOT NULL, ${types},
          CONSTRAINT ${table}_pkey PRIMARY KEY (axis, ${unit}, offer_id, offer_source_id)
        ) WITH (fillfactor = 70)`);
      await db.query(`
        INSERT INTO ${table} SELECT axis, date_trunc('${unit}', quarter, 'UTC'), offer_id, offer_source_id, ${figures.map((name) => `sum(${name})`).join(', ')}
        FROM counters GROUP BY 1, 2, 3, 4`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE counters_hourly, counters_daily');
  }
}
