import { foldCase } from '../../lib/sql.js';
import { offsetsOf } from '../../lib/zones.js';
import { COLUMNS, DIMENSIONS, MEASURES, RATIO_PLACES, placesOf, sumOf, valueOf, type Column } from '../report-columns.js';
import { partColumns, PRIOR, type PartColumns, type ReportRequest } from '../report.query.js';
import { DAY_MS, quoted } from './copy.js';

/**
 * A report out of two parts: what copies say of the clicks of their days, and what PostgreSQL says of all else. Sums are
 * whole numbers of their last decimal throughout, keys the texts that reports show, so that both add up exactly.
 */

export interface Question {
  text: string;
  values: string[];
}

/** A copy's day, such as 2026-11-23, and where its file is. */
export interface CopiedDay {
  day: string;
  path: string;
}

/** One of our letters for each capital; of other alphabets the case counts, as in PostgreSQL's collation C. */
const folded = (value: string): string => `translate(${value}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`;
const MICRO = 1_000;

/**
 * What is asked of the copies' clicks, into tables: all `groups`, or, where these are very many, the `totals` alone and then those groups
 * that have to be made: of a `page`, all that PostgreSQL was `asked` for, or `both`, or those of the `fullest` buckets.
 */
export type Copied = 'groups' | 'totals' | 'page' | 'asked' | 'both' | 'fullest';

export function copiedQuestion(r: ReportRequest, copies: readonly CopiedDay[], what: Copied): Question {
  const { source, values } = copiedClicks(r, copies);
  const keys = r.groupBy.map((name, i) => `${of(name).copies} AS g${i}`);
  const shown = r.groupBy.map((name, i) => `${of(name).copiedKey(`g${i}`)} AS k${i}`);
  const sums = clickSums(r).map(({ name, measure: { column } }) => {
    const period = name.startsWith(PRIOR) ? 'prior' : 'NOT prior';
    return `coalesce(sum(${column})${r.previous === null ? '' : ` FILTER (WHERE ${period})`}, 0)::BIGINT AS ${name}`;
  });
  if (what === 'totals')
    return { text: `CREATE OR REPLACE TEMP TABLE copied_totals AS SELECT ${sums.join(', ')} FROM (${source}) AS c`, values };
  const only =
    what === 'groups'
      ? ''
      : what === 'fullest'
        ? ` WHERE ${bucketOf(r.groupBy.map((name) => of(name).copies))} IN (SELECT bucket FROM fullest)`
        : ` SEMI JOIN (${wantedKeys(r, what)}) AS p ON ${sameKeys(r)}`;
  const grouping = r.groupBy.length === 0 ? '' : ` GROUP BY ${r.groupBy.map((_, i) => `g${i}`).join(', ')}`;
  return {
    text: `CREATE OR REPLACE TEMP TABLE copied AS
      SELECT ${[...shown, ...clickSums(r).map(({ name }) => name)].join(', ')} FROM (
        SELECT ${[...keys, ...sums].join(', ')} FROM (${source}) AS c${only}${grouping}
      ) AS g`,
    values,
  };
}

/** Whether single groups can be looked for in copies: by keys that they have as texts or ids. */
export const canFindGroups = ({ groupBy }: ReportRequest): boolean =>
  groupBy.length > 0 && groupBy.every((name) => of(name).filter !== null && of(name).ofOffer !== true);

const wantedKeys = (r: ReportRequest, what: 'page' | 'asked' | 'both'): string =>
  (what === 'both' ? ['page', 'asked'] : [what]).map((table) => `SELECT ${keysOf(r).join(', ')} FROM ${table}`).join(' UNION ALL ');
const sameKeys = (r: ReportRequest): string =>
  r.groupBy.map((name, i) => `${of(name).copies} IS NOT DISTINCT FROM p.k${i}${of(name).filter === 'uuid' ? '::UUID' : ''}`).join(' AND ');

/** How many groups a day has, and about how many values of each key (`w0`, `w1`, …). */
export function widthQuestion(r: ReportRequest, copy: CopiedDay): Question {
  const { source, values } = copiedClicks(r, [copy]);
  const keys = r.groupBy.map((name, i) => `${of(name).copies} AS g${i}`).join(', ');
  const widths = r.groupBy.map((_, i) => `approx_count_distinct(g${i}) AS w${i}`).join(', ');
  return { text: `SELECT count(*) AS n, ${widths} FROM (SELECT DISTINCT ${keys} FROM (${source}) AS c) AS g`, values };
}

