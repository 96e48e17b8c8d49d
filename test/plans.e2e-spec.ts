import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { RETURN_IDS, RETURN_UNMATCHED } from '../src/postbacks/inbox-return.query.js';
import { INSERT_CLICKS } from '../src/clicks/clicks.query.js';
import { BEGIN_BY_INDEX, BY_INDEX } from '../src/db/connection.js';
import { createPool } from '../src/db/database.js';
import { uuidAt, uuidTime, cidToUuid } from '../src/lib/ids.js';
import * as clicks from '../src/conversions/find-clicks.query.js';
import * as ledger from '../src/conversions/ledger.query.js';
import * as drain from '../src/postbacks/drain.query.js';
import { insertClicks, makeId } from './support/clicks.js';
import { createDatabase } from './support/tracker.js';

const MONTHS = 12;
const ROWS_PER_MONTH = 2_000;
/** The month that is asked for. Of a small table every server would rather read all, by versions and settings; 1 in 100 of this one it reads by index. */
const ASKED = 5;
const ROWS_OF_ASKED = 20_000;
const IDS = 200;
/** For each id: a statement reads its row a few times over, in the plan's nodes one above the other. */
const ROWS_READ = 12;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

/**
 * Every hot statement reads by index, no more than it is asked for, and touches one partition of twelve, whether planned for its
 * values or once for all.
 */
