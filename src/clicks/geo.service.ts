import { createRequire } from 'node:module';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { open, type Reader, type Response } from 'maxmind';
import type { GeoFacts } from '../offers/landing-url.js';

/** Country by ip out of the box: a free database (CC0) that comes as a package. */
const BUNDLED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';
const NOWHERE: GeoFacts = { country: null, region: null, city: null, isp: null };
const COUNTRY = /^[A-Z]{2}$/;
/** Codes by which some databases say that they know no country. */
const NO_COUNTRY = 'ZZ';

/** A record of a geo database. Each maker has its own fields. */
type GeoRecord = Readonly<Record<string, unknown>>;

/** Finds out where an address is, in memory. Made by a factory of the module, hence without a decorator. */
export class GeoService {
  /** @param readers those that know more first */
  private constructor(
    private readonly readers: readonly Reader<Response>[],
    private readonly bundled: Reader<Response> | null,
  ) {}

  /** For workers, which need no database: clicks that they store were looked up by the API process. */
  static none(): GeoService {
    return new GeoService([], null);
  }

  /**
   * Opens the user's databases and the bundled one.
   * @param geoipPath folders and .mmdb files, separated by commas (GEOIP_PATH)
   * @throws Error naming the path that cannot be used
   */
  static async open(geoipPath: string | null): Promise<GeoService> {
    const readers: Reader<Response>[] = [];
    for (const file of await filesOf(geoipPath)) {
      readers.push(await open(file).catch((error: unknown) => refuse(file, error)));
    }
    const bundled = await open(createRequire(import.meta.url).resolve(BUNDLED));
    return new GeoService([...readers, bundled], bundled);
  }

  /** Each fact is the first one that a database knows. The address is one that node:net takes for an address. */
  find(ip: string | null): GeoFacts {
    if (ip === null) return NOWHERE;
    const isV6 = ip.includes(':');
    let { country, region, city, isp } = NOWHERE;
    for (const reader of this.readers) {
      // A tree of v4 addresses would be walked along the first bits of a v6 one.
      if (isV6 && reader.metadata.ipVersion === 4) continue;
      const record = reader.get(ip) as GeoRecord | null;
      if (record === null || (reader === this.bundled && isPrivate(ip))) continue;
      country ??= countryOf(record);
      region ??= regionOf(record);
      city ??= nameOf(record['city']);
      isp ??= ispOf(record);
    }
    return { country, region, city, isp };
  }
}

/** The bundled database has some private networks under the country of a registry. */
const isPrivate = (ip: string): boolean => ipaddr.process(ip).range() === 'private';

async function filesOf(geoipPath: string | null): Promise<string[]> {
  const files: string[] = [];
  for (const path of (geoipPath ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const found = await stat(path).catch((error: unknown) => refuse(path, error));
    if (!found.isDirectory()) {
      files.push(path);
      continue;
    }
    const inFolder = (await readdir(path)).filter((name) => name.endsWith('.mmdb')).toSorted();
    if (inFolder.length === 0) throw new Error(`GEOIP_PATH names the folder "${path}", which holds no .mmdb file`);
    files.push(...inFolder.map((name) => join(path, name)));
  }
  return files;
}

function refuse(path: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new Error(`GEOIP_PATH names "${path}", which cannot be read as a MaxMind database (.mmdb): ${reason}`, { cause: error });
}

/** MaxMind and DB-IP nest (`country.iso_code`), others are flat (`country_code`, `country`). */
function countryOf(record: GeoRecord): string | null {
  const country = record['country'];
  const code = (text(isRecord(country) ? country['iso_code'] : country) ?? text(record['country_code']))?.toUpperCase();
  return code !== undefined && COUNTRY.test(code) && code !== NO_COUNTRY ? code : null;
}

function regionOf(record: GeoRecord): string | null {
  const subdivisions = record['subdivisions'];
  return (Array.isArray(subdivisions) ? nameOf(subdivisions[0]) : null) ?? text(record['region']) ?? text(record['state1']);
}

function ispOf(record: GeoRecord): string | null {
  const traits = record['traits'];
  return (
    text(record['isp']) ??
    (isRecord(traits) ? text(traits['isp']) : null) ??
    text(record['autonomous_system_organization']) ??
    text(record['as_name']) ??
    text(record['organization'])
  );
}

/** A name, or a place with its names by language. */
function nameOf(place: unknown): string | null {
  if (!isRecord(place)) return text(place);
  return (isRecord(place['names']) ? text(place['names']['en']) : null) ?? text(place['iso_code']);
}

function isRecord(value: unknown): value is GeoRecord {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
