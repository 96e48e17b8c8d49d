import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { recount, type Facts } from './support/recount.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

type Figures = Record<string, number | string | null>;
interface Row extends Record<string, unknown> {
  key: Record<string, unknown>;
  previous?: Figures;
}
interface Report {
  rows: Row[];
  totals: Figures & { previous?: Figures };
  currency: string;
  tz: string;
  from: string;
  to: string;
  previous?: { from: string; to: string };
  nextCursor: string | null;
}

/** What the test sent, as the reports must see it. Money in cents of the base currency. */
interface Click {
  cid: string;
  at: number;
  offer: string;
  source: string | null;
  cost: number;
  bot: boolean;
  unique: boolean;
  facts: Record<string, string | null>;
}
interface Conversion {
  click: Click;
  at: number;
  status: string;
  payout: number;
  reversed: number;
  upsell: boolean;
  facts: Record<string, string | null>;
  events: Record<string, number>;
}

const OFFERS = ['Red shoes', '=HYPERLINK("http://evil.example")', 'Newsletter'];
const SOURCE_OF: Record<string, string | null> = { 'Red shoes': 'North', '=HYPERLINK("http://evil.example")': 'South', Newsletter: null };
const HOUR = 3_600_000;
const START = Date.UTC(2026, 9, 12);
/** Midnight in India, and both passes of the hour that Berlin's clock shows twice. */
const BORDERS = [
  '2026-10-24T18:29:59.999Z',
  '2026-10-24T18:30:00.000Z',
  '2026-10-25T00:30:00.000Z',
  '2026-10-25T01:30:00.000Z',
  '2026-10-25T22:59:59.000Z',
  '2026-10-25T23:00:00.000Z',
  // Both passes of Havana's midnight, and the midnight of Lord Howe at half past.
  '2026-11-01T04:30:00.000Z',
  '2026-11-01T05:30:00.000Z',
  '2026-10-25T12:59:00.000Z',
  '2026-10-25T13:15:00.000Z',
];
const EUR = 110;

const CLICKS: Click[] = [
  ...Array.from({ length: 72 }, (_, i) => START + i * 7.3 * HOUR + i * i * 977),
  ...BORDERS.map((t) => Date.parse(t)),
].map(
  (at, i): Click => ({
    cid: `r-${i}`,
    at: Math.floor(at),
    offer: OFFERS[i % 3] as string,
    source: SOURCE_OF[OFFERS[i % 3] as string] ?? null,
    cost: (i % 4) * 25,
    bot: i % 11 === 10,
    unique: i % 11 !== 10 && i % 2 === 0,
    facts: {
      country: (['DE', 'IN', null, 'DE'] as const)[i % 4] ?? null,
      region: `Region ${i % 2}`,
      city: i % 5 === 0 ? null : `City ${i % 5}`,
      isp: `Isp ${i % 3}`,
      device: i % 2 === 0 ? 'mobile' : 'desktop',
      os: i % 2 === 0 ? 'Android' : 'Windows',
      browser: `Browser ${i % 4}`,
      language: i % 2 === 0 ? 'de' : 'en',
      referrerDomain: i % 6 === 0 ? null : `news${i % 2}.example`,
      source: i % 3 === 0 ? null : `Push ${i % 2}`,
      keyword: i % 4 === 0 ? null : `shoes ${i % 3}`,
      externalId: `ext-${i}`,
      sub1: `banner ${i % 4}`,
      sub20: i % 7 === 0 ? 'deep' : null,
    },
  }),
);

