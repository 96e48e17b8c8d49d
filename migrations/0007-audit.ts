import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who changed what, and the answers kept for requests that come again. */
export class Audit1764000000007 implements MigrationInterface {
  name = 'Audit1764000000007';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE audit_log (
        id uuid CONSTRAINT audit_log_pkey PRIMARY KEY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        subject text,
        details jsonb NOT NULL
      )`);
    await db.query(`
      CREATE TABLE idempotency_keys (
        caller text NOT NULL,
        route text NOT NULL,
        key text NOT NULL,
        body_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        status smallint,
        answer text,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, route, key)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE idempotency_keys, audit_log');
  }
}
