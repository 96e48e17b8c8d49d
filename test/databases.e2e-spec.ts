import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import pg from 'pg';
import { openPools } from '../src/app.module.js';
import { boot } from '../src/boot.js';
import { loadConfig } from '../src/config.js';
import { migrate } from '../src/db/database.js';
import { uuidToCid } from '../src/lib/ids.js';
import { runRow } from './chaos/run.js';
import { ROWS } from './chaos/rows.js';
import { World } from './chaos/world.js';
import { runScript } from './support/processes.js';
import { startPooler, type Service } from './support/services.js';
import { BACKENDS, createDatabase, environment, onServer, Tracker, until } from './support/tracker.js';

const server = (): string => process.env.TEST_POSTGRES_URL ?? '';

/** On a connection of its own. */
async function sql<Row extends pg.QueryResultRow>(url: string, ...statements: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query<Row>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** A start that must fail; what it says. */
async function refusal(settings: Record<string, string>): Promise<string> {
  try {
    const running = await boot(loadConfig(settings));
    await running.stop();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it started');
}

/** A server that refuses everybody, as PostgreSQL does. Resolves with its port. */
async function refusingServer(message: string): Promise<number> {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28P01\0M${message}\0\0`);
  const answer = Buffer.alloc(5 + fields.length);
  answer.write('E');
  answer.writeInt32BE(4 + fields.length, 1);
  fields.copy(answer, 5);
  const refusing = createServer((socket) => {
    socket.once('data', () => socket.end(answer));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  refusing.unref();
  return (refusing.address() as { port: number }).port;
}

/** What a tracker is for, once: source, offer, clicks, postbacks, a change of the past, the report. */
async function tour(tracker: Tracker): Promise<void> {
  const source = await tracker.ok<{ id: string; createdAt?: string }>('POST', '/offer-sources', {
    name: 'Network',
    template: 'custom',
    cidParameter: 'sub1',
    requireToken: false,
  });
  const offer = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
    name: 'Shoes',
    url: 'https://shop.example/',
    offerSourceId: source.id,
  });
  const clicks: string[] = [];
  const stored = async (): Promise<number> =>
    (await tracker.db.query<{ n: number }>('SELECT count(*)::int AS n FROM clicks')).rows[0]?.n ?? 0;
  // A slow machine may answer before it could store one.
  for (let i = 0; (await stored()) < 100; i++)
    clicks.push(...(await Promise.all(Array.from({ length: 20 }, (_, k) => tracker.click(offer, 'sub1', `?sub1=s${k}&cost=0.0${i}`)))));
  const { rows } = await tracker.db.query<{ id: string }>('SELECT click_id AS id FROM clicks');
  const known = rows.map(({ id }) => uuidToCid(id));
  expect(clicks).toEqual(expect.arrayContaining(known));
  await sendAll(
    tracker,
    known.flatMap((cid, i) => {
      const status = i % 3 === 0 ? 'wow' : 'sale';
      return [`cid=${cid}&payout=1.50&status=${status}&add_event1=1`, `cid=${cid}&payout=1.50&status=${status}&txid=t${i}`];
    }),
  );
  await tracker.settled();
  await tracker.ok('PATCH', `/offer-sources/${source.id}`, { statusMap: { wow: 'approved' }, reapply: true });
  const report = async (): Promise<Record<string, unknown>> =>
    (await tracker.ok<{ totals: Record<string, unknown> }>('GET', `/reports?groupBy=offer`)).totals;
  await until(async () => (await report()).unmapped === 0, 20_000);
  const { n } = (await tracker.db.query<{ n: number }>('SELECT count(*)::int AS n FROM conversions')).rows[0] as { n: number };
  expect(n).toBeGreaterThanOrEqual(known.length);
  expect(await report()).toMatchObject({ clicks: known.length, approved: n, revenue: String(n * 1.5) });
  const log = await tracker.ok<{ data: { receivedAt: string }[] }>('GET', '/postbacks?limit=5');
  expect(Math.abs(Date.parse(log.data[0]?.receivedAt ?? '') - Date.now())).toBeLessThan(60_000);
  const csv = await tracker.get('/api/v1/reports?groupBy=day&format=csv', {
    headers: { authorization: `Bearer ${environment('redis', '').ADMIN_API_KEY}` },
  });
  expect(csv.status).toBe(200);
}

describe('a database that does not fit', () => {
  it('is refused at migrate and at start when its encoding is not UTF8', async () => {
    const url = onServer(server(), `${server()}`);
    const name = `latin_${process.pid}`;
    await sql(url, `CREATE DATABASE ${name} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'`);
    const latin = new URL(url);
    latin.pathname = `/${name}`;
    try {
      const { code, printed } = await runScript('migrate', environment('redis', latin.href));
      expect({ code, printed }).toEqual({ code: 1, printed: expect.stringContaining('LATIN1') });
      expect(printed).toContain(`"${name}"`);
      expect(await refusal(environment('redis', latin.href))).toMatch(/DATABASE_URL leads to .* encoding is LATIN1.*UTF8/);
      expect(await sql(latin.href, `SELECT 1 FROM pg_class WHERE relname IN ('migrations', 'clicks')`)).toEqual([]);
    } finally {
      await sql(url, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  it('is refused when a newer program has migrated it', async () => {
    const database = await createDatabase();
    try {
      await sql(database.url, `INSERT INTO migrations (timestamp, name) VALUES (1999000000099, 'Future1999000000099')`);
      expect(await refusal(environment('redis', database.url))).toMatch(/migrated by a newer Cidra: .*Future1999000000099/);
      await expect(migrate(database.url, false)).rejects.toThrow(/newer Cidra/);
    } finally {
      await database.drop();
    }
  });

  it('is refused without Redis while the tables of the queues are not made', async () => {
    const database = await createDatabase();
    try {
      await sql(database.url, 'DROP SCHEMA bullmq CASCADE');
      expect(await refusal(environment('postgres', database.url))).toMatch(/lacks 1 migration.*Run npm run migrate/);
      await migrate(database.url, true);
      const running = await boot(loadConfig(environment('postgres', database.url)));
      await running.stop();
    } finally {
      await database.drop();
    }
  });

  it('is refused with another SECRET_KEY, also when its tokens are from before the check', async () => {
    const database = await createDatabase();
    const other = { SECRET_KEY: 'another-secret-key-another-secret-key-another' };
    try {
      const first = await boot(loadConfig(environment('redis', database.url)));
      const answer = await fetch(`${first.url}/api/v1/offer-sources`, {
        method: 'POST',
        headers: { authorization: `Bearer ${environment('redis', '').ADMIN_API_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'N', template: 'custom', cidParameter: 'sub1' }),
      });
      expect(answer.status).toBe(201);
      await first.stop();
      expect(await refusal(environment('redis', database.url, other))).toMatch(/SECRET_KEY is not the key/);
      await sql(database.url, 'DELETE FROM secret_check');
      expect(await refusal(environment('redis', database.url, other))).toMatch(/SECRET_KEY is not the key/);
      const again = await boot(loadConfig(environment('redis', database.url)));
      await again.stop();
    } finally {
      await database.drop();
    }
  });

  it('is refused, with whose it is to be, when its user lacks rights or nothing can be written there', async () => {
    const database = await createDatabase();
    const role = `poor_${process.pid}`;
    try {
      await sql(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'swordfish'`);
      const poor = new URL(database.url);
      [poor.username, poor.password] = [role, 'swordfish'];
      const settings = environment('redis', poor.href);
      for (const text of [await refusal(settings), (await runScript('migrate', settings)).printed]) {
        expect(text).toContain(`DATABASE_URL leads to the database "${nameOf(database.url)}"`);
        expect(text).toMatch(new RegExp(`as user "${role}", who lacks rights there: permission denied for .*ALTER DATABASE … OWNER TO`));
        expect(text).not.toContain('swordfish');
      }
      await sql(database.url, `ALTER DATABASE ${nameOf(database.url)} SET default_transaction_read_only = on`);
      expect(await refusal(environment('redis', database.url))).toMatch(/where nothing can be written: .*Name the primary/);
    } finally {
      await database.drop();
      await sql(server(), `DROP ROLE IF EXISTS ${role}`);
    }
  }, 60_000);

  it('is named with its setting, host and database, and never its password', async () => {
    const database = await createDatabase();
    try {
      const port = await refusingServer('password authentication failed for user "cidra"');
      const wrong = new URL(`postgres://cidra:hunter2-swordfish@127.0.0.1:${port}/${nameOf(database.url)}`);
      const nowhere = new URL(wrong);
      nowhere.port = '1';
      for (const [url, reason] of [
        [wrong, /password authentication failed/],
        [nowhere, /ECONNREFUSED/],
      ] as const) {
        const settings = environment('redis', url.href);
        const scripts = ['migrate', 'doctor'].map(async (name) => (await runScript(name, settings)).printed);
        const told = await Promise.all([refusal(settings), ...scripts]);
        for (const text of told) {
          expect(text).toMatch(reason);
          expect(text).toContain('DATABASE_URL');
          expect(text).toContain(nameOf(database.url));
          expect(text).toContain('127.0.0.1');
          expect(text).not.toMatch(/hunter2|swordfish/);
        }
      }
      for (const password of ['12/swordfish', '12?swordfish', '12#swordfish', 'a/swordfish', 'a#swordfish']) {
        const said = await refusal(environment('redis', `postgres://cidra:${password}@127.0.0.1:5432/cidra`));
        expect(said).toContain('DATABASE_URL');
        expect(said).not.toContain('swordfish');
      }
    } finally {
      await database.drop();
    }
  }, 60_000);
});

/** Settings under which texts come out differently, or mean something else. */
const ODD: Record<string, string> = {
  DateStyle: 'German, DMY',
  IntervalStyle: 'iso_8601',
  TimeZone: 'Asia/Kolkata',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  default_transaction_isolation: 'serializable',
};

describe.each(BACKENDS)('odd settings of the database, queues on %s', (backend) => {
  it('change nothing', async () => {
    const tracker = await Tracker.start(backend, async (url) => {
      const settings = Object.entries(ODD).map(([name, value]) => `ALTER DATABASE ${nameOf(url)} SET ${name} = '${value}'`);
      await sql(url, ...settings);
      expect(await sql(url, 'SHOW DateStyle')).toEqual([{ DateStyle: 'German, DMY' }]);
      return {};
    });
    try {
      await tour(tracker);
    } finally {
      await tracker.stop();
    }
  }, 60_000);
});

describe('through PgBouncer in transaction mode', () => {
  let pooler: Service;
  beforeAll(async () => {
    pooler = await startPooler(server());
  });
  afterAll(() => pooler.stop());

  it.each([
    ['redis, nothing leads past it', 'redis', false],
    ['redis, DATABASE_DIRECT_URL leads past it', 'redis', true],
    ['postgres, DATABASE_DIRECT_URL leads past it', 'postgres', true],
  ] as const)(
    'everything works, queues on %s',
    async (_name, backend, direct) => {
      const tracker = await Tracker.start(backend, async (url) => ({
        DATABASE_URL: onServer(pooler.url, url),
        ...(direct ? { DATABASE_DIRECT_URL: url } : {}),
      }));
      try {
        await tour(tracker);
        const { rows } = await tracker.db.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cidra changes'`,
        );
        expect(rows[0]?.n).toBe(direct ? 1 : 0);
      } finally {
        await tracker.stop();
      }
    },
    60_000,
  );

  it('time-outs hold inside transactions', async () => {
    const tracker = await Tracker.start('redis', async (url) => ({ DATABASE_URL: onServer(pooler.url, url) }));
    const pool = openPools(onServer(pooler.url, tracker.running.databaseUrl)).reports;
    try {
      const client = await pool.connect();
      await client.query('BEGIN');
      expect((await client.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '10s' }]);
      await client.query('ROLLBACK');
      client.release();
      // They are the transaction's, not those of the next one to get the connection.
      expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
    } finally {
      await pool.end();
      await tracker.stop();
    }
  });

  it('migrates', async () => {
    const name = `pooled_${process.pid}`;
    await sql(server(), `CREATE DATABASE ${name}`);
    const url = onServer(pooler.url, `postgres://host/${name}`);
    try {
      const applied = await Promise.all([migrate(url, true), migrate(url, true)]);
      expect(applied.map((names) => names.length === 0).toSorted()).toEqual([false, true]);
      expect(await migrate(url, true)).toEqual([]);
    } finally {
      await sql(server(), `DROP DATABASE ${name} WITH (FORCE)`);
    }
  }, 60_000);

  it('queues on PostgreSQL ask for a way past it', async () => {
    const database = await createDatabase();
    try {
      expect(await refusal(environment('postgres', onServer(pooler.url, database.url)))).toMatch(
        /DATABASE_URL leads through a pooler .*Set DATABASE_DIRECT_URL .*REDIS_URL/,
      );
    } finally {
      await database.drop();
    }
  });

  it('what a role has to be given is said', async () => {
    const database = await createDatabase();
    try {
      await sql(database.url, `ALTER DATABASE ${nameOf(database.url)} SET extra_float_digits = '-15'`);
      const said = await refusal(environment('redis', onServer(pooler.url, database.url)));
      const mend = /ALTER ROLE \S+ IN DATABASE \S+ SET extra_float_digits = '1'/.exec(said)?.[0] ?? said;
      // The pooler keeps connections that began before.
      await sql(
        database.url,
        mend,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await until(async () => {
        const running = await boot(loadConfig(environment('redis', onServer(pooler.url, database.url)))).catch(() => null);
        await running?.stop();
        return running !== null;
      }, 20_000);
    } finally {
      await database.drop();
    }
  }, 60_000);

  describe('faults', () => {
    let world: World;
    beforeAll(async () => {
      world = await World.open('redis', [], { pooled: true });
    }, 120_000);
    afterAll(() => world.close());

    it.each(ROWS.filter(({ id }) => id === 'F1' || id === 'F12').map((row) => [row.id, row.fault, row] as const))(
      '%s %s',
      async (_id, _fault, row) => {
        const { violations, lost, double, proof } = await runRow(world, row, 20_261_127, 4_000);
        expect({ violations, lost, double }).toEqual({ violations: [], lost: 0, double: 0 });
        expect(proof).not.toBeNull();
      },
      180_000,
    );
  });
});

/** Postbacks, 20 at a time, each until it is answered 200, as networks do. */
async function sendAll(tracker: Tracker, queries: readonly string[]): Promise<void> {
  let open = [...queries];
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt > 20) throw new Error(`${open.length} postbacks are not taken`);
    const again: string[] = [];
    for (let i = 0; i < open.length; i += 20) {
      const part = open.slice(i, i + 20);
      const answers = await Promise.all(part.map((query) => tracker.postback(query)));
      again.push(...part.filter((_, k) => answers[k]?.status === 503));
      expect(answers.filter((answer) => answer.status !== 200 && answer.status !== 503)).toEqual([]);
    }
    open = again;
  }
}

describe.each(BACKENDS)('a row that PostgreSQL refuses, queues on %s', (backend) => {
  it('does not take its group along', async () => {
    const tracker = await Tracker.start(backend);
    try {
      const offer = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
        name: 'O',
        url: 'https://shop.example/?clickid={clickid}',
      });
      const cid = await tracker.click(offer);
      await tracker.db.query(`ALTER TABLE clicks ADD CONSTRAINT bad_click CHECK (keyword <> 'bad')`);
      await tracker.db.query(`ALTER TABLE inbox ADD CONSTRAINT bad_postback CHECK (query NOT LIKE '%bad%')`);
      const refused = await metric(tracker, 'clicks');
      // A slow machine may come too late for a whole group: then another one is sent.
      await until(async () => {
        const keyword = randomUUID();
        await Promise.all(
          Array.from({ length: 40 }, (_, i) => tracker.click(offer, 'clickid', `?keyword=${i === 7 || i === 33 ? 'bad' : keyword}`)),
        );
        const { rows } = await tracker.db.query<{ n: number }>('SELECT count(*)::int AS n FROM clicks WHERE keyword = $1', [keyword]);
        return rows[0]?.n === 38;
      }, 40_000);
      expect((await metric(tracker, 'clicks')) - refused).toBeGreaterThanOrEqual(2);
      await until(async () => {
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_, i) => tracker.postback(`cid=${cid}&txid=${i === 7 || i === 33 ? 'bad' : 'good'}${i}&payout=1`)),
        );
        expect(answers[7]?.status).toBe(503);
        expect(answers[7]?.headers.get('retry-after')).not.toBeNull();
        return answers.every((answer, i) => answer.status === (i === 7 || i === 33 ? 503 : 200));
      }, 40_000);
    } finally {
      await tracker.stop();
    }
  }, 120_000);

  it('does not stay in the queue with its group', async () => {
    if (backend !== 'redis') return;
    const tracker = await Tracker.start(backend);
    try {
      await tracker.db.query(`ALTER TABLE inbox ADD CONSTRAINT bad_postback CHECK (query NOT LIKE '%bad%')`);
      const row = (query: string): Record<string, unknown> => ({
        id: `019abc12-3456-7890-8abc-${randomUUID().slice(-12)}`,
        receivedAt: Date.now(),
        cid: 'nobody',
        tokenSourceId: null,
        method: 'GET',
        query,
        contentType: null,
        body: null,
        ip: null,
      });
      const store = tracker.running.app.get<Queue>(getQueueToken('store'), { strict: false });
      await store.add('postbacks', { rows: ['a=1', 'b=bad', 'c=3'].map((query) => row(query)) });
      await until(async () => {
        const { rows } = await tracker.db.query<{ query: string }>(`SELECT query FROM inbox UNION SELECT query FROM postbacks ORDER BY 1`);
        return rows.map(({ query }) => query).join() === 'a=1,c=3';
      }, 20_000);
      await until(async () => Object.values(await store.getJobCounts('waiting', 'active', 'delayed', 'failed')).every((n) => n === 0));
    } finally {
      await tracker.stop();
    }
  }, 60_000);
});

async function metric(tracker: Tracker, of: string): Promise<number> {
  const answer = await tracker.get('/metrics', { headers: { authorization: `Bearer ${environment('redis', '').ADMIN_API_KEY}` } });
  return Number(new RegExp(`^cidra_rows_refused_total\\{of="${of}"\\} (\\d+)`, 'm').exec(await answer.text())?.[1] ?? 0);
}
