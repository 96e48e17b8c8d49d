import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The inbox holds what has no verdict yet, the log every request with its verdict. */
export class Postbacks1764000000003 implements MigrationInterface {
  name = 'Postbacks1764000000003';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE inbox (
        seq bigint GENERATED ALWAYS AS IDENTITY,
        id uuid CONSTRAINT inbox_pkey PRIMARY KEY,
        received_at timestamptz NOT NULL,
        next_attempt_at timestamptz NOT NULL,
        attempts smallint NOT NULL DEFAULT 0,
        result text NOT NULL DEFAULT 'accepted',
        reason text,
        cid text NOT NULL,
        token_source_id uuid,
        method text NOT NULL,
        query text NOT NULL,
        content_type text,
        body bytea,
        ip text
      ) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)`);
    await db.query(`CREATE INDEX inbox_due_idx ON inbox (next_attempt_at, seq)`);
    await db.query(`CREATE INDEX inbox_waiting_idx ON inbox (cid) WHERE result = 'waiting_click'`);
    await db.query(`
      CREATE TABLE postbacks (
        id uuid NOT NULL,
        seq bigint,
        received_at timestamptz NOT NULL,
        decided_at timestamptz NOT NULL,
        offer_source_id uuid,
        token_source_id uuid,
        cid text,
        click_id uuid,
        conversion_key text,
        method text NOT NULL,
        query text NOT NULL,
        content_type text,
        body bytea,
        ip text,
        result text NOT NULL,
        reason text,
        warnings text,
        CONSTRAINT postbacks_pkey PRIMARY KEY (id)
      ) PARTITION BY RANGE (id)`);
    await db.query(`CREATE INDEX postbacks_cid_idx ON postbacks (cid)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE postbacks, inbox');
  }
}
