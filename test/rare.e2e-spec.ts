import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SUMMED } from '../src/http/sums.js';
import { LOOKED, LOOKED_APART } from '../src/http/looked.js';
import { uuidAt } from '../src/lib/ids.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

interface Page {
  data: Record<string, unknown>[];
  nextCursor: string | null;
  lookedTo?: string;
}
interface Job {
  id: string;
  state: string;
  done: number;
  total: number | null;
  result: Record<string, number> | null;
}

const HOUR = 3_600_000;
/** More of them than a page looks through, and than one statement of a job reads. */
const CLICKS = LOOKED + 10_000;
const REQUESTS = SUMMED + 10_000;
/** The id number n of a second, as made by SQL; distinct by the hash of n. */
const ID = `(lpad(to_hex(t), 12, '0') || '7' || substr(md5(n::text), 1, 3) || 'a' || substr(md5(n::text), 4, 15))::uuid`;

/** What is rare among much that is stored: pages end early and say so, long jobs go slice by slice. */
describe('rare rows', () => {
  let tracker: Tracker;
  let source: { id: string };
  let offer: { id: string; key: string };
  const start = Date.now() - 48 * HOUR;

  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    source = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Network', cidParameter: 'clickid' });
    offer = await tracker.ok('POST', '/offers', { name: 'Offer', url: 'https://shop.example/', offerSourceId: source.id });
    const at = `(SELECT n, $2::bigint + n * ${24 * HOUR}::bigint / $3 AS t FROM generate_series(0, $3::int - 1) AS n) AS u`;
    await tracker.db.query(
      `INSERT INTO clicks (click_id, created_at, offer_id, is_unique, external_id, country)
       SELECT ${ID}, to_timestamp(t / 1000.0), $1, true, CASE WHEN n = 7 THEN 'needle' ELSE 'hay' END, 'DE' FROM ${at}`,
      [offer.id, start, CLICKS],
    );
    await tracker.db.query(
      `INSERT INTO conversions (click_id, key, cid, offer_id, clicked_at, click, status, payout_reversed, payout_reversed_base, upsell, converted_at, updated_at, params, events, last_at, last_seq, version)
       SELECT ${ID}, '', 'x', $1, to_timestamp(t / 1000.0), '{}', CASE WHEN n = 7 THEN 'trash' ELSE 'approved' END, 0, 0, false, to_timestamp(t / 1000.0), now(), '{}', '{}', t, n, 1 FROM ${at}`,
      [offer.id, start, CLICKS],
    );
    await tracker.db.query(
      `INSERT INTO conversion_history (click_id, postback_id, seq, at, received_at, conversion_key, result, hash, request)
       SELECT ${ID}, ${ID}, n, now(), now(), '', 'created', 'h', json_build_object('values', json_build_object('status', 'sale'), 'meaning', 'approved') FROM ${at} WHERE $1::uuid IS NOT NULL`,
      [offer.id, start, CLICKS],
    );
    await tracker.db.query(
      `INSERT INTO postbacks (id, seq, received_at, decided_at, offer_source_id, cid, method, query, result)
       SELECT ${ID}, 1000000 + n, to_timestamp(t / 1000.0), to_timestamp(t / 1000.0), CASE WHEN n % 100000 = 7 THEN $1::uuid END, 'nobody-' || n, 'GET', 'cid=nobody-' || n,
         CASE WHEN n = 8 THEN 'click_expired' ELSE 'duplicate' END FROM ${at}`,
      [source.id, start, REQUESTS],
    );
    await tracker.db.query('ANALYZE');
  }, 180_000);
  afterAll(() => tracker.stop());

  const whole = async (path: string): Promise<Page[]> => {
    const pages: Page[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await tracker.ok<Page>('GET', `${path}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      pages.push(page);
      cursor = page.nextCursor;
    }
    return pages;
  };
  const finished = async (id: string): Promise<Job> => {
    let job: Job | null = null;
    await until(async () => ['done', 'failed'].includes((job = await tracker.ok<Job>('GET', `/jobs/${id}`)).state), 60_000);
    return job as unknown as Job;
  };

  it.each([
    ['/clicks?externalId=needle', LOOKED],
    ['/conversions?status=trash', LOOKED_APART],
    ['/clicks?country=de&externalId=needle', LOOKED],
  ])('%s looks through so many rows a page, says how far it came, and goes on to all of them', async (path, looked) => {
    const pages = await whole(path);
    // Where the last row looked at is the last there is, one page more finds that out.
    const expected = Math.floor(CLICKS / looked) + 1;
    expect(pages.length).toBe(expected);
    expect(pages.flatMap(({ data }) => data).length).toBe(1);
    expect(pages.map(({ lookedTo }) => lookedTo === undefined)).toEqual(pages.map((_, i) => i === expected - 1));
    for (const [i, { lookedTo }] of pages.slice(0, -1).entries()) {
      // The row at which it stopped, counted from the newest.
      const stopped = start + ((CLICKS - (i + 1) * looked) * 24 * HOUR) / CLICKS;
      expect(Math.abs(Date.parse(lookedTo ?? '') - stopped)).toBeLessThan(2);
    }
  });

  it('of requests too, and what nothing fits ends with nothing', async () => {
    const pages = await whole(`/postbacks?offerSourceId=${source.id}&result=duplicate`);
    expect(pages.length).toBe(Math.floor(REQUESTS / LOOKED) + 1);
    expect(pages.flatMap(({ data }) => data.map(({ query }) => query))).toEqual(['cid=nobody-200007', 'cid=nobody-100007', 'cid=nobody-7']);
    for (const path of ['/clicks?sub1=nothing', '/conversions?currency=XXX', '/postbacks?reason=nothing'])
      expect((await whole(path)).flatMap(({ data }) => data)).toEqual([]);
  });

  it('what an index knows takes one page: a rare result, a click id', async () => {
    for (const [path, found] of [
      ['/postbacks?result=click_expired', 1],
      ['/postbacks?result=stale_status', 0],
      ['/postbacks?reason=token_required', 0],
      ['/postbacks?ignored=true', 0],
      ['/postbacks?result=waiting_click', 0],
      ['/postbacks?cid=nobody-7', 1],
      ['/conversions?txid=nothing', 0],
    ] as const) {
      const page = await tracker.ok<Page>('GET', path);
      expect([path, page.data.length, page.nextCursor, page.lookedTo]).toEqual([path, found, null, undefined]);
    }
  });

  it('a filter that much fits has full pages, whose cursors miss nothing', async () => {
    const ids: unknown[] = [];
    let cursor: string | null = null;
    for (let i = 0; i < 5; i++) {
      const page: Page = await tracker.ok<Page>('GET', `/clicks?country=DE&limit=200${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect([page.data.length, page.lookedTo]).toEqual([200, undefined]);
      ids.push(...page.data.map(({ cid }) => cid));
      cursor = page.nextCursor;
    }
    const { data } = await tracker.ok<Page>('GET', `/clicks?limit=200&cursor=${cursor}`);
    ids.push(...data.map(({ cid }) => cid));
    const { rows } = await tracker.db.query<{ n: number }>('SELECT count(*)::int AS n FROM clicks WHERE click_id >= $1', [
      uuidAt(Date.parse(String(data.at(-1)?.createdAt)), 'min'),
    ]);
    expect([new Set(ids).size, ids.length]).toEqual([1_200, 1_200]);
    expect(rows[0]?.n).toBe(1_200);
  });

  it('a replay is counted as far as that is quick, and brings back all that fit, slice by slice', async () => {
    const filter = { offerSourceId: source.id, result: 'duplicate' };
    expect(await tracker.ok('POST', '/postbacks/replay', { filter, dryRun: true })).toEqual({
      dryRun: true,
      count: 2,
      complete: false,
      results: { duplicate: 2 },
      jobId: null,
    });
    const { jobId } = await tracker.ok<{ jobId: string }>('POST', '/postbacks/replay', { filter });
    expect(await finished(jobId)).toMatchObject({ state: 'done', total: null, result: { returned: 3 } });
    await tracker.settled();
    const again = await tracker.ok<Page>('GET', `/postbacks?result=click_not_found`);
    expect(again.data.map(({ query }) => query)).toEqual(['cid=nobody-200007', 'cid=nobody-100007', 'cid=nobody-7']);
    expect(await tracker.ok('POST', '/postbacks/replay', { filter: { result: 'click_not_found' }, dryRun: true })).toMatchObject({
      count: 3,
      complete: true,
    });
  });

  it('a word is mapped in all of the history, its first rows and its last', async () => {
    const csv = `offer,cid,createdAt\n${offer.id},old-1,${new Date(start - HOUR).toISOString()}\n${offer.id},mid-1,${new Date(start + 12 * HOUR).toISOString()}`;
    await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true`, {
      method: 'POST',
      body: csv,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    const cids = ['old-1', 'mid-1', await tracker.click(offer)];
    for (const cid of cids) await tracker.postback(`cid=${cid}&status=Shelved&payout=2`, offer.id);
    await tracker.settled();
    const { data } = await tracker.ok<Page & { complete: boolean }>('GET', '/statuses/unmapped');
    expect(data).toEqual([expect.objectContaining({ word: 'shelved', count: 3, money: '6' })]);
    const { jobId } = await tracker.ok<{ jobId: string }>('PATCH', `/offer-sources/${source.id}`, {
      statusMap: { shelved: 'rejected' },
      reapply: true,
    });
    const job = await finished(jobId);
    expect(job).toMatchObject({ state: 'done', result: { words: 1, clicks: 3 } });
    expect(job.total).toBeGreaterThan(1);
    for (const cid of cids) expect((await tracker.ok<Page>('GET', `/conversions?cid=${cid}`)).data).toMatchObject([{ status: 'rejected' }]);
  });

  it('a source that has been there while the log grew is archived, not looked for in all of it', async () => {
    const old = uuidAt(start - HOUR, 'min');
    await tracker.db.query(
      `INSERT INTO offer_sources (id, name, template, cid_parameter, offer_url_template, link_builder, status_map, default_status, duplicate_mode, retry_window_seconds,
         transition_policy, amount_sign, event_makes_conversion, allowed_ips, require_token, parameter_aliases, enabled, version)
       SELECT $2, 'Old', template, cid_parameter, offer_url_template, link_builder, status_map, default_status, duplicate_mode, retry_window_seconds,
         transition_policy, amount_sign, event_makes_conversion, allowed_ips, require_token, parameter_aliases, enabled, version FROM offer_sources WHERE id = $1`,
      [source.id, old],
    );
    const young = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Young', cidParameter: 'clickid' });
    expect(await tracker.ok('DELETE', `/offer-sources/${old}`)).toMatchObject({ result: 'archived' });
    expect(await tracker.ok('DELETE', `/offer-sources/${young.id}`)).toMatchObject({ result: 'deleted' });
  });
});
