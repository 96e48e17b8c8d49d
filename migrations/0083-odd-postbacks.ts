import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the page tells of the log without reading it: refusals and postbacks without a click, and verdicts that came late.
 * Both indexes hold the exception, not the rule, so that an ordinary postback writes neither.
 */
export class OddPostbacks1764000000083 implements MigrationInterface {
  name = 'OddPostbacks1764000000083';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX postbacks_odd_idx ON postbacks (id) WHERE result IN ('rejected', 'click_not_found')`);
    await db.query(`CREATE INDEX postbacks_late_idx ON postbacks (decided_at) WHERE decided_at - received_at > interval '2 seconds'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX postbacks_late_idx, postbacks_odd_idx');
  }
}
