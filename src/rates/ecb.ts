import { XMLParser } from 'fast-xml-parser';
import type { RateRow } from './rate-table.js';

/** The ECB's file of euro reference rates: `eurofxref-daily.xml`, `eurofxref-hist-90d.xml` and `eurofxref-hist.xml` have one shape. */

/** A file of rates that is not taken, with the place and the reason; safe to show. */
export class RatesFileError extends Error {}

/** Numbers stay text, and an entity in a value stays as written and is refused as no number. */
const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => name === 'Cube',
});

const CURRENCY = /^[A-Z]{3}$/;
const RATE = /^\d{1,15}(?:\.\d{1,30})?$/;
const NOTHING = /^[0.]*$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Every rate of the file, in its order and as it writes them. All or nothing: one bad rate refuses the file, as a file
 * that is wrong in one place may be wrong in others.
 * @throws RatesFileError
 */
export function parseEcb(xml: string): RateRow[] {
  const days = daysOf(xml);
  const seen = new Set<string>();
  return days.flatMap((cube, index) => {
    const day = dayOf(cube, index + 1);
    if (seen.has(day)) throw new RatesFileError(`${day} stands in it twice`);
    seen.add(day);
    return ratesOf(cube, day);
  });
}

function daysOf(xml: string): unknown[] {
  if (xml.includes('<!DOCTYPE')) throw new RatesFileError("it has a DOCTYPE, which the ECB's file has not");
  let file: unknown;
  try {
    file = PARSER.parse(xml, true);
  } catch (error) {
    throw new RatesFileError(`it is not XML: ${(error as Error).message}`);
  }
  const envelope = field(file, 'Envelope');
  if (envelope === undefined) throw new RatesFileError("it has no Envelope: not the ECB's file of reference rates");
  const days = cubes(cubes(envelope)[0]);
  if (days.length === 0) throw new RatesFileError('it has no days');
  return days;
}

function dayOf(cube: unknown, number: number): string {
  const time = field(cube, 'time');
  if (typeof time !== 'string') throw new RatesFileError(`day ${number} has no time`);
  if (!isDay(time)) throw new RatesFileError(`the time of day ${number}, ${quoted(time)}, is not a date`);
  return time;
}

/** Date.parse takes the 30th of February for a day of March. */
function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function ratesOf(cube: unknown, day: string): RateRow[] {
  const seen = new Set<string>();
  const rows = cubes(cube).map((entry, index): RateRow => {
    const currency = field(entry, 'currency');
    const rate = field(entry, 'rate');
    if (typeof currency !== 'string') throw new RatesFileError(`${day}: rate ${index + 1} has no currency`);
    if (!CURRENCY.test(currency)) throw new RatesFileError(`${day}: ${quoted(currency)} is not a currency`);
    if (typeof rate !== 'string') throw new RatesFileError(`${day}: ${currency} has no rate`);
    if (!RATE.test(rate) || NOTHING.test(rate))
      throw new RatesFileError(`${day}: the rate of ${currency}, ${quoted(rate)}, is not a number above 0`);
    if (seen.has(currency)) throw new RatesFileError(`${day}: ${currency} stands in it twice`);
    seen.add(currency);
    return { currency, day, rate, source: 'ecb' };
  });
  if (rows.length === 0) throw new RatesFileError(`${day} has no rates`);
  return rows;
}

function field(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[name] : undefined;
}

function cubes(node: unknown): unknown[] {
  const found = field(node, 'Cube');
  return Array.isArray(found) ? found : [];
}

function quoted(text: string): string {
  return `'${text.slice(0, 40)}'`;
}
