import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clicks, partitioned by range on their UUIDv7; partitions themselves are made by src/partitions.service.ts. */
export class Clicks1764000000002 implements MigrationInterface {
  name = 'Clicks1764000000002';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE clicks (
        click_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        offer_id uuid NOT NULL,
        offer_source_id uuid,
        is_unique boolean NOT NULL,
        bot text,
        cost numeric,
        cost_currency text,
        cost_base numeric(20,6),
        country text,
        region text,
        city text,
        isp text,
        device text,
        device_brand text,
        device_model text,
        os text,
        os_version text,
        browser text,
        browser_version text,
        language text,
        external_id text,
        source text,
        keyword text,
        subs jsonb,
        referrer text,
        referrer_domain text,
        ip text,
        user_agent text,
        landing_url text,
        CONSTRAINT clicks_pkey PRIMARY KEY (click_id)
      ) PARTITION BY RANGE (click_id)`);
    // Who has been seen this UTC day: the claim to be unique is this key.
    await db.query(`
      CREATE TABLE visitors (
        day date NOT NULL,
        visitor uuid NOT NULL,
        CONSTRAINT visitors_pkey PRIMARY KEY (day, visitor)
      )`);
    // Click ids that other trackers gave to imported clicks.
    await db.query(`
      CREATE TABLE imported_cids (
        imported_cid text CONSTRAINT imported_cids_pkey PRIMARY KEY,
        click_id uuid NOT NULL
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE imported_cids, visitors, clicks');
  }
}
