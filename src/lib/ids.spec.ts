import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { cidToUuid, createIdMaker, uuidAt, uuidTime, uuidToCid } from './ids.js';
import { character } from '../../test/support/texts.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const zeros = (n: number): Uint8Array => new Uint8Array(n);
const ones = (n: number): Uint8Array => new Uint8Array(n).fill(0xff);
const anyV7 = fc.tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.uint8Array({ minLength: 4096, maxLength: 4096 })).map(([ms, bytes]) =>
  createIdMaker(
    () => ms,
    () => bytes,
  )(),
);

describe('createIdMaker', () => {
  it('makes UUIDv7 texts that carry the time', () => {
    const id = createIdMaker(() => NOW + 0.7, randomBytes)();
    expect(id).toMatch(UUID_V7);
    expect(uuidTime(id)).toBe(NOW);
  });

  it('puts time, version, counter, variant and random bits where RFC 9562 wants them', () => {
    expect(createIdMaker(() => 0x0123456789ab, zeros)()).toBe('01234567-89ab-7000-8000-000000000000');
    expect(createIdMaker(() => 0x0123456789ab, ones)()).toBe('01234567-89ab-7fff-bfff-ffffffffffff');
  });

  it('only grows, whatever the clock does within 10 s', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4_000, max: 4_000 }), { minLength: 2, maxLength: 300 }), (offsets) => {
        let i = 0;
        const make = createIdMaker(() => NOW + (offsets[i++ % offsets.length] as number), randomBytes);
        const ids = Array.from({ length: 300 }, make);
        expect(ids.every((id, n) => n === 0 || id > (ids[n - 1] as string))).toBe(true);
      }),
    );
  });

  it('borrows the next millisecond when the counter of this one is used up', () => {
    const make = createIdMaker(() => NOW, zeros);
    const ids = Array.from({ length: 5000 }, make);
    expect(ids.every((id, i) => UUID_V7.test(id) && (i === 0 || id > (ids[i - 1] as string)))).toBe(true);
    expect(uuidTime(ids[4095] as string)).toBe(NOW);
    expect(uuidTime(ids[4096] as string)).toBe(NOW + 1);
  });

  it('follows a clock that is set back by more than 10 s', () => {
    let ms = NOW + 3_600_000;
    const make = createIdMaker(() => ms, randomBytes);
    make();
    ms = NOW;
    expect(uuidTime(make())).toBe(NOW);
  });

  it('draws 62 fresh bits for each id of a millisecond', () => {
    const make = createIdMaker(() => NOW, randomBytes);
    // 1,000 ids cross the end of the pool; a reused draw would show as a repeated tail.
    const tails = new Set(Array.from({ length: 1000 }, () => make().slice(19)));
    expect(tails.size).toBe(1000);
  });
});

describe('click ids', () => {
  it.each([
    ['00000000-0000-7000-8000-000000000000', '0000000000e008000000000000'],
    ['ffffffff-ffff-7fff-bfff-ffffffffffff', '7zzzzzzzzzfzzvzzzzzzzzzzzz'],
  ])('%s is %s', (uuid, cid) => {
    expect(uuidToCid(uuid)).toBe(cid);
    expect(cidToUuid(cid)).toBe(uuid);
  });

  it('round trip in any letter case, in the order of the ids', () => {
    fc.assert(
      fc.property(anyV7, anyV7, (a, b) => {
        const cid = uuidToCid(a);
        expect(cid).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
        expect(cidToUuid(cid)).toBe(a);
        expect(cidToUuid(cid.toUpperCase())).toBe(a);
        expect(cid < uuidToCid(b)).toBe(a < b);
      }),
    );
  });

  it('is the same number as the UUID', () => {
    fc.assert(
      fc.property(anyV7, (uuid) => {
        const digits = [...uuidToCid(uuid)].map((c) => '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(c));
        expect(digits.reduce((n, d) => n * 32n + BigInt(d), 0n)).toBe(BigInt(`0x${uuid.replaceAll('-', '')}`));
      }),
    );
  });

  const good = uuidToCid(createIdMaker(() => NOW, randomBytes)());
  it.each([
    ['empty', ''],
    ['short', good.slice(1)],
    ['long', `${good}0`],
    ['over 128 bits', `8${good.slice(1)}`],
    ['a letter outside the alphabet', `${good.slice(0, 25)}u`],
    ['a look-alike letter', `${good.slice(0, 25)}o`],
    ['a character beyond ASCII', `${good.slice(0, 25)}é`],
    ['first character beyond ASCII', `٣${good.slice(1)}`],
    ['a ULID', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['a wrong variant', uuidToCid('01234567-89ab-7fff-cfff-ffffffffffff')],
    ['a UUIDv4', uuidToCid('01234567-89ab-4fff-8fff-ffffffffffff')],
  ])('refuses %s', (_, cid) => {
    expect(cidToUuid(cid)).toBeNull();
  });

  it('never throws and never makes two texts one id', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 26, maxLength: 26 }), (text) => {
        const uuid = cidToUuid(text);
        expect(uuid === null || uuidToCid(uuid) === text.toLowerCase()).toBe(true);
      }),
    );
  });
});

describe('uuidAt', () => {
  it('bounds every id of its millisecond', () => {
    fc.assert(
      fc.property(anyV7, (uuid) => {
        const ms = uuidTime(uuid);
        expect(uuidAt(ms, 'min') <= uuid && uuid <= uuidAt(ms, 'max')).toBe(true);
        expect(uuidTime(uuidAt(ms, 'min'))).toBe(ms);
        expect(uuidTime(uuidAt(ms, 'max'))).toBe(ms);
      }),
    );
  });

  it.each([-1, 1.5, NaN, 2 ** 48])('refuses %d', (ms) => {
    expect(() => uuidAt(ms, 'min')).toThrow(RangeError);
  });
});
