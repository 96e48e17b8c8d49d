import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GeoService } from './geo.service.js';

type Value = string | number | Value[] | { [key: string]: Value };

/** A value in MaxMind DB format 2.0: control byte (type, size), then the bytes. */
function encode(value: Value): Buffer {
  if (typeof value === 'number') return Buffer.from([0xc4, 0, 0, value >> 8, value & 0xff]);
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, item]) => [encode(key), encode(item)])]);
}
function control(type: number, size: number): Buffer {
  const low = size < 29 ? [size] : [29, size - 29];
  const first = (type > 7 ? 0 : type << 5) | (low[0] as number);
  return Buffer.from([first, ...(type > 7 ? [type - 7] : []), ...low.slice(1)]);
}

/** A v4 database that holds one record, for 203.0.0.0/8: a node per bit, each 3 + 3 bytes. */
function database(record: Value): Buffer {
  const bits = [...(203).toString(2).padStart(8, '0')].map(Number);
  const tree = Buffer.concat(
    bits.map((bit, i) => {
      const next = i === bits.length - 1 ? bits.length + 16 : i + 1;
      const node = Buffer.alloc(6);
      node.writeUIntBE(bit === 0 ? next : bits.length, 0, 3);
      node.writeUIntBE(bit === 1 ? next : bits.length, 3, 3);
      return node;
    }),
  );
  const metadata = encode({
    node_count: bits.length,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    description: {},
  });
  return Buffer.concat([tree, Buffer.alloc(16), encode(record), Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'geo-'));
  await mkdir(join(folder, 'nested'));
  await mkdir(join(folder, 'empty'));
  const files: Record<string, Value> = {
    'nested/city.mmdb': {
      country: { iso_code: 'DE', names: { en: 'Germany' } },
      subdivisions: [{ iso_code: 'BY', names: { de: 'Bayern', en: 'Bavaria' } }, { iso_code: 'X' }],
      city: { names: { de: 'München', en: 'Munich' } },
    },
    'nested/isp.mmdb': { isp: 'Example Telecom', organization: 'Example Org' },
    'flat.mmdb': { country: 'at', region: 'Tyrol', city: 'Innsbruck', as_name: 'Example AS' },
    'state.mmdb': { country_code: 'ZZ', state1: 'Tyrol', city: '', autonomous_system_organization: 'Example ASO' },
    'odd.mmdb': { country: ['DE'], subdivisions: [], city: 7, isp: {}, traits: 'x' },
  };
  for (const [name, record] of Object.entries(files)) await writeFile(join(folder, name), database(record));
  await writeFile(join(folder, 'junk.mmdb'), 'this is not a database');
});
afterAll(() => rm(folder, { recursive: true }));

describe('GeoService', () => {
  it('knows the country out of the box, v4 and v6', async () => {
    const geo = await GeoService.open(null);
    expect(geo.find('8.8.8.8')).toEqual({ country: 'US', region: null, city: null, isp: null });
    expect(geo.find('2001:4860:4860::8888').country).toBe('US');
    expect(geo.find('193.99.144.80').country).toBe('DE');
    expect(geo.find('127.0.0.1').country).toBeNull();
    expect(geo.find('::1').country).toBeNull();
    expect(geo.find(null).country).toBeNull();
  });

  // Docker's own networks among them: behind a proxy that is not trusted, every visitor has such an address.
  it.each(['10.0.0.1', '172.17.0.1', '172.31.255.1', '192.168.1.1', '100.64.0.1', '169.254.1.1', 'fd00::1', 'fe80::1'])(
    'takes %s for an address of no country, unless a file of yours knows it',
    async (ip) => {
      expect((await GeoService.open(null)).find(ip).country).toBeNull();
    },
  );

  it('joins what the files of a folder know', async () => {
    const geo = await GeoService.open(join(folder, 'nested'));
    expect(geo.find('203.0.113.7')).toEqual({ country: 'DE', region: 'Bavaria', city: 'Munich', isp: 'Example Telecom' });
    expect(geo.find('8.8.8.8').country).toBe('US');
  });

  it('asks no v4 database for a v6 address', async () => {
    const geo = await GeoService.open(join(folder, 'nested'));
    // Its first eight bits are those of 203.0.0.0/8.
    expect(geo.find('cb00::1').city).toBeNull();
  });

  it.each([
    ['flat.mmdb', { country: 'AT', region: 'Tyrol', city: 'Innsbruck', isp: 'Example AS' }],
    ['state.mmdb', { region: 'Tyrol', city: null, isp: 'Example ASO' }],
    ['odd.mmdb', { region: null, city: null, isp: null }],
  ])('reads the fields of %s', async (file, expected) => {
    expect((await GeoService.open(join(folder, file))).find('203.0.113.7')).toMatchObject(expected);
  });

  it('takes a list; of each fact the first database that knows it wins', async () => {
    const geo = await GeoService.open(`${join(folder, 'state.mmdb')}, ${join(folder, 'nested')}`);
    expect(geo.find('203.0.113.7')).toEqual({ country: 'DE', region: 'Tyrol', city: 'Munich', isp: 'Example ASO' });
  });

  it.each([
    ['junk.mmdb', 'cannot be read as a MaxMind database'],
    ['missing.mmdb', 'cannot be read as a MaxMind database'],
    ['empty', 'holds no .mmdb file'],
  ])('refuses %s by its name', async (path, message) => {
    const geoipPath = join(folder, path);
    await expect(GeoService.open(geoipPath)).rejects.toThrow(message);
    await expect(GeoService.open(geoipPath)).rejects.toThrow(`"${geoipPath}"`);
  });
});
