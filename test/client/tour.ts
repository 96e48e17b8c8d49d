import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

/** The README's tour with a client whose types are made from openapi.json: it has to compile as it stands, and to work. */
export async function tour(
  baseUrl: string,
  key: string,
): Promise<{ status: string; payout: string | null; revenue: string; explanation: string }> {
  const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

  const source = await client.POST('/api/v1/offer-sources', { body: { name: 'My Affise network', template: 'affise' } });
  if (source.data === undefined) throw new Error(source.error.detail);
  const offer = await client.POST('/api/v1/offers', {
    body: { name: 'Red shoes', url: 'https://shop.example/shoes', offerSourceId: source.data.id, payout: '12', currency: 'USD' },
  });
  if (offer.data === undefined) throw new Error(offer.error.detail);
  if (source.data.postbackUrl === null) throw new Error('an admin sees tokens');

  const visit = await fetch(here(offer.data.trackingUrl, baseUrl), { redirect: 'manual' });
  const cid = new URL(visit.headers.get('location') ?? '').searchParams.get('sub1') ?? '';
  for (const status of ['2', '1']) {
    const postback = new URL(here(source.data.postbackUrl, baseUrl));
    postback.search = new URLSearchParams({ cid, payout: '12.50', status, txid: 'A-1001', currency: 'USD' }).toString();
    await fetch(postback);
  }

  for (let tries = 0; tries < 100; tries++) {
    const conversions = await client.GET('/api/v1/conversions', { params: { query: { cid } } });
    // Lists and reports are text as well, where CSV or NDJSON is asked for.
    if (typeof conversions.data !== 'object' || !('data' in conversions.data)) throw new Error('no list of conversions');
    const [conversion] = conversions.data.data;
    if (conversion?.status === 'approved') {
      const log = await client.GET('/api/v1/postbacks', { params: { query: { cid } } });
      const report = await client.GET('/api/v1/reports', { params: { query: { groupBy: ['offerSource', 'offer'] } } });
      if (typeof log.data !== 'object' || !('data' in log.data)) throw new Error('no log');
      if (typeof report.data !== 'object' || !('totals' in report.data)) throw new Error('no report');
      return {
        status: conversion.status,
        payout: conversion.payout,
        revenue: report.data.totals.revenue ?? '',
        explanation: log.data.data[0]?.explanation ?? '',
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the postbacks were not decided');
}

/** The same address on the tracker at hand. */
const here = (url: string, baseUrl: string): string => `${baseUrl}${new URL(url).pathname}`;
