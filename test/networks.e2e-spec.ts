import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expandTemplate } from '../src/offer-sources/networks.js';
import { NETWORKS } from '../src/offer-sources/networks-data.js';
import { byStatusKey } from '../src/offer-sources/status-word.js';
import { resolveStatus } from '../src/statuses/resolve-status.js';
import { Tracker } from './support/tracker.js';

interface Source {
  id: string;
  postbackUrl: string;
  postbackUrls: { status: string; url: string }[];
  linkBuilder: Record<string, string>;
  warnings: string[];
}
interface Conversion {
  status: string;
  payout: string | null;
  txid: string | null;
  currency: string | null;
  payoutBase: string | null;
}

/** Every template, set up and used as a network would use it. */
describe('the network catalogue', () => {
  let tracker: Tracker;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    // Whatever currency a sample says, there is a rate.
    for (const currency of ['RUB', 'BRL']) await tracker.ok('POST', '/rates', { currency, rate: '0.5' });
  });
  afterAll(() => tracker.stop());

  it('is listed by the API, with what is disputed', async () => {
    const { data } = await tracker.ok<{ data: { key: string; disputed: string[] }[] }>('GET', '/networks?limit=200');
    expect(data.map((n) => n.key).toSorted()).toEqual(NETWORKS.map((n) => n.key).toSorted());
    expect(data.filter((n) => n.disputed.length > 0).length).toBeGreaterThanOrEqual(8);
  });

  it.each(NETWORKS.map((n) => [n.key, n] as const))('%s', async (key, network) => {
    const source = await tracker.ok<Source>('POST', '/offer-sources', {
      name: key,
      template: key,
      ...(network.linkBuilder.cid === undefined ? { linkBuilder: { cid: '{click}' } } : {}),
      ...(network.cidParameter === '' && network.offerUrlTemplate.includes('{cidParameter}') ? { cidParameter: 'click' } : {}),
    });
    expect(source.warnings.filter((w) => w.startsWith('Disputed'))).toHaveLength(network.disputed.length);
    const offer = await tracker.ok<{ key: string }>('POST', '/offers', {
      name: key,
      url: 'https://shop.example/page',
      offerSourceId: source.id,
      payout: '3',
      currency: 'USD',
    });
    const words =
      source.linkBuilder.status === undefined
        ? [undefined]
        : Object.keys(network.statusMap).length > 0
          ? Object.keys(network.statusMap)
          : ['approved', 'pending'];
    const cases = [
      ...(source.linkBuilder.status === undefined || /[{[#%<]/.test(source.linkBuilder.status)
        ? words.map((word) => ({
            url: source.postbackUrl,
            word,
            meaning: word === undefined ? network.defaultStatus : resolveStatus(word, [byStatusKey(network.statusMap)]).meaning,
          }))
        : []),
      ...source.postbackUrls.map(({ status, url }) => ({ url, word: undefined, meaning: status })),
    ];
    expect(cases.length).toBeGreaterThan(0);
    const send = async ({ url, word, meaning }: (typeof cases)[number], n: number): Promise<void> => {
      const response = await tracker.get(`/c/${offer.key}`, {
        headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36' },
      });
      const location = new URL(response.headers.get('location') ?? 'http://none');
      const parameter = network.cidParameter === '' ? 'click' : network.cidParameter;
      const cid = network.offerUrlTemplate.includes('{cidParameter}')
        ? location.searchParams.get(parameter)
        : location.pathname.split('/').at(-1);
      expect(cid).toMatch(/^[0-9a-z]{26}$/);

      // What the network puts in the place of its macros, by the row the macro stands in; a txid may be made of several.
      const [base, query = ''] = url.split('?') as [string, string?];
      const sample: Record<string, string> = { cid: cid as string, payout: '12.50', currency: 'EUR', status: word ?? 'approved' };
      const sent = new URLSearchParams();
      for (const row of query.split('&')) {
        const [name = '', text = ''] = [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)];
        // A macro of a second name in one row (a txid made of id and goal) gets another value.
        sent.set(
          name,
          expandTemplate(text, (macro) => sample[name] ?? `${macro.replace(/\W/g, '')}${n}`),
        );
      }
      const answer = await tracker.get(`${new URL(base).pathname}?${sent}`);
      expect([answer.status, await answer.text()]).toEqual([200, network.answer ?? 'OK']);

      const conversions = (await tracker.conversions(cid as string)) as unknown as Conversion[];
      if (meaning === 'ignored') {
        expect(conversions).toEqual([]);
        return;
      }
      expect(conversions).toHaveLength(1);
      const [conversion] = conversions as [Conversion];
      const rows = Object.fromEntries(sent);
      const currency = rows.currency === undefined ? (network.defaultCurrency ?? 'USD') : rows.currency;
      const paid = rows.payout !== undefined && !['rejected', 'trash', 'reversed'].includes(meaning);
      expect(conversion).toMatchObject({ status: meaning, txid: rows.txid ?? null });
      if (paid) expect(conversion).toMatchObject({ payout: '12.5', currency, payoutBase: expect.any(String) });
    };
    await Promise.all(cases.map(send));
  });
});
