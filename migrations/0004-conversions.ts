import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What postbacks make of clicks: conversions, the history they are the fold of, and events that came before any conversion. */
export class Conversions1764000000004 implements MigrationInterface {
  name = 'Conversions1764000000004';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE conversions (
        click_id uuid NOT NULL,
        key text NOT NULL,
        cid text NOT NULL,
        txid text,
        network_conversion_id text,
        offer_id uuid NOT NULL,
        offer_source_id uuid,
        clicked_at timestamptz NOT NULL,
        click jsonb NOT NULL,
        status text NOT NULL,
        raw_status text,
        status_ts bigint,
        payout numeric CONSTRAINT conversions_payout_finite CHECK (payout NOT IN ('NaN', 'Infinity', '-Infinity')),
        currency text,
        rate numeric(20,10),
        rate_date date,
        rate_source text,
        payout_base numeric(26,6) CONSTRAINT conversions_payout_base_finite CHECK (payout_base <> 'NaN'),
        payout_reversed numeric NOT NULL,
        payout_reversed_base numeric(26,6) NOT NULL,
        upsell boolean NOT NULL,
        converted_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        params jsonb NOT NULL,
        events jsonb NOT NULL,
        last_at bigint NOT NULL,
        last_seq bigint NOT NULL,
        version integer NOT NULL,
        CONSTRAINT conversions_pkey PRIMARY KEY (click_id, key)
      ) WITH (fillfactor = 85)`);
    await db.query(`CREATE INDEX conversions_clicked_at_idx ON conversions (clicked_at)`);
    await db.query(`CREATE INDEX conversions_converted_at_idx ON conversions (converted_at)`);
    await db.query(`CREATE INDEX conversions_txid_idx ON conversions (txid) WHERE txid IS NOT NULL`);
    await db.query(
      `CREATE INDEX conversions_network_id_idx ON conversions (network_conversion_id) WHERE network_conversion_id IS NOT NULL`,
    );
    await db.query(`CREATE INDEX conversions_fx_pending_idx ON conversions (currency) WHERE payout IS NOT NULL AND payout_base IS NULL`);
    await db.query(`
      CREATE TABLE conversion_history (
        click_id uuid NOT NULL,
        postback_id uuid NOT NULL,
        seq bigint NOT NULL,
        at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        offer_source_id uuid,
        token_source_id uuid,
        conversion_key text,
        result text NOT NULL,
        from_status text,
        to_status text,
        payout numeric,
        currency text,
        rate numeric(20,10),
        rate_date date,
        rate_source text,
        note text,
        warnings text,
        hash text NOT NULL,
        request jsonb NOT NULL,
        CONSTRAINT conversion_history_pkey PRIMARY KEY (click_id, postback_id)
      )`);
    await db.query(`
      CREATE TABLE waiting_events (
        click_id uuid CONSTRAINT waiting_events_pkey PRIMARY KEY,
        events jsonb NOT NULL,
        last_at bigint NOT NULL,
        last_seq bigint NOT NULL
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE waiting_events, conversion_history, conversions');
  }
}
