import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeId } from './support/clicks.js';
import { Tracker } from './support/tracker.js';

interface Row {
  id: string;
  result: string;
  reason: string | null;
  ignored: string | null;
}

/** How postbacks become dead letters, and their replay, is row F22 of the fault matrix. */
describe('dead letters', () => {
  let tracker: Tracker;
  const id = makeId();
  let cid = '';
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    cid = await tracker.click(
      await tracker.ok<{ key: string }>('POST', '/offers', { name: 'Dead', url: 'https://shop.example/?clickid={clickid}' }),
    );
    await tracker.db.query(
      `INSERT INTO postbacks (id, seq, received_at, decided_at, cid, method, query, result, reason) VALUES ($1, 1, now(), now(), $2, 'GET', $3, 'failed', 'XX000 a bug')`,
      [id, cid, `cid=${cid}&payout=4&txid=D`],
    );
  });
  afterAll(() => tracker.stop());

  const list = async (query: string): Promise<Row[]> =>
    (await tracker.ok<{ data: Row[] }>('GET', `/postbacks?result=failed&${query}`)).data;
  const alerting = async (): Promise<string | undefined> => {
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const metrics = await (
      await tracker.get('/metrics', {
        headers: {
          authorization: `Bearer ${(await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'scrape', role: 'ops' })).key}`,
        },
      })
    ).text();
    return /^cidra_dead_letters(?:\{\})? (\d+)$/m.exec(metrics)?.[1];
  };

  it('are listed with their reason and counted', async () => {
    expect(await list('ignored=false')).toMatchObject([{ id, result: 'failed', reason: 'XX000 a bug', ignored: null }]);
    expect(await list('ignored=true')).toEqual([]);
    expect(await alerting()).toBe('1');
  });

  it('can be set aside with a note, which is audited, and only they can', async () => {
    expect((await tracker.api('POST', `/postbacks/${id}/ignore`, {})).status).toBe(400);
    expect((await tracker.api('POST', `/postbacks/${id}/ignore`, { note: 'withdrawn by the network' })).status).toBe(204);
    expect(await list('ignored=false')).toEqual([]);
    expect(await list('ignored=true')).toMatchObject([{ id, ignored: 'withdrawn by the network' }]);
    expect(await alerting()).toBe('0');
    const { rows } = await tracker.db.query(`SELECT action, subject, details->'body' AS body FROM audit_log WHERE subject = $1`, [id]);
    expect(rows).toEqual([{ action: 'POST /postbacks/:id/ignore', subject: id, body: { note: 'withdrawn by the network' } }]);

    await tracker.postback(`cid=${cid}&payout=1&txid=E`);
    await tracker.settled();
    const [created] = (await tracker.ok<{ data: Row[] }>('GET', '/postbacks?result=created')).data;
    expect(await tracker.api('POST', `/postbacks/${created?.id}/ignore`, { note: 'no' })).toMatchObject({
      status: 409,
      body: { code: 'not_a_dead_letter' },
    });
    expect((await tracker.api('POST', `/postbacks/${makeId()}/ignore`, { note: 'no' })).status).toBe(404);
  });

  it('can still be replayed, which takes the note away', async () => {
    expect(await tracker.ok('POST', `/postbacks/${id}/replay`)).toMatchObject({ id, result: 'created' });
    expect(await tracker.ok('GET', `/postbacks/${id}`)).toMatchObject({ result: 'created', ignored: null });
    expect((await tracker.conversions(cid)).map((c) => c['txid']).toSorted()).toEqual(['D', 'E']);
  });
});
