import { createRequire } from 'node:module';

/** Countries as programs export them, read as ISO 3166-1 alpha-2. */

const require = createRequire(import.meta.url);

/** Names that were, or are said beside the official ones. */
const ALSO: Record<string, string> = {
  burma: 'MM',
  'cabo verde': 'CV',
  'democratic republic of the congo': 'CD',
  'dr congo': 'CD',
  england: 'GB',
  holland: 'NL',
  macau: 'MO',
  macedonia: 'MK',
  'republic of the congo': 'CG',
  scotland: 'GB',
  swaziland: 'SZ',
  turkiye: 'TR',
  vatican: 'VA',
  'viet nam': 'VN',
  wales: 'GB',
};

let known: ReadonlyMap<string, string> | null = null;

/** The code of a country given by its code of two or three letters or three digits, or by its English name; null for anything else. */
export function readCountry(text: string): string | null {
  known ??= table();
  return known.get(plain(text)) ?? null;
}

function table(): Map<string, string> {
  const codes = require('i18n-iso-countries/codes.json') as [alpha2: string, alpha3: string, numeric: string][];
  const { countries } = require('i18n-iso-countries/langs/en.json') as { countries: Record<string, string | string[]> };
  const names = new Map<string, string>();
  const add = (name: string | undefined, code: string): void =>
    void (name === undefined || names.has(plain(name)) || names.set(plain(name), code));
  for (const [alpha2, alpha3, numeric] of codes) for (const code of [alpha2, alpha3, numeric]) add(code, alpha2);
  for (const [code, said] of Object.entries(countries)) for (const name of [said].flat()) add(name, code);
  for (const style of ['long', 'short'] as const) {
    const display = new Intl.DisplayNames(['en'], { type: 'region', style });
    for (const [alpha2] of codes) {
      const name = display.of(alpha2);
      add(name, alpha2);
      // "Myanmar (Burma)", "Hong Kong SAR China"
      add(name?.replace(/ \(.*\)$| SAR China$/, ''), alpha2);
    }
  }
  for (const [name, code] of Object.entries(ALSO)) add(name, code);
  return names;
}

const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll(/\bst\.? /g, 'saint ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/^the /, '');
