import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DUPLICATE_MODES, TRANSITION_POLICIES } from '../src/offer-sources/vocabulary.js';
import { DrainService } from '../src/postbacks/drain.service.js';
import { RedecideService } from '../src/postbacks/redecide.service.js';
import { runScript } from './support/processes.js';
import { BACKENDS, environment, Tracker } from './support/tracker.js';
import { generator } from './support/random.js';

const SCRIPTS_PER_SOURCE = 4;
const PAIRS_WITHOUT_SOURCE = 4;
const SEED = Number(process.env.TEST_SEED ?? 20261124);
const DAY_SECONDS = 86_400;
/** In mode `new` and without a txid: `n:` and the postback's id, in base64url. */
const KEYED_BY_POSTBACK = /^~bjo.*/;

interface Offer {
  id: string;
  key: string;
}
/** What is said and where it goes: null is the click's own postback URL. */
interface Step {
  path: string | null;
  query: string;
}
/** One source or none, an offer whose postbacks come in disorder and one whose postbacks come in order. */
interface Pair {
  sourceId: string | null;
  wild: Offer;
  calm: Offer;
}
/** What is said of a click of either offer, in order of `ts`. */
interface Script {
  pair: Pair;
  wild: string;
  calm: string;
  steps: Step[];
}
interface Conversion extends Record<string, unknown> {
  id: string;
}
interface Detail extends Conversion {
  history: { at: string; result: string }[];
}
interface Report {
  rows: ({ key: { offer: { id: string } } } & Record<string, unknown>)[];
}

