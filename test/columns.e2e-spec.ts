import { mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { BuilderService } from '../src/reporting/columns/builder.service.js';
import { encodeCursor } from '../src/lib/cursor.js';
import { CopiesService } from '../src/reporting/columns/copies.service.js';
import { generator } from './support/random.js';
import { recount, type Asked, type Facts, factsOf } from './support/recount.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 9, 20);
const DAYS = 14;
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Atlantic/Azores', 'America/Havana', 'Australia/Lord_Howe', 'America/St_Johns'];
const DIMENSIONS = [
  'offer',
  'offerSource',
  'offerTag',
  'day',
  'hour',
  'weekday',
  'month',
  'country',
  'city',
  'device',
  'browser',
  'language',
  'referrerDomain',
  'source',
  'keyword',
  'externalId',
  'sub1',
  'sub3',
  'sub20',
  'status',
  'currency',
  'param1',
];
const OF_CONVERSIONS = ['status', 'currency', 'param1'];
const COLUMNS = [
  'clicks',
  'uniqueClicks',
  'bots',
  'conversions',
  'approved',
  'pending',
  'rejected',
  'trash',
  'reversed',
  'unmapped',
  'upsells',
  'cr',
  'approvalRate',
  'revenue',
  'revenueHold',
  'revenueReversed',
  'cost',
  'profit',
  'roi',
  'epc',
  'cpc',
  'cpa',
  'averagePayout',
  'event1',
  'event1Count',
  'event2',
];

/** Reports are the same with all column copies, with none, with half of them deleted meanwhile, and by a recount of the rows. */
describe('column copies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cidra-columns-test-'));
  const random = generator(20_261_127);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = (): boolean => random() < 0.5;
  let tracker: Tracker;
  let builder: BuilderService;
  const offers: string[] = [];
  const sources: string[] = [];
  const cids: { cid: string; at: number }[] = [];

  beforeAll(async () => {
    tracker = await Tracker.start('postgres', { COLUMNS_DIR: folder });
    builder = tracker.running.app.get(BuilderService, { strict: false });
    await tracker.ok('POST', '/rates', { currency: 'EUR', rate: '1.137' });
    for (const name of ['North', 'South'])
      sources.push((await tracker.ok<{ id: string }>('POST', '/offer-sources', { name, cidParameter: 'clickid', requireToken: false })).id);
    for (const [i, name] of ['Red', 'green', 'Blue', 'ähnlich'].entries())
      offers.push(
        (
          await tracker.ok<{ id: string }>('POST', '/offers', {
            name,
            url: 'https://shop.example/?clickid={clickid}',
            ...(i === 3 ? {} : { offerSourceId: sources[i % 2] }),
            tags: [['summer', 'Push'], ['summer'], [], ['ä']][i],
          })
        ).id,
      );
    await importClicks(300);
    await postbacks(150);
  }, 120_000);
  afterAll(async () => {
    await tracker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function importClicks(count: number): Promise<void> {
    const values = (): Record<string, string> => ({
      offer: pick(offers),
      cost: pick(['', '0.05', '0.123456', '1.5']),
      costCurrency: pick(['USD', 'EUR']),
      country: pick(['DE', 'US', 'FR', '']),
      city: pick(['Köln', 'New York', '']),
      device: pick(['mobile', 'desktop', '']),
      browser: pick(['Chrome', 'Safari']),
      language: pick(['de', 'en', '']),
      referrer: pick(['', 'https://News.example/x', 'https://b.example/']),
      source: pick(['Push', 'push', '']),
      keyword: pick(['"shoes, red"', 'Ä', '']),
      externalId: `e${Math.floor(random() * 1e6)}`,
      sub1: pick(['a', 'A', 'b"c', '']),
      sub3: `zone-${Math.floor(random() * 40)}`,
      sub20: pick(['', 'deep']),
      bot: pick(['false', 'false', 'true']),
      unique: pick(['true', 'false']),
    });
    const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const names = Object.keys(values());
    const lines = Array.from({ length: count }, () => {
      const at = START + Math.floor(random() * DAYS * DAY);
      const cid = `c-${cids.length}`;
      cids.push({ cid, at });
      const row = values();
      return [cid, new Date(at).toISOString(), ...names.map((name) => cell(row[name] ?? ''))].join(',');
    });
    const response = await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true`, {
      method: 'POST',
      body: [['cid', 'createdAt', ...names].join(','), ...lines].join('\n'),
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    expect(await response.json()).toMatchObject({ new: count, errorCount: 0 });
  }

  async function postbacks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const { cid, at } = pick(cids);
      const ts = Math.floor(at / 1_000) + Math.floor(random() * 40 * 3_600);
      const query = [
        `cid=${cid}&ts=${ts}`,
        ...(some() ? [`payout=${pick(['10', '0.333333', '7.5'])}&currency=${pick(['USD', 'EUR'])}`] : []),
        ...(some() ? [`status=${pick(['hold', 'approved', 'reject', 'refund', 'trash', 'who_knows'])}`] : []),
        ...(some() ? [`txid=${pick(['1', '2'])}`] : []),
        ...(some() ? [`event1=${pick(['5', '2.25', '0'])}&add_event2=1.5`] : []),
        ...(some() ? [`param1=${pick(['x', 'y'])}`] : []),
      ].join('&');
      expect((await tracker.postback(query)).status).toBe(200);
    }
    await tracker.settled();
  }

  /** What happens to a tracker between two reports. */
  const CHANGES: readonly [string, () => Promise<unknown>][] = [
    ['clicks of old days are imported', () => importClicks(30)],
    ['conversions come and change', () => postbacks(40)],
    ['a visitor is erased', () => tracker.ok('POST', '/clicks/erase', { cid: pick(cids).cid })],
    [
      'a word is mapped and the past decided anew',
      async () => {
        const job = await tracker.ok<{ jobId: string | null }>('PUT', '/statuses/map', {
          statusMap: { who_knows: pick(['approved', 'rejected', 'pending']) },
          reapply: true,
        });
        if (job.jobId !== null)
          await until(async () => (await tracker.ok<{ state: string }>('GET', `/jobs/${job.jobId}`)).state === 'done');
        await tracker.settled();
      },
    ],
    [
      'postbacks are replayed',
      async () => {
        const { jobId } = await tracker.ok<{ jobId: string }>('POST', '/postbacks/replay', { filter: { cid: pick(cids).cid } });
        await until(async () => (await tracker.ok<{ state: string }>('GET', `/jobs/${jobId}`)).state === 'done');
        await tracker.settled();
      },
    ],
    [
      'a conversion is corrected by hand',
      async () => {
        const { data } = await tracker.ok<{ data: { id: string }[] }>('GET', '/conversions?limit=20');
        if (data.length > 0) await tracker.api('PATCH', `/conversions/${encodeURIComponent(pick(data).id)}`, { payout: '3.21' });
      },
    ],
  ];

  const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.parquet'));
  const build = async (): Promise<void> => {
    await tracker.folded();
    const report = await builder.look(0, 60_000, false);
    expect([report.failed, report.left]).toEqual([{}, 0]);
  };
  const removeFiles = (share: number): void => {
    for (const name of files()) if (random() < share) unlinkSync(join(folder, name));
  };
  const byCopies = async (): Promise<number> => {
    const text = await (await fetch(`${tracker.running.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text();
    return Number(/cidra_columns_reports_total\{[^}]*by="copies"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
  };

  function anyReport(): Asked {
    const groupBy = Array.from({ length: Math.floor(random() * 4) }, () => pick(DIMENSIONS)).filter(
      (name, i, all) => all.indexOf(name) === i,
    );
    const filters: Record<string, string[]> = {};
    if (some()) filters.offerSource = [sources[0] as string];
    if (random() < 0.3) filters.country = pick([['de'], ['DE', ''], [''], ['US', 'FR']]);
    if (random() < 0.2) filters.sub1 = pick([['a'], [''], ['b"c', 'A']]);
    if (random() < 0.1) filters.status = ['Approved'];
    if (random() < 0.1) filters.offerTag = pick([['summer'], ['ä', ''], ['no such tag']]);
    const tz = pick(ZONES);
    const from = START + Math.floor(random() * DAYS * 0.6) * DAY + (some() ? 0 : Math.floor(random() * DAY));
    const to = Math.min(from + Math.ceil(random() * DAYS) * DAY + (some() ? 0 : 12_345), START + (DAYS + 3) * DAY);
    const sort = pick([undefined, '-profit', 'cr', '-clicks', 'cost', '-epc', '-revenue', '-conversions', '-event1', ...groupBy]);
    return { groupBy, filters, tz, from, to, attribution: pick(['click', 'conversion']), columns: COLUMNS, compare: random() < 0.3, sort };
  }

  const queryOf = (asked: Asked, more = ''): string => {
    const query = new URLSearchParams({
      groupBy: asked.groupBy.join(','),
      tz: asked.tz,
      from: new Date(asked.from).toISOString(),
      to: new Date(asked.to).toISOString(),
      attribution: asked.attribution,
      columns: asked.columns.join(','),
      limit: '1000',
      ...(asked.compare ? { compare: 'previous' } : {}),
      ...(asked.sort === undefined ? {} : { sort: asked.sort }),
    });
    for (const [name, values] of Object.entries(asked.filters)) for (const value of values) query.append(`filter[${name}]`, value);
    return `/reports?${query}${more}`;
  };
  const ask = async (asked: Asked): Promise<unknown> => {
    const { status, body } = await tracker.api<Record<string, unknown>>('GET', queryOf(asked));
    // A period may begin and end in an hour that its clock shows twice; that is said, not answered.
    return status === 200 ? { rows: body.rows, totals: body.totals } : { status, code: body.code };
  };

  it('answers by them what it answers without, whatever has changed meanwhile', async () => {
    for (let round = 0; round < 8; round++) {
      const [what, change] = CHANGES[round % CHANGES.length] as (typeof CHANGES)[number];
      await change();
      const facts: Facts = await factsOf(tracker.db);
      for (let n = 0; n < 12; n++) {
        const asked = anyReport();
        const expected = recount(facts, asked);
        const context = `${round} (${what}): ${queryOf(asked)}`;
        const first = await ask(asked);
        if ('status' in (first as object)) continue;
        expect([context, first]).toEqual([context, expected]);
        if (n === 0) await build();
        // Files go while it is asked.
        const [meanwhile] = await Promise.all([ask(asked), n % 4 === 3 ? Promise.resolve().then(() => removeFiles(0.5)) : undefined]);
        expect([context, meanwhile]).toEqual([context, expected]);
        // The first rows of very many groups are found another way.
        tracker.running.app.get(CopiesService, { strict: false }).manyGroups = 0;
        for (const limit of [1, 3, 10]) {
          const { body } = await tracker.api<{ rows: unknown[]; totals: unknown }>(
            'GET',
            queryOf(asked).replace('limit=1000', `limit=${limit}`),
          );
          expect([context, limit, body.rows, body.totals]).toEqual([context, limit, expected.rows.slice(0, limit), expected.totals]);
        }
        tracker.running.app.get(CopiesService, { strict: false }).manyGroups = 20_000;
        if (n % 4 === 3) await build();
      }
      const asked = anyReport();
      const withCopies = await ask(asked);
      removeFiles(1);
      expect([queryOf(asked), await ask(asked)]).toEqual([queryOf(asked), withCopies]);
      await build();
    }
    expect(await byCopies()).toBeGreaterThan(30);
  }, 300_000);

  it.each([[['sub3', 'sub1']], [['offer', 'sub3']], [['country', 'browser', 'sub3']]])(
    'finds any page of very many groups in any order: %s',
    async (groupBy) => {
      await build();
      const facts = await factsOf(tracker.db);
      const copies = tracker.running.app.get(CopiesService, { strict: false });
      const { manyGroups, firstGroups, groupsAtOnce, bucketsEach } = copies;
      Object.assign(copies, { manyGroups: 0, firstGroups: 40, groupsAtOnce: 200, bucketsEach: 2 });
      // The last day has no copy: some groups are in both parts, some in one.
      const [from, to] = [START, START + (DAYS - (some() ? 1 : 0)) * DAY];
      unlinkSync(join(folder, files().toSorted().at(-1) as string));
      const before = await byCopies();
      let asks = 0;
      // Other columns are of the same shapes.
      const orders = ['clicks', 'cost', 'profit', 'revenue', 'cr', 'approvalRate', 'roi', 'cpc', 'cpa', 'averagePayout', 'event1'];
      for (const name of [...orders, ...groupBy]) {
        for (const sort of [name, `-${name}`]) {
          const asked: Asked = {
            groupBy,
            filters: some() ? {} : { offerSource: [sources[0] as string] },
            tz: 'UTC',
            from,
            to,
            attribution: pick(['click', 'conversion']),
            columns: orders,
            compare: random() < 0.2,
            sort,
          };
          const expected = recount(facts, asked);
          const values = expected.rows.map((row) => (orders.includes(name) ? row[name] : (row.key as Record<string, unknown>)[name]));
          const kind = (value: unknown): string =>
            value === null ? 'null' : orders.includes(name) ? String(Math.sign(Number(value))) : '';
          // Where the sign of the order's values changes, groups without conversions begin or end.
          const edges = values.flatMap((value, i) => (i > 0 && kind(value) !== kind(values[i - 1]) ? [i] : []));
          for (const edge of [1, ...edges, Math.floor(random() * values.length)]) {
            for (const [offset, limit] of [
              [0, edge],
              [Math.max(0, edge - 2), 3],
            ] as const) {
              if (limit < 1 || limit > 1_000) continue;
              const query = queryOf(asked).replace('limit=1000', `limit=${limit}&cursor=${encodeCursor([String(offset)])}`);
              const { body } = await tracker.api<{ rows: unknown[]; totals: unknown; nextCursor: string | null }>('GET', query);
              expect([query, body.rows ?? body, body.totals]).toEqual([
                query,
                expected.rows.slice(offset, offset + limit),
                expected.totals,
              ]);
              expect(body.nextCursor === null).toBe(offset + limit >= expected.rows.length);
              asks += 1;
            }
          }
        }
      }
      Object.assign(copies, { manyGroups, firstGroups, groupsAtOnce, bucketsEach });
      expect([asks > 100, (await byCopies()) - before]).toEqual([true, asks]);
    },
    300_000,
  );

  it('is the same file and the same pages', async () => {
    await build();
    const asked: Asked = {
      ...anyReport(),
      groupBy: ['sub3', 'country'],
      filters: {},
      tz: 'Asia/Kolkata',
      from: START,
      to: START + DAYS * DAY,
      sort: '-profit',
      compare: false,
    };
    const before = await byCopies();
    const { rows } = (await ask(asked)) as { rows: { key: Record<string, unknown> }[] };
    const get = (more: string): Promise<Response> =>
      fetch(`${tracker.running.url}/api/v1${queryOf(asked, more)}`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    const csv = await (await get('&format=csv')).text();
    const ndjson = await (await get('&format=ndjson')).text();
    expect(await byCopies()).toBe(before + 3);
    expect(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(rows);
    expect((parse(csv) as string[][]).slice(1).map(([sub3]) => sub3)).toEqual(rows.map((row) => String(row.key.sub3)));
    const pages: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { rows: unknown[]; nextCursor: string | null } = await tracker.ok(
        'GET',
        queryOf(asked).replace('limit=1000', `limit=17${cursor === '' ? '' : `&cursor=${cursor}`}`),
      );
      pages.push(...page.rows);
      cursor = page.nextCursor;
    }
    expect(pages).toEqual(rows);
    removeFiles(1);
    expect(await (await get('&format=csv')).text()).toBe(csv);
    expect(await (await get('&format=ndjson')).text()).toBe(ndjson);
  });

  it('has nobody in it: no id, address, agent, referrer or landing URL', async () => {
    await build();
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create();
    const duck = await instance.connect();
    const [name] = files();
    const { rows } = await tracker.db.query<{ n: number }>('SELECT count(*)::int AS n FROM clicks WHERE external_id IS NOT NULL');
    expect(rows[0]?.n).toBeGreaterThan(0);
    const columns = (await duck.runAndReadAll(`DESCRIBE SELECT * FROM '${join(folder, name as string)}'`)).getRows().map((row) => row[0]);
    expect(columns.filter((column) => /click_id|external|ip$|agent|referrer$|landing|cid/i.test(String(column)))).toEqual([]);
    const text = JSON.stringify((await duck.runAndReadAll(`SELECT * FROM '${join(folder, '*.parquet')}'`)).getRowsJson());
    expect(text).not.toMatch(/"e\d+"|https?:/);
    duck.closeSync();
    instance.closeSync();
    expect(OF_CONVERSIONS.every((column) => !columns.includes(column))).toBe(true);
  });
});
