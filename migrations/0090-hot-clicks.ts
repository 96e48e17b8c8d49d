import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Clicks with very many conversions (src/conversions/hot-click.ts): what has to be known of the others when a postback concerns
 * one of them, and by which the latest are found. Clicks with few have no rows here. The index finds the applied request that a
 * repetition repeats, however long the click's history is.
 */
export class HotClicks1764000000090 implements MigrationInterface {
  name = 'HotClicks1764000000090';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE hot_clicks (
        click_id uuid CONSTRAINT hot_clicks_pkey PRIMARY KEY,
        conversions integer NOT NULL,
        with_txid integer NOT NULL,
        steady_at bigint NOT NULL,
        last_at bigint NOT NULL,
        last_seq bigint NOT NULL,
        general_at bigint,
        general_seq bigint
      )`);
    await db.query(`
      CREATE TABLE hot_conversions (
        click_id uuid NOT NULL,
        key text NOT NULL,
        status text NOT NULL,
        has_txid boolean NOT NULL,
        taken_txid text,
        converted_at bigint NOT NULL,
        last_at bigint NOT NULL,
        last_seq bigint NOT NULL,
        CONSTRAINT hot_conversions_pkey PRIMARY KEY (click_id, key)
      )`);
    await db.query(`CREATE INDEX hot_conversions_status_idx ON hot_conversions (click_id, status, converted_at, last_at, last_seq)`);
    await db.query(`CREATE INDEX hot_conversions_txid_idx ON hot_conversions (click_id, has_txid, converted_at, last_at, last_seq)`);
    await db.query(`CREATE INDEX hot_conversions_taken_idx ON hot_conversions (click_id, taken_txid) WHERE taken_txid IS NOT NULL`);
    await db.query(
      `CREATE INDEX conversion_history_applied_idx ON conversion_history (click_id, hash) WHERE result IN ('created', 'updated', 'no_change', 'stale_status')`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX conversion_history_applied_idx');
    await db.query('DROP TABLE hot_conversions, hot_clicks');
  }
}
