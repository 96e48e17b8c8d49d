import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_KEY, BACKENDS, Tracker } from './support/tracker.js';

interface Differences {
  total: number;
  matched: number;
  missing: object[];
  extra: object[];
  differentStatus: object[];
  differentAmount: object[];
  theirTotals: object;
  ourTotals: object;
  errors: object[];
}

describe.each(BACKENDS)('import of conversions and statements, queues on %s', (backend) => {
  let tracker: Tracker;
  let source: { id: string };
  let offer: { id: string; key: string };
  beforeAll(async () => {
    tracker = await Tracker.start(backend);
    source = await tracker.ok('POST', '/offer-sources', {
      name: 'Network',
      cidParameter: 'clickid',
      statusMap: { '1': 'approved', '2': 'pending' },
      requireToken: true,
    });
    offer = await tracker.ok('POST', '/offers', { name: 'Offer', url: 'https://shop.example/', offerSourceId: source.id });
  });
  afterAll(() => tracker.stop());

  const upload = async (path: string, body: string, accept = 'application/json'): Promise<Response> =>
    fetch(`${tracker.running.url}/api/v1${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv', accept },
    });
  const answer = async (path: string, body: string): Promise<Record<string, unknown>> =>
    (await upload(path, body)).json() as Promise<Record<string, unknown>>;
  const clicks = async (n: number): Promise<string[]> => {
    const cids: string[] = [];
    for (let i = 0; i < n; i++) cids.push(await tracker.click(offer));
    return cids;
  };

  it('previews what each line would do, and does it by the same engine', async () => {
    const [a, b] = (await clicks(2)) as [string, string];
    const file = `Click ID,Commission,Currency,Status,Order ID,Colour\n${a},12.5,USD,1,T-1,red\n${b},5,USD,2,T-2,\nno-such-click,3,USD,1,T-3,\n,3,USD,1,T-4,\n`;
    expect(await answer('/conversions/import', file)).toMatchObject({
      committed: false,
      total: 4,
      new: 2,
      updated: 0,
      unmatched: 1,
      refused: 0,
      errorCount: 1,
      errors: [{ line: 5, message: 'missing_cid' }],
    });
    expect(await tracker.conversions(a)).toEqual([]);
    // A commit is answered with the verdicts, which are those of the preview.
    expect(await answer('/conversions/import?commit=true', file)).toMatchObject({
      committed: true,
      state: 'done',
      accepted: 3,
      new: 2,
      updated: 0,
      unmatched: 1,
      refused: 0,
      pending: 0,
      errorCount: 1,
      errors: [{ line: 5, message: 'missing_cid' }],
    });
    expect(await tracker.conversions(a)).toEqual([expect.objectContaining({ payout: '12.5', status: 'approved', txid: 'T-1' })]);
    expect(await tracker.conversions(b)).toEqual([expect.objectContaining({ payout: '5', status: 'pending', txid: 'T-2' })]);
    expect((await tracker.ok<{ data: { method: string; result: string }[] }>('GET', `/postbacks?cid=${a}`)).data).toEqual([
      expect.objectContaining({ method: 'IMPORT', result: 'created' }),
    ]);
    // The same again changes nothing; a settled one is an update.
    const again = file.replace(`${b},5,USD,2`, `${b},5,USD,1`);
    expect(await answer('/conversions/import', again)).toMatchObject({ new: 0, updated: 1, unchanged: 1, unmatched: 1 });
    await answer('/conversions/import?commit=true', again);
    expect(await tracker.conversions(b)).toEqual([expect.objectContaining({ status: 'approved' })]);
  });

  it('reads the lines of Keitaro and Binom', async () => {
    const [a, b] = (await clicks(2)) as [string, string];
    expect(await answer('/conversions/import?format=keitaro&commit=true', `${a},7.25,K-1,sale\r\n\r\na,b,c,d,e`)).toMatchObject({
      total: 2,
      accepted: 1,
      errors: [{ line: 3 }],
    });
    expect(await answer('/conversions/import?format=binom&commit=true', `${b}:payout=4&status=hold`)).toMatchObject({ accepted: 1 });
    expect(await tracker.conversions(a)).toEqual([expect.objectContaining({ payout: '7.25', txid: 'K-1', status: 'approved' })]);
    expect(await tracker.conversions(b)).toEqual([expect.objectContaining({ payout: '4', status: 'pending' })]);
  });

  it('compares a statement: missing, extra, another status, another amount', async () => {
    const other = await tracker.ok<{ id: string }>('POST', '/offer-sources', {
      name: 'Statement',
      cidParameter: 'clickid',
      statusMap: { '1': 'approved', '3': 'rejected' },
    });
    const own = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
      name: 'Own',
      url: 'https://shop.example/',
      offerSourceId: other.id,
    });
    const cids: string[] = [];
    for (let i = 1; i <= 5; i++) {
      const cid = await tracker.click(own);
      cids.push(cid);
      await tracker.postback(`cid=${cid}&txid=S-${i}&payout=${i}0&status=sale&currency=USD`);
    }
    await tracker.settled();
    const statement = 'Order ID,Status,Payout,Currency\nS-1,1,10.00,USD\nS-2,3,20,USD\nS-3,1,31,USD\nS-9,1,9,USD\n,1,1,USD\n';
    const path = `/conversions/reconcile?offerSourceId=${other.id}`;
    const body = (await answer(path, statement)) as unknown as Differences;
    expect(body).toMatchObject({
      total: 5,
      matched: 1,
      errors: [{ line: 6 }],
      missing: [{ kind: 'missing', line: 5, txid: 'S-9', theirPayout: '9' }],
      differentStatus: [{ line: 3, txid: 'S-2', theirStatus: '3', ourStatus: 'approved', cid: cids[1] }],
      differentAmount: [{ line: 4, txid: 'S-3', theirPayout: '31', ourPayout: '30' }],
      theirTotals: { USD: '50' },
      ourTotals: { USD: '150' },
    });
    expect(body.extra.map((d) => (d as { txid: string }).txid).toSorted()).toEqual(['S-4', 'S-5']);
    // By cid, and as CSV.
    const byCid = `cid,payout\n${cids[0]},10\n${cids[1]},25\n`;
    const csv = await (await upload(`${path}&by=cid`, byCid, 'text/csv')).text();
    expect(csv.split('\n')[0]).toBe(
      'kind,line,cid,txid,theirStatus,ourStatus,theirPayout,ourPayout,theirCurrency,ourCurrency,theirTime,ourTime,conversionId',
    );
    expect(csv).toContain(`differentAmount,3,${cids[1]},S-2,,approved,25,20,,USD`);
    expect(csv.match(/^extra,/gm)).toHaveLength(3);
    expect((await upload('/conversions/reconcile?offerSourceId=019abc12-3456-7890-8abc-def012345678', byCid)).status).toBe(404);
  });

  it('takes in many lines, all of one click', async () => {
    const count = 5_000;
    const [a] = (await clicks(1)) as [string];
    expect(
      await answer(
        '/conversions/import?commit=true',
        ['cid,payout,txid', ...Array.from({ length: count }, (_, i) => `${a},1,M-${i}`)].join('\n'),
      ),
    ).toMatchObject({ accepted: count });
    await tracker.settled(60_000);
    const { rows } = await tracker.db.query(`SELECT count(*)::int AS n FROM conversions WHERE cid = $1`, [a]);
    expect(rows[0].n).toBe(count);
  }, 90_000);
});
