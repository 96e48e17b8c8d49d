import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People who sign in, their one-time links and sessions, and who is slowed after failures. */
export class People1764000000080 implements MigrationInterface {
  name = 'People1764000000080';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE people (
        id uuid CONSTRAINT people_pkey PRIMARY KEY,
        name text NOT NULL,
        email text NOT NULL CONSTRAINT people_email_key UNIQUE,
        role text NOT NULL,
        password_hash text,
        created_at timestamptz NOT NULL DEFAULT now(),
        disabled_at timestamptz
      )`);
    await db.query(`
      CREATE TABLE invites (
        token_hash text CONSTRAINT invites_pkey PRIMARY KEY,
        person_id uuid,
        role text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`);
    await db.query(`
      CREATE TABLE sessions (
        id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
        token_hash text NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
        person_id uuid,
        key_hash text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        address text,
        agent text
      )`);
    await db.query('CREATE INDEX sessions_person_idx ON sessions (person_id)');
    await db.query(`
      CREATE TABLE sign_in_failures (
        subject text CONSTRAINT sign_in_failures_pkey PRIMARY KEY,
        failures integer NOT NULL,
        slowed_until timestamptz NOT NULL
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE sign_in_failures, sessions, invites, people');
  }
}
