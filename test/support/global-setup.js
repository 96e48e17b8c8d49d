import pg from 'pg';
import { migrate } from '../../dist/src/db/database.js';
import { startPooler, startPostgres, startRedis } from './services.js';

/** One PostgreSQL and one Redis for the whole run; every suite gets a database of its own, cloned from a migrated one. */
export default async function setUp() {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const template = new URL(postgres.url);
  template.pathname = `/cidra_template_${process.pid}`;
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${template.pathname.slice(1)}`);
  await admin.end();
  await migrate(template.href, true);
  const pooler = process.env.TEST_POOLER === 'on' ? await startPooler(postgres.url) : null;
  if (pooler !== null) process.env.TEST_POOLER_URL = pooler.url;
  process.env.TEST_POSTGRES_URL = postgres.url;
  process.env.TEST_TEMPLATE = template.pathname.slice(1);
  process.env.TEST_REDIS_URL = redis.url;
  globalThis.cidraServices = { postgres, redis, pooler, template: template.pathname.slice(1) };
}
