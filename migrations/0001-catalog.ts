import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What admins set up: sources with their tokens, offers, API keys; and the versions by which every process sees a change. */
export class Catalog1764000000001 implements MigrationInterface {
  name = 'Catalog1764000000001';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE offer_sources (
        id uuid CONSTRAINT offer_sources_pkey PRIMARY KEY,
        name text NOT NULL,
        template text NOT NULL,
        cid_parameter text NOT NULL,
        offer_url_template text NOT NULL,
        link_builder jsonb NOT NULL,
        status_map jsonb NOT NULL,
        default_status text NOT NULL,
        default_currency text,
        duplicate_mode text NOT NULL,
        retry_window_seconds integer NOT NULL,
        transition_policy text NOT NULL,
        amount_sign text NOT NULL,
        click_expiry_days integer,
        event_makes_conversion boolean NOT NULL,
        allowed_ips text[] NOT NULL,
        require_token boolean NOT NULL,
        success_body text,
        parameter_aliases jsonb NOT NULL,
        enabled boolean NOT NULL,
        archived_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        version integer NOT NULL
      )`);
    await db.query(`
      CREATE TABLE offer_source_tokens (
        id uuid CONSTRAINT offer_source_tokens_pkey PRIMARY KEY,
        offer_source_id uuid NOT NULL CONSTRAINT offer_source_tokens_source_fkey REFERENCES offer_sources (id) ON DELETE CASCADE,
        token_hash text NOT NULL CONSTRAINT offer_source_tokens_hash_key UNIQUE,
        token_encrypted text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz
      )`);
    await db.query(`CREATE INDEX offer_source_tokens_source_idx ON offer_source_tokens (offer_source_id)`);
    await db.query(`
      CREATE TABLE offers (
        id uuid CONSTRAINT offers_pkey PRIMARY KEY,
        key text NOT NULL CONSTRAINT offers_key_key UNIQUE,
        name text NOT NULL,
        url text NOT NULL,
        offer_source_id uuid CONSTRAINT offers_source_fkey REFERENCES offer_sources (id),
        link_builder jsonb NOT NULL,
        payout_mode text NOT NULL,
        payout numeric,
        currency text,
        country text,
        tags text[] NOT NULL,
        status text NOT NULL,
        duplicate_mode text,
        fallback_url text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        version integer NOT NULL
      )`);
    await db.query(`CREATE INDEX offers_source_idx ON offers (offer_source_id)`);
    await db.query(`
      CREATE TABLE api_keys (
        id uuid CONSTRAINT api_keys_pkey PRIMARY KEY,
        name text NOT NULL,
        role text NOT NULL,
        key_hash text NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz
      )`);
    await db.query(`CREATE TABLE change_versions (name text CONSTRAINT change_versions_pkey PRIMARY KEY, version bigint NOT NULL)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE change_versions, api_keys, offers, offer_source_tokens, offer_sources');
  }
}
