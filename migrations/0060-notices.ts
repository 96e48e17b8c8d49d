import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What processes noticed and a later look needs to know: the last backup, an untrusted proxy. One row each. */
export class Notices1764000000060 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`CREATE TABLE notices (
      name text CONSTRAINT notices_pk PRIMARY KEY,
      at timestamptz NOT NULL,
      detail jsonb NOT NULL DEFAULT '{}'
    )`);
    // A tracker that has never been backed up is to be reminded some days after this, not at once.
    await q.query(`INSERT INTO notices (name, at) VALUES ('installed', now())`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE notices');
  }
}
