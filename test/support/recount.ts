import type pg from 'pg';

/**
 * Reports counted once more, in JavaScript, from the rows of clicks and conversions, stored ones or those that a test has sent:
 * no SQL of the program, no time zone of a database.
 */

type Row = Record<string, unknown>;
export interface Facts {
  clicks: Row[];
  conversions: Row[];
  names: ReadonlyMap<string, string>;
  /** By offer. */
  tags: ReadonlyMap<string, string[]>;
}
export interface Asked {
  groupBy: string[];
  filters: Record<string, string[]>;
  tz: string;
  from: number;
  to: number;
  attribution: 'click' | 'conversion';
  columns: string[];
  compare: boolean;
  sort: string | undefined;
}

export async function factsOf(db: pg.Pool): Promise<Facts> {
  const [clicks, conversions, names, tags] = [
    await db.query('SELECT *, click_id::text AS id FROM clicks'),
    await db.query('SELECT * FROM conversions'),
    await db.query<{ id: string; name: string }>('SELECT id, name FROM offers UNION ALL SELECT id, name FROM offer_sources'),
    await db.query<{ id: string; tags: string[] }>('SELECT id, tags FROM offers'),
  ];
  return {
    clicks: clicks.rows,
    conversions: conversions.rows,
    names: new Map(names.rows.map(({ id, name }) => [id, name])),
    tags: new Map(tags.rows.map((row) => [row.id, row.tags])),
  };
}

const OF_CONVERSIONS = /^(status|currency|param\d+)$/;
const TIMES = ['month', 'day', 'hour', 'weekday'];
const CASELESS = ['country', 'region', 'city', 'isp', 'device', 'os', 'browser', 'language', 'referrerDomain', 'status', 'currency'];
/** Columns of clicks that are not called as their dimension is. */
const COLUMN_OF: Record<string, string> = {
  referrerDomain: 'referrer_domain',
  externalId: 'external_id',
  offer: 'offer_id',
  offerSource: 'offer_source_id',
};

const formats = new Map<string, Intl.DateTimeFormat>();
/** A moment on a zone's clock, in milliseconds as if it were UTC. */
function localOf(tz: string, at: number): number {
  let format = formats.get(tz);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(tz, format);
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const seconds = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return seconds + (((at % 1_000) + 1_000) % 1_000);
}