/**
 * Where conversions bring groups to the front, those that only copies know, which have none, stand behind: a ratio of what
 * conversions alone have is null without any, and stands last in both directions; a sum, or ratio, to which clicks add nothing is 0
 * at most, since a cost is never below zero.
 */
interface Lead {
  /** What PostgreSQL's groups fulfil that may stand before all others. */
  possible: string;
  /** What groups of both parts fulfil that do. Null where `possible` says it, and the order is of conversions alone. */
  ahead: string | null;
}

export function leadOf({ sort }: ReportRequest): Lead | null {
  const column = COLUMNS[sort.name];
  if (column === undefined) return null;
  const { sum, divisor } = column;
  const value = valueOf(column, 'duckdb');
  const isOfConversions = ![...sum, ...(divisor ?? [])].some(isOfClicks);
  if (divisor !== null && !divisor.some(isOfClicks))
    return { possible: `${sumOf(divisor)} <> 0`, ahead: isOfConversions ? null : `${value} IS NOT NULL` };
  if (!sort.descending || sum.some((term) => isOfClicks(term) && !term.startsWith('-'))) return null;
  return { possible: `${sumOf(sum.filter((term) => !isOfClicks(term)))} > 0`, ahead: isOfConversions ? null : `${value} > 0` };
}

export const possibleQuestion = ({ possible }: Lead): string => `SELECT count(*) AS n FROM asked WHERE ${possible}`;

/** For when `copied` has all of PostgreSQL's groups. */
export const aheadQuestion = (r: ReportRequest, asked: PartColumns['sums'], ahead: string): string =>
  `SELECT count(*) AS n FROM (${groupsOf(r, asked)}) AS g WHERE ${ahead}`;

const PAGE = 'CREATE OR REPLACE TEMP TABLE page AS';

/** The first groups of PostgreSQL's, when the order is of conversions alone. */
export const firstAskedQuestion = (r: ReportRequest, count: number): string =>
  `${PAGE} SELECT ${keysOf(r).join(', ')} FROM asked ORDER BY ${orderOf(r, valueOf(COLUMNS[r.sort.name] as Column, 'duckdb'))} LIMIT ${count}`;

/** Whether the order is from the greatest sum of what clicks have, which is nowhere below zero. */
export function isFromGreatest({ sort }: ReportRequest): boolean {
  const column = COLUMNS[sort.name];
  return sort.descending && column?.divisor === null && column.sum.every((term) => isOfClicks(term) && !term.startsWith('-'));
}

/** Groups by a hash of their keys: as many as a whole number of two bytes tells apart, for which DuckDB needs no hash table. */
const BUCKET_BITS = 16;
const bucketOf = (keys: readonly string[]): string =>
  `((hash(${keys.join(', ')}) & ${2 ** BUCKET_BITS - 1})::INTEGER - ${2 ** (BUCKET_BITS - 1)})::SMALLINT`;

/**
 * What the order is of in each bucket of groups. A bucket has no less than each of its groups, so that the groups with more than any bucket
 * but the fullest are all in these. What every group has need not be added up: the cost does not grow with their number.
 */
export function bucketsQuestion(r: ReportRequest, copies: readonly CopiedDay[]): Question {
  const { clicks, value, values } = ordered(r, copies);
  return {
    text: `CREATE OR REPLACE TEMP TABLE buckets AS SELECT ${bucketOf(keysOf(r))} AS bucket, ${value} AS v FROM (${clicks}) AS c GROUP BY bucket`,
    values,
  };
}

/** The `count` fullest buckets, and those in which a group has more than any other bucket with what PostgreSQL was `asked` for. */
export function fullestQuestion(r: ReportRequest, asked: PartColumns['sums'], count: number): string {
  const terms = (COLUMNS[r.sort.name] as Column).sum.filter((term) => asked.some(({ name }) => name === term));
  const keys = r.groupBy.map((name, i) => `k${i}${of(name).filter === 'uuid' ? '::UUID' : ''}`);
  const most = `SELECT ${bucketOf(keys)} AS bucket, max(${sumOf(terms)}) AS m FROM asked GROUP BY bucket`;
  const more = terms.length === 0 ? '' : ` LEFT JOIN (${most}) AS a USING (bucket)`;
  return `CREATE OR REPLACE TEMP TABLE fullest AS SELECT bucket FROM buckets${more} WHERE v${terms.length === 0 ? '' : ' + coalesce(m, 0)'} > ${boundOf(count)}`;
}

/** What no group has that is in none of the `count` fullest buckets; -1 where these are all. */
const boundOf = (count: number): string => `coalesce((SELECT v FROM buckets ORDER BY v DESC LIMIT 1 OFFSET ${count}), -1)`;

