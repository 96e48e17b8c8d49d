import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A conversion's click id begins with the time of the click, and the primary key begins with the click id: the index was a second one of the same. */
export class ClickedAt1764000000013 implements MigrationInterface {
  name = 'ClickedAt1764000000013';

  async up(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX conversions_clicked_at_idx');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX conversions_clicked_at_idx ON conversions (clicked_at)');
  }
}
