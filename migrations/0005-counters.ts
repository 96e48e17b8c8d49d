import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = `
  clicks bigint NOT NULL, unique_clicks bigint NOT NULL, bots bigint NOT NULL, cost numeric NOT NULL,
  conversions bigint NOT NULL, approved bigint NOT NULL, pending bigint NOT NULL, rejected bigint NOT NULL,
  trash bigint NOT NULL, reversed bigint NOT NULL, unmapped bigint NOT NULL, upsells bigint NOT NULL,
  revenue numeric NOT NULL, revenue_hold numeric NOT NULL, revenue_reversed numeric NOT NULL`;

/**
 * Reports' counters by quarter-hour, offer and source, once by click time and once by conversion time.
 * Whoever writes a fact appends its delta in the same transaction; a job folds deltas into counters, and a report adds both up:
 * exact at once, and no transaction waits for another's hot row.
 */
export class Counters1764000000005 implements MigrationInterface {
  name = 'Counters1764000000005';

  async up(db: QueryRunner): Promise<void> {
    const key = `axis text NOT NULL, quarter timestamptz NOT NULL, offer_id uuid NOT NULL, offer_source_id uuid NOT NULL`;
    await db.query(
      `CREATE TABLE counters (${key}, ${COLUMNS}, CONSTRAINT counters_pkey PRIMARY KEY (axis, quarter, offer_id, offer_source_id)) WITH (fillfactor = 70)`,
    );
    await db.query(
      `CREATE TABLE counter_deltas (id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT counter_deltas_pkey PRIMARY KEY, ${key}, ${COLUMNS}) WITH (autovacuum_vacuum_scale_factor = 0.05)`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE counter_deltas, counters');
  }
}
