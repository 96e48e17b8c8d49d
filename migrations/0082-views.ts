import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses of the page that were saved with a name, and the one that each person starts with. */
export class Views1764000000082 implements MigrationInterface {
  name = 'Views1764000000082';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE views (
        id uuid CONSTRAINT views_pkey PRIMARY KEY,
        name text NOT NULL,
        address text NOT NULL,
        made_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await db.query('CREATE TABLE start_views (owner text CONSTRAINT start_views_pkey PRIMARY KEY, view_id uuid NOT NULL)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE start_views, views');
  }
}
