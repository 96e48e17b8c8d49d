import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isZone, orderOf, readOrder, readTime, type DateOrder } from './read-time.js';

const at = (text: string, tz = 'UTC', order: DateOrder | null = null): string | null => {
  const moment = readTime(text, { tz, order });
  return moment === null ? null : new Date(moment.at).toISOString() + (moment.isDay ? ' day' : '');
};

describe('a time', () => {
  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00.123456+02:00', '2026-11-20T08:00:00.123Z'],
    ['2026-11-20 10:00:00 +0530', '2026-11-20T04:30:00.000Z'],
    ['2026-11-20T10:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00 UTC', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00 GMT-3', '2026-11-20T13:00:00.000Z'],
    ['2026-11-20 01:00:00 PM', '2026-11-20T13:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z day'],
    ['2026/11/20 9:05', '2026-11-20T09:05:00.000Z'],
    ['20261120T100000Z', '2026-11-20T10:00:00.000Z'],
    ['20261120', '2026-11-20T00:00:00.000Z day'],
    ['20.11.2026 10:00', '2026-11-20T10:00:00.000Z'],
    ['1.2.2026', '2026-02-01T00:00:00.000Z day'],
    ['20.11.26, 10:00:01', '2026-11-20T10:00:01.000Z'],
    ['11/20/2026 10:00 AM', '2026-11-20T10:00:00.000Z'],
    ['11/20/2026 12:00 a.m.', '2026-11-20T00:00:00.000Z'],
    ['20/11/2026', '2026-11-20T00:00:00.000Z day'],
    ['20-11-2026 10:00', '2026-11-20T10:00:00.000Z'],
    ['05/05/2026', '2026-05-05T00:00:00.000Z day'],
    ['1763632800', '2025-11-20T10:00:00.000Z'],
    ['1763632800.5', '2025-11-20T10:00:00.500Z'],
    ['1763632800123', '2025-11-20T10:00:00.123Z'],
    ['46346', '2026-11-20T00:00:00.000Z day'],
    ['46346,41667', '2026-11-20T10:00:00.000Z'],
    ['46346.4166666667', '2026-11-20T10:00:00.000Z'],
    // Which comes first cannot be told of one alone.
    ['03/04/2026', null],
    ['2026-02-30', null],
    ['2026-11-20 25:00', null],
    ['13/13/2026', null],
    ['20.13.2026', null],
    ['2026-11-20 13:00 PM', null],
    ['2026-11-20 10:00 Mars/Base', null],
    ['2026-11-20T10:00+14:00', '2026-11-19T20:00:00.000Z'],
    ['2026-11-20T10:00+15:00', null],
    ['2026-11-20T10:00-24:00', null],
    ['2026-11-20T10:00+05:60', null],
    ['20.11.2026 10:00 +99', null],
    ['20261120T100000+2400', null],
    ['1.76E+12', null],
    ['12', null],
    ['soon', null],
    ['', null],
  ])('%s is %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it.each([
    ['2026-11-20 10:00', 'Europe/Berlin', '2026-11-20T09:00:00.000Z'],
    ['2026-07-20 10:00', 'Europe/Berlin', '2026-07-20T08:00:00.000Z'],
    ['46346,41667', 'Asia/Kolkata', '2026-11-20T04:30:00.000Z'],
    ['2026-11-20 10:00', '+05:45', '2026-11-20T04:15:00.000Z'],
    ['2026-11-20T10:00:00Z', 'Asia/Tokyo', '2026-11-20T10:00:00.000Z'],
    ['1763632800', 'Asia/Tokyo', '2025-11-20T10:00:00.000Z'],
    // Twice: the first. Left out: the next there is.
    ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29 03:10', 'Europe/Berlin', '2026-03-29T01:10:00.000Z'],
  ])('%s in %s is %s', (text, tz, expected) => {
    expect(at(text, tz)).toBe(expected);
  });

  it('by a file’s order', () => {
    expect(at('03/04/2026', 'UTC', 'dmy')).toBe('2026-04-03T00:00:00.000Z day');
    expect(at('03/04/26 1:02 PM', 'UTC', 'mdy')).toBe('2026-03-04T13:02:00.000Z');
    expect(at('20/11/2026', 'UTC', 'mdy')).toBeNull();
    expect(at('03.04.2026', 'UTC', 'mdy')).toBe('2026-04-03T00:00:00.000Z day');
  });

  it('tells the order, or not', () => {
    expect(orderOf('13/13/2026')).toBeNull();
    expect(['20/11/2026', '11-20-26', '03/04/2026 10:00', '05/05/2026', '20.11.2026', '2026-11-20', 'x'].map(orderOf)).toEqual([
      'dmy',
      'mdy',
      'either',
      null,
      null,
      null,
      null,
    ]);
    expect(['DD/MM/YYYY', 'mm-dd-yyyy', 'mdy', '%d/%m/%Y', 'd.m.yy', 'YYYY-MM-DD', ''].map(readOrder)).toEqual([
      'dmy',
      'mdy',
      'mdy',
      'dmy',
      'dmy',
      null,
      null,
    ]);
    expect(['UTC', 'Europe/Berlin', '+02:00', '-0330', 'Mars/Base', '+25:00', ''].map(isZone)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('written in any form is the same moment', () => {
    const two = (n: number): string => String(n).padStart(2, '0');
    fc.assert(
      fc.property(fc.date({ min: new Date('2010-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), (date) => {
        const seconds = Math.floor(date.getTime() / 1_000);
        const whole = new Date(seconds * 1_000);
        const [y, m, d] = [whole.getUTCFullYear(), whole.getUTCMonth() + 1, whole.getUTCDate()];
        const [h, min, s] = [whole.getUTCHours(), whole.getUTCMinutes(), whole.getUTCSeconds()];
        const clock = `${two(h)}:${two(min)}:${two(s)}`;
        const half = `${h % 12 === 0 ? 12 : h % 12}:${two(min)}:${two(s)} ${h < 12 ? 'AM' : 'PM'}`;
        for (const [text, order] of [
          [whole.toISOString(), null],
          [`${y}-${two(m)}-${two(d)} ${clock}`, null],
          [`${two(d)}.${two(m)}.${y} ${clock}`, null],
          [`${m}/${d}/${y} ${half}`, 'mdy'],
          [`${d}/${m}/${y} ${clock}`, 'dmy'],
          [String(seconds), null],
          [String(seconds * 1_000), null],
          [(seconds / 86_400 + 25_569).toFixed(8), null],
        ] as const)
          expect([text, readTime(text, { tz: 'UTC', order })?.at]).toEqual([text, whole.getTime()]);
      }),
    );
  });
});
