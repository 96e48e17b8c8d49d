import { createRequire } from 'node:module';

/** Countries as programs export them, read as ISO 3166-1 alpha-2. */

const require = createRequire(import.meta.url);

/** Names that were, or are said beside the official ones. */
const ALSO: Record<string, string> = {
  'bolivarian republic of venezuela': 'VE',
  'bonaire saint eustatius and saba': 'BQ',
  burma: 'MM',
  'cabo verde': 'CV',
  'congo republic': 'CG',
  'democratic people s republic of korea': 'KP',
  'democratic republic of the congo': 'CD',
  'dr congo': 'CD',
  'east timor': 'TL',
  england: 'GB',
  'federated states of micronesia': 'FM',
  'former yugoslav republic of macedonia': 'MK',
  'hashemite kingdom of jordan': 'JO',
  holland: 'NL',
  'kyrgyz republic': 'KG',
  'libyan arab jamahiriya': 'LY',
  macau: 'MO',
  macedonia: 'MK',
  'northern ireland': 'GB',
  'occupied palestinian territory': 'PS',
  'palestinian territory': 'PS',
  'plurinational state of bolivia': 'BO',
  'republic of lithuania': 'LT',
  'republic of moldova': 'MD',
  'republic of the congo': 'CG',
  'reunion island': 'RE',
  scotland: 'GB',
  'slovak republic': 'SK',
  swaziland: 'SZ',
  turkiye: 'TR',
  'u a e': 'AE',
  'united kingdom of great britain and northern ireland': 'GB',
  vatican: 'VA',
  'viet nam': 'VN',
  wales: 'GB',
};

/** As lists sort them: `Iran, Islamic Republic of` and `Iran (Islamic Republic of)`. */
const TURNED = /^([^,(]+)(?:, *([^,]+)|\(([^()]+)\))$/;

let known: ReadonlyMap<string, string> | null = null;

/** The code of a country given by its code of two or three letters or three digits, or by its English name; null for anything else. */
export function readCountry(text: string): string | null {
  known ??= table();
  const code = known.get(plain(text));
  if (code !== undefined) return code;
  const [, name = '', behindComma, inBrackets] = TURNED.exec(text) ?? [];
  const first = behindComma ?? inBrackets;
  return first === undefined ? null : (known.get(plain(`${first} ${name}`)) ?? null);
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