/** For when `copied` has the groups of the `fullest` buckets: how many stand before all others. */
export const fullQuestion = (r: ReportRequest, asked: PartColumns['sums'], count: number): string =>
  `SELECT count(*) AS n FROM (${groupsOf(r, asked)}) AS g WHERE ${valueOf(COLUMNS[r.sort.name] as Column, 'duckdb')} > ${boundOf(count)}`;

/**
 * The first groups by what copies alone know, in the order that groups without conversions have. Only what the order is of is
 * added up for each, and of one part of the groups after the other, so that they fit into memory.
 * @param widest the key with the most values, by which the groups are parted
 */
export function firstCopiedQuestions(
  r: ReportRequest,
  copies: readonly CopiedDay[],
  count: number,
  parts: number,
  widest: number,
): Question[] {
  const { clicks, value, values } = ordered(r, copies);
  const keys = keysOf(r).join(', ');
  const firstOf = (from: string): string => `SELECT * FROM ${from} ORDER BY ${orderOf(r, 'v')} LIMIT ${count}`;
  const found = Array.from({ length: parts }, (_, part): Question => {
    const ofPart = parts === 1 ? '' : ` WHERE hash(k${widest}) % ${parts} = ${part}`;
    const groups = `SELECT ${keys}, ${value} AS v FROM (${clicks}) AS c${ofPart} GROUP BY ${keys}`;
    return { text: `${part === 0 ? 'CREATE OR REPLACE TEMP TABLE found AS' : 'INSERT INTO found'} ${firstOf(`(${groups}) AS g`)}`, values };
  });
  return [...found, { text: `${PAGE} SELECT ${textsOf(r)} FROM (${firstOf('found')}) AS f`, values: [] }];
}

const textsOf = (r: ReportRequest): string =>
  keysOf(r)
    .map((k) => `${k}::VARCHAR AS ${k}`)
    .join(', ');

/** The copies' clicks with their keys, and what the order is of, added up. What counts clicks is 0 or 1 in each, and such small numbers are added up in half the room. */
function ordered(r: ReportRequest, copies: readonly CopiedDay[]): { clicks: string; value: string; values: string[] } {
  const { source, values } = copiedClicks(r, copies);
  const column = COLUMNS[r.sort.name];
  const ofPeriod = r.previous === null ? '' : ' FILTER (WHERE NOT prior)';
  const added = (name: string): string =>
    `coalesce(sum(${name}${MEASURES.find((m) => m.column === name)?.places === 0 ? '::SMALLINT' : ''})${ofPeriod}, 0)`;
  const share = (terms: readonly string[]): string => (terms.some(isOfClicks) ? sumOf(terms.filter(isOfClicks), added) : '0');
  const value =
    column === undefined
      ? `k${r.groupBy.indexOf(r.sort.name)}`
      : valueOf(column, 'duckdb', share(column.sum), column.divisor === null ? '' : share(column.divisor));
  return {
    clicks: `SELECT ${r.groupBy.map((name, i) => `${of(name).copies} AS k${i}`).join(', ')}, * FROM (${source}) AS d`,
    value,
    values,
  };
}

/** How many groups the page has, and how many of them PostgreSQL does not know: these are the first of all that it does not know. */
export const pageQuestion = (r: ReportRequest): string =>
  `SELECT count(*) AS n, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM asked AS a WHERE ${keysOf(r)
    .map((k) => `a.${k} IS NOT DISTINCT FROM p.${k}`)
    .join(' AND ')})) AS unknown FROM page AS p`;

const keysOf = (r: ReportRequest): string[] => r.groupBy.map((_, i) => `k${i}`);
const CLICK_MEASURES = MEASURES.filter((measure) => measure.of === 'clicks').map(({ column }) => column);
const isOfClicks = (term: string): boolean => CLICK_MEASURES.includes(term.replace(/^-/, ''));

/** A total order: groups with equal values stand by their keys. */
const orderOf = (r: ReportRequest, value: string): string =>
  [`${value} ${r.sort.descending ? 'DESC' : 'ASC'} NULLS LAST`, ...keysOf(r)].join(', ');

