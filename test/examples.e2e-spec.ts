import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIdMaker, uuidToCid } from '../src/lib/ids.js';
import { PARAMETERS } from '../src/offer-sources/vocabulary.js';
import { ADMIN_KEY, BACKENDS, Tracker, until } from './support/tracker.js';

interface Offer {
  id: string;
  key: string;
}
interface Conversion {
  id: string;
  status: string;
  payout: string | null;
  payoutBase: string | null;
  payoutReversed: string;
  txid: string | null;
  rawStatus: string | null;
  events: Record<string, string>;
  params: Record<string, string>;
  networkConversionId: string | null;
}
interface Row {
  result: string;
  reason: string | null;
  warnings: string[];
}

/** The examples of the specification (postbacks.md section 11) that are not in postbacks.e2e-spec.ts, and section 2 through HTTP. */
describe.each(BACKENDS)('examples of the specification, queues on %s', (backend) => {
  let tracker: Tracker;
  let offer: Offer;
  beforeAll(async () => {
    tracker = await Tracker.start(backend);
    offer = await tracker.ok<Offer>('POST', '/offers', { name: 'Offer', url: 'https://shop.example/?clickid={clickid}' });
  });
  afterAll(() => tracker.stop());

  const sourced = async (fields: object): Promise<Offer> => {
    const source = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Network', cidParameter: 'clickid', ...fields });
    return tracker.ok<Offer>('POST', '/offers', { name: 'Own', url: 'https://shop.example/', offerSourceId: source.id });
  };
  const send = async (cid: string, ...queries: string[]): Promise<Row> => {
    for (const query of queries) {
      expect((await tracker.postback(`cid=${cid}&${query}`)).status).toBe(200);
      await tracker.settled();
    }
    return (await tracker.ok<{ data: Row[] }>('GET', `/postbacks?cid=${cid}&limit=1`)).data[0] as Row;
  };
  const all = async (cid: string): Promise<Conversion[]> => (await tracker.conversions(cid)) as unknown as Conversion[];
  const one = async (cid: string): Promise<Conversion> => {
    const conversions = await all(cid);
    expect(conversions).toHaveLength(1);
    return conversions[0] as Conversion;
  };

  it('3: sale, then hold stays approved; under latest it is pending; a stale payout is left alone', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=sale&payout=10');
    expect((await send(cid, 'status=hold&payout=8')).result).toBe('stale_status');
    expect(await one(cid)).toMatchObject({ status: 'approved', payout: '10' });
    const latest = await tracker.click(await sourced({ transitionPolicy: 'latest' }));
    await send(latest, 'status=sale&payout=10', 'status=hold&payout=8');
    expect(await one(latest)).toMatchObject({ status: 'pending', payout: '8' });
  });

  it('4: a partial refund', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=sale&payout=50', 'status=refund&payout=20');
    expect(await one(cid)).toMatchObject({ status: 'approved', payout: '50', payoutReversed: '20' });
  });

  it('6: the last of a repeated name counts', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=lead&status=approved');
    expect(await one(cid)).toMatchObject({ status: 'approved' });
    expect((await tracker.postback(`cid[]=nobody&cid[]=${cid}&payout=4`)).status).toBe(200);
    expect(await one(cid)).toMatchObject({ payout: '4' });
  });

  it('7: one word, two meanings at two sources', async () => {
    const [a, b] = [
      await tracker.click(await sourced({ statusMap: { '1': 'approved' } })),
      await tracker.click(await sourced({ statusMap: { '1': 'pending' } })),
    ];
    await send(a, 'status=1');
    await send(b, 'status=1');
    expect([(await one(a)).status, (await one(b)).status]).toEqual(['approved', 'pending']);
  });

  it('8: a frozen rate', async () => {
    const cid = await tracker.click(offer);
    await tracker.ok('POST', '/rates', { currency: 'EUR', rate: '1.10' });
    await send(cid, 'status=hold&payout=10&currency=EUR');
    expect((await one(cid)).payoutBase).toBe('11');
    await tracker.ok('POST', '/rates', { currency: 'EUR', rate: '1.20' });
    await send(cid, 'status=sale');
    expect(await one(cid)).toMatchObject({ status: 'approved', payoutBase: '11' });
    await send(cid, 'status=sale&payout=12&currency=EUR');
    expect((await one(cid)).payoutBase).toBe('14.4');
  });

  it('9: no rate, and events leave a status alone', async () => {
    const cid = await tracker.click(offer);
    expect((await send(cid, 'status=sale&payout=10&currency=ZZZ')).warnings).toEqual(['fx_pending']);
    expect(await one(cid)).toMatchObject({ payoutBase: null });
    const other = await tracker.click(offer);
    await send(other, 'status=hold&payout=10', 'event2=1');
    expect(await one(other)).toMatchObject({ status: 'pending', events: { event2: '1' } });
  });

  it('10: events', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=sale&event1=5', 'event1=7');
    expect((await one(cid)).events).toEqual({ event1: '7' });
    expect((await send(cid, 'add_event1=2', 'add_event1=2')).result).toBe('duplicate_request');
    expect((await one(cid)).events).toEqual({ event1: '9' });
    const before = await tracker.click(offer);
    await send(before, 'event1=5', 'status=sale');
    expect((await one(before)).events).toEqual({ event1: '5' });
    // Sums and counts in reports.
    const { totals } = await tracker.ok<{ totals: Record<string, unknown> }>(
      'GET',
      '/reports?groupBy=offer&columns=event1,event1Count,event2,event2Count',
    );
    expect([totals.event1, totals.event1Count, totals.event2, totals.event2Count]).toEqual(['14', 2, '1', 1]);
  });

  it('12: a postback that overtakes its click', async () => {
    const cid = uuidToCid(createIdMaker(Date.now, randomBytes)());
    expect((await send(cid, 'payout=3')).result).toBe('waiting_click');
    const csv = `cid,createdAt\n${cid},${new Date().toISOString()}`;
    await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true&offerId=${offer.id}`, {
      method: 'POST',
      body: csv,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    await until(async () => (await all(cid)).length === 1);
    expect(await one(cid)).toMatchObject({ payout: '3' });
  });

  it('13: by_status', async () => {
    const cid = await tracker.click(await sourced({ duplicateMode: 'by_status' }));
    await send(cid, 'status=reg', 'status=ftd&payout=30', 'status=refund');
    const conversions = await all(cid);
    expect(conversions.map((c) => [c.rawStatus, c.status]).toSorted()).toEqual(
      [
        ['reg', 'pending'],
        ['refund', 'reversed'],
      ].toSorted(),
    );
  });

  it('14: a refund after the click’s partition was dropped', async () => {
    const csv = 'cid,createdAt,country,sub1\nold-1,2026-03-05T10:00:00Z,DE,banner-1';
    await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true&offerId=${offer.id}`, {
      method: 'POST',
      body: csv,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    await send('old-1', 'status=sale&payout=50');
    await tracker.db.query('DROP TABLE clicks_2026_03');
    await send('old-1', 'status=refund');
    expect(await one('old-1')).toMatchObject({ status: 'reversed', payout: '50' });
    const { rows } = await tracker.ok<{ rows: { key: { country: unknown }; revenueReversed: string }[] }>(
      'GET',
      '/reports?groupBy=country&from=2026-03-01&to=2026-04-01&filter[sub1]=banner-1',
    );
    expect(rows).toEqual([expect.objectContaining({ revenueReversed: '50' })]);
  });

  it('understands every alias', async () => {
    const samples: Record<string, [string, string, unknown]> = {
      payout: ['12,5', 'payout', '12.5'],
      status: ['Sale', 'status', 'Sale'],
      txid: ['T', 'txid', 'T'],
      currency: ['eur', 'currency', 'EUR'],
      conversion_id: ['C', 'conversionId', 'C'],
      ts: ['1763900000', 'ts', 1_763_900_000_000],
      return: ['YES', 'return', 'YES'],
      disable_forward: ['1', 'disableForward', true],
    };
    const cid = await tracker.click(offer);
    for (const [canonical, aliases] of Object.entries(PARAMETERS)) {
      for (const name of [canonical, canonical.toUpperCase(), ...aliases]) {
        const [, group, key] = /^(param|event|add_event)(\d+)$/.exec(canonical) ?? [];
        const [text, field, value] =
          group === undefined
            ? (samples[canonical] ?? [cid, 'cid', cid])
            : [
                '2',
                { param: 'params', event: 'events', add_event: 'addEvents' }[group] ?? '',
                { [`${group === 'param' ? 'param' : 'event'}${key}`]: '2' },
              ];
        const query = canonical === 'cid' ? `${name}=${text}` : `cid=${cid}&${name}=${text}`;
        const { values } = await tracker.ok<{ values: Record<string, unknown> }>('POST', '/postbacks/dry-run', {
          url: `/postback?${query}`,
        });
        expect([name, values[field]]).toEqual([name, value]);
      }
    }
  });

  it.each(['{x}', '{{x}}', '${x}', '[x]', '[[[x]]]', '[=x=]', '%23x%23', '%23%23x%23%23', '%25x%25', '%3Cx%3E', 'REPLACE', 'OPTIONAL'])(
    'an unresolved macro %s counts as absent',
    async (macro) => {
      const cid = await tracker.click(offer);
      expect((await send(cid, `status=sale&txid=${macro}`)).warnings).toEqual(['unresolved_macro']);
      expect((await one(cid)).txid).toBeNull();
      expect((await tracker.postback(`cid=${macro}`)).status).toBe(400);
    },
  );

  it.each([
    ['12.600000000000001', '12.6'],
    ['1,234.56', '1234.56'],
    ['1.234,56', '1234.56'],
    ['$ 12.50', '12.5'],
    ['12,5', '12.5'],
    ['1,234', null],
    ['NaN', null],
    ['0x10', null],
    ['1e3', null],
    ['1 234.5', '1234.5'],
    ['0', '0'],
  ])('the amount %s', async (text, payout) => {
    const cid = await tracker.click(offer);
    const row = await send(cid, `status=sale&payout=${encodeURIComponent(text)}`);
    expect([(await one(cid)).payout, row.warnings]).toEqual([payout, payout === null ? ['bad_payout'] : []]);
  });

  it('takes forms, JSON, multipart, pixels and HEAD; answers as asked', async () => {
    const post = async (init: RequestInit, query = ''): Promise<Response> => {
      const response = await tracker.get(`/postback?${query}`, { method: 'POST', ...init });
      await tracker.settled();
      return response;
    };
    const [form, json, multipart, pixel] = [
      await tracker.click(offer),
      await tracker.click(offer),
      await tracker.click(offer),
      await tracker.click(offer),
    ];
    const body = new FormData();
    for (const [name, value] of [
      ['cid', multipart],
      ['payout', '3'],
      ['param1', 'über'],
    ])
      body.set(name as string, value as string);
    expect((await post({ body: new URLSearchParams({ cid: form, payout: '1', status: 'hold' }) }, 'status=sale')).status).toBe(200);
    expect(
      (
        await post({
          body: JSON.stringify({ cid: json, payout: 2.5, status: null, param3: 'x', nested: { a: 1 } }),
          headers: { 'content-type': 'application/json' },
        })
      ).status,
    ).toBe(200);
    expect((await post({ body })).status).toBe(200);
    expect(await one(form)).toMatchObject({ status: 'approved', payout: '1' });
    expect(await one(json)).toMatchObject({ payout: '2.5', params: { param3: 'x' } });
    expect(await one(multipart)).toMatchObject({ payout: '3', params: { param1: 'über' } });

    const gif = await tracker.get(`/postback.gif?cid=${pixel}&payout=4`);
    expect([gif.status, gif.headers.get('content-type'), gif.headers.get('x-postback-result')]).toEqual([200, 'image/gif', 'accepted']);
    const refused = await tracker.get('/postback.gif?payout=4');
    expect([refused.status, refused.headers.get('x-postback-result')]).toEqual([200, 'missing_cid']);
    expect((await tracker.get(`/postback?cid=${pixel}`, { method: 'HEAD' })).status).toBe(200);
    expect((await tracker.get(`/postback?cid=${pixel}`, { method: 'PUT' })).status).toBe(405);
    expect(await (await tracker.postback(`cid=${pixel}&return=DUP&payout=4`)).text()).toBe('DUP');
    expect((await post({ body: 'x'.repeat(70_000), headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(413);
    expect((await tracker.postback(`cid=${pixel}&param1=${'x'.repeat(9_000)}`)).status).toBe(414);
  });
});
