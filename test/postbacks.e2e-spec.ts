import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BACKENDS, Tracker, until } from './support/tracker.js';

interface Offer {
  id: string;
  key: string;
}

describe.each(BACKENDS)('postbacks end to end, queues on %s', (backend) => {
  let tracker: Tracker;
  let offer: Offer;
  beforeAll(async () => {
    tracker = await Tracker.start(backend);
    offer = await tracker.ok<Offer>('POST', '/offers', {
      name: 'Offer',
      url: 'https://shop.example/?clickid={clickid}',
      payout: '7',
      currency: 'USD',
    });
  });
  afterAll(() => tracker.stop());

  const send = async (cid: string, ...queries: string[]): Promise<void> => {
    for (const query of queries) {
      const answer = await tracker.postback(`cid=${cid}&${query}`);
      expect(answer.status).toBe(200);
    }
  };

  it('makes one conversion of click, hold and sale, and logs all three (example 1)', async () => {
    const cid = await tracker.click(offer);
    await send(cid, '', 'status=hold', 'status=sale&payout=10');
    const conversions = await tracker.conversions(cid);
    expect(conversions).toEqual([expect.objectContaining({ cid, status: 'approved', payout: '10', payoutBase: '10', currency: 'USD' })]);
    const log = await tracker.ok<{ data: { result: string }[] }>('GET', `/postbacks?cid=${cid}`);
    expect(log.data.map((row) => row.result)).toEqual(['updated', 'stale_status', 'created']);
  });

  it('keeps one conversion per txid (example 2)', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'txid=1', 'txid=2', 'txid=2');
    expect((await tracker.conversions(cid)).map((c) => c.txid).toSorted()).toEqual(['1', '2']);
  });

  it('uses the offer’s payout when a macro was not resolved (example 5)', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'payout={payout}');
    expect(await tracker.conversions(cid)).toEqual([expect.objectContaining({ payout: '7', status: 'approved' })]);
    const [row] = (await tracker.ok<{ data: { warnings: string[] }[] }>('GET', `/postbacks?cid=${cid}`)).data;
    expect(row?.warnings).toEqual(['unresolved_macro']);
  });

  it('refuses with a word and logs the refusal', async () => {
    for (const [query, word] of [
      ['payout=1', 'missing_cid'],
      ['cid={sub1}', 'unresolved_macro'],
      ['cid=a%20b', 'bad_cid'],
    ]) {
      const answer = await tracker.postback(query as string);
      expect([answer.status, await answer.text()]).toEqual([400, word]);
    }
    // Refusals are answered before they are logged.
    let reasons: string[] = [];
    await until(async () => {
      const { data } = await tracker.ok<{ data: { reason: string }[] }>('GET', '/postbacks?result=rejected');
      reasons = data.map((row) => row.reason).toSorted();
      return reasons.length >= 3;
    });
    expect(reasons).toEqual(['bad_cid', 'missing_cid', 'unresolved_macro']);
  });

  it('counts a refund once and keeps the conversion (example 4)', async () => {
    const cid = await tracker.click(offer);
    await send(cid, 'status=sale&payout=50', 'status=refund');
    expect(await tracker.conversions(cid)).toEqual([expect.objectContaining({ status: 'reversed', payout: '50' })]);
  });

  it('makes one conversion and 100 log rows of 100 identical requests at once (example 11)', async () => {
    const cid = await tracker.click(offer);
    const answers = await Promise.all(Array.from({ length: 100 }, () => tracker.postback(`cid=${cid}&payout=3`)));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
    expect(await tracker.conversions(cid)).toHaveLength(1);
    const { rows } = await tracker.db.query('SELECT result, count(*)::int AS n FROM postbacks WHERE cid = $1 GROUP BY 1 ORDER BY 1', [cid]);
    expect(rows).toEqual([
      { result: 'created', n: 1 },
      { result: 'no_change', n: 99 },
    ]);
  });

  it('says where an unmatched postback stands', async () => {
    await tracker.postback('cid=00000000000000000000000000&payout=3');
    await tracker.postback('cid=some-other-trackers-id&payout=3');
    await tracker.settled();
    for (const cid of ['00000000000000000000000000', 'some-other-trackers-id']) {
      const { data } = await tracker.ok<{ data: { result: string }[] }>('GET', `/postbacks?cid=${cid}`);
      expect(data.map((row) => row.result)).toEqual(['click_not_found']);
    }
  });

  it('keeps counters equal to what the rows say', async () => {
    const report = await tracker.ok<{ totals: Record<string, unknown> }>('GET', `/reports?groupBy=offer&filter[offer]=${offer.id}`);
    const { rows } = await tracker.db.query(
      `SELECT count(*)::int AS n, sum(CASE WHEN status = 'approved' THEN payout_base - payout_reversed_base ELSE 0 END)::text AS revenue FROM conversions`,
    );
    expect(report.totals.conversions).toBe(rows[0].n);
    expect(Number(report.totals.revenue)).toBe(Number(rows[0].revenue));
  });
});
