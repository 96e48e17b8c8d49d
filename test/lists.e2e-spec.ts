import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { ADMIN_KEY, Tracker } from './support/tracker.js';

type Row = Record<string, unknown>;
interface Page {
  data: Row[];
  nextCursor: string | null;
  sums?: Row | null;
}

/** Lists of facts: as pages, as files, with sums, in a zone. */
describe('lists', () => {
  let tracker: Tracker;
  let offerId = '';
  const CLICKS = Array.from({ length: 12 }, (_, i) => ({
    cid: `l-${i}`,
    createdAt: new Date(Date.UTC(2026, 9, 24, 20) + i * 1_800_000).toISOString(),
    cost: i % 3 === 0 ? '' : `0.0${i % 9}`,
    costCurrency: i % 3 === 1 ? 'USD' : 'EUR',
    country: i % 4 === 0 ? '' : i % 2 === 0 ? 'DE' : 'AT',
    device: 'mobile',
    sub1: i % 2 === 0 ? '=1+1' : '',
    keyword: `Köln ${i % 2}`,
  }));

  beforeAll(async () => {
    tracker = await Tracker.start('postgres', { TIME_ZONE: 'Atlantic/Azores' });
    await tracker.ok('POST', '/rates', { currency: 'EUR', rate: '1.25' });
    const offer = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
      name: 'Listed',
      tags: ['shoes'],
      url: 'https://shop.example/?clickid={clickid}',
    });
    offerId = offer.id;
    const fields = Object.keys(CLICKS[0] as object) as (keyof (typeof CLICKS)[number])[];
    const csv = [['offer', ...fields].join(','), ...CLICKS.map((c) => [offerId, ...fields.map((f) => c[f])].join(','))].join('\n');
    const answer = await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true`, {
      method: 'POST',
      body: csv,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    expect(await answer.json()).toMatchObject({ new: CLICKS.length, errorCount: 0 });
    for (const [i, { cid, createdAt }] of CLICKS.entries()) {
      if (i % 2 === 1) continue;
      const ts = Math.floor(Date.parse(createdAt) / 1_000) + 60;
      await tracker.postback(
        `cid=${cid}&ts=${ts}&payout=${i}.5&currency=${i % 4 === 0 ? 'EUR' : 'USD'}&txid=T${i}&param1=p${i}&event2=${i}`,
      );
    }
    await tracker.postback('cid=l-0&status=refund&payout=0.25&txid=T0&currency=EUR');
    await tracker.settled();
  }, 60_000);
  afterAll(() => tracker.stop());

  const page = (path: string): Promise<Page> => tracker.ok<Page>('GET', path);
  const file = async (path: string, accept?: string): Promise<Response> =>
    fetch(`${tracker.running.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...(accept === undefined ? {} : { accept }) },
    });

  it.each(['/clicks', '/conversions', '/postbacks'])('%s is also CSV and NDJSON, with all rows', async (path) => {
    const { data } = await page(`${path}?limit=200`);
    expect(data.length).toBeGreaterThan(5);
    const ndjson = await file(`${path}?limit=2`, 'application/x-ndjson');
    expect(ndjson.headers.get('content-type')).toBe('application/x-ndjson');
    const rows = (await ndjson.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(rows).toEqual(data);
    const csv = await file(`${path}?format=csv&limit=2`);
    expect([csv.status, csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      `attachment; filename="${path.slice(1)}.csv"`,
    ]);
    const text = await csv.text();
    const lines = parse(text, { columns: true }) as Record<string, string>[];
    const id = path === '/clicks' ? 'cid' : 'id';
    expect(lines.map((line) => line[id])).toEqual(data.map((row) => row[id]));
    expect(await (await file(path, 'text/csv')).text()).toBe(text);
  });

  it('says of a wrong question what a right one is', async () => {
    const wrong = async (question: string): Promise<unknown> =>
      (await tracker.api<{ errors: { message: string }[] }>('GET', question)).body.errors.map(({ message }) => message);
    for (const limit of ['abc', '0', '201', '', '1.5', '1e1', '0x10'])
      expect([limit, await wrong(`/clicks?limit=${limit}`)]).toEqual([limit, ['limit must be a whole number from 1 to 200']]);
    expect(await wrong('/reports?limit=1001')).toEqual(['limit must be a whole number from 1 to 1000']);
    expect(await wrong('/postbacks?from=1970-01-01')).toEqual([expect.stringContaining('from the year 2000 on')]);
    expect(await wrong('/conversions?sort=-payout')).toEqual(['there is no sort here: a list has one order, the newest first']);
    expect((await tracker.api('GET', '/clicks?limit=200')).status).toBe(200);
  });

  it('has no formulas in a file, its own delimiter, mark and decimal comma', async () => {
    const text = await (await file('/clicks?format=csv&delimiter=semicolon&bom=true&decimal=comma&cid=l-2')).arrayBuffer();
    expect([...new Uint8Array(text).slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [line] = parse(Buffer.from(text), { columns: true, delimiter: ';', bom: true }) as Record<string, string>[];
    expect(line).toMatchObject({ sub1: "'=1+1", cost: '0,02', keyword: 'Köln 0', country: 'DE', unique: 'false' });
    const [conversion] = parse(await (await file('/conversions?format=csv&txid=T2')).text(), { columns: true }) as Row[];
    expect(conversion).toMatchObject({ payout: '2.5', param1: 'p2', param2: '', event2: '2', upsell: 'false' });
    for (const asked of ['format=xlsx', 'delimiter=x', 'decimal=dot', 'bom=1'])
      expect([asked, (await file(`/clicks?${asked}`)).status]).toEqual([asked, 400]);
  });

  it('filters by what is known of the click, in any letter case where we name it, and by what is not there', async () => {
    const cids = async (asked: string): Promise<string[]> =>
      (await page(`/clicks?limit=200&${asked}`)).data.map((row) => String(row.importedCid)).toSorted();
    const of = (test: (c: (typeof CLICKS)[number]) => boolean): string[] =>
      CLICKS.filter(test)
        .map((c) => c.cid)
        .toSorted();
    expect(await cids('country=de')).toEqual(of((c) => c.country === 'DE'));
    expect(await cids('country=')).toEqual(of((c) => c.country === ''));
    expect(await cids('sub1=')).toEqual(of((c) => c.sub1 === ''));
    expect(await cids('sub1=%3D1%2B1&device=MOBILE')).toEqual(of((c) => c.sub1 !== ''));
    expect(await cids(`keyword=${encodeURIComponent('Köln 1')}`)).toEqual(of((c) => c.keyword === 'Köln 1'));
    expect(await cids(`keyword=${encodeURIComponent('köln 1')}`)).toEqual([]);
    const { data } = await page(`/conversions?keyword=${encodeURIComponent('Köln 0')}&currency=eur&country=`);
    expect(data.map((row) => row.txid).toSorted()).toEqual(['T0', 'T4', 'T8']);
  });

  it('lists exactly what a report counts, whatever it is filtered by', async () => {
    const asked: Record<string, string[]>[] = [
      {},
      { country: ['de', 'AT'] },
      { country: ['DE', ''] },
      { device: ['MOBILE'] },
      { device: [''] },
      { sub1: ['=1+1', ''] },
      { keyword: ['Köln 1'], sub1: [''] },
      { externalId: [''] },
      { externalId: ['nobody'] },
      { offer: [offerId] },
      { offerTag: ['shoes', 'hats'] },
      { offerTag: [''] },
      { offerTag: ['hats'], country: ['DE'] },
      { offerSource: [''] },
      { param1: ['p2', 'p4'] },
      { param1: [''] },
      { status: ['approved', 'pending'] },
      { currency: ['eur'] },
    ];
    let conversionsSeen = 0;
    for (const filters of asked)
      for (const attribution of ['click', 'conversion']) {
        const named = (name: (filter: string) => string): string =>
          new URLSearchParams([
            ...Object.entries(filters).flatMap(([filter, values]) => values.map((value): [string, string] => [name(filter), value])),
            ['from', '2026-10-24'],
            ['to', '2026-10-25'],
          ]).toString();
        const report = await tracker.ok<{ totals: Record<string, number | string | null> }>(
          'GET',
          `/reports?attribution=${attribution}&${named((filter) => `filter[${filter}]`)}`,
        );
        const query = named((filter) => ({ offer: 'offerId', offerSource: 'offerSourceId' })[filter] ?? filter);
        const conversions = await page(`/conversions?limit=1&sums=true&attribution=${attribution}&${query}`);
        const approved =
          filters.status === undefined
            ? (await page(`/conversions?limit=1&sums=true&attribution=${attribution}&status=approved&${query}`)).sums
            : conversions.sums;
        expect([filters, attribution, conversions.sums?.count]).toEqual([filters, attribution, report.totals.conversions]);
        expect([filters, Number(approved?.payoutBase) - Number(approved?.payoutReversedBase)]).toEqual([
          filters,
          Number(report.totals.revenue),
        ]);
        conversionsSeen += Number(conversions.sums?.count);
        if (report.totals.clicks === null) continue;
        const clicks = await page(`/clicks?limit=1&sums=true&bot=false&${query}`);
        expect([filters, clicks.sums?.count]).toEqual([filters, report.totals.clicks]);
      }
    expect(conversionsSeen).toBeGreaterThan(20);
    expect((await page('/conversions?upsell=true')).data).toEqual([]);
    for (const [path, plain, written] of [
      ['/conversions', 'status=approved', 'status=Approved'],
      ['/postbacks', 'result=created', 'result=CREATED'],
    ] as const)
      expect(await page(`${path}?${written}`)).toEqual(await page(`${path}?${plain}`));
    for (const refused of ['status=ignored', 'offerId=x', 'offerSourceId=x', 'attribution=both', `param1=${'x'.repeat(256)}`])
      expect([refused, (await file(`/conversions?${refused}`)).status]).toEqual([refused, 400]);
  });

  it('reads times on the clock of the account, or of the zone that is named', async () => {
    const times = async (asked: string): Promise<number> => (await page(`/clicks?limit=200&${asked}`)).data.length;
    const between = (from: string, to: string): number => CLICKS.filter((c) => c.createdAt >= from && c.createdAt < to).length;
    // The Azores put the clock back on the 25th at one in the night: the day begins at 00:00 UTC.
    expect(await times('from=2026-10-25')).toBe(between('2026-10-25T00:00:00.000Z', '2027'));
    expect(await times('from=2026-10-24&to=2026-10-24')).toBe(between('2026-10-24', '2026-10-25T00:00:00.000Z'));
    expect(await times('from=2026-10-25&tz=Asia/Kolkata')).toBe(between('2026-10-24T18:30:00.000Z', '2027'));
    expect(await times('to=2026-10-24&tz=Asia/Kolkata')).toBe(0);
    expect(await times('from=2026-10-24T21:00Z&to=2026-10-24T22:00Z')).toBe(2);
    expect(await times('period=yesterday')).toBe(0);
    for (const asked of ['period=today&from=2026-10-24', 'period=ever', 'tz=Mars/Base', 'tz=%2B02:00'])
      expect([asked, (await file(`/clicks?${asked}`)).status]).toEqual([asked, 400]);
    expect((await tracker.ok<{ tz: string }>('GET', '/reports?groupBy=day')).tz).toBe('Atlantic/Azores');
  });

  it('adds up what is filtered, not only the page', async () => {
    expect((await page('/conversions?limit=1')).sums).toBeUndefined();
    const { sums, data, nextCursor } = await page('/conversions?limit=1&sums=true');
    expect([data.length, typeof nextCursor]).toEqual([1, 'string']);
    // 0.5 4.5 8.5 EUR at 1.25, of which 0.25 came back; 2.5 6.5 10.5 USD.
    expect(sums).toEqual({
      count: 6,
      complete: true,
      currency: 'USD',
      payoutBase: '36.375',
      payoutReversedBase: '0.3125',
      byCurrency: [
        { currency: 'EUR', count: 3, payout: '13.5', payoutReversed: '0.25', payoutBase: '16.875', payoutReversedBase: '0.3125' },
        { currency: 'USD', count: 3, payout: '19.5', payoutReversed: '0', payoutBase: '19.5', payoutReversedBase: '0' },
      ],
    });
    expect((await page('/conversions?sums=true&currency=USD&from=2026-10-25')).sums).toMatchObject({ count: 1, payoutBase: '10.5' });
    const clicks = (await page('/clicks?limit=1&sums=true')).sums as {
      count: number;
      byCurrency: { currency: string | null; count: number }[];
    };
    expect(clicks).toMatchObject({ count: 12, complete: true, currency: 'USD' });
    expect(clicks.byCurrency.map(({ currency, count }) => [currency, count])).toEqual(
      expect.arrayContaining([
        ['EUR', 4],
        ['USD', 4],
        [null, 4],
      ]),
    );
    expect((await page('/postbacks?sums=true')).sums).toMatchObject({
      count: 7,
      complete: true,
      byResult: expect.arrayContaining([{ result: 'created', count: 6 }]),
    });
    expect((await page('/clicks?sums=true&cid=nobody')).sums).toMatchObject({ count: 0, costBase: '0', byCurrency: [] });
  });
});
