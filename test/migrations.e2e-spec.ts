import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../src/app.module.js';
import { dataSourceOptions } from '../src/db/database.js';
import { createDatabase } from './support/tracker.js';

/** Everything pg_catalog knows of our tables, in a form that can be compared. */
const SHAPE = `
  SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) AS fallback
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
  UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid <> 'migrations'::regclass
  UNION ALL SELECT tablename, indexname, indexdef, NULL, NULL FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
  ORDER BY 1, 2, 3`;

describe('migrations', () => {
  it('go down to nothing and up again to the same', async () => {
    const database = await createDatabase();
    const source = await new DataSource(dataSourceOptions(database.url, ENTITIES)).initialize();
    try {
      const before = await source.query(SHAPE);
      expect(before.length).toBeGreaterThan(100);
      for (const _ of source.migrations) await source.undoLastMigration();
      expect(await source.query(SHAPE)).toEqual([]);
      await source.runMigrations();
      expect(await source.query(SHAPE)).toEqual(before);
    } finally {
      await source.destroy();
      await database.drop();
    }
  });

  it('agree with the entities in columns, types and nullability', async () => {
    const database = await createDatabase();
    const source = await new DataSource(dataSourceOptions(database.url, ENTITIES)).initialize();
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      for (const entity of source.entityMetadatas) {
        const { rows } = await db.query<{ name: string; type: string; nullable: boolean }>(
          `SELECT column_name AS name, CASE data_type WHEN 'ARRAY' THEN ltrim(udt_name, '_') || '[]' ELSE data_type END AS type, is_nullable = 'YES' AS nullable
           FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY 1`,
          [entity.tableName],
        );
        const declared = entity.columns
          .map((c) => ({
            name: c.databaseName,
            type: c.isArray ? `${source.driver.normalizeType(c)}[]` : source.driver.normalizeType(c),
            nullable: c.isNullable,
          }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        const spelled = rows.map((r) => ({ ...r, type: r.type.replace('timestamp with time zone', 'timestamptz') }));
        expect({
          table: entity.tableName,
          columns: declared.map((d) => ({ ...d, type: d.type.replace('timestamp with time zone', 'timestamptz') })),
        }).toEqual({ table: entity.tableName, columns: spelled });
      }
      expect(source.entityMetadatas.length).toBeGreaterThan(3);
    } finally {
      await db.end();
      await source.destroy();
      await database.drop();
    }
  });
});