/** The copies' clicks that the report is about. */
function copiedClicks(r: ReportRequest, copies: readonly CopiedDay[]): { source: string; values: string[] } {
  const values: string[] = [];
  const bind = (value: string): string => `$${values.push(value)}`;
  const since = r.previous?.from ?? r.from;
  const stamp = (ms: number): string => String(ms * MICRO);
  const [first, ...changes] = offsetsOf(r.tz, since, r.to);
  const later = changes.toReversed().map(({ from, offset }) => `WHEN stamp >= ${stamp(from)} THEN ${stamp(offset)}`);
  const ahead = later.length === 0 ? stamp(first?.offset ?? 0) : `CASE ${later.join(' ')} ELSE ${stamp(first?.offset ?? 0)} END`;
  const local = `stamp + ${ahead}`;
  const times =
    r.previous === null
      ? `make_timestamp(${local}) AS local, make_timestamp(${local}) AS aligned, false AS prior`
      : `make_timestamp(${local}) AS local, make_timestamp(${local} + CASE WHEN stamp < ${stamp(r.from)} THEN ${stamp(r.previous.length)} ELSE 0 END) AS aligned, stamp < ${stamp(r.from)} AS prior`;
  const conditions = [...r.filters].map(([name, list]) => {
    const { copies: value, filter, caseless, ofOffer } = of(name);
    const some = list.filter((v) => v !== '');
    const bound = some.map((v) => (filter === 'uuid' || ofOffer === true ? `${bind(v)}::UUID` : bind(caseless === true ? foldCase(v) : v)));
    const parts = [
      ...(some.length === 0 ? [] : [`${caseless === true ? folded(value) : value} IN (${bound.join(', ')})`]),
      ...(list.includes('') ? [`${value} IS NULL`] : []),
    ];
    return `(${parts.join(' OR ')})`;
  });
  // Of days that are whole in the range no time is looked at, which would be a column more to read.
  const isInside = ({ day }: CopiedDay): boolean => Date.parse(day) >= since && Date.parse(day) + DAY_MS <= r.to;
  const read = (files: readonly CopiedDay[]): string => `SELECT * FROM read_parquet([${files.map(({ path }) => quoted(path)).join(', ')}])`;
  const [inside, edges] = [copies.filter(isInside), copies.filter((copy) => !isInside(copy))];
  const clicks = [
    ...(inside.length === 0 ? [] : [read(inside)]),
    ...(edges.length === 0 ? [] : [`${read(edges)} WHERE stamp >= ${stamp(since)} AND stamp < ${stamp(r.to)}`]),
  ].join(' UNION ALL ');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return { source: `SELECT *, ${times} FROM (${clicks}) AS d${where}`, values };
}

const clickSums = (r: ReportRequest): PartColumns['sums'] => partColumns(r).sums.filter(({ measure }) => measure.of === 'clicks');

/** Where the part of PostgreSQL is put. */
export const askedTable = (r: ReportRequest, asked: PartColumns['sums']): string =>
  `CREATE OR REPLACE TEMP TABLE asked (${[
    ...r.groupBy.map((_, i) => `k${i} VARCHAR`),
    ...asked.map(({ name, measure }) => `${name} ${measure.places === 12 ? 'HUGEINT' : 'BIGINT'}`),
  ].join(', ')})`;

/**
 * The groups of both parts in the report's order: each part has a group once. A table `names (k, rank)` says in
 * which order names stand, another `tags (k, tag)` which tags an offer has.
 */
export function rowsQuestion(r: ReportRequest, asked: PartColumns['sums'], slice: string): string {
  if (r.groupBy.length === 0) return totalsQuestion(r);
  const groups = groupsOf(r, asked);
  const tagged = r.groupBy.findIndex((name) => of(name).ofOffer === true);
  const facts = tagged === -1 ? groups : byTag(r, groups, tagged);
  const at = r.groupBy.indexOf(r.sort.name);
  const isNamed = at !== -1 && of(r.sort.name).order !== undefined;
  const value = at === -1 ? valueOf(COLUMNS[r.sort.name] as Column, 'duckdb') : isNamed ? 'rank' : `k${at}`;
  return `SELECT f.* FROM (${facts}) AS f${isNamed ? ` LEFT JOIN names AS n ON n.k = f.k${at}` : ''}
    ORDER BY ${orderOf(r, value)}${slice}`;
}

function groupsOf(r: ReportRequest, asked: PartColumns['sums']): string {
  const keys = keysOf(r);
  const copied = new Set(clickSums(r).map(({ name }) => name));
  const sums = partColumns(r).sums.map(({ name }) => {
    const parts = [...(copied.has(name) ? ['c'] : []), ...(asked.some((sum) => sum.name === name) ? ['a'] : [])];
    return `${parts.map((from) => `coalesce(${from}.${name}, 0)`).join(' + ')} AS ${name}`;
  });
  const same = keys.map((k) => `c.${k} IS NOT DISTINCT FROM a.${k}`).join(' AND ');
  return `SELECT ${[...keys.map((k) => `coalesce(c.${k}, a.${k}) AS ${k}`), ...sums].join(', ')} FROM copied AS c FULL OUTER JOIN asked AS a ON ${same}`;
}