describe('plans of the hot statements', () => {
  let db: pg.Client;
  let url: string;
  let drop: () => Promise<void>;
  let ids: string[];

  beforeAll(async () => {
    const database = await createDatabase();
    url = database.url;
    drop = database.drop;
    db = new pg.Client({ connectionString: database.url });
    await db.connect();
    for (const table of ['clicks', 'postbacks']) {
      for (let month = 0; month < MONTHS; month++) {
        await db.query(
          `CREATE TABLE ${table}_m${month} PARTITION OF ${table} FOR VALUES FROM ('${uuidAt(Date.UTC(2026, month, 1), 'min')}') TO ('${uuidAt(Date.UTC(2026, month + 1, 1), 'min')}')`,
        );
      }
    }
    const offer = makeId();
    for (let month = 0; month < MONTHS; month++) {
      await db.query(
        `INSERT INTO clicks (click_id, created_at, offer_id, is_unique)
         SELECT (lpad(to_hex(t), 12, '0') || '7' || substr(md5(t::text), 1, 3) || 'a' || substr(md5(t::text || 'x'), 1, 15))::uuid, to_timestamp(t / 1000.0), $1, false
         FROM generate_series($2::bigint, $3::bigint, $4::bigint) AS t`,
        [
          offer,
          Date.UTC(2026, month, 2),
          Date.UTC(2026, month, 20),
          Math.floor((18 * 86_400_000) / (month === ASKED ? ROWS_OF_ASKED : ROWS_PER_MONTH)),
        ],
      );
    }
    await db.query(`INSERT INTO conversions (click_id, key, cid, offer_id, clicked_at, click, status, payout_reversed, payout_reversed_base, upsell, converted_at, updated_at, params, events, last_at, last_seq, version)
      SELECT click_id, '', click_id::text, offer_id, created_at, '{}', 'approved', 0, 0, false, created_at, created_at, '{}', '{}', 0, 0, 1 FROM clicks`);
    await db.query(
      `INSERT INTO conversion_history (click_id, postback_id, seq, at, received_at, result, hash, request) SELECT click_id, click_id, 1, created_at, created_at, 'created', 'h', '{}' FROM clicks`,
    );
    await db.query(
      `INSERT INTO inbox (id, received_at, next_attempt_at, cid, method, query) SELECT click_id, created_at, created_at, click_id::text, 'GET', 'x' FROM clicks`,
    );
    await db.query(
      `INSERT INTO postbacks (id, seq, received_at, decided_at, cid, method, query, result) SELECT click_id, 1, created_at, created_at, click_id::text, 'GET', 'x', 'created' FROM clicks`,
    );
    await db.query(`INSERT INTO imported_cids SELECT click_id::text, click_id FROM clicks`);
    await db.query('ANALYZE');
    const { rows } = await db.query<{ id: string }>(`SELECT click_id AS id FROM clicks_m${ASKED} ORDER BY click_id LIMIT ${IDS}`);
    ids = rows.map((r) => r.id);
  });
  afterAll(async () => {
    await db.end();
    await drop();
  });

  const plan = async (text: string, values: unknown[], generic: boolean): Promise<Plan> => {
    await db.query('BEGIN');
    try {
      await db.query(`SET LOCAL plan_cache_mode = ${generic ? 'force_generic_plan' : 'force_custom_plan'}`);
      // Through PREPARE, since EXPLAIN of a parameterised statement would plan for its values only. Parameter types are inferred as in production.
      const name = `p${Math.random().toString(36).slice(2)}`;
      await db.query(`PREPARE ${name} AS ${text}`);
      const list = (await Promise.all(values.map((v, i) => (Buffer.isBuffer(v) ? ofBinary(text, i + 1, v) : literal(v))))).join(', ');
      const { rows } = await db.query(`EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE ${name}${values.length > 0 ? `(${list})` : ''}`);
      return rows[0]['QUERY PLAN'][0].Plan as Plan;
    } finally {
      await db.query('ROLLBACK');
    }
  };
  /** An array in binary form as a literal: EXECUTE takes no parameters. */
  const ofBinary = async (text: string, number: number, value: Buffer): Promise<string> => {
    const type = new RegExp(`\\$${number}::(\\w+\\[\\])`).exec(text)?.[1];
    const { rows } = await db.query<{ text: string }>(`SELECT $1::${type}::text AS text`, [value]);
    return pg.escapeLiteral(rows[0]?.text ?? '');
  };
  const literal = (value: unknown): string => {
    if (value === null) return 'NULL';
    if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((v) => (v === null ? 'NULL' : JSON.stringify(String(v)))).join(',')}}`);
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return pg.escapeLiteral(String(value));
  };
  const scans = (node: Plan): string[] => [
    ...(node['Relation Name'] !== undefined && /Scan/.test(node['Node Type']) ? [`${node['Node Type']} on ${node['Relation Name']}`] : []),
    ...(node.Plans ?? []).flatMap(scans),
  ];
  const rowsRead = (node: Plan): number =>
    (node['Actual Loops'] ?? 1) *
      ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0)) +
    (node.Plans ?? []).reduce((sum, child) => sum + rowsRead(child), 0);
  const touched = (all: string[], table: string): Set<string> =>
    new Set(all.map((s) => s.split(' on ')[1] as string).filter((t) => t.startsWith(`${table}_m`)));

  const bounds = (): unknown[] => [ids, ids[0], ids.at(-1)];
  const cases: [string, () => [string, unknown[]]][] = [
    ['claim', () => [drain.CLAIM.text, [500, 0]]],
    ['claim, from where the last one ended', () => [drain.CLAIM.text, [500, Date.now() - 1_000]]],
    ['claim these', () => [drain.CLAIM_THESE.text, [ids]]],
    ['lock clicks', () => [clicks.LOCK_CLICKS.text, bounds()]],
    ['lock kept clicks', () => [clicks.LOCK_KEPT_CLICKS.text, bounds()]],
    ['find imported clicks', () => [clicks.FIND_IMPORTED.text, [ids]]],
    ['read conversions', () => [ledger.READ_CONVERSIONS.text, bounds()]],
    ['read waiting events', () => [ledger.READ_WAITING.text, [ids]]],
    ['read recent', () => [ledger.READ_RECENT.text, [ids, ['hash'], '2026-06-01']]],
    ['read history', () => [ledger.READ_HISTORY.text, [ids]]],
    ['delete inbox', () => [drain.DELETE_INBOX.text, [ids]]],
    [
      'delay inbox',
      () => [
        drain.DELAY_INBOX.text,
        drain.DELAY_INBOX.values(ids.map((id) => ({ id, delay: 5, result: 'waiting_click' as const, reason: null }))),
      ],
    ],
    ['delete conversions', () => [ledger.DELETE_CONVERSIONS.text, [ids, ids.map(() => ''), ids.map(() => 1)]]],
    ['update history', () => [ledger.UPDATE_HISTORY.text, ledger.UPDATE_HISTORY.values(ids.map(history))]],
    [
      'update the log',
      () => [ledger.UPDATE_LOG.text, [...ledger.UPDATE_LOG.values(ids.map((id) => history(id).entry)), ids[0], ids.at(-1)]],
    ],
    ['return ids to the inbox', () => [RETURN_IDS.text, bounds()]],
    ['return unmatched to the inbox', () => [RETURN_UNMATCHED.text, [ids, ids[0]]]],
    ['update conversions', () => [ledger.UPDATE_CONVERSIONS.text, ledger.UPDATE_CONVERSIONS.values(ids.map(conversion))]],
  ];

  it.each(cases)('%s', async (_name, make) => {
    const [text, values] = make();
    for (const generic of text === ledger.UPDATE_LOG.text ? [false] : [false, true]) {
      const found = await plan(text, values, generic);
      expect(rowsRead(found)).toBeLessThanOrEqual(IDS * ROWS_READ);
      const all = scans(found);
      expect(all.filter((s) => s.startsWith('Seq Scan') && !/waiting_events|hot_clicks/.test(s))).toEqual([]);
      expect(touched(all, 'clicks').size).toBeLessThanOrEqual(1);
      if (!text.includes('click_not_found')) expect(touched(all, 'postbacks').size).toBeLessThanOrEqual(1);
    }
  });

  it('updating conversions newer than the statistics reads no others', async () => {
    const { rows } = await db.query<{ id: string }>(
      `INSERT INTO conversions (click_id, key, cid, offer_id, clicked_at, click, status, payout_reversed, payout_reversed_base, upsell, converted_at, updated_at, params, events, last_at, last_seq, version)
       SELECT (lpad(to_hex(t), 12, '0') || '7000a000000000000000')::uuid, '', t::text, gen_random_uuid(), now(), '{}', 'approved', 0, 0, false, now(), now(), '{}', '{}', 0, 0, 1
       FROM generate_series($1::bigint, $1::bigint + 9999) AS t RETURNING click_id AS id`,
      [Date.UTC(2027, 0, 1)],
    );
    const few = rows.filter((_, i) => i % 100 === 0).map((r) => r.id);
    for (const generic of [false, true]) {
      expect(
        rowsRead(await plan(ledger.UPDATE_CONVERSIONS.text, ledger.UPDATE_CONVERSIONS.values(few.map(conversion)), generic)),
      ).toBeLessThan(few.length * 10);
    }
  });

  it('a hot click is asked only for the conversions that are named and the latest', async () => {
    const [id] = ids;
    await db.query(
      `INSERT INTO hot_conversions (click_id, key, status, has_txid, converted_at, last_at, last_seq)
       SELECT $1, 't:' || n, CASE WHEN n % 2 = 0 THEN 'reversed' ELSE 'approved' END, true, n, n, n FROM generate_series(1, 20000) AS n`,
      [id],
    );
    await db.query('ANALYZE hot_conversions');
    for (const generic of [false, true]) {
      expect(rowsRead(await plan(ledger.SELECT_HOT_KEYS.text, [id, ['1', '2'], 3], generic))).toBeLessThan(60);
      const keys = Array.from({ length: 50 }, (_, n) => `t:${n}`);
      expect(scans(await plan(ledger.READ_CONVERSIONS_OF_KEYS.text, [id, keys], generic))).toEqual(['Index Scan on conversions']);
    }
  });

  it('storing clicks and postbacks writes to the partition of their time', async () => {
    const cids = await insertClicks(db, 3);
    const months = cids.map((cid) => new Date(uuidTime(cidToUuid(cid) as string)).getUTCMonth());
    const { rows } = await db.query(`SELECT DISTINCT tableoid::regclass::text AS part FROM clicks WHERE click_id = ANY($1::uuid[])`, [
      cids.map(cidToUuid),
    ]);
    expect(rows.map((r) => r.part)).toEqual([`clicks_m${months[0]}`]);
  });

  const history = (clickId: string): ledger.VerdictWrite => ({
    clickId,
    entry: {
      postbackId: clickId,
      key: '',
      result: 'created',
      from: null,
      to: 'approved',
      payout: null,
      currency: null,
      rate: null,
      note: null,
      warnings: [],
    },
    request: { values: {}, meaning: null },
  });
  const conversion = (clickId: string): ledger.ConversionWrite => ({
    clickId,
    cid: '',
    offerId: clickId,
    offerSourceId: null,
    clickedAt: 0,
    click: '{}',
    version: 1,
    updatedAt: Date.UTC(2026, 5, 1),
    conversion: {
      key: '',
      txid: null,
      networkConversionId: null,
      status: 'approved',
      rawStatus: null,
      statusTs: null,
      payout: '1',
      currency: 'USD',
      rate: '1',
      rateDate: '2026-06-01',
      rateSource: 'base',
      payoutBase: '1',
      payoutReversed: '0',
      payoutReversedBase: '0',
      upsell: false,
      convertedAt: 0,
      params: {},
      events: {},
      lastAt: 0,
      lastSeq: 0,
    },
  });

  it('a claim does not walk over what was taken out of the inbox while a snapshot is held, as by a backup', async () => {
    const [holder, inbox] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
    await Promise.all([holder.connect(), inbox.connect()]);
    try {
      await inbox.query('TRUNCATE inbox');
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await holder.query('SELECT count(*) FROM inbox');
      await inbox.query(
        `INSERT INTO inbox (id, received_at, next_attempt_at, cid, method, query) SELECT gen_random_uuid(), now(), now() - interval '1 hour', 'c', 'GET', 'x' FROM generate_series(1, 20000)`,
      );
      await inbox.query('DELETE FROM inbox');
      const buffers = async (from: number): Promise<number> => {
        await inbox.query(`PREPARE look AS ${drain.CLAIM.text}`);
        const { rows } = await inbox.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE look(500, ${from})`);
        await inbox.query('DEALLOCATE look');
        return rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks'] as number;
      };
      const whole = await buffers(0);
      expect(whole).toBeGreaterThan(200);
      expect(await buffers(Date.now() - 1_000)).toBeLessThan(whole / 20);
    } finally {
      await holder.end();
      await inbox.end();
    }
  });

  it('a drain goes by the index of the inbox, also once the planner has seen it empty', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const deletes = async (begin: string): Promise<string[]> => {
      await client.query(begin);
      await client.query(`SET LOCAL plan_cache_mode = force_generic_plan; PREPARE taken AS ${drain.DELETE_INBOX.text}`);
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE taken('{${ids.join(',')}}')`);
      await client.query('ROLLBACK; DEALLOCATE taken');
      return scans(rows[0]['QUERY PLAN'][0].Plan as Plan);
    };
    try {
      await client.query('TRUNCATE inbox');
      await client.query('VACUUM ANALYZE inbox');
      expect(await deletes('BEGIN')).toContain('Seq Scan on inbox');
      const byIndex = await deletes(BEGIN_BY_INDEX);
      expect(byIndex).toHaveLength(1);
      expect(byIndex[0]).toMatch(/(?:Index|Bitmap Heap) Scan on inbox/);
    } finally {
      await client.end();
    }
  });

  it('an insert of clicks wakes by the index of the inbox, also once the planner has seen it empty', async () => {
    const scansOf = async (options?: string): Promise<string[]> => {
      const pool = createPool(url, 'plans', 1, 30_000, options);
      try {
        const count = Math.max(...[...INSERT_CLICKS.text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
        await pool.query(`SET plan_cache_mode = force_generic_plan; PREPARE arriving AS ${INSERT_CLICKS.text}`);
        const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) EXECUTE arriving(${Array(count).fill('NULL').join(', ')})`);
        return scans(rows[0]['QUERY PLAN'][0].Plan as Plan).filter((scan) => scan.endsWith(' on inbox'));
      } finally {
        await pool.end();
      }
    };
    await db.query('TRUNCATE inbox');
    await db.query('VACUUM ANALYZE inbox');
    expect(await scansOf()).toEqual(['Seq Scan on inbox']);
    expect(await scansOf(BY_INDEX)).not.toContain('Seq Scan on inbox');
  });
});
