import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { instantOf, isTimeZone, localOf, offsetAt, offsetsOf } from './zones.js';
import { runs } from '../../test/support/runs.js';

const ZONES = Intl.supportedValuesOf('timeZone');
const HOUR = 3_600_000;
const at = (text: string): string => new Date(instantOf(text.split(' ')[0] as string, Date.parse(`${text.split(' ')[1]}Z`))).toISOString();

describe('local times', () => {
  it.each([
    // A clock set back over midnight: the day begins the first time.
    ['Atlantic/Azores 2026-10-25T00:00', '2026-10-25T00:00:00.000Z'],
    ['America/Havana 2026-11-01T00:00', '2026-11-01T04:00:00.000Z'],
    ['America/Havana 2026-11-01T00:30', '2026-11-01T04:30:00.000Z'],
    ['Europe/Berlin 2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['Australia/Lord_Howe 2026-04-05T01:45', '2026-04-04T14:45:00.000Z'],
    // 23:00 comes twice, midnight once.
    ['America/Scoresbysund 2026-10-25T00:00', '2026-10-25T02:00:00.000Z'],
    // A midnight that is left out: the day begins when the clock is put forward.
    ['America/Havana 2026-03-08T00:00', '2026-03-08T05:00:00.000Z'],
    ['America/Santiago 2026-09-06T00:00', '2026-09-06T04:00:00.000Z'],
    ['Africa/Cairo 2026-04-24T00:00', '2026-04-23T22:00:00.000Z'],
    ['Asia/Beirut 2026-03-29T00:30', '2026-03-28T22:00:00.000Z'],
    ['Europe/Berlin 2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
    ['Australia/Lord_Howe 2026-10-04T02:15', '2026-10-03T15:30:00.000Z'],
    // A whole day that was left out.
    ['Pacific/Apia 2011-12-30T00:00', '2011-12-30T10:00:00.000Z'],
    // No change at all.
    ['Asia/Kolkata 2026-10-25T00:00', '2026-10-24T18:30:00.000Z'],
    ['Asia/Kathmandu 2026-10-25T00:00', '2026-10-24T18:15:00.000Z'],
    ['UTC 2026-10-25T00:00', '2026-10-25T00:00:00.000Z'],
  ])('%s is %s', (local, instant) => expect(at(local)).toBe(instant));

  it('are the first moment at which the clock shows them, or the first after they were left out, in every zone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2037, 0) }), (tz, n) => {
        const local = Math.floor(n / 60_000) * 60_000;
        const instant = instantOf(tz, local);
        const shown = localOf(tz, instant);
        // Read minute by minute: nothing before it shows this time or a later one within the reach of a clock's change.
        expect(shown).toBeGreaterThanOrEqual(local);
        if (shown > local) expect(localOf(tz, instant - 1)).toBeLessThan(local);
        for (let before = instant - 26 * HOUR; before < instant; before += 15 * 60_000) {
          const here = localOf(tz, before);
          expect([tz, local, here === local]).toEqual([tz, local, false]);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('have their offsets in a list that says for every moment the same as the zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(2001, 0), max: Date.UTC(2036, 0) }),
        fc.array(fc.integer({ min: 0, max: 400 * 24 * HOUR - 1 }), { minLength: 5, maxLength: 20 }),
        (tz, from, moments) => {
          const offsets = offsetsOf(tz, from, from + 400 * 24 * HOUR);
          for (const moment of moments) expect(offsets.findLast((o) => o.from <= from + moment)?.offset).toBe(offsetAt(tz, from + moment));
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

it('zones are names, not offsets', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'NZ-CHAT', 'GB', 'Cuba'])
    expect([name, isTimeZone(name)]).toEqual([name, true]);
  for (const name of ['', '+02:00', 'Mars/Base', 'Europe', "UTC' --", 'CET-1CEST']) expect([name, isTimeZone(name)]).toEqual([name, false]);
});
