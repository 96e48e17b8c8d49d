import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { REFUSALS, RESULTS, WARNINGS, type Result } from '../src/conversions/results.js';
import { ReadsService } from '../src/db/reads.service.js';
import { createIdMaker, uuidToCid } from '../src/lib/ids.js';
import { randomBytes } from 'node:crypto';
import { Tracker, until } from './support/tracker.js';

const SENTENCE = /^[A-Z][^\n]{15,}\.$/;

interface Row {
  explanation: string;
  id: string;
  result: string;
  reason: string | null;
  warnings: string[];
}
interface Source {
  id: string;
  postbackUrl: string;
}
interface Offer {
  id: string;
  key: string;
}

/** Every word of the vocabulary is said by the running tracker; a scenario each, and none too many. */
describe('the vocabulary of postbacks', () => {
  let tracker: Tracker;
  let offer: Offer;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres', { TRUST_PROXY: '127.0.0.1/32,::1/128' });
    offer = await tracker.ok<Offer>('POST', '/offers', {
      name: 'Offer',
      url: 'https://shop.example/?clickid={clickid}',
      payout: '7',
      currency: 'USD',
    });
  });
  afterAll(() => tracker.stop());

  const sourced = async (fields: object): Promise<{ source: Source; offer: Offer; token: string }> => {
    const source = await tracker.ok<Source>('POST', '/offer-sources', { name: 'Network', cidParameter: 'clickid', ...fields });
    const own = await tracker.ok<Offer>('POST', '/offers', { name: 'Own', url: 'https://shop.example/', offerSourceId: source.id });
    return { source, offer: own, token: /postback\/([\w-]+)/.exec(source.postbackUrl)?.[1] ?? '' };
  };
  const send = (path: string): Promise<Row> => sent(path, {});
  const sent = async (path: string, request: RequestInit): Promise<Row> => {
    const response = await tracker.get(path, { ...request, headers: { accept: 'application/json', ...request.headers } });
    const { id } = (await response.json()) as { id: string };
    await tracker.settled();
    let row: Row | null = null;
    await until(async () => {
      const { status, body } = await tracker.api<Row>('GET', `/postbacks/${id}`);
      row = status === 200 ? body : null;
      return row !== null;
    });
    return row as unknown as Row;
  };
  const to = async (query: string, own = offer): Promise<Row> => {
    const cid = await tracker.click(own);
    return send(`${tracker.pathOf(cid)}?cid=${cid}&${query}`);
  };
  const twice = async (first: string, second: string, own = offer): Promise<Row> => {
    const cid = await tracker.click(own);
    await send(`${tracker.pathOf(cid)}?cid=${cid}&${first}`);
    return send(`${tracker.pathOf(cid)}?cid=${cid}&${second}`);
  };

  const results: Record<Result, () => Promise<Row>> = {
    accepted: async () => {
      // A verdict takes a moment: while the worker's rows are locked the request is only accepted.
      const client = await tracker.db.connect();
      try {
        await client.query('BEGIN');
        await client.query('LOCK TABLE conversions IN ACCESS EXCLUSIVE MODE');
        const cid = await tracker.click(offer);
        const { id } = (await (await tracker.get(`/postback?cid=${cid}`, { headers: { accept: 'application/json' } })).json()) as {
          id: string;
        };
        return (await tracker.api<Row>('GET', `/postbacks/${id}`)).body;
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    },
    created: () => to('payout=1'),
    updated: () => twice('payout=1', 'payout=2'),
    no_change: () => twice('payout=1', 'payout=1'),
    duplicate: async () => twice('payout=1', 'payout=2', (await sourced({ duplicateMode: 'ignore' })).offer),
    duplicate_request: async () => twice('payout=1', 'payout=1', (await sourced({ duplicateMode: 'new' })).offer),
    ignored_status: () => to('status=test'),
    stale_status: () => twice('status=sale', 'status=hold'),
    click_not_found: () => send('/postback?cid=no-such-click'),
    click_expired: async () => {
      const own = await sourced({ clickExpiryDays: 1 });
      const maker = createIdMaker(() => Date.now() - 3 * 86_400_000, randomBytes);
      const id = maker();
      await tracker.db.query(
        `INSERT INTO clicks (click_id, created_at, offer_id, offer_source_id, is_unique) VALUES ($1, now() - interval '3 days', $2, $3, true)`,
        [id, own.offer.id, own.source.id],
      );
      return send(`/postback/${own.token}?cid=${uuidToCid(id)}&payout=1`);
    },
    waiting_click: () => send(`/postback?cid=${uuidToCid(createIdMaker(Date.now, randomBytes)())}`),
    source_mismatch: async () => {
      const [one, other] = [await sourced({}), await sourced({})];
      return send(`/postback/${other.token}?cid=${await tracker.click(one.offer)}`);
    },
    source_disabled: async () => to('payout=1', (await sourced({ enabled: false })).offer),
    rejected: () => send('/postback?payout=1'),
    failed: async () => {
      await tracker.db.query(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.txid = 'poison' THEN RAISE EXCEPTION 'this one cannot be stored'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON conversions FOR EACH ROW EXECUTE FUNCTION refuse()`);
      const cid = await tracker.click(offer);
      const { id } = (await (
        await tracker.get(`/postback?cid=${cid}&txid=poison`, { headers: { accept: 'application/json' } })
      ).json()) as { id: string };
      let row: Row | null = null;
      await until(async () => {
        await tracker.db.query(`UPDATE inbox SET next_attempt_at = now() WHERE id = $1`, [id]);
        await tracker.postback('cid=wake-up');
        row = (await tracker.api<Row>('GET', `/postbacks/${id}`)).body;
        return row.result === 'failed';
      }, 30_000);
      const failed = row as unknown as Row;
      expect(failed.reason).toContain('this one cannot be stored');
      // Mended, it is replayed and counts once.
      await tracker.db.query('DROP TRIGGER refuse ON conversions');
      expect(await tracker.ok('POST', `/postbacks/${id}/replay`)).toMatchObject({ result: 'created' });
      expect(await tracker.conversions(cid)).toHaveLength(1);
      return failed;
    },
  };

  it.each(RESULTS)(
    'result %s',
    async (result) => {
      const row = await results[result]();
      expect(row.result).toBe(result);
      expect(row.explanation).toMatch(SENTENCE);
      for (const word of names[result] ?? []) expect(row.explanation).toContain(word);
    },
    40_000,
  );

  /** What the sentence names of the case at hand; all words are in src/postbacks/explain.spec.ts. */
  const names: Partial<Record<Result, string[]>> = {
    created: ['new approved conversion of 1 USD', '“Offer”'],
    updated: ['approved conversion of offer “Offer”', '2 USD'],
    no_change: ['approved conversion of 1 USD of offer “Offer”'],
    duplicate: ['source “Network”', 'made by the request 0'],
    duplicate_request: ['the request 0', '600 seconds'],
    ignored_status: ['“test”', 'built-in words'],
    stale_status: ['“hold” (pending)', 'was approved already'],
    click_not_found: ['no-such-click'],
    click_expired: ['older than the day in which source “Network”'],
    waiting_click: ['waited for until 20'],
    source_mismatch: ['token of source “Network” came', 'offer “Own” of source “Network”'],
    source_disabled: ['source “Network” is disabled'],
    failed: ['this one cannot be stored'],
  };

  it('a page of the log takes a bounded number of statements, whatever stands on it', async () => {
    await Promise.all(Array.from({ length: 20 }, async () => twice('payout=1', 'payout=1')));
    const reads = tracker.running.app.get(ReadsService);
    const rows = jest.spyOn(reads, 'rows');
    const { data } = await tracker.ok<{ data: Row[] }>('GET', '/postbacks?limit=200');
    expect(data.length).toBeGreaterThan(60);
    expect(data.every((row) => SENTENCE.test(row.explanation))).toBe(true);
    expect(rows.mock.calls.length).toBeLessThanOrEqual(5);
    rows.mockRestore();
  });

  const refusals: Record<(typeof REFUSALS)[number], () => Promise<Row>> = {
    missing_cid: () => send('/postback?payout=1'),
    unresolved_macro: () => send('/postback?cid={sub1}'),
    bad_cid: () => send('/postback?cid=a%20b'),
    bad_token: () => send('/postback/AAAAAAAAAAAAAAAAAAAAAA?cid=x'),
    bad_path: () => send('/postback/x/y?cid=x'),
    token_required: async () => send(`/postback?cid=${await tracker.click((await sourced({})).offer)}&payout=1`),
    ip_denied: async () => {
      // At the door with its token, by the worker on the global URL; both are replayed once the address is allowed.
      const { offer: own, source } = await sourced({ allowedIps: ['203.0.113.0/24'], requireToken: false });
      const atDoor = await to('payout=1', own);
      expect(atDoor).toMatchObject({ result: 'rejected', reason: 'ip_denied' });
      expect(atDoor.explanation).toMatch(/came from \S+, and source “Network” takes postbacks from 203\.0\.113\.0\/24 only/);
      expect(await tracker.ok('POST', `/postbacks/${atDoor.id}/replay`)).toMatchObject({ result: 'rejected', reason: 'ip_denied' });
      await tracker.ok('PATCH', `/offer-sources/${source.id}`, { allowedIps: [] });
      expect(await tracker.ok('POST', `/postbacks/${atDoor.id}/replay`)).toMatchObject({ result: 'created' });
      await tracker.ok('PATCH', `/offer-sources/${source.id}`, { allowedIps: ['203.0.113.0/24'] });
      return send(`/postback?cid=${await tracker.click(own)}&payout=1`);
    },
    too_large: () => send(`/postback?cid=x&param1=${'x'.repeat(9_000)}`),
  };

  it.each(REFUSALS)('refusal %s', async (reason) => {
    const row = await refusals[reason]();
    expect([row.result, row.reason]).toEqual(['rejected', reason]);
    expect(row.explanation).toMatch(SENTENCE);
  });

  const warnings: Record<(typeof WARNINGS)[number], () => Promise<Row>> = {
    unmapped_status: () => to('status=gibberish'),
    bad_payout: () => to('payout=1e5'),
    bad_currency: () => to('payout=1&currency=*'),
    ambiguous_amount: () => to('payout=150.000&currency=JPY'),
    fx_pending: () => to('payout=1&currency=XTS'),
    fx_old: async () => {
      await tracker.ok('POST', '/rates', { currency: 'XUA', rate: '2', day: '2026-01-02' });
      return to('payout=1&currency=XUA');
    },
    bad_event: () => to('event1=many&payout=1'),
    bad_ts: () => to('payout=1&ts=2000-01-01'),
    too_long: () => to(`param1=${'x'.repeat(300)}&payout=1`),
    unresolved_macro: () => to('payout={payout}'),
    mixed_txid: () => twice('status=hold', 'status=sale&txid=1'),
    reversal_without_sale: () => to('status=refund'),
    reinstated: () => twice('status=rejected', 'status=sale'),
    repeated_param: () => to('payout=1&payout=2'),
    repaired_url: () => to('payout=1?status=hold'),
    unreadable_body: async () => {
      const cid = await tracker.click(offer);
      return sent(`/postback?cid=${cid}`, {
        method: 'POST',
        body: '{"payout":1,"order":{"status":"hold"}}',
        headers: { 'content-type': 'application/json' },
      });
    },
    invalid_encoding: () => to('param1=%ZZ&payout=1'),
  };

  it.each(WARNINGS)('warning %s', async (warning) => {
    const row = await warnings[warning]();
    expect(row.warnings).toContain(warning);
    expect(row.explanation).toMatch(SENTENCE);
    expect(row.explanation).toContain('; ');
    expect(['created', 'updated']).toContain(row.result);
  });

  it('has no scenario for a word that does not exist', () => {
    expect(Object.keys(results).toSorted()).toEqual([...RESULTS].toSorted());
    expect(Object.keys(refusals).toSorted()).toEqual([...REFUSALS].toSorted());
    expect(Object.keys(warnings).toSorted()).toEqual([...WARNINGS].toSorted());
  });
});
