import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RatesService } from '../src/rates/rates.service.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

const today = (): string => new Date().toISOString().slice(0, 10);
/** As the ECB publishes it daily. */
const ECB = (day: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube><Cube time='${day}'><Cube currency='USD' rate='1.25'/><Cube currency='GBP' rate='0.5'/></Cube></Cube></gesmes:Envelope>`;

describe('rates', () => {
  let tracker: Tracker;
  let bank: Server;
  let asked = 0;
  let failing = false;
  beforeAll(async () => {
    // The first time it fails: the job is tried again.
    bank = createServer((_request, response) => {
      asked += 1;
      if (failing || asked === 1) response.writeHead(500).end('later');
      else response.writeHead(200, { 'content-type': 'text/xml' }).end(ECB(today()));
    });
    await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
    tracker = await Tracker.start('postgres', { RATES_URL: `http://127.0.0.1:${(bank.address() as AddressInfo).port}/daily.xml` });
  });
  afterAll(async () => {
    await tracker.stop();
    bank.close();
  });

  const upload = async (csv: string, query = ''): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${tracker.running.url}/api/v1/rates/import?${query}`, {
      method: 'POST',
      body: csv,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const rate = async (currency: string): Promise<{ rate: string; day: string; source: string } | undefined> =>
    (await tracker.ok<{ data: { currency: string; rate: string; day: string; source: string }[] }>('GET', '/rates')).data.find(
      (r) => r.currency === currency,
    );

  it('fetches RATES_URL, again after a failure, and then says that rates are fresh', async () => {
    await until(async () => (await rate('GBP'))?.day === today(), 25_000);
    expect(asked).toBeGreaterThanOrEqual(2);
    expect(await rate('GBP')).toMatchObject({ rate: '2.5', source: 'ecb' });
    expect(await rate('EUR')).toMatchObject({ rate: '1.25', source: 'ecb' });
  }, 40_000);

  it('are missed only once another currency than the base was seen', async () => {
    const ready = async (): Promise<string> =>
      JSON.stringify(await (await tracker.get('/readyz', { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).json());
    const metrics = async (): Promise<string> =>
      (await tracker.get('/metrics', { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text();
    const offer = await tracker.ok<{ id: string; key: string }>('POST', '/offers', {
      name: 'O',
      url: 'https://shop.example/?clickid={clickid}',
    });
    await tracker.postback(`cid=${await tracker.click(offer)}&payout=1&currency=USD`);
    await tracker.settled();
    expect(await ready()).toContain('no other currency than USD was seen');
    expect(await metrics()).not.toMatch(/^cidra_rates_age_days/m);
    await tracker.postback(`cid=${await tracker.click(offer)}&payout=1&currency=GBP`);
    await tracker.settled();
    await until(async () => (await ready()).includes('0 days old'));
    expect(await metrics()).toMatch(/^cidra_rates_age_days(?:\{[^}]*\})? 0$/m);
    expect((await tracker.db.query('SELECT other_seen_at FROM base_currency')).rows[0].other_seen_at).not.toBeNull();
    // Old ones count from now on.
    await tracker.db.query(`UPDATE rates SET day = day - 400 WHERE source = 'ecb'`);
    await tracker.db.query(
      `INSERT INTO change_versions (name, version) VALUES ('rates', 1000) ON CONFLICT (name) DO UPDATE SET version = change_versions.version + 1`,
    );
    await until(async () => /days old: RATES_URL is not fetched/.test(await ready()), 15_000);
    await tracker.db.query(`UPDATE rates SET day = day + 400 WHERE source = 'ecb'`);
  }, 30_000);

  it('that cannot be fetched are a warning after three tries, and the job is done', async () => {
    const service = tracker.running.app.get(RatesService);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    asked = 0;
    failing = true;
    expect(await service.refresh()).toBeNull();
    expect(asked).toBe(3);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^Rates were not fetched from 127\.0\.0\.1:\d+: it answered 500\. Those of \d{4}-\d\d-\d\d stay in use\.$/)],
    ]);
    warn.mockRestore();
    failing = false;
    expect(await service.refresh()).toBe(2);
  }, 20_000);

  it('the base currency is worth itself, whoever says otherwise', async () => {
    expect((await upload('currency,day,rate\nUSD,2026-01-02,2\nusd,2026-01-03,1.0\n')).body).toMatchObject({
      rates: 1,
      errors: [{ line: 2, message: 'USD is the base currency: its rate is 1, not 2' }],
    });
    expect(await tracker.api('POST', '/rates', { currency: 'usd', rate: '2' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/rate', message: 'USD is the base currency: its rate is 1, not 2' }] },
    });
  });

  it('imports a file after a preview, and a manual rate beats it', async () => {
    const csv = `currency,day,rate\nUSDT,${today()},0.99\nXTS,${today()},2\nXTS,2026-02-30,2\n`;
    expect((await upload(csv)).body).toMatchObject({
      committed: false,
      rates: 2,
      errorCount: 1,
      errors: [{ line: 4, message: expect.stringContaining('day must be') }],
      columns: { currency: 'currency', day: 'day', rate: 'rate' },
    });
    expect(await rate('USDT')).toBeUndefined();
    expect((await upload(csv, 'commit=true')).body).toMatchObject({ committed: true, rates: 2 });
    expect(await rate('USDT')).toMatchObject({ rate: '0.99', source: 'csv' });
    await tracker.ok('POST', '/rates', { currency: 'USDT', rate: '1.01' });
    expect(await rate('USDT')).toMatchObject({ rate: '1.01', source: 'manual' });
    expect((await upload('a,b\n1,2')).status).toBe(400);
    // As Excel has it: semicolons, decimal commas, exponents, dates with dots.
    const [y, m, d] = today().split('-');
    expect((await upload(`Datum;Währung;Kurs\n${d}.${m}.${y};VND;3,9E-05\n`, 'commit=true')).body).toMatchObject({
      rates: 1,
      errorCount: 0,
    });
    expect(await rate('VND')).toMatchObject({ rate: '0.000039', source: 'csv' });
    // The rouble's old code is the rouble, as in postbacks.
    await tracker.ok('POST', '/rates', { currency: 'RUR', rate: '0.0124' });
    expect(await rate('RUB')).toMatchObject({ rate: '0.0124', source: 'manual' });
    const offer = await tracker.ok<{ currency: string }>('POST', '/offers', {
      name: 'Roubles',
      url: 'https://shop.example/?c={clickid}',
      payout: '7',
      currency: 'rur',
    });
    expect(offer.currency).toBe('RUB');
    for (const day of ['2026-02-30', '2999-01-01'])
      expect((await tracker.api('POST', '/rates', { currency: 'EUR', rate: '1', day })).status).toBe(400);
  });
});
