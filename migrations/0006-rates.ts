import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rates as their source quotes them: which way round is said by src/rates/rate-table.ts. */
export class Rates1764000000006 implements MigrationInterface {
  name = 'Rates1764000000006';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE rates (
        currency text NOT NULL,
        day date NOT NULL,
        source text NOT NULL,
        rate numeric(20,10) NOT NULL CONSTRAINT rates_positive CHECK (rate > 0 AND rate < 1e10),
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT rates_pkey PRIMARY KEY (currency, day, source)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE rates');
  }
}
