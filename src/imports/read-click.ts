/** Clicks of a CSV file, from this or another tracker: which column is which, and what a row says. */

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

/** Headers as exports of Keitaro, Voluum, Binom and others have them, without case and punctuation. */
const ALIASES: Record<string, ImportField> = Object.fromEntries(
  Object.entries({
    cid: 'clickid subid click',
    createdAt: 'datetime date time clicktime visittimestamp clicktimestamp timestamp created',
    offer: 'offerid offername offerkey offerurl campaign campaignid campaignname',
    externalId: 'externalid',
    source: 'trafficsource tssource',
    keyword: 'kw',
    cost: 'cpc price bid',
    costCurrency: 'currency',
    ip: 'ipaddress clickip',
    userAgent: 'ua useragent',
    country: 'countrycode countryflag geo',
    isp: 'operator connectionisp',
    device: 'devicetype',
    os: 'osname operatingsystem',
    browser: 'browsername',
    referrer: 'referer referrerurl',
    unique: 'isunique isuniquecampaign',
    bot: 'isbot',
  }).flatMap(([field, names]) => names.split(' ').map((name) => [name, field as ImportField])),
);
for (const field of [...PLAIN, ...SUBS]) ALIASES[plain(field)] = field as ImportField;
for (let n = 1; n <= 20; n++) {
  for (const name of [`subid${n}`, `customvariable${n}`, `t${n}`, `s${n}`, `token${n}`, `param${n}`]) ALIASES[name] = `sub${n}`;
}

function plain(header: string): string {
  return header.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** What each column is; null for one that is not read. `columns` (their header → our field) comes first. */
export function fieldsOf(headers: readonly string[], columns: Readonly<Record<string, string>>): (ImportField | null)[] {
  const taken = new Set<string>(Object.values(columns));
  return headers.map((header) => {
    const wished = columns[header.trim()];
    if (wished !== undefined) return wished as ImportField;
    const field = ALIASES[plain(header)];
    if (field === undefined || taken.has(field)) return null;
    taken.add(field);
    return field;
  });
}

/** A row understood: the click's id as it came, its time in milliseconds, and the rest as texts. */
export interface ImportedClick {
  cid: string;
  createdAt: number;
  values: Partial<Record<ImportField, string>>;
}

const CID = /^[A-Za-z0-9_.-]{1,128}$/;
const UNIX = /^\d{9,13}(?:\.\d+)?$/;
const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))?$/;
const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;
const EARLIEST = Date.UTC(2010, 0, 1);
const CLOCK_SKEW_MS = 300_000;

/**
 * Unix seconds or milliseconds, ISO 8601, or a local date and time at `utcOffset` (such as `+02:00`).
 * Null for anything else, and for times before 2010 or after now.
 */
export function readTime(text: string, utcOffset: string, now: number): number | null {
  let at = Number.NaN;
  if (UNIX.test(text)) at = Number(text) >= 1e11 ? Number(text) : Number(text) * 1_000;
  else if (ZONED.test(text)) at = Date.parse(text.replace(' ', 'T'));
  else {
    const [, day, time = '00:00'] = LOCAL.exec(text) ?? [];
    if (day !== undefined) at = Date.parse(`${day}T${time}${utcOffset}`);
  }
  // Date.parse makes the 2nd of March of a 30th of February.
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? [];
  if (date !== undefined && Number(date) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return null;
  return at >= EARLIEST && at <= now + CLOCK_SKEW_MS ? Math.floor(at) : null;
}

/** What a row says, or what is wrong with it. */
export function readRow(
  fields: readonly (ImportField | null)[],
  row: readonly string[],
  utcOffset: string,
  now: number,
): ImportedClick | string {
  const values: Partial<Record<ImportField, string>> = {};
  for (const [i, field] of fields.entries()) {
    const value = row[i]?.trim();
    if (field !== null && value !== undefined && value !== '') values[field] = value;
  }
  const { cid, createdAt } = values;
  if (cid === undefined) return 'cid is missing';
  if (!CID.test(cid)) return 'cid must be 1 to 128 letters, digits, dots, dashes or underscores';
  if (createdAt === undefined) return 'createdAt is missing';
  const at = readTime(createdAt, utcOffset, now);
  if (at === null)
    return `createdAt "${createdAt.slice(0, 40)}" is no time from 2010 to now: write ISO 8601, Unix seconds, or YYYY-MM-DD HH:MM:SS`;
  return { cid, createdAt: at, values };
}

/** `1`, `true`, `yes` and the like; null for what says neither. */
export function readFlag(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (/^(?:1|true|yes|y|t)$/i.test(text)) return true;
  return /^(?:0|false|no|n|f)$/i.test(text) ? false : null;
}
