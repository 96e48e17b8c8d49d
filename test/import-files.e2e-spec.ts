import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

type Answer = Record<string, unknown> & { sample?: object[] };

/** As real programs wrote them: test/fixtures/files. */
const file = (name: string): Buffer => readFileSync(new URL(`fixtures/files/${name}`, import.meta.url));

describe('files of other programs', () => {
  let tracker: Tracker;
  let source: { id: string };
  let offer: { id: string; key: string };
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
    source = await tracker.ok('POST', '/offer-sources', {
      name: 'Network',
      cidParameter: 'clickid',
      defaultCurrency: 'EUR',
      statusMap: { aprobado: 'approved', pendiente: 'pending' },
    });
    offer = await tracker.ok('POST', '/offers', { name: 'Files', url: 'https://shop.example/', offerSourceId: source.id });
  });
  afterAll(() => tracker.stop());

  const upload = async (path: string, body: Buffer | string): Promise<{ status: number; body: Answer }> => {
    const response = await fetch(`${tracker.running.url}/api/v1${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' },
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const conversionsOf = async (cid: string): Promise<Answer[]> => tracker.conversions(cid);

  it('says which lines end before their last columns, and takes none that was cut off before its status for a sale', async () => {
    const cid = await tracker.click(offer);
    const text = `cid,payout,status,txid,currency\n${cid},5,approved,S1,EUR\n${cid},6,approved,S2\n${cid},7,approved\n${cid},8\n`;
    const { body } = await upload(`/conversions/import?offerSourceId=${source.id}&commit=true`, text);
    expect(body).toMatchObject({ new: 3, errors: [{ line: 5, message: 'the line ends before its status' }] });
    expect(body.notes).toContain('3 lines (3, 4, 5) end before currency, txid, status: what they lack counts as empty.');
    const clicks = await upload(`/clicks/import?offerId=${offer.id}`, 'cid,created_at,cost\nsh-1,2026-11-20,1\nsh-2,2026-11-20\n');
    expect(clicks.body).toMatchObject({
      new: 2,
      notes: expect.arrayContaining(['Line 3 ends before cost: what it lacks counts as empty.']),
    });
  });

  it('takes no minus for the payout of an offer, in the preview as in the commit', async () => {
    const signed = await tracker.ok<{ id: string }>('POST', '/offer-sources', {
      name: 'Signed',
      cidParameter: 'clickid',
      amountSign: 'signed',
    });
    const [cid, refunded, unknown] = [await tracker.click(offer), await tracker.click(offer), 'nobody-knows-1'];
    const text = `cid;payout;status;txid\n${cid};-5;sale;N1\n${cid};(7,50 €);;N2\n${refunded};40;sale;\n${refunded};-40;refund;\n${unknown};-1;sale;\n`;
    const path = `/conversions/import?offerSourceId=${source.id}`;
    const told = {
      errorCount: 3,
      errors: [2, 3, 6].map((line) => ({ line, message: expect.stringMatching(/payout is below zero/) })),
      new: 1,
      updated: 1,
    };
    const preview = await upload(path, text);
    expect(preview.body).toMatchObject(told);
    expect(preview.body.sums).toEqual([
      expect.objectContaining({ status: 'approved', payout: '40' }),
      expect.objectContaining({ status: 'reversed', payout: '-40' }),
    ]);
    expect((await upload(`${path}&commit=true`, text)).body).toMatchObject(told);
    expect(await conversionsOf(cid)).toEqual([]);
    expect(await conversionsOf(refunded)).toMatchObject([{ status: 'reversed', payout: '40' }]);
    // Of a source that writes refunds as a minus, it is one.
    const theirs = await tracker.ok<{ key: string }>('POST', '/offers', { name: 'S', url: 'https://s.example/', offerSourceId: signed.id });
    const [sold] = [await tracker.click(theirs)];
    expect(
      (await upload(`/conversions/import?offerSourceId=${signed.id}&commit=true`, `cid,payout\n${sold},9\n${sold},-9\n`)).body,
    ).toMatchObject({ errorCount: 0, new: 1, updated: 1 });
    expect(await conversionsOf(sold)).toMatchObject([{ status: 'reversed' }]);
  });

  it.each(['new', 'sum', 'by_status', 'update'])(
    'the same file again counts nothing twice, long after the retry window: %s',
    async (duplicateMode) => {
      const other = await tracker.ok<{ id: string }>('POST', '/offer-sources', {
        name: `Twice ${duplicateMode}`,
        cidParameter: 'clickid',
        duplicateMode,
        retryWindowSeconds: 0,
      });
      const theirs = await tracker.ok<{ key: string }>('POST', '/offers', {
        name: 'Twice',
        url: 'https://t.example/',
        offerSourceId: other.id,
      });
      const cid = await tracker.click(theirs);
      const [first, second] = [1_000, 2_000].map((later) => new Date(Date.now() + later).toISOString());
      // Two sales of one amount are told apart by their times.
      const text = `cid,payout,status,ts,add_event1\n${cid},5,sale,${first},2\n${cid},5,sale,${second},2\n`;
      const path = `/conversions/import?offerSourceId=${other.id}&commit=true`;
      expect((await upload(path, text)).body).toMatchObject({ errorCount: 0, unchanged: 0 });
      const stored = await conversionsOf(cid);
      expect(stored.map(({ payout }) => payout)).toEqual({ new: ['5', '5'], sum: ['10'] }[duplicateMode] ?? ['5']);
      for (const again of [text, text.replaceAll('\n', '\r\n').replaceAll(',', ';')]) {
        expect((await upload(path, again)).body).toMatchObject({ new: 0, updated: 0, unchanged: 2 });
        expect((await conversionsOf(cid)).map(({ payout, events }) => [payout, events])).toEqual(
          stored.map(({ payout, events }) => [payout, events]),
        );
      }
      const [log] = (await tracker.ok<{ data: { explanation: string }[] }>('GET', `/postbacks?cid=${cid}&result=duplicate_request`)).data;
      expect(log?.explanation).toMatch(/identical to .* the same line of a file counts once/);
    },
  );

  it('reads the currency of a header, ids kept as text, and our own files again', async () => {
    const cid = await tracker.click(offer);
    const text = `Click ID,Revenue (GBP),Status,Order ID\n${cid},5.00,aprobado,="0012"\n${cid},6,aprobado,"=""@13"""\n${cid},€7,aprobado,14\n${cid},8,aprobado,#N/A\n`;
    const { body } = await upload(`/conversions/import?offerSourceId=${source.id}&commit=true`, text);
    expect(body).toMatchObject({
      new: 2,
      columns: { 'Revenue (GBP)': 'payout', 'Order ID': 'txid' },
      errors: [
        { line: 4, message: expect.stringMatching(/not that of the amount/) },
        { line: 5, message: expect.stringMatching(/error of the spreadsheet/) },
      ],
    });
    expect(body.notes).toContain('The amounts of "Revenue (GBP)" are in GBP, as its name says.');
    const stored = await conversionsOf(cid);
    expect(stored.map(({ txid, payout, currency }) => [txid, payout, currency]).toSorted()).toEqual([
      ['0012', '5', 'GBP'],
      ['@13', '6', 'GBP'],
    ]);
    const exported = await fetch(`${tracker.running.url}/api/v1/conversions?cid=${cid}&format=csv`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    const csv = await exported.text();
    expect(csv).toContain("'@13");
    const columns = encodeURIComponent(JSON.stringify({ rawStatus: 'status', convertedAt: null }));
    expect((await upload(`/conversions/import?offerSourceId=${source.id}&columns=${columns}`, csv)).body).toMatchObject({
      total: 2,
      unchanged: 2,
      errorCount: 0,
    });
  });

  it('a file is what it says itself, whatever it is called', async () => {
    const cid = await tracker.click(offer);
    const sent = async (type: string, body: string | Buffer): Promise<Answer & { status: number }> => {
      const response = await fetch(`${tracker.running.url}/api/v1/conversions/import`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': type },
      });
      return { ...((await response.json()) as Answer), status: response.status };
    };
    for (const type of ['application/vnd.ms-excel', 'application/octet-stream', 'text/tab-separated-values'])
      expect(await sent(type, `cid\tpayout\n${cid}\t5\n`)).toMatchObject({ status: 200, total: 1, new: 1 });
    expect(await sent('application/vnd.ms-excel', '<table><tr><td>cid')).toMatchObject({ detail: expect.stringMatching(/HTML/) });
    expect(await sent('text/csv', `[{"cid":"${cid}"}]`)).toMatchObject({ detail: expect.stringMatching(/JSON/) });
    expect(await sent('application/zip', Buffer.from('504b0304', 'hex'))).toMatchObject({ detail: expect.stringMatching(/Excel/) });
    expect(await sent('application/x-www-form-urlencoded', `cid=${cid}`)).toMatchObject({
      status: 415,
      detail: expect.stringMatching(/text\/csv/),
    });
  });

  it('lines of Keitaro and Binom with an id that a spreadsheet broke are errors', async () => {
    const cid = await tracker.click(offer);
    for (const [format, text] of [
      ['keitaro', `${cid},5,1.23E+15,sale\n${cid},5,T-9,sale\n`],
      ['binom', `${cid}:payout=5&tid=#N/A\n${cid}:payout=5&tid=T-9\n`],
    ])
      expect((await upload(`/conversions/import?format=${format}`, text as string)).body).toMatchObject({
        new: 1,
        errors: [{ line: 1, message: expect.stringMatching(/^txid /) }],
      });
  });

  it('previews a file all of whose lines are of one click', async () => {
    const cid = await tracker.click(offer);
    const text = `cid,payout,txid\n${Array.from({ length: 12_000 }, (_, i) => `${cid},1,T${i % 11_000}`).join('\n')}\n`;
    const { body } = await upload(`/conversions/import?offerSourceId=${source.id}`, text);
    // The second 2,000 begin anew.
    expect(body).toMatchObject({ total: 12_000, new: 12_000, errorCount: 0 });
    expect(body.notes).toContain(
      `${cid} has 12000 lines: they are previewed 10000 at a time, each of these as if the others were not there.`,
    );
  });

  it('a time zone that there is not, and dates of both orders, are told', async () => {
    const path = `/clicks/import?offerId=${offer.id}`;
    expect((await upload(path, 'cid,created_at\nz-1,2026-11-20T10:00+24:00\nz-2,2026-11-20T10:00+02:00\n')).body).toMatchObject({
      new: 1,
      errors: [{ line: 2, message: expect.stringMatching(/is no time/) }],
    });
    const both = 'cid,created_at\nz-1,13/02/2026\nz-2,02/14/2026\nz-3,03/04/2026\n';
    expect((await upload(path, both)).body).toMatchObject({
      detail: expect.stringMatching(/day comes first in line 2 \(13\/02\/2026\) and the month in line 3 \(02\/14\/2026\).*dateFormat=/),
    });
    expect((await upload(`${path}&dateFormat=DD/MM/YYYY`, both)).body).toMatchObject({ new: 2, errors: [{ line: 3 }] });
    const shortened = await upload(path, 'cid,created_at,sub1,externalId\nz-1,2026-11-20,1.2E+17,e\nz-2,2026-11-20,x,1.2E+17\n');
    expect(shortened.body).toMatchObject({ new: 1, errors: [{ line: 3, message: expect.stringMatching(/externalId .* lost/) }] });
    expect(shortened.body.notes).toContainEqual(
      expect.stringMatching(/column "sub1" has a number that Excel has shortened \(1\.2E\+17 in line 2\)/),
    );
  });

  it.each<[string, string, Answer]>([
    [
      'clicks-excel-ru.csv',
      'encoding=windows-1251&tz=Europe/Moscow',
      {
        encoding: 'windows-1251',
        delimiter: ';',
        columns: {
          'ID клика': 'cid',
          Дата: 'createdAt',
          Страна: 'country',
          'Ключевое слово': 'keyword',
          Расход: 'cost',
          Валюта: 'costCurrency',
        },
        ignoredColumns: ['Заметка'],
        notes: ['No offer column: every click is of the offer Files.'],
        total: 4,
        new: 2,
        errors: [
          { line: 5, message: 'country "Россия" is neither a code of ISO 3166 nor an English name' },
          { line: 6, message: 'cost "бесплатно" EUR is no amount' },
        ],
        sample: [
          { importedCid: 'ru-1', createdAt: '2026-11-20T07:00:00.000Z', country: 'DE', cost: '0.05', costCurrency: 'EUR' },
          {
            importedCid: 'ru-2',
            createdAt: '2026-11-20T20:59:30.000Z',
            country: 'RU',
            cost: '0.0005',
            keyword: 'займ "без" отказа; срочно',
          },
        ],
      },
    ],
    [
      'clicks-keitaro.csv',
      '',
      {
        encoding: 'utf-8',
        delimiter: ',',
        ignoredColumns: [],
        new: 2,
        errors: [],
        sample: [
          {
            importedCid: 'kt-1',
            sub1: 'banner, "blue"',
            sub2: 'zone-7',
            country: 'DE',
            cost: '0.05',
            os: 'Windows',
            externalId: 'gclid-1',
          },
          { importedCid: 'kt-2', country: 'US', cost: '0.04', device: 'mobile' },
        ],
      },
    ],
    [
      'clicks-voluum.csv',
      'tz=America/New_York',
      {
        ignoredColumns: ['Campaign name'],
        new: 2,
        errors: [],
        notes: ['Two columns say offer: "Offer name" is read, "Campaign name" is not.', 'No cost column: the clicks cost nothing.'],
        sample: [
          { importedCid: 'vl-1', createdAt: '2026-11-20T16:00:00.000Z', country: 'US', sub1: 'site-1', isp: 'T-Mobile, USA' },
          { importedCid: 'vl-2', createdAt: '2026-11-20T18:15:00.000Z', country: 'DE' },
        ],
      },
    ],
    [
      'clicks-binom.csv',
      '',
      {
        delimiter: ';',
        new: 2,
        errors: [],
        sample: [
          { importedCid: 'bn-1', createdAt: '2026-11-20T10:00:00.000Z', country: 'ES', sub1: 'push-1', os: 'Android' },
          { importedCid: 'bn-2', createdAt: '2026-11-20T10:01:00.000Z', country: 'ES' },
        ],
      },
    ],
  ])('%s is previewed as it is, and stored', async (name, query, expected) => {
    const path = `/clicks/import?offerId=${offer.id}&${query}`;
    const preview = await upload(path, file(name));
    expect(preview).toMatchObject({ status: 200, body: { committed: false, state: 'preview', ...expected } });
    const { new: fresh, errorCount } = preview.body;
    expect((await upload(`${path}&commit=true`, file(name))).body).toMatchObject({ state: 'done', new: fresh, errorCount, existing: 0 });
    expect((await upload(path, file(name))).body).toMatchObject({ new: 0, existing: fresh });
  });

  it('conversions of Excel, UTF-16 with tabs, in a time zone', async () => {
    const path = '/conversions/import?tz=Europe/Moscow';
    const preview = await upload(path, file('conversions-excel-utf16.txt'));
    expect(preview.body).toMatchObject({
      encoding: 'utf-16le',
      delimiter: '\t',
      columns: { Клик: 'cid', Дата: 'ts', Статус: 'status', Выплата: 'payout', Валюта: 'currency', 'Номер заказа': 'txid' },
      ignoredColumns: [],
      notes: [],
      new: 2,
      errorCount: 0,
      sums: [
        { status: 'approved', currency: 'EUR', count: 1, payout: '1234.5' },
        { status: 'pending', currency: 'EUR', count: 1, payout: '10' },
      ],
    });
    expect((await upload(`${path}&commit=true`, file('conversions-excel-utf16.txt'))).body).toMatchObject({ state: 'done', new: 2 });
    expect(await conversionsOf('ru-1')).toEqual([
      expect.objectContaining({ txid: 'Z-1', payout: '1234.5', currency: 'EUR', convertedAt: '2026-11-21T09:00:00.000Z' }),
    ]);
  });

  it('an Affise export: the status column beats the goal, a rejected line stays rejected and in its currency', async () => {
    const { body } = await upload('/conversions/import', file('conversions-affise.csv'));
    expect(body).toMatchObject({
      columns: {
        'Conversion ID': 'conversion_id',
        Date: 'ts',
        'Click ID': 'cid',
        Status: 'status',
        Payout: 'payout',
        'Payout currency': 'currency',
      },
      ignoredColumns: ['Goal', 'Country', 'Offer'],
      new: 2,
      unmatched: 1,
      sums: [
        { status: 'approved', currency: 'USD', count: 2, payout: '21.5', unmatchedCount: 1, unmatchedPayout: '20' },
        { status: 'rejected', currency: 'EUR', count: 1, payout: '99.9', unmatchedCount: 0, unmatchedPayout: '0' },
      ],
    });
    expect(body['notes']).toEqual([
      'Two columns say status: "Status" is read, "Goal" is not.',
      'No txid column: a second line of a click is what the duplicate mode of its source makes of it.',
    ]);
  });

  it('a partial refund is summed as reversed, and commit=1 is a commit', async () => {
    const csv = 'cid,status,payout,txid\nvl-2,sale,7,P-1\nvl-2,refund,2,P-1\n';
    expect((await upload('/conversions/import', csv)).body).toMatchObject({
      sums: [
        { status: 'approved', currency: 'EUR', count: 1, payout: '7' },
        { status: 'reversed', currency: 'EUR', count: 1, payout: '2' },
      ],
    });
    expect((await upload('/conversions/import?commit=1', csv)).body).toMatchObject({ committed: true, state: 'done', new: 1, updated: 1 });
  });

  it('a Voluum export without a status says so; a time before its click is an error of its line, in commits too', async () => {
    const path = '/conversions/import?tz=America/New_York';
    const expected = {
      new: 1,
      errorCount: 1,
      errors: [{ line: 3, message: 'its time 2026-11-20T15:00:00.000Z lies before its click of 2026-11-20T16:00:00.000Z' }],
    };
    const { body } = await upload(path, file('conversions-voluum.csv'));
    expect(body).toMatchObject({ ...expected, ignoredColumns: ['Postback timestamp', 'Visit timestamp', 'Country code'] });
    expect(body['notes']).toEqual(
      expect.arrayContaining([
        'No status column: everything is approved.',
        'No currency column: amounts without a sign are in the currency of their source.',
      ]),
    );
    expect((await upload(`${path}&commit=true`, file('conversions-voluum.csv'))).body).toMatchObject({ ...expected, state: 'done' });
    expect(await conversionsOf('vl-1')).toEqual([expect.objectContaining({ txid: 'T-1', convertedAt: '2026-11-20T17:00:00.000Z' })]);
  });

  it.each<[string, string, Answer]>([
    ['statement-de.csv', 'encoding=windows-1252&tz=Europe/Berlin', { matched: 2, theirTotals: { EUR: '1234.5' } }],
    ['statement-us.csv', 'tz=Etc/GMT%2B2', { matched: 2, columns: { Amount: 'payout' }, dateFormat: 'MM/DD/YYYY' }],
    [
      'statement-es.csv',
      'tz=Europe/Madrid',
      {
        matched: 1,
        dateFormat: 'DD/MM/YYYY',
        missingCount: 1,
        missing: [{ txid: 'Z-7', theirMeaning: 'approved', isClickKnown: false, conversionId: null }],
        differentAmountCount: 1,
        differentAmount: [{ txid: 'Z-2', theirPayout: '9.99', ourPayout: '10', conversionId: expect.stringContaining('~') }],
      },
    ],
  ])('%s is compared without a false difference', async (name, query, expected) => {
    const { status, body } = await upload(`/conversions/reconcile?offerSourceId=${source.id}&${query}`, file(name));
    expect([status, body['errors'], body['unknownStatuses']]).toEqual([200, [], {}]);
    expect(body).toMatchObject({ missingCount: 0, extraCount: 0, differentStatusCount: 0, differentAmountCount: 0, ...expected });
  });

  it.each([
    ['bytes that are no UTF-8', file('clicks-excel-ru.csv'), '', /encoding=windows-1251/],
    [
      'a mapping of a column that the file lacks',
      'cid,createdAt,Offer\na,2026-11-01,Files',
      `columns=${encodeURIComponent('{"Ofer":"offer"}')}`,
      /no column "Ofer"; did you mean "Offer"\?/,
    ],
    [
      'two columns mapped to one field',
      'a,b,createdAt\n1,2,2026-11-01',
      `columns=${encodeURIComponent('{"a":"cid","b":"cid"}')}`,
      /Both "a" and "b"/,
    ],
    ['dates that could be either', 'cid,createdAt\na,03/04/2026\nb,05/06/2026', '', /dateFormat=DD\/MM\/YYYY/],
    ['a workbook', Buffer.from('504b030414000600', 'hex'), '', /Save the sheet as CSV/],
    ['no columns that we need', 'a,b\n1,2', '', /no column for cid and createdAt\. Its columns are a, b/],
  ])('%s: 400, and nothing is stored', async (_name, body, query, detail) => {
    const { status, body: problem } = await upload(`/clicks/import?commit=true&offerId=${offer.id}&${query}`, body);
    expect([status, problem['detail']]).toEqual([400, expect.stringMatching(detail)]);
  });

  it('says how a file would be read, also where a column is missing', async () => {
    expect((await upload('/imports/inspect?kind=clicks&encoding=windows-1251', file('clicks-excel-ru.csv'))).body).toMatchObject({
      delimiter: ';',
      headers: ['ID клика', 'Дата', 'Страна', 'Ключевое слово', 'Расход', 'Валюта', 'Заметка'],
      ignoredColumns: ['Заметка'],
      missing: [],
      lines: expect.arrayContaining([['ru-1', '20.11.2026 10:00', 'Germany', 'кредит онлайн', '0,05', 'EUR', 'да']]),
    });
    expect((await upload('/imports/inspect?kind=clicks', 'Кто,Когда\na,b')).body).toMatchObject({
      missing: ['cid', 'createdAt'],
      fields: expect.arrayContaining(['sub20', 'country']),
    });
    const mapped = `columns=${encodeURIComponent('{"Wer":"txid"}')}`;
    expect((await upload('/imports/inspect?kind=statement', 'Wer;Betrag\na;1')).body).toMatchObject({ missing: ['cid or txid'] });
    expect((await upload(`/imports/inspect?kind=statement&${mapped}`, 'Wer;Betrag\na;1')).body).toMatchObject({ missing: [] });
    expect((await upload('/imports/inspect?kind=rates', 'Datum;Kurs\na;1')).body).toMatchObject({ missing: ['currency'] });
    expect((await upload('/imports/inspect', 'a\nb')).status).toBe(400);
  });

  it('dates by dateFormat, and zones that there are', async () => {
    const csv = 'cid,createdAt\nd-1,03/04/2026';
    expect((await upload(`/clicks/import?offerId=${offer.id}&dateFormat=DD/MM/YYYY`, csv)).body.sample?.[0]).toMatchObject({
      createdAt: '2026-04-03T00:00:00.000Z',
    });
    for (const query of ['tz=Mars/Base', 'dateFormat=YYYY', 'encoding=klingon'])
      expect((await upload(`/clicks/import?${query}`, csv)).status).toBe(400);
  });

  it('lines on one click show each its own amount and result, however far apart they stand', async () => {
    const filler = Array.from({ length: 1_200 }, (_, i) => `nobody-${i},1,F-${i},sale,USD`);
    const lines = [
      'cid,payout,txid,status,currency',
      'bn-1,5,B-1,hold,USD',
      'bn-1,7,B-2,sale,USD',
      ...filler,
      'bn-1,5,B-1,sale,USD',
      'bn-1,5,B-1,sale,USD',
    ];
    const expected = { total: 1_204, new: 2, updated: 1, unchanged: 1, unmatched: 1_200, refused: 0, errorCount: 0 };
    const { body } = await upload('/conversions/import', lines.join('\n'));
    expect(body).toMatchObject(expected);
    expect(body.sample?.slice(0, 2)).toMatchObject([
      { line: 2, result: 'created', to: 'pending', payout: '5' },
      { line: 3, result: 'created', to: 'approved', payout: '7' },
    ]);
    expect((await upload('/conversions/import?commit=true', lines.join('\n'))).body).toMatchObject({
      ...expected,
      state: 'done',
      pending: 0,
    });
  });

  it('refusals have their line, warnings are counted', async () => {
    const closed = await tracker.ok<{ id: string }>('POST', '/offer-sources', { name: 'Closed', cidParameter: 'clickid', enabled: false });
    const lines = ['cid,payout,status', 'bn-2,5,Qualified', `bn-2,x,sale`, 'kt-2,1e5x,sale'].join('\n');
    expect((await upload('/conversions/import', lines)).body).toMatchObject({
      new: 1,
      warnings: { unmapped_status: 1 },
      errors: [
        { line: 3, message: 'payout "x" is no amount' },
        { line: 4, message: 'payout "1e5x" is no amount' },
      ],
    });
    expect((await upload(`/conversions/import?commit=true&offerSourceId=${closed.id}`, lines)).body).toMatchObject({
      refused: 1,
      errorCount: 3,
      errors: [{ line: 2, message: 'source_mismatch' }, { line: 3 }, { line: 4 }],
    });
  });

  it('a commit that nobody waits for is a job with progress, and its result is the answer', async () => {
    const lines = ['cid,payout,txid', ...Array.from({ length: 3_000 }, (_, i) => `kt-1,1,W-${i}`)].join('\n');
    const { status, body } = await upload('/conversions/import?commit=true&wait=false', lines);
    expect([status, body['state']]).toEqual([202, 'active']);
    const job = async (): Promise<Answer> => tracker.ok('GET', `/jobs/${body['jobId']}`);
    expect(await job()).toMatchObject({ kind: 'import', total: 3_001 });
    await until(async () => (await job())['state'] === 'done', 60_000);
    expect(await job()).toMatchObject({ done: 3_000, total: 3_000, result: { state: 'done', new: 3_000, errorCount: 0 } });
    expect((await tracker.db.query('SELECT count(*)::int AS n FROM import_lines')).rows[0].n).toBe(0);
  }, 90_000);

  it('an import whose process was stopped says so, and what was stored gets its verdicts', async () => {
    const id = '019abc12-3456-7890-8abc-def012345678';
    const add = (result: object | null): Promise<unknown> =>
      tracker.db.query(
        `INSERT INTO jobs (id, kind, data, state, result, updated_at) VALUES ($1, 'import', $2, 'active', $3, now() - interval '1 hour') ON CONFLICT (id) DO UPDATE SET state = 'active', result = EXCLUDED.result, updated_at = EXCLUDED.updated_at`,
        [id, { importId: id, what: 'conversions' }, result],
      );
    await add({ total: 1, new: 0, refused: 0, errorCount: 0, errors: [], warnings: {}, pending: 0 });
    const { data } = await tracker.ok<{ data: Answer[] }>('GET', '/postbacks?cid=vl-1');
    await tracker.db.query('INSERT INTO import_lines VALUES ($1, $2, 2)', [id, data[0]?.['id']]);
    const job = async (): Promise<Answer> => tracker.ok('GET', `/jobs/${id}`);
    await until(async () => (await job())['state'] === 'done', 30_000);
    expect((await job())['result']).toMatchObject({ state: 'done', new: 1 });

    await add(null);
    await tracker.db.query('UPDATE jobs SET result = NULL WHERE id = $1', [id]);
    await until(async () => (await job())['error'] !== null, 30_000);
    expect((await job())['error']).toMatch(/was stopped\. Import it again/);
  }, 90_000);
});
