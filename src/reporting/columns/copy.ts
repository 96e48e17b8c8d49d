import { createHash } from 'node:crypto';
import { uuidAt } from '../../lib/ids.js';
import { DIMENSIONS, MEASURES } from '../report-columns.js';

/**
 * A column copy: the clicks of one UTC day as a Parquet file that is written once and never changed. It has what reports
 * group, filter and add up, and nothing that says who a visitor was: no id, address, user agent, referrer or landing URL.
 */

export const DAY_MS = 86_400_000;

interface CopyColumn {
  name: string;
  /** Its value on a row of clicks. */
  select: string;
  type: 'BIGINT' | 'UUID' | 'VARCHAR';
}

const ENTITIES = ['offer', 'offerSource'];
const facts = Object.entries(DIMENSIONS).flatMap(([name, { filter, copies, from, ofOffer }]): CopyColumn[] =>
  filter !== 'text' || ofOffer === true || copies === null || from.clicks === null ? [] : [{ name, select: from.clicks, type: 'VARCHAR' }],
);
const entities = ENTITIES.map(
  (name): CopyColumn => ({ name: String(DIMENSIONS[name]?.copies), select: String(DIMENSIONS[name]?.from.clicks), type: 'UUID' }),
);
const figures = MEASURES.filter(({ of }) => of === 'clicks').map(
  ({ column, raw, places }): CopyColumn => ({ name: column, select: `((${raw}) * ${10 ** places})::bigint`, type: 'BIGINT' }),
);

/** `stamp`: the click's time in microseconds. */
const COLUMNS: readonly CopyColumn[] = [
  { name: 'stamp', select: '(extract(epoch FROM created_at) * 1000000)::bigint', type: 'BIGINT' },
  ...entities,
  ...facts,
  ...figures,
];

/** What a file of this program looks like: files of another form are not read, and made anew. */
export const SCHEMA = createHash('sha256').update(JSON.stringify(COLUMNS)).digest('hex').slice(0, 12);

/** Row groups are left out where the source asked for is not in them. */
const ORDER = [...entities.toReversed().map(({ select }) => select), 'created_at'].join(', ');
/** Large groups are read in half the time of small ones; DuckDB holds one in memory until it is written. In steps of what DuckDB takes at once. */
const MOST_IN_GROUP = 122_880;
const GROUP_BYTES = 20_000_000;
const STEP = 2_048;
/** DuckDB takes eight times as much by itself, several times over. */
const CSV_BUFFER_BYTES = 4_000_000;

export const dayName = (day: number): string => new Date(day).toISOString().slice(0, 10);
export const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** Every file has a new name, so that none is ever written twice. The name begins with the day, so that a listing of the folder is in order. */
export const fileName = (day: string, version: number | string, random: string): string => `${day}.${SCHEMA}.${version}.${random}.parquet`;
export const FILE = /^\d{4}-\d\d-\d\d\.[0-9a-f]{12}\.\d+\.[0-9a-f]{8}\.parquet$/;

/** The day's rows in the file's order, for COPY, which takes no parameters. PostgreSQL sorts them: a day of any size, in little memory. */
export function copyOut(day: string): string {
  const from = Date.parse(day);
  const select = COLUMNS.map(({ name, select: value }) => `${value} AS "${name}"`).join(', ');
  return `COPY (SELECT ${select} FROM clicks WHERE click_id >= '${uuidAt(from, 'min')}' AND click_id < '${uuidAt(from + DAY_MS, 'min')}' ORDER BY ${ORDER}) TO STDOUT (FORMAT csv)`;
}

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Makes the file out of these rows, so many bytes each, in their order and in memory that does not grow with them. LZ4 is read in two thirds of zstd's time. */
export function writeFile(csv: string, parquet: string, bytesOfRow: number): string {
  const group = STEP * Math.max(1, Math.floor(Math.min(MOST_IN_GROUP, GROUP_BYTES / bytesOfRow) / STEP));
  const columns = COLUMNS.map(({ name, type }) => `${quoted(name)}: '${type}'`).join(', ');
  const read = `read_csv(${quoted(csv)}, auto_detect = false, header = false, buffer_size = ${CSV_BUFFER_BYTES}, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, columns = {${columns}})`;
  return `COPY (FROM ${read}) TO ${quoted(parquet)} (FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION v2, ROW_GROUP_SIZE ${group})`;
}