describe.each(BACKENDS)('postbacks in disorder, queues on %s', (backend) => {
  const random = generator(SEED);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const shuffled = <T>(values: readonly T[]): T[] =>
    values
      .map((value) => ({ value, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ value }) => value);

  let tracker: Tracker;
  let drains: DrainService[];
  let pairs: Pair[];
  /** Of the sources: where their postbacks go. */
  let paths: string[];
  let scripts: Script[];
  beforeAll(async () => {
    // No worker of its own: the test drains, twice at a time.
    tracker = await Tracker.start(backend, { ROLE: 'api' });
    const drain = tracker.running.app.get(DrainService);
    drains = [drain, drain];
    pairs = [];
    paths = [];
    for (const duplicateMode of DUPLICATE_MODES) {
      for (const transitionPolicy of TRANSITION_POLICIES) pairs.push(await makePair(duplicateMode, transitionPolicy, pairs.length));
    }
    for (let i = 0; i < PAIRS_WITHOUT_SOURCE; i++) pairs.push({ sourceId: null, ...(await makeOffers(null, `alone ${i}`)) });
    scripts = [];
    for (const pair of pairs) {
      for (let i = 0; i < SCRIPTS_PER_SOURCE; i++)
        scripts.push({ pair, wild: await tracker.click(pair.wild), calm: await tracker.click(pair.calm), steps: makeSteps(pair) });
    }
  });
  afterAll(() => tracker.stop());

  async function makePair(duplicateMode: string, transitionPolicy: string, n: number): Promise<Pair> {
    const source = await tracker.ok<{ id: string; postbackUrl: string }>('POST', '/offer-sources', {
      name: `${duplicateMode} ${transitionPolicy}`,
      cidParameter: 'clickid',
      duplicateMode,
      transitionPolicy,
      amountSign: n % 3 === 0 ? 'signed' : 'absolute',
      eventMakesConversion: n % 4 === 1,
      defaultStatus: n % 5 === 2 ? 'pending' : 'approved',
      retryWindowSeconds: DAY_SECONDS,
    });
    paths.push(new URL(source.postbackUrl).pathname);
    return { sourceId: source.id, ...(await makeOffers(source.id, String(n))) };
  }

  async function makeOffers(offerSourceId: string | null, name: string): Promise<{ wild: Offer; calm: Offer }> {
    const make = (which: string): Promise<Offer> =>
      tracker.ok<Offer>('POST', '/offers', { name: `${which} ${name}`, url: 'https://shop.example/?clickid={clickid}', offerSourceId });
    return { wild: await make('wild'), calm: await make('calm') };
  }

  /** Drawn from a few, since networks repeat themselves; each a second or so after the one before. A click without a source hears from several. */
  function makeSteps({ sourceId }: Pair): Step[] {
    const callers = sourceId === null ? [null, pick(paths), pick(paths)] : [null];
    const start = Date.now() - 60_000;
    const queries = Array.from({ length: 2 + below(4) }, () =>
      [
        `status=${pick(['', 'hold', 'sale', 'sale', 'reject', 'refund', 'no-such-word', 'ping'])}`,
        `payout=${pick(['', '', '10', '3.3', '0', '-4'])}`,
        `currency=${pick(['', 'EUR', 'USD', 'ZZZ'])}`,
        `txid=${pick(['', '', 'A', 'B'])}`,
        `event1=${pick(['', '5'])}`,
        `add_event2=${pick(['', '', '2'])}`,
        `param1=${pick(['', 'a', 'b'])}`,
        `conversion_id=${pick(['', '', 'n1'])}`,
      ]
        .filter((said) => !said.endsWith('='))
        .join('&'),
    );
    return Array.from({ length: 3 + below(7) }, (_, i) => ({
      path: pick(callers),
      query: `${pick(queries)}&ts=${start + i * 1_000 + below(1_000)}`,
    }));
  }

  async function send(cid: string, { path, query }: Step): Promise<string> {
    const response = await tracker.get(`${path ?? tracker.pathOf(cid)}?cid=${cid}&${query}`, { headers: { accept: 'application/json' } });
    expect(response.status).toBe(200);
    return ((await response.json()) as { id: string }).id;
  }

  /** What the API shows of a click, in order, but for what tells the two clicks apart. A repetition leaves no trace, so what it says of the status may be older. */
  async function shown(cid: string): Promise<unknown[]> {
    const conversions = (await tracker.conversions(cid)) as Conversion[];
    return Promise.all(
      conversions.map(async (conversion) => {
        const {
          id,
          cid: _cid,
          offerId: _offerId,
          clickedAt: _clickedAt,
          updatedAt: _updatedAt,
          history,
          ...rest
        } = await tracker.ok<Detail>('GET', `/conversions/${conversion.id}`);
        return {
          ...rest,
          key: id.slice(cid.length).replace(KEYED_BY_POSTBACK, 'its postback'),
          history: history.map(({ at, result, ...entry }) =>
            result.startsWith('duplicate') ? { at, result } : { at, result, ...entry, postbackId: null },
          ),
        };
      }),
    );
  }
  const allShown = (which: 'wild' | 'calm'): Promise<unknown[]> =>
    Promise.all(scripts.map(async (script) => ({ steps: script.steps, conversions: await shown(script[which]) })));

  /** Each offer's figures, by click time and by conversion time. */
  async function figures(): Promise<Map<string, unknown[]>> {
    const byOffer = new Map<string, unknown[]>();
    for (const asked of ['attribution=click', 'attribution=conversion', 'columns=event1,event1Count,event2,event2Count']) {
      for (const {
        key: { offer },
        ...row
      } of (await tracker.ok<Report>('GET', `/reports?groupBy=offer&limit=1000&${asked}`)).rows)
        byOffer.set(offer.id, [...(byOffer.get(offer.id) ?? []), row]);
    }
    return byOffer;
  }

  it(`come to what they come to in order, whatever the batches and repetitions (seed ${SEED})`, async () => {
    const arrivals = shuffled(scripts.flatMap(({ wild, steps }) => steps.map((step) => ({ cid: wild, step }))));
    let sending = true;
    const working = drains.map(async (drain) => {
      while (sending) await drain.drain(1 + below(7));
    });
    try {
      const sent: string[] = [];
      while (arrivals.length > 0) {
        sent.push(...(await Promise.all(arrivals.splice(0, 1 + below(12)).map(({ cid, step }) => send(cid, step)))));
        if (random() < 0.3) await tracker.ok('POST', `/postbacks/${pick(sent)}/replay`);
        if (random() < 0.3) await deliverAgain(pick(sent));
      }
      await tracker.settled();
    } finally {
      sending = false;
      await Promise.all(working);
    }

    for (let i = 0; i < Math.max(...scripts.map(({ steps }) => steps.length)); i++) {
      await Promise.all(scripts.flatMap(({ calm, steps }) => steps.slice(i, i + 1).map((step) => send(calm, step))));
      await drains[0]?.drain();
    }
    await agree();
  });

  it('come to the same after a word is mapped to something else, and to what they were when it is mapped back', async () => {
    const before = await allShown('wild');
    const remap = async (statusMap: Record<string, string>): Promise<void> => {
      for (const { sourceId } of pairs) {
        if (sourceId === null) continue;
        await tracker.ok('PATCH', `/offer-sources/${sourceId}`, { statusMap });
        await tracker.running.app.get(RedecideService).reapply({ offerSourceId: sourceId }, async () => undefined);
      }
      await drains[0]?.drain();
      await tracker.settled();
    };
    await remap({ 'no-such-word': 'approved', sale: 'rejected' });
    await agree();
    expect(await allShown('wild')).not.toEqual(before);
    await remap({});
    await agree();
    expect(await allShown('wild')).toEqual(before);
  });

  /** The clicks agree, so do the figures of the two offers, and those are what the rows come to. */
  async function agree(): Promise<void> {
    expect(await allShown('wild')).toEqual(await allShown('calm'));
    const reported = await figures();
    for (const { wild, calm } of pairs) expect(reported.get(wild.id)).toEqual(reported.get(calm.id));
    expect(reported.size).toBe(pairs.length * 2);
    expect(await runScript('recount', environment(backend, tracker.running.databaseUrl), '--check')).toMatchObject({
      code: 0,
      printed: expect.stringContaining('All figures are equal.'),
    });
  }

  /** As a job of the queue `store` that is run twice could. */
  async function deliverAgain(id: string): Promise<void> {
    await tracker.db.query(
      `INSERT INTO inbox (seq, id, received_at, next_attempt_at, cid, token_source_id, method, query, content_type, body, ip) OVERRIDING SYSTEM VALUE
       SELECT seq, id, received_at, now(), cid, token_source_id, method, query, content_type, body, ip FROM postbacks WHERE id = $1 ON CONFLICT DO NOTHING`,
      [id],
    );
  }
});