/** The groups with an offer's tags in place of the offer: a table `tags (k, tag)` has them. */
function byTag(r: ReportRequest, groups: string, at: number): string {
  const others = r.groupBy.flatMap((_, i) => (i === at ? [] : [`k${i}`]));
  const sums = partColumns(r).sums.map(({ name }) => `sum(${name})::HUGEINT AS ${name}`);
  return `SELECT ${[`tag AS k${at}`, ...others, ...sums].join(', ')} FROM (SELECT g.* EXCLUDE (k${at}), t.tag FROM (${groups}) AS g LEFT JOIN tags AS t ON t.k = g.k${at}) AS g GROUP BY ${['tag', ...others].join(', ')}`;
}

/** @param copied the table that has the sums of the copies */
export function totalsQuestion(r: ReportRequest, copied: 'copied' | 'copied_totals' = 'copied'): string {
  return `SELECT ${partColumns(r)
    .sums.map(({ name }) => `coalesce(sum(${name}), 0)::HUGEINT AS ${name}`)
    .join(', ')} FROM (SELECT * FROM ${copied} UNION ALL BY NAME SELECT * FROM asked) AS u`;
}

/** Sums by name, as DuckDB answers them. */
export type Sums = Readonly<Record<string, bigint | string | null>>;

/** The figures of a row as reports show them. */
export function figuresOf(r: ReportRequest, sums: Sums): Record<string, unknown> {
  const shown = (prefix: string): Record<string, unknown> =>
    Object.fromEntries(r.columns.map((name) => [name, columnOf(name, sums, prefix)]));
  return r.previous === null ? shown('') : { ...shown(''), previous: shown(PRIOR) };
}

function columnOf(name: string, sums: Sums, prefix: string): number | string | null {
  const column = COLUMNS[name] as Column;
  const add = (terms: readonly string[]): bigint =>
    terms.reduce(
      (sum, term) => (term.startsWith('-') ? sum - (sums[prefix + term.slice(1)] as bigint) : sum + (sums[prefix + term] as bigint)),
      0n,
    );
  const n = add(column.sum);
  if (column.divisor === null) return column.shown === 'whole' ? Number(n) : decimalText(n, placesOf(column.sum));
  const d = add(column.divisor);
  if (d === 0n) return null;
  const scaled = abs(n) * 10n ** BigInt(RATIO_PLACES - placesOf(column.sum) + placesOf(column.divisor));
  const quotient = (2n * scaled + abs(d)) / (2n * abs(d));
  return decimalText(n < 0n === d < 0n ? quotient : -quotient, RATIO_PLACES);
}

const abs = (n: bigint): bigint => (n < 0n ? -n : n);

/** A decimal as the whole number of the last of `places` decimals. @throws RangeError when it has more of them */
export function wholeOf(decimal: string, places: number): bigint {
  // Most sums of a conversion are.
  if (decimal === '0') return 0n;
  const point = decimal.indexOf('.');
  if (point === -1) return places === 0 ? BigInt(decimal) : BigInt(decimal + '0'.repeat(places));
  const [decimals, end] = [decimal.slice(point + 1), point + 1 + places];
  if (/[^0]/.test(decimal.slice(end))) throw new RangeError(`${decimal} has more than ${places} decimals`);
  return BigInt(decimal.slice(0, point) + decimals.slice(0, places).padEnd(places, '0'));
}

/** A whole number of the last of `places` decimals, without zeros at the end. */
export function decimalText(n: bigint, places: number): string {
  const digits = abs(n)
    .toString()
    .padStart(places + 1, '0');
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
  return n < 0n ? `-${text}` : text;
}

/** A row's key as reports show it. `names`: by id. */
export function keyOf(r: ReportRequest, sums: Sums, names: ReadonlyMap<string, string | null>): Record<string, unknown> {
  return Object.fromEntries(
    r.groupBy.map((name, i) => {
      const value = sums[`k${i}`] as string | null;
      if (value !== null && of(name).filter === 'uuid') return [name, { id: value, name: names.get(value) ?? null }];
      return [name, name === 'weekday' && value !== null ? Number(value) : value];
    }),
  );
}

function of(name: string): (typeof DIMENSIONS)[string] & { copies: string } {
  const found = DIMENSIONS[name];
  if (found === undefined || found.copies === null) throw new RangeError(`copies do not know ${name}`);
  return found as (typeof DIMENSIONS)[string] & { copies: string };
}
