import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_KEY, BACKENDS, Tracker, until } from './support/tracker.js';

interface Answer {
  committed: boolean;
  total: number;
  new: number;
  existing: number;
  matchedPostbacks: number;
  errorCount: number;
  errors: { line: number; message: string }[];
  ignoredColumns: string[];
  sample: Record<string, unknown>[];
}

/** Of postbacks and imports that meet. */
const ROUNDS = 10;

describe.each(BACKENDS)('import of clicks, queues on %s', (backend) => {
  let tracker: Tracker;
  let offer: { id: string; key: string };
  beforeAll(async () => {
    tracker = await Tracker.start(backend);
    offer = await tracker.ok('POST', '/offers', {
      name: 'Red shoes',
      url: 'https://shop.example/?c={clickid}',
      payout: '7',
      currency: 'USD',
    });
  });
  afterAll(() => tracker.stop());

  const upload = async (csv: string | FormData, query = ''): Promise<{ status: number; body: Answer & { detail?: string } }> => {
    const response = await fetch(`${tracker.running.url}/api/v1/clicks/import?${query}`, {
      method: 'POST',
      body: csv,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...(typeof csv === 'string' ? { 'content-type': 'text/csv' } : {}) },
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const FILE = [
    'subid,datetime,offer,sub_id_1,cost,country,user_agent,colour',
    'kt-1,2026-11-01 10:00:00,Red shoes,banner-1,0.05,DE,"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",red',
    'kt-2,2026-06-15 23:30:00,Red shoes,banner-2,,FR,,blue',
    'kt-3,not a time,Red shoes,,,,,',
    'kt-4,2026-11-01 10:00:00,No such offer,,,,,',
  ].join('\n');

  it('previews, and writes nothing', async () => {
    const { body } = await upload(FILE, 'tz=%2B02:00');
    expect(body).toMatchObject({ committed: false, total: 4, new: 2, existing: 0, errorCount: 2, ignoredColumns: ['colour'] });
    expect(body.errors.map((e) => e.line)).toEqual([4, 5]);
    expect(body.errors[1]?.message).toContain('No such offer');
    expect(body.sample[0]).toMatchObject({
      importedCid: 'kt-1',
      createdAt: '2026-11-01T08:00:00.000Z',
      sub1: 'banner-1',
      cost: '0.05',
      country: 'DE',
      os: 'Windows',
    });
    expect((await tracker.ok<{ data: unknown[] }>('GET', '/clicks')).data).toEqual([]);
  });

  it('stores them in the month they were made, matches the postback that waited, and does nothing the second time', async () => {
    await tracker.postback('cid=kt-2&payout=9&txid=A1');
    await tracker.settled();
    const waiting = await tracker.ok<{ data: { id: string; result: string }[] }>('GET', '/postbacks?cid=kt-2');
    expect(waiting.data[0]?.result).toBe('click_not_found');

    const first = await upload(FILE, 'tz=%2B02:00&commit=true');
    expect(first.body).toMatchObject({ committed: true, total: 4, new: 2, existing: 0, matchedPostbacks: 1, errorCount: 2 });
    await until(async () => (await tracker.conversions('kt-2')).length === 1);
    expect((await tracker.conversions('kt-2'))[0]).toMatchObject({ cid: 'kt-2', txid: 'A1', payout: '9', status: 'approved' });
    expect((await tracker.ok<{ result: string }>('GET', `/postbacks/${waiting.data[0]?.id}`)).result).toBe('created');
    expect(await tracker.ok('GET', '/clicks/kt-1')).toMatchObject({
      importedCid: 'kt-1',
      createdAt: '2026-11-01T08:00:00.000Z',
      sub1: 'banner-1',
      country: 'DE',
      device: 'desktop',
      bot: null,
    });

    const second = await upload(FILE, 'tz=%2B02:00&commit=true');
    expect(second.body).toMatchObject({ new: 0, existing: 2, matchedPostbacks: 0 });
    const { totals } = await tracker.ok<{ totals: Record<string, unknown> }>('GET', '/reports?groupBy=offer&from=2026-01-01&to=2026-12-01');
    expect(totals).toMatchObject({ clicks: 2, conversions: 1, revenue: '9', cost: '0.05' });
  });

  it('matches every postback that comes while its click is being imported, and leaves none behind', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const cids = Array.from({ length: 30 }, (_, i) => `meet-${round}-${i}`);
      const file = ['subid,datetime,offer', ...cids.map((cid) => `${cid},2026-11-01 10:00:00,Red shoes`)].join('\n');
      const send = async (cid: string, i: number): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, i));
        expect((await tracker.postback(`cid=${cid}&payout=1`)).status).toBe(200);
      };
      await Promise.all([...cids.map(send), upload(file, 'commit=true')]);
    }
    await tracker.settled();
    const { rows } = await tracker.db.query(`SELECT result, count(*)::int AS n FROM postbacks WHERE cid LIKE 'meet-%' GROUP BY 1`);
    expect(rows).toEqual([{ result: 'created', n: ROUNDS * 30 }]);
  });

  it('knows a foreign id that reads like one of ours', async () => {
    const cid = '0000000000000000000000000a';
    await upload(`cid,createdAt\n${cid},2026-11-02T00:00:00Z`, `commit=true&offerId=${offer.id}`);
    await tracker.postback(`cid=${cid}&payout=3`);
    expect(await tracker.conversions(cid)).toEqual([expect.objectContaining({ payout: '3' })]);
  });

  it('takes a form’s file, and says what is wrong with a file', async () => {
    const form = new FormData();
    form.set('file', new Blob([`Click,When\nf-1,2026-11-02`]), 'clicks.csv');
    expect((await upload(form, `offerId=${offer.id}&columns=${encodeURIComponent('{"When":"createdAt"}')}`)).body).toMatchObject({
      total: 1,
      new: 1,
      errorCount: 0,
    });
    for (const [csv, query, detail] of [
      ['', '', /empty/],
      ['a,b\n1,2', '', /no column for cid and createdAt/],
      ['cid,createdAt\na,2026-11-01\xff', 'encoding=klingon', /field is wrong/],
      ['cid,createdAt\na,2026-11-01', 'columns=[]', /field is wrong/],
    ] as const) {
      const { status, body } = await upload(csv, query);
      expect([status, body.detail]).toEqual([400, expect.stringMatching(detail)]);
    }
    const json = await tracker.api('POST', '/clicks/import', { cid: 'x' });
    expect(json.status).toBe(415);
  });

  it('takes in a large file fast, in bounded memory', async () => {
    const count = 60_000;
    const csv = [
      'clickid,click_time,t1,ua',
      ...Array.from(
        { length: count },
        (_, i) =>
          `bulk-${i},${1_762_000_000 + i},banner-${i % 50},Mozilla/5.0 (Linux; Android 14; SM-S918B) Chrome/${100 + (i % 40)}.0 Mobile`,
      ),
    ].join('\n');
    const began = performance.now();
    const { body } = await upload(csv, `commit=true&offerId=${offer.id}`);
    const perSecond = count / ((performance.now() - began) / 1_000);
    expect(body).toMatchObject({ total: count, new: count, errorCount: 0 });
    expect(perSecond).toBeGreaterThan(2_000);
  }, 60_000);
});
