import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A token names a source, or an offer that has none: one table for both, and the log knows whose token came. Offers that
 * stand already get theirs when the program starts, since a token is made with SECRET_KEY.
 */
export class OfferTokens1764000000030 implements MigrationInterface {
  name = 'OfferTokens1764000000030';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE offer_source_tokens RENAME TO postback_tokens');
    await db.query('ALTER TABLE postback_tokens RENAME CONSTRAINT offer_source_tokens_pkey TO postback_tokens_pkey');
    await db.query('ALTER TABLE postback_tokens RENAME CONSTRAINT offer_source_tokens_source_fkey TO postback_tokens_source_fkey');
    await db.query('ALTER TABLE postback_tokens RENAME CONSTRAINT offer_source_tokens_hash_key TO postback_tokens_hash_key');
    await db.query('ALTER INDEX offer_source_tokens_source_idx RENAME TO postback_tokens_source_idx');
    await db.query(`
      ALTER TABLE postback_tokens
        ALTER COLUMN offer_source_id DROP NOT NULL,
        ADD COLUMN offer_id uuid CONSTRAINT postback_tokens_offer_fkey REFERENCES offers (id) ON DELETE CASCADE,
        ADD CONSTRAINT postback_tokens_one_owner CHECK (num_nonnulls(offer_source_id, offer_id) = 1)`);
    await db.query('CREATE INDEX postback_tokens_offer_idx ON postback_tokens (offer_id) WHERE offer_id IS NOT NULL');
    await db.query('ALTER TABLE inbox ADD COLUMN token_offer_id uuid');
    await db.query('ALTER TABLE postbacks ADD COLUMN token_offer_id uuid');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE postbacks DROP COLUMN token_offer_id');
    await db.query('ALTER TABLE inbox DROP COLUMN token_offer_id');
    await db.query('DELETE FROM postback_tokens WHERE offer_id IS NOT NULL');
    await db.query(`
      ALTER TABLE postback_tokens
        DROP CONSTRAINT postback_tokens_one_owner,
        DROP COLUMN offer_id,
        ALTER COLUMN offer_source_id SET NOT NULL`);
    await db.query('ALTER INDEX postback_tokens_source_idx RENAME TO offer_source_tokens_source_idx');
    await db.query('ALTER TABLE postback_tokens RENAME CONSTRAINT postback_tokens_hash_key TO offer_source_tokens_hash_key');
    await db.query('ALTER TABLE postback_tokens RENAME CONSTRAINT postback_tokens_source_fkey TO offer_source_tokens_source_fkey');
    await db.query('ALTER TABLE postback_tokens RENAME CONSTRAINT postback_tokens_pkey TO offer_source_tokens_pkey');
    await db.query('ALTER TABLE postback_tokens RENAME TO offer_source_tokens');
  }
}
