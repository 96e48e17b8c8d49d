import pg from 'pg';

export default async function tearDown() {
  const { postgres, redis, pooler, template } = globalThis.cidraServices;
  await pooler?.stop();
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  const { rows } = await admin.query(`SELECT datname FROM pg_database WHERE datname LIKE $1`, [`${template}%`]);
  for (const { datname } of rows) await admin.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  await admin.end();
  await Promise.all([postgres.stop(), redis.stop()]);
}
