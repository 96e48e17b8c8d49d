import { readAmount } from '../lib/amount.js';
import { inUnit, valuesOf, type FieldTable } from './columns.js';
import { notATime } from './read-conversion.js';
import { readCountry } from './read-country.js';
import { withoutExponent } from '../lib/exponent.js';
import { brokenId } from './read-number.js';
import { readTime, type TimeFormat } from './read-time.js';
import { namedCurrency } from '../lib/currency-signs.js';

/** Clicks of a file, from this or another tracker: which column is which, and what a row says. */

const PLAIN = [
  'cid',
  'createdAt',
  'offer',
  'externalId',
  'source',
  'keyword',
  'cost',
  'costCurrency',
  'ip',
  'userAgent',
  'country',
  'region',
  'city',
  'isp',
  'device',
  'os',
  'browser',
  'language',
  'referrer',
  'unique',
  'bot',
] as const;
const SUBS = Array.from({ length: 20 }, (_, i) => `sub${i + 1}`);
export type ImportField = (typeof PLAIN)[number] | `sub${number}`;
export const IMPORT_FIELDS: ReadonlySet<string> = new Set<string>([...PLAIN, ...SUBS]);

/** Headers as exports of Keitaro, Voluum, Binom and others have them. */
const HEADERS: Partial<Record<ImportField, string>> = {
  cid: 'clickid, subid, click, visit id, external id of click, id клика, клик, klick id',
  createdAt: 'datetime, click time, visit timestamp, click timestamp, timestamp, created, date, time, дата, время, datum, fecha, data',
  offer: 'offer id, offer name, offer key, offer url, campaign, campaign id, campaign name, оффер, кампания',
  source: 'traffic source, ts source, источник',
  keyword: 'kw, ключевое слово',
  cost: 'cpc, price, bid, расход, стоимость, kosten, coste, coût, custo, costo, koszt',
  costCurrency: 'currency, валюта, währung, moneda, devise',
  ip: 'ip address, click ip',
  userAgent: 'ua',
  country: 'country code, country name, country flag, geo, страна, land, país, pays',
  region: 'state, регион',
  city: 'город, stadt, ciudad, ville',
  isp: 'operator, connection isp',
  device: 'device type',
  os: 'os name, operating system',
  browser: 'browser name',
  referrer: 'referer, referrer url',
  unique: 'is unique, is unique campaign',
  bot: 'is bot',
};
export const CLICK_TABLE: FieldTable = Object.fromEntries([
  ...PLAIN.map((field) => [field, HEADERS[field]?.split(', ') ?? []]),
  ...SUBS.map((field, i) => [field, ['sub id ', 'custom variable ', 't', 's', 'token ', 'param '].map((name) => `${name}${i + 1}`)]),
]) as FieldTable;

/** A row understood: the click's id as it came, its time in milliseconds, and the rest as texts. */
export interface ImportedClick {
  cid: string;
  createdAt: number;
  values: Partial<Record<ImportField, string>>;
}

const CID = /^[A-Za-z0-9_.-]{1,128}$/;
const CURRENCY = /^[A-Z0-9]{3,10}$/;
const EARLIEST = Date.UTC(2010, 0, 1);
const CLOCK_SKEW_MS = 300_000;

/**
 * What a row says, or what is wrong with it. What cannot be read is wrong: an empty value would be a lie.
 * @param unit currency that the header of the costs names
 */
export function readRow(
  fields: readonly (string | null)[],
  row: readonly string[],
  format: TimeFormat,
  now: number,
  baseCurrency: string,
  unit: string | null = null,
): ImportedClick | string {
  const values: Partial<Record<ImportField, string>> = valuesOf(fields, row);
  const wrong = inUnit(values, 'cost', 'costCurrency', unit);
  if (wrong !== null) return wrong;
  const { cid, createdAt, cost, costCurrency, country, externalId } = values;
  if (cid === undefined) return 'cid is missing';
  const broken = brokenId('cid', cid) ?? (externalId === undefined ? null : brokenId('externalId', externalId));
  if (broken !== null) return broken;
  if (!CID.test(cid)) return 'cid must be 1 to 128 letters, digits, dots, dashes or underscores';
  if (createdAt === undefined) return 'createdAt is missing';
  const at = readTime(createdAt, format)?.at;
  if (at === undefined) return `createdAt ${notATime(createdAt)}`;
  if (at < EARLIEST || at > now + CLOCK_SKEW_MS) return `createdAt ${new Date(at).toISOString()} is not from 2010 to now`;
  if (cost !== undefined) {
    const read = readAmount(withoutExponent(cost), costCurrency ? namedCurrency(costCurrency) : null, baseCurrency);
    if (read === null || read.badCurrency || (read.currency !== null && !CURRENCY.test(read.currency)))
      return `cost "${cost.slice(0, 40)}"${costCurrency === undefined ? '' : ` ${costCurrency.slice(0, 10)}`} is no amount`;
    if (read.amount.startsWith('-')) return `cost ${read.amount} is below zero`;
    values.cost = read.amount;
    if (read.currency !== null) values.costCurrency = read.currency;
  }
  if (country !== undefined) {
    const code = readCountry(country);
    if (code === null) return `country "${country.slice(0, 40)}" is neither a code of ISO 3166 nor an English name`;
    values.country = code;
  }
  return { cid, createdAt: at, values };
}

/** `1`, `true`, `yes` and the like; null for what says neither. */
export function readFlag(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (/^(?:1|true|yes|y|t)$/i.test(text)) return true;
  return /^(?:0|false|no|n|f)$/i.test(text) ? false : null;
}