/** Whole millionths, and of events millionths of millionths. */
const scaled = (value: unknown, places = 6): bigint => {
  const [, sign, whole = '0', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value ?? '0')) ?? [];
  const n = BigInt(whole + part.slice(0, places).padEnd(places, '0'));
  return sign === '-' ? -n : n;
};
const decimal = (n: bigint, places = 6): string => {
  const digits = (n < 0n ? -n : n).toString().padStart(places + 1, '0');
  return `${n < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
};
/** Six places, half away from zero. */
const ratio = (n: bigint, d: bigint): string | null => {
  if (d === 0n) return null;
  const [a, b] = [n < 0n ? -n : n, d < 0n ? -d : d];
  const quotient = (a * 2_000_000n + b) / (2n * b);
  return decimal(n < 0n === d < 0n ? quotient : -quotient);
};

function figuresOf(clicks: readonly Row[], conversions: readonly Row[], knowsClicks: boolean, columns: readonly string[]): Row {
  const sum = (rows: readonly Row[], of: (row: Row) => bigint): bigint => rows.reduce((total, row) => total + of(row), 0n);
  const status = (...words: string[]): Row[] => conversions.filter((c) => words.includes(c.status as string));
  const people = BigInt(clicks.filter((c) => c.bot === null).length);
  const cost = sum(clicks, (c) => scaled(c.cost_base));
  const priced = (rows: Row[]): Row[] => rows.filter((c) => c.payout_base !== null);
  const approved = status('approved');
  const revenue = sum(priced(approved), (c) => scaled(c.payout_base) - scaled(c.payout_reversed_base));
  const n = (rows: readonly Row[]): number => rows.length;
  const upsells = conversions.filter((c) => c.upsell === true);
  const eventOf = (name: string, row: Row): bigint => scaled((row.events as Record<string, string>)[name], 12);
  /** `event7` is the sum of an event, `event7Count` says how many conversions have more than 0 of it. */
  const event = (column: string): string | number | null => {
    const [, name, count] = /^(event\d+)(Count)?$/.exec(column) ?? [];
    if (name === undefined) return null;
    return count === undefined
      ? decimal(
          sum(conversions, (c) => eventOf(name, c)),
          12,
        )
      : n(conversions.filter((c) => eventOf(name, c) > 0n));
  };
  const figures: Row = {
    clicks: Number(people),
    uniqueClicks: n(clicks.filter((c) => c.is_unique === true)),
    bots: n(clicks) - Number(people),
    conversions: n(conversions),
    approved: n(approved),
    pending: n(status('pending')),
    rejected: n(status('rejected')),
    trash: n(status('trash')),
    reversed: n(status('reversed')),
    unmapped: n(status('unmapped')),
    upsells: n(upsells),
    cr: ratio(BigInt(n(conversions) - n(upsells)), people),
    approvalRate: ratio(BigInt(n(approved)), BigInt(n(status('approved', 'rejected', 'trash', 'reversed')))),
    revenue: decimal(revenue),
    revenueHold: decimal(sum(priced(status('pending', 'unmapped')), (c) => scaled(c.payout_base))),
    revenueReversed: decimal(
      sum(priced(approved), (c) => scaled(c.payout_reversed_base)) + sum(priced(status('reversed')), (c) => scaled(c.payout_base)),
    ),
    cost: decimal(cost),
    profit: decimal(revenue - cost),
    roi: ratio(revenue - cost, cost),
    epc: ratio(revenue, people * 1_000_000n),
    cpc: ratio(cost, people * 1_000_000n),
    cpa: ratio(cost, BigInt(n(approved)) * 1_000_000n),
    averagePayout: ratio(revenue, BigInt(n(approved)) * 1_000_000n),
  };
  const unknown = ['clicks', 'uniqueClicks', 'bots', 'cr', 'cost', 'profit', 'roi', 'epc', 'cpc', 'cpa'];
  return Object.fromEntries(
    columns.map((name) => [name, !knowsClicks && unknown.includes(name) ? null : name in figures ? figures[name] : event(name)]),
  );
}

/** The report as it must be, its rows in the order it must have. */
export function recount({ clicks, conversions, names, tags }: Facts, asked: Asked): { rows: Row[]; totals: Row } {
  const { groupBy, filters, tz, from, to, attribution, columns, compare } = asked;
  const knowsClicks = ![...groupBy, ...Object.keys(filters)].some((name) => OF_CONVERSIONS.test(name));
  const length = localOf(tz, to) - localOf(tz, from);
  const since = compare ? firstOf(tz, localOf(tz, from) - length) : from;
  const timeOf = (row: Row): number => {
    const isConversion = 'converted_at' in row;
    const at = isConversion ? (attribution === 'click' ? row.clicked_at : row.converted_at) : row.created_at;
    return (at as Date).getTime();
  };
  const factOf = (row: Row, name: string): unknown => {
    if (name === 'offer' || name === 'offerSource' || !('converted_at' in row)) {
      if (name.startsWith('sub')) return (row.subs as Record<string, string> | null)?.[name] ?? null;
      return row[COLUMN_OF[name] ?? name] ?? null;
    }
    if (name === 'status' || name === 'currency') return row[name] ?? null;
    if (name.startsWith('param')) return (row.params as Record<string, string>)[name] ?? null;
    const click = row.click as Record<string, unknown>;
    return (name.startsWith('sub') ? (click.subs as Record<string, string> | undefined)?.[name] : click[name]) ?? null;
  };
  const tagsOf = (row: Row): string[] => tags.get(String(row.offer_id)) ?? [];
  const keyPart = (row: Row, name: string): unknown => {
    if (!TIMES.includes(name)) return factOf(row, name);
    const at = timeOf(row);
    const local = localOf(tz, at);
    const aligned = new Date(at < from ? local + length : local).toISOString();
    if (name === 'weekday') return new Date(local).getUTCDay() || 7;
    return name === 'month' ? aligned.slice(0, 7) : name === 'day' ? aligned.slice(0, 10) : `${aligned.slice(0, 13)}:00`;
  };
  const lower = (name: string, value: unknown): unknown =>
    CASELESS.includes(name) && typeof value === 'string' ? value.toLowerCase() : value;
  const wanted = (row: Row): boolean =>
    timeOf(row) >= since &&
    timeOf(row) < to &&
    Object.entries(filters).every(([name, list]) => {
      if (name === 'offerTag') return list.some((v) => (v === '' ? tagsOf(row).length === 0 : tagsOf(row).includes(v)));
      const value = factOf(row, name);
      return list.some((v) => (v === '' ? value === null : lower(name, v) === lower(name, value)));
    });
  const groups = new Map<string, { key: unknown[]; clicks: Row[]; conversions: Row[] }>();
  const all = { clicks: knowsClicks ? clicks.filter(wanted) : [], conversions: conversions.filter(wanted) };
  for (const kind of ['clicks', 'conversions'] as const) {
    for (const row of all[kind]) {
      // An offer with several tags counts under each, and in the totals once.
      const own = groupBy.includes('offerTag') && tagsOf(row).length > 0 ? tagsOf(row) : [null];
      for (const tag of own) {
        const key = groupBy.map((name) => (name === 'offerTag' ? tag : keyPart(row, name)));
        const id = JSON.stringify(key);
        const group = groups.get(id) ?? { key, clicks: [], conversions: [] };
        groups.set(id, group);
        group[kind].push(row);
      }
    }
  }
  if (groupBy.length === 0) groups.set('[]', { key: [], ...all });
  const figures = ({ clicks: c, conversions: v }: { clicks: Row[]; conversions: Row[] }): Row => {
    const of = (prior: boolean): Row =>
      figuresOf(
        c.filter((row) => timeOf(row) < from === prior),
        v.filter((row) => timeOf(row) < from === prior),
        knowsClicks,
        columns,
      );
    return compare ? { ...of(false), previous: of(true) } : of(false);
  };
  const rows = [...groups.values()].map((group) => ({ group, figures: figures(group) }));
  const name = (value: unknown): string | null => names.get(String(value))?.toLowerCase() ?? null;
  const time = groupBy.find((n) => TIMES.includes(n));
  const asc = asked.sort?.startsWith('-') === false || (asked.sort === undefined && time !== undefined);
  const sort = (asked.sort ?? time ?? 'revenue').replace('-', '');
  const at = groupBy.indexOf(sort);
  rows.sort((a, b) => {
    const value = (row: (typeof rows)[number]): unknown => {
      if (at === -1) return row.figures[sort] === null ? null : Number(row.figures[sort]);
      return sort === 'offer' || sort === 'offerSource' ? name(row.group.key[at]) : row.group.key[at];
    };
    const [x, y] = [value(a), value(b)];
    if (x !== y) {
      if (x === null) return 1;
      if (y === null) return -1;
      return (bytes(x, y) as number) * (asc ? 1 : -1);
    }
    for (let i = 0; i < groupBy.length; i++) {
      const [k, l] = [a.group.key[i], b.group.key[i]];
      if (k !== l) return k === null ? 1 : l === null ? -1 : bytes(k, l);
    }
    return 0;
  });
  return {
    rows: rows.map(({ group: { key }, figures: shown }) => ({
      key: Object.fromEntries(
        groupBy.map((dimension, i) => [
          dimension,
          (dimension === 'offer' || dimension === 'offerSource') && key[i] !== null
            ? { id: key[i], name: names.get(String(key[i])) }
            : key[i],
        ]),
      ),
      ...shown,
    })),
    totals: figures(all),
  };
}

const bytes = (a: unknown, b: unknown): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));

/** The first moment at which a zone's clock shows a time or a later one, within two days. */
function firstOf(tz: string, local: number): number {
  for (let at = local - 26 * 3_600_000; ; at += 900_000) {
    if (localOf(tz, at) < local) continue;
    // Back to the millisecond within the quarter-hour.
    const exact = at - (localOf(tz, at) - local);
    return localOf(tz, exact) === local ? exact : at;
  }
}
