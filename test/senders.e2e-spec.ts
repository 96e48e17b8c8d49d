import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generator } from './support/random.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

interface Row {
  query: string;
  path: string | null;
  result: string;
  reason: string | null;
  warnings: string[];
  decidedAt: string | null;
}
interface Conversion {
  status: string;
  rawStatus: string | null;
  txid: string | null;
  payout: string | null;
  currency: string | null;
  payoutBase: string | null;
}

const END = ' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const GO_ON = ' HTTP/1.1\r\nHost: x\r\n\r\n';

/** What old scripts, panels and machines send, as bytes. */
describe('what real senders send', () => {
  let tracker: Tracker;
  let offer: { key: string };
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    offer = await tracker.ok<{ key: string }>('POST', '/offers', {
      name: 'Offer',
      url: 'https://shop.example/?clickid={clickid}&k={keyword}',
      payout: '9',
      currency: 'USD',
    });
  });
  afterAll(() => tracker.stop());

  /** Writes the parts as packets of their own and reads until the other side closes. */
  const raw = (...parts: (string | Buffer)[]): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = net.connect(Number(new URL(tracker.running.url).port), '127.0.0.1', () => void write());
      const write = async (): Promise<void> => {
        for (const part of parts) {
          socket.write(part);
          await new Promise((done) => setTimeout(done, 30));
        }
      };
      socket.setTimeout(5_000, () => socket.destroy(new Error(`no end after: ${answer}`)));
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  const statuses = (answer: string): string[] => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((m) => m[1] ?? '');
  const click = (): Promise<string> => tracker.click(offer);
  const rows = async (cid: string): Promise<Row[]> => {
    await tracker.settled();
    let data: Row[] = [];
    await until(async () => {
      data = (await tracker.ok<{ data: Row[] }>('GET', `/postbacks?cid=${cid}`)).data;
      return data.length > 0 && data.every((row) => row.decidedAt !== null);
    });
    return data;
  };
  const conversions = (cid: string): Promise<Conversion[]> => tracker.conversions(cid) as unknown as Promise<Conversion[]>;

  it('reads the body of a GET, where some senders put the status', async () => {
    const cid = await click();
    const head = `GET ${tracker.pathOf(cid)}?cid=${cid} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
    const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
    expect(statuses(await raw(`${head}${form}Content-Length: 11\r\n\r\n`, 'status=hold'))).toEqual(['200']);
    expect(await conversions(cid)).toEqual([expect.objectContaining({ status: 'pending', rawStatus: 'hold' })]);
    expect(statuses(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n`, '12\r\n{"status":"reject"\r\n', '1\r\n}\r\n0\r\n\r\n'))).toEqual(
      ['200'],
    );
    expect(await conversions(cid)).toEqual([expect.objectContaining({ status: 'rejected' })]);
    expect(statuses(await raw(`${head}${form}Content-Length: 70000\r\n\r\n`, 'x'.repeat(70_000)))).toEqual(['413']);
  });

  describe('bytes that HTTP does not allow in a request line', () => {
    it.each<[string, Buffer, string]>([
      ['UTF-8', Buffer.from('Подтвержден'), 'Подтвержден'],
      ['CP1251', Buffer.from([0xef, 0xee, 0xe4]), 'под'],
      ['a space', Buffer.from('on it'), 'on it'],
      ['a tab', Buffer.from('on\tit'), 'on\tit'],
      ['a control byte', Buffer.from('a\x01b'), 'a\x01b'],
    ])('%s', async (_name, word, kept) => {
      const cid = await click();
      const line = Buffer.concat([Buffer.from(`GET /postback?cid=${cid}&payout=7&status=`), word, Buffer.from(END)]);
      expect(statuses(await raw(line))).toEqual(['200']);
      expect(await conversions(cid)).toMatchObject([{ status: 'unmapped', rawStatus: kept, payout: '7' }]);
    });

    it('in several packets, also within a letter', async () => {
      const cid = await click();
      const line = Buffer.from(`GET /postback?cid=${cid}&payout=7&status=й${END}`);
      const middle = line.indexOf(0xd0) + 1;
      expect(
        statuses(await raw(line.subarray(0, 20), line.subarray(20, middle), line.subarray(middle, middle + 8), line.subarray(middle + 8))),
      ).toEqual(['200']);
      expect(await conversions(cid)).toMatchObject([{ rawStatus: 'й' }]);
    });

    it('one after another on one connection, by turns and at once, answered in order', async () => {
      const cid = await click();
      const requests = ['1', 'й2', 'й3', '4', 'й5'].map((txid, i) =>
        Buffer.from(`GET /postback?cid=${cid}&payout=7&return=${i}&txid=${txid}${i === 4 ? END : GO_ON}`),
      );
      expect(statuses(await raw(...requests))).toEqual(['200', '200', '200', '200', '200']);
      const answers = await raw(Buffer.concat(requests));
      expect([...answers.matchAll(/\r\n\r\n(\d)/g)].map((m) => m[1])).toEqual(['0', '1', '2', '3', '4']);
      expect((await conversions(cid)).map((c) => c.txid).toSorted()).toEqual(['1', '4', 'й2', 'й3', 'й5']);
    });

    it('one after another, cut into packets anywhere', async () => {
      const random = generator(20261128);
      const below = (n: number): number => Math.floor(random() * n);
      const form = (body: string): string =>
        ` HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      for (let round = 0; round < 25; round++) {
        const cid = await click();
        const requests = Array.from({ length: 2 + below(6) }, (_, i) => {
          const target = `/postback?cid=${cid}&return=${i}&txid=${i}`;
          return [
            `GET ${target}${GO_ON}`,
            `GET ${target}&param1=й${GO_ON}`,
            `GET http://x.example${target}&param1=a b${GO_ON}`,
            `POST ${target}${form('status=hold')}`,
            `POST ${target}&param1=a b${form('param2=й')}`,
          ][below(5)];
        });
        const bytes = Buffer.from(`${requests.join('')}GET /postback?cid=${cid}&return=9&txid=9${END}`);
        const cuts = Array.from({ length: 1 + below(5) }, () => below(bytes.length)).toSorted((a, b) => a - b);
        const answers = await raw(...[0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i])));
        const expected = [...requests.keys(), 9].map(String);
        expect([cuts, [...answers.matchAll(/\r\n\r\n(\d)/g)].map((m) => m[1])]).toEqual([cuts, expected]);
        expect((await conversions(cid)).map((c) => c.txid).toSorted()).toEqual(expected);
      }
    }, 60_000);

    it('a body longer than it is said to be: what was stored is answered, what is behind it is refused', async () => {
      const cid = await click();
      const head = `POST /postback?cid=${cid}&payout=7 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\n`;
      expect(statuses(await raw(`${head}status=hold&more`))).toEqual(['200', '405']);
      expect(await conversions(cid)).toMatchObject([{ status: 'pending', payout: '7' }]);
    });

    it.each([
      ['without a host', 'GET /postback?cid=CID HTTP/1.1\r\nConnection: close\r\n\r\n'],
      ['that expects what we do not know', 'GET /postback?cid=CID HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n'],
      ['with the whole address', `GET https://x.example/postback?cid=CID${END}`],
    ])('a request %s is answered', async (_name, request) => {
      const cid = await click();
      expect(statuses(await raw(request.replace('CID', cid)))).toEqual(['200']);
      expect(await conversions(cid)).toHaveLength(1);
    });

    it('before a body that comes late', async () => {
      const cid = await click();
      const head = `POST /postback?cid=${cid}&param1=й HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\n`;
      expect(statuses(await raw(head, 'payout=7&', 'status=hold'))).toEqual(['200']);
      expect(await conversions(cid)).toMatchObject([{ status: 'pending', payout: '7' }]);
    });

    it('of a tracking link', async () => {
      expect(await raw(`GET /c/${offer.key}?keyword=köln am rhein${END}`)).toContain('&k=k%C3%B6ln%20am%20rhein');
      expect(
        await raw(Buffer.concat([Buffer.from(`GET /C//${offer.key}/?keyword=`), Buffer.from([0xcf, 0xf0]), Buffer.from(END)])),
      ).toContain('&k=%D0%9F%D1%80');
    });

    it.each<[string, string | Buffer, string]>([
      ['a bad header', `GET /postback HTTP/1.1\r\nHost: x\r\nReferer: \x01\r\n\r\n`, '400'],
      ['a method nobody knows', `FOO /postback${END}`, '405'],
      ['a line without an end', `GET /postback?cid=${'x'.repeat(70_000)}`, '414'],
      ['a line of 9,000 bytes', `GET /postback?cid=x&param1=${'й'.repeat(2_000)}${END}`, '414'],
      ['TLS', Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3]), '400'],
    ])('%s cannot be mended', async (_name, bytes, status) => expect(statuses(await raw(bytes))).toEqual([status]));

    it('are counted', async () => {
      const metrics = await (await tracker.get('/metrics', { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text();
      for (const reason of ['bad_header', 'bad_method', 'tls', 'too_large'])
        expect(metrics).toMatch(new RegExp(`cidra_unreadable_requests_total\\{reason="${reason}"\\} [1-9]`));
      expect(metrics).toMatch(/cidra_mended_requests_total [1-9]/);
    });
  });

  describe('addresses', () => {
    it.each(['/postback/', '//postback', '/Postback', '/postback//', '/postback.GIF/'])('%s is forgiven', async (path) => {
      const cid = await click();
      expect((await tracker.get(`${path}?cid=${cid}&payout=5`)).status).toBe(200);
      expect(await conversions(cid)).toMatchObject([{ payout: '5' }]);
    });
    it.each(['/postback/a/b', '/postback.php', '/postbacks'])('%s is refused and logged', async (path) => {
      const cid = await click();
      const response = await tracker.get(`${path}?cid=${cid}`);
      expect([response.status, await response.text()]).toEqual([404, 'bad_path']);
      expect(await rows(cid)).toMatchObject([{ path, result: 'rejected', reason: 'bad_path' }]);
    });
    it('a token in an address that is refused is not shown by the log', async () => {
      const cid = await click();
      expect((await tracker.get(`/postbacks/7QJhvnyPMYqrjMGKZwM-Mg?cid=${cid}`)).status).toBe(404);
      expect(await rows(cid)).toMatchObject([{ path: '/postbacks/TOKEN', reason: 'bad_path' }]);
    });
    it('methods that are none', async () => {
      for (const method of ['PUT', 'DELETE', 'PROPFIND']) {
        const response = await tracker.get('/postback/x', { method });
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD']);
      }
      expect((await tracker.get('/postback?cid=x', { method: 'HEAD' })).status).toBe(200);
    });
  });

  describe('bodies', () => {
    const post = async (
      body: Buffer | string,
      headers: Record<string, string>,
      query = '&payout=7',
    ): Promise<{ status: number; cid: string }> => {
      const cid = await click();
      return {
        cid,
        status: (
          await tracker.get(`/postback?cid=${cid}${query}`, {
            method: 'POST',
            body: typeof body === 'string' ? body : new Uint8Array(body),
            headers,
          })
        ).status,
      };
    };
    it('compressed ones are read', async () => {
      const { cid } = await post(
        gzipSync('{"payout":5,"status":"hold"}'),
        { 'content-encoding': 'gzip', 'content-type': 'application/json' },
        '',
      );
      expect(await conversions(cid)).toMatchObject([{ status: 'pending', payout: '5' }]);
    });
    it.each<[string, Buffer | string, Record<string, string>]>([
      ['nested JSON', '{"order":{"status":"hold"}}', { 'content-type': 'application/json' }],
      ['a list', '[{"status":"hold"}]', { 'content-type': 'application/json' }],
      ['broken JSON', '{"status":"hold', { 'content-type': 'text/plain' }],
      ['an unknown encoding', 'status=hold', { 'content-encoding': 'zstd', 'content-type': 'application/x-www-form-urlencoded' }],
      ['multipart without a boundary', '--x\r\n', { 'content-type': 'multipart/form-data' }],
      [
        'a multipart file',
        '--x\r\nContent-Disposition: form-data; name="status"; filename="s"\r\n\r\nhold\r\n--x--\r\n',
        { 'content-type': 'multipart/form-data; boundary=x' },
      ],
    ])('%s makes no approved money, replayed or not', async (_name, body, headers) => {
      const { cid, status } = await post(body, headers);
      expect(status).toBe(200);
      expect(await conversions(cid)).toMatchObject([{ status: 'pending', payout: '7' }]);
      const [row] = (await tracker.ok<{ data: (Row & { id: string })[] }>('GET', `/postbacks?cid=${cid}`)).data;
      expect(row?.warnings).toContain('unreadable_body');
      expect(await tracker.ok('POST', `/postbacks/${row?.id}/replay`)).toMatchObject({ result: 'no_change' });
      // A late arrival folds the click again from its history.
      await tracker.postback(`cid=${cid}&txid=late&status=hold&ts=${Math.floor(Date.now() / 1000) - 60}`);
      expect((await conversions(cid)).map((c) => c.status)).not.toContain('approved');
      await tracker.postback(`cid=${cid}&txid=late&status=sale`);
      expect((await conversions(cid)).map((c) => c.status)).toContain('approved');
    });
    it('multipart fields that are no UTF-8 are read as a form’s are, so that two words never become one', async () => {
      const parts = (word: Buffer, header = ''): Buffer =>
        Buffer.concat([
          Buffer.from(`--x\r\nContent-Disposition: form-data; name="status"\r\n${header}\r\n`),
          word,
          Buffer.from('\r\n--x--\r\n'),
        ]);
      const type = { 'content-type': 'multipart/form-data; boundary=x' };
      for (const [word, header, kept] of [
        [Buffer.from([0xef, 0xee, 0xe4]), '', 'под'],
        [Buffer.from([0xed, 0xe0, 0xe4]), '', 'над'],
        [Buffer.from([0xe9]), 'Content-Type: text/plain; charset=iso-8859-1\r\n', 'é'],
        [Buffer.from('über'), '', 'über'],
      ] as const) {
        const { cid } = await post(parts(word, header), type);
        expect(await conversions(cid)).toMatchObject([{ rawStatus: kept }]);
        expect((await rows(cid))[0]?.warnings.includes('invalid_encoding')).toBe(header === '' && kept !== 'über');
      }
    });
    it('too large ones are refused, by what they hold', async () => {
      const json = { 'content-type': 'application/json' };
      expect((await post(gzipSync(Buffer.alloc(100_000, ' ')), { ...json, 'content-encoding': 'gzip' })).status).toBe(413);
      expect((await post(Buffer.alloc(65_537, ' '), json)).status).toBe(413);
      expect((await post(Buffer.alloc(2_000_000, ' '), json)).status).toBe(413);
      await until(async () => (await tracker.ok<{ data: Row[] }>('GET', '/postbacks?reason=too_large')).data.length >= 3);
    });
  });

  describe('money', () => {
    it('of any size is whole in conversions and reports', async () => {
      for (const [currency, rate] of [
        ['BTC', '61234.123456789012'],
        ['SHIB', '0.00000854321987654321'],
        ['IRR', '0.0000237529691211'],
      ] as const)
        await tracker.ok('POST', '/rates', { currency, rate });
      for (const [payout, currency, amount, base] of [
        ['0.00000546', 'BTC', '0.00000546', '0.334338'],
        ['0.00000049', 'BTC', '0.00000049', '0.030005'],
        ['1000000000000000', 'SHIB', '1000000000000000', '8543219876.54321'],
        ['123456789012345', 'IRR', '123456789012345', '2932465297.200389'],
        ['1000000000000000', 'BTC', '1000000000000000', '61234123456789012000'],
        ['R%24+1.234,56', 'BRL', '1234.56', null],
      ] as const) {
        const cid = await click();
        await tracker.postback(`cid=${cid}&payout=${payout}${payout.startsWith('R') ? '' : `&currency=${currency}`}&status=hold`);
        const [conversion] = await conversions(cid);
        expect(conversion).toMatchObject({ payout: amount, currency, ...(base === null ? {} : { payoutBase: base }) });
      }
      const report = await tracker.ok<{ totals: { revenueHold: string } }>('GET', '/reports?columns=revenueHold');
      expect(report.totals.revenueHold).toMatch(/^6123412346826/);
    });
    it('spent on clicks is read as money is', async () => {
      const cost = async (query: string): Promise<unknown> => tracker.ok('GET', `/clicks/${await tracker.click(offer, 'clickid', query)}`);
      expect(await cost('?cost=0,05&currency=EUR')).toMatchObject({ cost: '0.05', costCurrency: 'EUR', warnings: [] });
      expect(await cost('?cost=$.05')).toMatchObject({ cost: '0.05', costCurrency: 'USD', warnings: [] });
      expect(await cost('?cost=cheap')).toMatchObject({ cost: null, costCurrency: null, warnings: ['bad_cost'] });
    });
  });

  it('status words are known in any spelling', async () => {
    const source = await tracker.ok<{ id: string; postbackUrl: string; statusMap: unknown }>('POST', '/offer-sources', {
      name: 'Network',
      cidParameter: 'clickid',
      statusMap: { 'In Review': 'pending' },
      duplicateMode: 'by_status',
      legacyEncoding: 'koi8-r',
    });
    const own = await tracker.ok<{ key: string }>('POST', '/offers', {
      name: 'Own',
      url: 'https://shop.example/',
      offerSourceId: source.id,
    });
    const token = /postback\/([\w-]+)/.exec(source.postbackUrl)?.[1] ?? '';
    const cid = await tracker.click(own);
    for (const word of ['in-review', 'IN_REVIEW', 'in%E2%80%8Breview']) await tracker.get(`/postback/${token}?cid=${cid}&status=${word}`);
    expect(await conversions(cid)).toMatchObject([{ status: 'pending' }]);
    const other = await tracker.click(own);
    await tracker.get(`/postback/${token}?cid=${other}&status=%F0%C9`);
    expect(await conversions(other)).toMatchObject([{ rawStatus: 'Пи' }]);
    expect((await tracker.api('POST', '/offer-sources', { name: 'x', legacyEncoding: 'utf-8' })).status).toBe(400);
  });
});
