import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A new postback is due at once, by the clock that the claim asks: a process whose clock runs ahead of the database's must not
 * make its postbacks wait.
 */
export class DueByDatabaseClock1764000000092 implements MigrationInterface {
  name = 'DueByDatabaseClock1764000000092';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE inbox ALTER COLUMN next_attempt_at SET DEFAULT now()');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE inbox ALTER COLUMN next_attempt_at DROP DEFAULT');
  }
}