/** Postbacks of one click, in order, and what they come to. */
const STORIES: readonly { queries: string[]; made: Partial<Conversion>[] }[] = [
  {
    queries: ['event1=5', 'payout=10&param1=a', 'event1=7&add_event2=1.5', 'add_event2=2'],
    made: [{ payout: 1_000, facts: { param1: 'a' }, events: { event1: 7, event2: 3.5 } }],
  },
  { queries: ['status=hold&payout=20&event1=3'], made: [{ status: 'pending', payout: 2_000, events: { event1: 3 } }] },
  {
    queries: ['payout=50&txid=1', 'payout=20&status=refund&txid=1', 'payout=8.5&txid=2&event30=-4&param20=z'],
    made: [
      { payout: 5_000, reversed: 2_000 },
      { payout: 850, upsell: true, facts: { param20: 'z' }, events: { event30: -4 } },
    ],
  },
  { queries: ['payout=30', 'status=refund'], made: [{ status: 'reversed', payout: 3_000 }] },
  { queries: ['status=reject&payout=9'], made: [{ status: 'rejected', payout: 900 }] },
  { queries: ['status=trash'], made: [{ status: 'trash' }] },
  { queries: ['status=who_knows&payout=4&param1=b'], made: [{ status: 'unmapped', payout: 400, facts: { param1: 'b' } }] },
  { queries: ['payout=10&currency=EUR&event1=0'], made: [{ payout: 10 * EUR, facts: { currency: 'EUR' }, events: { event1: 0 } }] },
  // Events alone make no conversion: they wait, and count nowhere.
  { queries: ['event1=1000'], made: [] },
];

const story = (i: number): (typeof STORIES)[number] | undefined =>
  i % 2 === 0 || i >= 72 ? STORIES[((i / 2) | 0) % STORIES.length] : undefined;
const CONVERSIONS: Conversion[] = CLICKS.flatMap((click, i) =>
  (story(i)?.made ?? []).map((made, n) => {
    const first = story(i)?.queries.findIndex((q) => /payout|status/.test(q) && (n === 0 || q.includes('txid=2'))) ?? 0;
    return {
      click,
      at: postbackAt(click, first),
      status: 'approved',
      payout: 0,
      reversed: 0,
      upsell: false,
      events: {},
      ...made,
      facts: { currency: made.payout === undefined ? null : 'USD', ...made.facts },
    };
  }),
);

/** A quarter of a day after the click, and an hour between postbacks. */
function postbackAt(click: Click, n: number): number {
  return Math.floor(click.at / 1_000) * 1_000 + (6 + n) * HOUR;
}

const money = (cents: number): string => String(cents / 100);

const EVENTS = ['event1', 'event1Count', 'event2', 'event2Count', 'event30', 'event30Count'];
const PLAIN = [
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
];
type Wanted = Parameters<typeof recount>[1];
interface Counted {
  rows: Row[];
  totals: Figures;
}
interface Asked {
  groupBy: string[];
  tz?: string;
  from: string;
  to: string;
  since: number;
  end: number;
  attribution?: 'click' | 'conversion';
  filters?: Record<string, string>;
}
const query = ({ groupBy, tz = 'UTC', from, to, attribution = 'click', filters = {} }: Asked, more: Record<string, string> = {}): string =>
  new URLSearchParams({
    groupBy: groupBy.join(','),
    tz,
    from,
    to,
    attribution,
    limit: '1000',
    ...Object.fromEntries(Object.entries(filters).map(([name, v]) => [`filter[${name}]`, v])),
    ...more,
  }).toString();

/** What the test sends as the rows that it must become, written down here and not read from the database. */
function factsOf(ids: Readonly<Record<string, string>>): Facts {
  const subsOf = ({ sub1, sub20 }: Click['facts']): Record<string, string | null | undefined> => ({ sub1, sub20 });
  const ofOffer = (click: Click): Record<string, unknown> => ({
    offer_id: ids[click.offer],
    offer_source_id: click.source === null ? null : ids[click.source],
  });
  return {
    clicks: CLICKS.map((click) => ({
      ...ofOffer(click),
      ...click.facts,
      created_at: new Date(click.at),
      referrer_domain: click.facts.referrerDomain,
      external_id: click.facts.externalId,
      subs: subsOf(click.facts),
      cost_base: money(click.cost),
      bot: click.bot ? 'bot' : null,
      is_unique: click.unique,
    })),
    conversions: CONVERSIONS.map(({ click, at, status, payout, reversed, upsell, facts: { currency, ...params }, events }) => ({
      ...ofOffer(click),
      converted_at: new Date(at),
      clicked_at: new Date(click.at),
      click: { ...click.facts, subs: subsOf(click.facts) },
      status,
      currency,
      params,
      upsell,
      payout_base: money(payout),
      payout_reversed_base: money(reversed),
      events,
    })),
    names: new Map(Object.entries(ids).map(([name, id]) => [id, name])),
    tags: new Map(),
  };
}

