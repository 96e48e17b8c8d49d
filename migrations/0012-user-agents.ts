import type { MigrationInterface, QueryRunner } from 'typeorm';

const FACTS = ['device_brand', 'device_model', 'os_version', 'browser_version'];

/**
 * User agents once each, with what only they say; clicks name them by 8 bytes of their SHA-256, so that whoever stores a
 * click knows the id without asking. A quarter of a click's bytes.
 */
export class UserAgents1764000000012 implements MigrationInterface {
  name = 'UserAgents1764000000012';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `CREATE TABLE user_agents (id bigint CONSTRAINT user_agents_pkey PRIMARY KEY, user_agent text NOT NULL, ${FACTS.map((name) => `${name} text`).join(', ')})`,
    );
    await db.query('ALTER TABLE clicks ADD COLUMN user_agent_id bigint');
    const id = `('x' || left(encode(sha256(convert_to(user_agent, 'UTF8')), 'hex'), 16))::bit(64)::bigint`;
    await db.query(
      `INSERT INTO user_agents SELECT DISTINCT ON (1) ${id}, user_agent, ${FACTS.join(', ')} FROM clicks WHERE user_agent IS NOT NULL`,
    );
    await db.query(`UPDATE clicks SET user_agent_id = ${id} WHERE user_agent IS NOT NULL`);
    await db.query(`ALTER TABLE clicks DROP COLUMN user_agent, ${FACTS.map((name) => `DROP COLUMN ${name}`).join(', ')}`);
  }

  async down(db: QueryRunner): Promise<void> {
    const columns = ['user_agent', ...FACTS];
    await db.query(`ALTER TABLE clicks ${columns.map((name) => `ADD COLUMN ${name} text`).join(', ')}`);
    await db.query(
      `UPDATE clicks SET ${columns.map((name) => `${name} = a.${name}`).join(', ')} FROM user_agents a WHERE a.id = clicks.user_agent_id`,
    );
    await db.query('ALTER TABLE clicks DROP COLUMN user_agent_id');
    await db.query('DROP TABLE user_agents');
  }
}
