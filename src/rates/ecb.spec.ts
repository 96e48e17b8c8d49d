import { describe, expect, it } from '@jest/globals';
import { parseEcb, RatesFileError } from './ecb.js';

const envelope = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t${content}
</gesmes:Envelope>`;
const oneDay = (rates: string) => envelope(`<Cube><Cube time='2026-04-13'>${rates}</Cube></Cube>`);

describe('the ECB file', () => {
  it('of one day gives the rates as they are written', () => {
    expect(
      parseEcb(
        envelope(`<Cube>
\t\t<Cube time='2026-04-13'>
\t\t\t<Cube currency='USD' rate='1.1684'/>
\t\t\t<Cube currency='HUF' rate='366.90'/>
\t\t\t<Cube currency='JPY' rate='186'/>
\t\t</Cube>
\t</Cube>`),
      ),
    ).toEqual([
      { currency: 'USD', day: '2026-04-13', rate: '1.1684', source: 'ecb' },
      { currency: 'HUF', day: '2026-04-13', rate: '366.90', source: 'ecb' },
      { currency: 'JPY', day: '2026-04-13', rate: '186', source: 'ecb' },
    ]);
  });

  it('of many days, on one line and with double quotes, gives each its day', () => {
    const rows = parseEcb(
      envelope(
        '<Cube><Cube time="2026-04-13"><Cube currency="USD" rate="1.1684"/><Cube currency="GBP" rate="0.87058"/></Cube>' +
          '<Cube time="2026-04-10"><Cube currency="USD" rate="1.1711"/></Cube></Cube>',
      ),
    );
    expect(rows.map(({ day, currency, rate }) => `${day} ${currency} ${rate}`)).toEqual([
      '2026-04-13 USD 1.1684',
      '2026-04-13 GBP 0.87058',
      '2026-04-10 USD 1.1711',
    ]);
  });

  it('may begin with a byte order mark', () => {
    expect(parseEcb(`\uFEFF${oneDay("<Cube currency='USD' rate='1.1684'/>")}`)).toHaveLength(1);
  });
});

describe('what is not taken', () => {
  it.each([
    ['nothing', '', /it is not XML/],
    ['JSON', '{"rates":{}}', /it is not XML/],
    ['a file cut short', oneDay("<Cube currency='USD' rate='1.1684'/>").slice(0, -40), /it is not XML/],
    ['a page', '<html><body><p>Maintenance</p></body></html>', /no Envelope/],
    ['no outer Cube', envelope(''), /no days/],
    ['no days', envelope('<Cube></Cube>'), /no days/],
    [
      'a day without time',
      envelope("<Cube><Cube time='2026-04-13'><Cube currency='USD' rate='1'/></Cube><Cube><Cube currency='USD' rate='1'/></Cube></Cube>"),
      /day 2 has no time/,
    ],
    [
      'a day that is none',
      envelope("<Cube><Cube time='2026-02-30'><Cube currency='USD' rate='1'/></Cube></Cube>"),
      /day 1, '2026-02-30', is not a date/,
    ],
    [
      'a month that is none',
      envelope("<Cube><Cube time='2026-13-01'><Cube currency='USD' rate='1'/></Cube></Cube>"),
      /'2026-13-01', is not a date/,
    ],
    [
      'another way to write dates',
      envelope("<Cube><Cube time='13.04.2026'><Cube currency='USD' rate='1'/></Cube></Cube>"),
      /'13.04.2026', is not a date/,
    ],
    [
      'a day twice',
      envelope(
        "<Cube><Cube time='2026-04-13'><Cube currency='USD' rate='1'/></Cube><Cube time='2026-04-13'><Cube currency='USD' rate='1'/></Cube></Cube>",
      ),
      /2026-04-13 stands in it twice/,
    ],
    ['a day without rates', oneDay(''), /2026-04-13 has no rates/],
    ['no currency', oneDay("<Cube rate='1.1'/>"), /2026-04-13: rate 1 has no currency/],
    ['a bad currency', oneDay("<Cube currency='usd' rate='1.1'/>"), /'usd' is not a currency/],
    ['a currency twice', oneDay("<Cube currency='USD' rate='1.1'/><Cube currency='USD' rate='1.2'/>"), /USD stands in it twice/],
    ['no rate', oneDay("<Cube currency='USD'/>"), /2026-04-13: USD has no rate/],
  ])('%s', (_, xml, message) => {
    expect(() => parseEcb(xml)).toThrow(RatesFileError);
    expect(() => parseEcb(xml)).toThrow(message);
  });

  it.each(['', '0', '0.0000', '-1.1', '1,1', '1.1e3', '0x10', 'N/A', 'NaN', '1.', '.5', '1234567890123456', '1 1', '&#49;'])(
    'a rate of %j',
    (rate) => {
      const xml = oneDay(`<Cube currency='JPY' rate='186.75'/><Cube currency='USD' rate='${rate}'/>`);
      expect(() => parseEcb(xml)).toThrow(`2026-04-13: the rate of USD, '${rate}', is not a number above 0`);
    },
  );

  it('a file that declares entities', () => {
    const xml = oneDay("<Cube currency='USD' rate='&one;'/>").replace('?>', '?>\n<!DOCTYPE x [<!ENTITY one "1.1">]>');
    expect(() => parseEcb(xml)).toThrow(/DOCTYPE/);
  });

  it('a long value is not repeated whole', () => {
    expect(() => parseEcb(oneDay(`<Cube currency='USD' rate='${'9'.repeat(5000)}'/>`))).toThrow(/'9{40}'/);
  });
});
