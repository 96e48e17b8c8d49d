import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deciding the past anew: rows that come back into the inbox, jobs whose progress is kept, the account's status words, and the words nobody mapped. */
export class Ledger1764000000010 implements MigrationInterface {
  name = 'Ledger1764000000010';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE inbox ADD COLUMN replayed boolean NOT NULL DEFAULT false');
    await db.query(`
      CREATE TABLE jobs (
        id uuid CONSTRAINT jobs_pkey PRIMARY KEY,
        kind text NOT NULL,
        data jsonb NOT NULL,
        state text NOT NULL,
        done integer NOT NULL DEFAULT 0,
        total integer,
        result jsonb,
        error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      )`);
    await db.query(`CREATE INDEX jobs_open_idx ON jobs (updated_at) WHERE state IN ('waiting', 'active')`);
    await db.query('CREATE TABLE account_status_map (word text CONSTRAINT account_status_map_pkey PRIMARY KEY, meaning text NOT NULL)');
    await db.query(
      `CREATE INDEX conversion_history_unmapped_idx ON conversion_history (offer_source_id) WHERE warnings LIKE '%unmapped_status%'`,
    );
    await db.query('CREATE INDEX imported_cids_click_idx ON imported_cids (click_id)');
    // Its predicate names the payout, so that every change of a payout had to write all indexes. The rare job that needs it can scan.
    await db.query('DROP INDEX conversions_fx_pending_idx');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX conversions_fx_pending_idx ON conversions (currency) WHERE payout IS NOT NULL AND payout_base IS NULL');
    await db.query('DROP INDEX imported_cids_click_idx');
    await db.query('DROP INDEX conversion_history_unmapped_idx');
    await db.query('DROP TABLE account_status_map, jobs');
    await db.query('ALTER TABLE inbox DROP COLUMN replayed');
  }
}