describe('reports', () => {
  let tracker: Tracker;
  let facts: Facts;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    await tracker.ok('POST', '/rates', { currency: 'EUR', rate: '1.1' });
    for (const name of ['North', 'South'])
      ids[name] = (await tracker.ok<{ id: string }>('POST', '/offer-sources', { name, cidParameter: 'clickid' })).id;
    for (const name of OFFERS) {
      const source = SOURCE_OF[name] ?? null;
      ids[name] = (
        await tracker.ok<{ id: string }>('POST', '/offers', {
          name,
          url: 'https://shop.example/?clickid={clickid}',
          ...(source === null ? {} : { offerSourceId: ids[source] }),
        })
      ).id;
    }
    facts = factsOf(ids);
    const names = Object.keys(CLICKS[0]?.facts ?? {}).filter((name) => name !== 'referrerDomain');
    const lines = CLICKS.map((c) =>
      [
        c.cid,
        new Date(c.at).toISOString(),
        ids[c.offer],
        money(c.cost),
        c.bot,
        c.unique,
        c.facts.referrerDomain === null ? '' : `https://${c.facts.referrerDomain}/x`,
        ...names.map((name) => c.facts[name] ?? ''),
      ].join(','),
    );
    const response = await upload(
      [['cid', 'createdAt', 'offer', 'cost', 'bot', 'unique', 'referrer', ...names].join(','), ...lines].join('\n'),
    );
    expect(response).toMatchObject({ new: CLICKS.length, errorCount: 0 });
    for (const [i, click] of CLICKS.entries()) {
      for (const [n, postback] of (story(i)?.queries ?? []).entries())
        expect((await tracker.postback(`cid=${click.cid}&ts=${postbackAt(click, n) / 1_000}&${postback}`, ids[click.offer])).status).toBe(
          200,
        );
    }
    await tracker.settled();
  }, 60_000);
  afterAll(() => tracker.stop());

  const upload = async (csv: string): Promise<unknown> =>
    (
      await fetch(`${tracker.running.url}/api/v1/clicks/import?commit=true`, {
        method: 'POST',
        body: csv,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
      })
    ).json();
  const report = (asked: string): Promise<Report> => tracker.ok<Report>('GET', `/reports?${asked}`);
  const download = (asked: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${tracker.running.url}/api/v1/reports?${asked}`, { headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers } });
  /** The report as it must be. */
  const expected = ({ groupBy, tz = 'UTC', since, end, attribution = 'click', filters = {} }: Asked, more: Partial<Wanted> = {}): Counted =>
    recount(facts, {
      groupBy,
      filters: Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value]])),
      tz,
      from: since,
      to: end,
      attribution,
      columns: PLAIN,
      compare: false,
      sort: undefined,
      ...more,
    }) as Counted;
  const check = async (asked: Asked): Promise<void> => {
    for (const columns of [undefined, [...PLAIN, ...EVENTS]]) {
      const { rows, totals } = await report(query(asked, columns === undefined ? {} : { columns: columns.join(',') }));
      expect(rows.length).toBeGreaterThan(1);
      expect({ rows, totals }).toEqual(expected(asked, columns === undefined ? {} : { columns }));
    }
  };
  const ALL = { from: '2026-10-10', to: '2026-11-14', since: Date.UTC(2026, 9, 10), end: Date.UTC(2026, 10, 15) };
  /** A week of Berlin's in which the clock is put back: 169 hours. */
  const BERLIN = {
    tz: 'Europe/Berlin',
    from: '2026-10-19',
    to: '2026-10-25',
    since: Date.parse('2026-10-18T22:00:00Z'),
    end: Date.parse('2026-10-25T23:00:00Z'),
  };
  const INDIA = {
    tz: 'Asia/Kolkata',
    from: '2026-10-20',
    to: '2026-10-26',
    since: Date.parse('2026-10-19T18:30:00Z'),
    end: Date.parse('2026-10-26T18:30:00Z'),
  };

  it('has every story in it', () => {
    expect(new Set(CONVERSIONS.map((c) => c.status)).size).toBe(6);
    expect(CONVERSIONS.some((c) => (c.events.event1 ?? 0) > 0)).toBe(true);
    expect(CONVERSIONS.some((c) => c.upsell) && CLICKS.some((c) => c.bot)).toBe(true);
  });

  it.each(['offer', 'offerSource', 'offer,day', 'offerSource,offer,weekday', 'month', 'hour', 'weekday'])(
    'by %s, which counters know',
    async (names) => {
      for (const attribution of ['click', 'conversion'] as const) await check({ ...ALL, groupBy: names.split(','), attribution });
    },
  );

  it.each([
    'country',
    'region',
    'city',
    'isp',
    'device',
    'os',
    'browser',
    'language',
    'referrerDomain',
    'source',
    'keyword',
    'externalId',
    'sub1',
    'sub20',
  ])('by %s, a fact of the click', async (name) => {
    for (const attribution of ['click', 'conversion'] as const) await check({ ...ALL, groupBy: [name, 'offer'], attribution });
  });

  it.each(['status', 'currency', 'param1', 'param20'])('by %s, a fact of the conversion: no figures of clicks', async (name) => {
    for (const attribution of ['click', 'conversion'] as const) await check({ ...ALL, groupBy: [name], attribution });
    const { totals } = await report(query({ ...ALL, groupBy: [name] }));
    expect([totals.clicks, totals.bots, totals.cost, totals.profit, totals.epc, totals.cr]).toEqual([null, null, null, null, null, null]);
  });

  it('filters by what it may group by, and by what is not there', async () => {
    for (const filters of [
      { country: 'DE' },
      { country: '' },
      { sub1: 'banner 1' },
      { status: 'approved' },
      { currency: 'USD' },
      { param1: 'a' },
    ] as Record<string, string>[]) {
      await check({ ...ALL, groupBy: ['offer'], filters });
      await check({ ...ALL, groupBy: ['day'], filters, attribution: 'conversion' });
    }
    for (const [name, written, kept] of [
      ['country', 'de', 'DE'],
      ['currency', 'uSd', 'USD'],
      ['device', 'MOBILE', 'mobile'],
      ['browser', 'browser 1', 'Browser 1'],
      ['city', 'CITY 2', 'City 2'],
      ['referrerDomain', 'News1.Example', 'news1.example'],
      ['status', 'Approved', 'approved'],
    ] as const) {
      const [any] = [await report(`${query({ ...ALL, groupBy: [] })}&filter[${name}]=${written}`)];
      expect([name, any.totals]).toEqual([name, expected({ ...ALL, groupBy: [], filters: { [name]: kept } }).totals]);
    }
    expect((await report(`${query({ ...ALL, groupBy: [] })}&filter[sub1]=BANNER 1`)).totals.clicks).toBe(0);
    const { totals } = await report(`${query({ ...ALL, groupBy: [] })}&filter[offer]=${ids[OFFERS[0] as string]}`);
    expect(totals).toEqual(expected({ ...ALL, groupBy: [], filters: { offer: ids[OFFERS[0] as string] as string } }).totals);
    expect(totals.clicks).toBeGreaterThan(0);
    const either = await report(`${query({ ...ALL, groupBy: [] })}&filter[country]=DE&filter[country]=`);
    expect(either.totals).toEqual(expected({ ...ALL, groupBy: [] }, { filters: { country: ['DE', ''] } }).totals);
  });

  it('counts an offer under each of its tags, and once in the totals', async () => {
    const [first, second, third] = OFFERS as [string, string, string];
    const tag = (name: string, tags: string[]): Promise<unknown> => tracker.ok('PATCH', `/offers/${ids[name]}`, { tags });
    await tag(first, ['summer', 'Push']);
    await tag(second, ['summer']);
    const of = expected({ ...ALL, groupBy: ['offer'] });
    const sum = (numbers: readonly unknown[]): number => numbers.reduce((total: number, n) => total + Number(n), 0);
    const clicks = (...names: string[]): number =>
      sum(names.map((name) => of.rows.find(({ key }) => (key.offer as { id: string }).id === ids[name])?.clicks));
    // Read from counters, and with a country from raw rows.
    for (const more of ['', ',country']) {
      const { rows, totals } = await report(query({ ...ALL, groupBy: [] }, { groupBy: `offerTag${more}` }));
      const counted = (value: string | null): number => sum(rows.filter(({ key }) => key.offerTag === value).map(({ clicks: n }) => n));
      expect(['summer', 'Push', null].map(counted)).toEqual([clicks(first, second), clicks(first), clicks(third)]);
      expect(totals).toEqual(of.totals);
    }
    const only = async (value: string): Promise<unknown> =>
      (await report(`${query({ ...ALL, groupBy: [] })}&filter[offerTag]=${value}`)).totals.clicks;
    expect([await only('summer'), await only('Push'), await only(''), await only('none has it')]).toEqual([
      clicks(first, second),
      clicks(first),
      clicks(third),
      0,
    ]);
    for (const name of [first, second]) await tag(name, []);
  });

  it('counts days of India and of nights when the clock changes where they belong', async () => {
    for (const zone of [
      INDIA,
      BERLIN,
      {
        ...ALL,
        tz: 'America/New_York',
        from: '2026-10-30',
        to: '2026-11-02',
        since: Date.parse('2026-10-30T04:00:00Z'),
        end: Date.parse('2026-11-03T05:00:00Z'),
      },
      // A day that begins with the first of two midnights.
      {
        tz: 'Atlantic/Azores',
        from: '2026-10-25',
        to: '2026-10-29',
        since: Date.parse('2026-10-25T00:00:00Z'),
        end: Date.parse('2026-10-30T01:00:00Z'),
      },
      {
        tz: 'America/Havana',
        from: '2026-11-01',
        to: '2026-11-07',
        since: Date.parse('2026-11-01T04:00:00Z'),
        end: Date.parse('2026-11-08T05:00:00Z'),
      },
      {
        tz: 'Australia/Lord_Howe',
        from: '2026-10-15',
        to: '2026-10-25',
        since: Date.parse('2026-10-14T13:00:00Z'),
        end: Date.parse('2026-10-25T13:00:00Z'),
      },
    ]) {
      for (const attribution of ['click', 'conversion'] as const) {
        await check({ ...zone, groupBy: ['day'], attribution });
        await check({ ...zone, groupBy: ['hour', 'country'], attribution });
      }
    }
    const { from, to, rows } = await report(query({ ...BERLIN, groupBy: ['hour'] }));
    expect([from, to]).toEqual(['2026-10-18T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
    expect(rows.filter((row) => row.key.hour === '2026-10-25T02:00').map((row) => Number(row.clicks) + Number(row.bots))).toEqual([2]);
  });

  it('begins and ends within a quarter-hour when asked to', async () => {
    await check({
      ...ALL,
      from: '2026-10-12T00:07:00Z',
      to: '2026-10-24T18:29:59.999Z',
      since: Date.parse('2026-10-12T00:07:00Z'),
      end: Date.parse('2026-10-24T18:29:59.999Z'),
      groupBy: ['offer'],
    });
  });

  it('compares with the period before: day with day, across the change of the clock, and groups of either', async () => {
    const week = { tz: 'Europe/Berlin', from: '2026-10-26', to: '2026-11-01', since: BERLIN.end, end: Date.parse('2026-11-01T23:00:00Z') };
    for (const groupBy of [['day'], ['day', 'offer'], ['weekday'], ['country', 'sub1'], ['hour', 'city'], ['status', 'day']]) {
      const columns = groupBy.includes('country') ? [...PLAIN, ...EVENTS] : PLAIN;
      const found = await report(query({ ...week, groupBy }, { compare: 'previous', columns: columns.join(',') }));
      expect(found.previous).toEqual({ from: '2026-10-18T22:00:00.000Z', to: found.from });
      expect({ rows: found.rows, totals: found.totals }).toEqual(expected({ ...week, groupBy }, { columns, compare: true }));
    }
    const twice = await tracker.api('GET', `/reports?compare=previous&tz=Europe/Berlin&from=2026-10-25T00:30:00Z&to=2026-10-25T01:00:00Z`);
    expect([twice.status, JSON.stringify(twice.body)]).toEqual([400, expect.stringContaining('shows twice')]);
  });

  it('sets and adds events, before and after the first conversion (example 10)', async () => {
    const offer = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
      name: 'Events',
      url: 'https://shop.example/?clickid={clickid}',
    });
    const [cid, other] = [await tracker.click(offer), await tracker.click(offer)];
    const events = async (): Promise<Figures> => {
      await tracker.settled();
      return (await report(`filter[offer]=${offer.id}&columns=conversions,event1,event1Count`)).totals;
    };
    await tracker.postback(`cid=${cid}&event1=5`);
    expect(await events()).toEqual({ conversions: 0, event1: '0', event1Count: 0 });
    await tracker.postback(`cid=${cid}&payout=10`);
    expect(await events()).toEqual({ conversions: 1, event1: '5', event1Count: 1 });
    await tracker.postback(`cid=${cid}&event1=7`);
    expect(await events()).toEqual({ conversions: 1, event1: '7', event1Count: 1 });
    await tracker.postback(`cid=${cid}&add_event1=2`);
    await tracker.postback(`cid=${cid}&add_event1=2`);
    expect(await events()).toEqual({ conversions: 1, event1: '9', event1Count: 1 });
    await tracker.postback(`cid=${other}&payout=1&event1=0`);
    await tracker.postback(`cid=${other}&event2=x&add_event1=0.25`);
    expect(await events()).toEqual({ conversions: 2, event1: '9.25', event1Count: 2 });
  });

  it('sorts by any column, asked for or not, and pages through the same rows', async () => {
    const asked = query({ ...ALL, groupBy: ['offer', 'day', 'sub1'] }, { columns: 'profit,event1', sort: '-profit' });
    const all = await report(asked);
    const profits = all.rows.map((row) => Number(row.profit));
    expect(profits).toEqual(profits.toSorted((a, b) => b - a));
    const byClicks = await report(query({ ...ALL, groupBy: ['offer'] }, { columns: 'revenue', sort: 'clicks' }));
    expect(byClicks.rows.map((row) => row.revenue)).toEqual(
      expected({ ...ALL, groupBy: ['offer'] }, { columns: ['clicks', 'revenue'], sort: 'clicks' }).rows.map((row) => row.revenue),
    );
    const paged: Row[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Report = await report(asked.replace('limit=1000', `limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`));
      expect(page.totals).toEqual(all.totals);
      paged.push(...page.rows);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all.rows);
  });

  it('is a CSV file that no name can turn into a formula, and whose figures stay figures', async () => {
    const asked = query({ ...ALL, groupBy: ['offer', 'offerSource', 'day'] }, { columns: 'clicks,profit,event30', compare: 'previous' });
    const { rows } = await report(asked);
    const response = await download(asked, { accept: 'text/csv' });
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('content-disposition'),
      response.headers.get('vary'),
    ]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="report.csv"', 'Accept']);
    const text = await response.text();
    const [header, ...lines] = parse(text) as string[][];
    expect(header).toEqual([
      'offer',
      'offerId',
      'offerSource',
      'offerSourceId',
      'day',
      'clicks',
      'profit',
      'event30',
      'previousClicks',
      'previousProfit',
      'previousEvent30',
    ]);
    const named = (value: unknown): string[] => {
      const { name, id } = (value ?? { name: '', id: '' }) as { name: string; id: string };
      return [name.startsWith('=') ? `'${name}` : name, id];
    };
    expect(lines).toEqual(
      rows.map((row) => [
        ...named(row.key.offer),
        ...named(row.key.offerSource),
        row.key.day,
        ...[row.clicks, row.profit, row.event30, row.previous?.clicks, row.previous?.profit, row.previous?.event30].map(String),
      ]),
    );
    expect(lines.some((line) => line[6]?.startsWith('-'))).toBe(true);
    expect(await (await download(`${asked}&format=csv`)).text()).toBe(text);
  });

  it('is NDJSON, one row of JSON a line', async () => {
    const asked = query({ ...ALL, groupBy: ['offer', 'status'] });
    const { rows } = await report(asked);
    // One export at a time: the first is read before the second is asked for.
    for (const ask of [() => download(asked, { accept: 'application/x-ndjson' }), () => download(`${asked}&format=ndjson`)]) {
      const response = await ask();
      expect(response.headers.get('content-type')).toBe('application/x-ndjson');
      expect(
        (await response.text())
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Row),
      ).toEqual(rows);
    }
    expect(await (await download(`groupBy=offer&from=2020-01-01&to=2020-01-02&format=ndjson`)).text()).toBe('');
  });

  it('says what is wrong before a file begins', async () => {
    for (const [asked, pointer] of [
      ['columns=clicks,profits', '/columns'],
      ['columns=clicks,clicks', '/columns'],
      ['compare=year', '/compare'],
      ['format=xlsx', '/format'],
      ['format=csv&tz=Mars/Base', '/tz'],
      ['format=csv&sort=day', '/sort'],
      ['groupBy=a', '/groupBy'],
      ['groupBy=offer,day,hour,month', '/groupBy'],
      ['limit=1001', '/limit'],
      ['format=csv&from=2026-11-02&to=2026-11-01', '/to'],
    ] as const) {
      const answer = await tracker.api<{ errors: { pointer: string }[] }>('GET', `/reports?${asked}`);
      expect([asked, answer.status, answer.body.errors.map((e) => e.pointer)]).toEqual([asked, 400, [pointer]]);
    }
  });

  it('sends a large file while it reads, one at a time, and lets go of it when the reader goes', async () => {
    const count = 40_000;
    await tracker.db.query(
      `INSERT INTO clicks (click_id, created_at, offer_id, is_unique, subs)
       SELECT (lpad(to_hex(t), 12, '0') || '7000a000000000000000')::uuid, to_timestamp(t / 1000.0), $2, false, json_build_object('sub1', t) FROM generate_series($1::bigint, $1::bigint + ${count - 1}) AS t`,
      [Date.UTC(2026, 10, 20), ids.Newsletter],
    );
    const asked = 'groupBy=sub1&from=2026-11-20&to=2026-11-20&sort=sub1&format=ndjson&compare=previous';
    const abort = new AbortController();
    const unread = await fetch(`${tracker.running.url}/api/v1/reports?${asked}`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      signal: abort.signal,
    });
    expect(unread.status).toBe(200);
    const second = await tracker.api<{ code: string }>('GET', `/reports?${asked}`);
    expect([second.status, second.body.code]).toEqual([503, 'busy']);
    expect((await report('groupBy=offer')).rows.length).toBeGreaterThan(0);
    abort.abort();
    let whole: Response | undefined;
    await until(async () => (whole = await download(asked)).status === 200);
    const lines = (await whole?.text())?.trimEnd().split('\n') ?? [];
    expect([lines.length, (JSON.parse(lines[0] as string) as Row).key.sub1, (JSON.parse(lines.at(-1) as string) as Row).key.sub1]).toEqual([
      count,
      String(Date.UTC(2026, 10, 20)),
      String(Date.UTC(2026, 10, 20) + count - 1),
    ]);
    const { rows } = await tracker.db.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND application_name = 'cidra reports'`,
    );
    expect(rows[0].n).toBe(0);
  }, 60_000);

  it('keeps the figures of clicks whose partition was dropped, with events beside them as well', async () => {
    await tracker.db.query('DROP TABLE clicks_2026_10');
    await check({ ...ALL, groupBy: ['offer', 'day'] });
    const { totals } = await report(query({ ...ALL, groupBy: ['country'] }));
    expect(Number(totals.clicks)).toBeLessThan(Number(expected({ ...ALL, groupBy: ['offer'] }).totals.clicks));
  });
});
