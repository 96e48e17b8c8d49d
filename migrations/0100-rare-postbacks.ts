import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests whose result is rare, by result: lists and replays of them must not read the log. Ordinary postbacks have no entry. */
export class RarePostbacks1764000000100 implements MigrationInterface {
  name = 'RarePostbacks1764000000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `CREATE INDEX postbacks_rare_idx ON postbacks (result, id) WHERE result NOT IN ('created', 'updated', 'no_change', 'duplicate', 'duplicate_request')`,
    );
    await db.query('DROP INDEX postbacks_odd_idx');
    await db.query('DROP INDEX postbacks_failed_idx');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX postbacks_failed_idx ON postbacks (id) WHERE result = 'failed'`);
    await db.query(`CREATE INDEX postbacks_odd_idx ON postbacks (id) WHERE result IN ('rejected', 'click_not_found')`);
    await db.query('DROP INDEX postbacks_rare_idx');
  }
}
