import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cidToUuid } from '../src/lib/ids.js';
import { QUEUE_NAMES } from '../src/queues/queues.js';
import { Description, OPERATIONS, resolved, type Operation, type Schema } from './support/openapi.js';
import { TrackerProcess } from './support/processes.js';
import { ADMIN_KEY, Tracker, until } from './support/tracker.js';

const SEED = Number(process.env.TEST_SEED ?? 20261123);
const RUNS = Number(process.env.FUZZ_RUNS ?? 12);
/** Operations that cannot be fuzzed, such as `GET /path`, with the reason. */
const LEFT_OUT: Record<string, string> = {
  'GET /api/v1/events': 'its answer does not end; test/events.e2e-spec.ts',
};
const MAX_OPTIONAL = 4;
/** Of one value in a URL: two of them, and the rest, fit into the 64 KiB that Node reads of a request's head. */
const MAX_ESCAPED = 24_000;
const SHOWN = 1_500;

interface Wire {
  method: string;
  target: string;
  headers: Record<string, string>;
  body?: string | Buffer;
}
interface Sent {
  status: number;
  mediaType: string;
  location: string;
  text: string;
}
/** Puts a value where one of the operation's slots is. */
interface Spoil {
  slot: number;
  value: unknown;
}
interface Plan {
  authorization: string | undefined;
  idempotencyKey: string | undefined;
  contentType: string | undefined;
  parameters: Record<string, unknown>;
  body: { type: string; value: unknown } | null;
  spoils: Spoil[];
}
/** Where in a request: a parameter's name, a path into the JSON body, a cell of a file, or the whole body. */
type Slot = { parameter: string } | { field: string[] } | { cell: number } | 'unknown parameter' | 'unknown field' | 'body';
/** What exists, by the marker's name. */
type World = Record<string, string[]>;

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;
const cut = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`);

/** Stands for the nth thing of its kind that exists when the request is sent. */
const real = (kind: string, n = 0): string => `~real~${kind}~${n}~`;
const REAL_MARKER = /~real~([\w-]+)~(\d+)~/g;
/** Stands for a JSON text as it is; in a URL for its characters. */
const raw = (json: string): string => `~raw~${json}~`;

/** By parameter's or field's name; a path's parameter is of the kind that its collection is named. */
const REAL_KINDS: Record<string, string> = {
  offerId: 'offers',
  'filter[offer]': 'offers',
  subject: 'offers',
  offerSourceId: 'offer-sources',
  'filter[offerSource]': 'offer-sources',
  cid: 'clicks',
  txid: 'txids',
  networkConversionId: 'network-ids',
  cursor: 'cursors',
  'If-Match': 'etags',
};

const TIMES = [
  '2026-11-01',
  '2026-11-23T14:00',
  '2026-11-23T14:00:00Z',
  '2026-11-01T00:00:00.123+02:00',
  '2999-12-31',
  '2000-01-01',
  '2020-02-29',
];
const URLS = [
  'https://shop.example/?clickid={clickid}',
  'https://bücher.example/a b?x={sub1}&y={nothing}#{cid}',
  `/postback?cid=${real('clicks')}&payout=10&status=sale`,
  `/postback/${real('postback')}?cid=${real('clicks')}&status=refund&payout=%ZZ`,
];
/** What a schema does not say of its values. */
const FITTING: Record<string, readonly string[]> = {
  from: TIMES,
  to: TIMES,
  expiresAt: TIMES,
  day: TIMES,
  url: URLS,
  fallbackUrl: URLS,
  ip: ['203.0.113.7', '2001:db8::1'],
  commit: ['true', 'false'],
  country: ['DE', 'xx'],
  columns: ['{"clickid":"cid"}', '{"payout":"payout","x":"cid"}'],
  accept: ['application/json', 'text/csv', 'application/x-ndjson', '*/*'],
};
const TEXTS = [
  '',
  ' ',
  '%',
  '%00',
  '%ZZ',
  '%ED%A0%80',
  '%C0%AF',
  '%2e%2e%2f',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\ufffe',
  '\u202etxet',
  'İ',
  '٣',
  '\u{1f600}'.repeat(1_000),
  'x'.repeat(10_000),
  '9'.repeat(400),
  'a\r\nSet-Cookie: b=c',
  "' OR 1=1; DROP TABLE clicks; --",
  "\\'; SELECT pg_sleep(10)",
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '../../etc/passwd',
  '{clickid}',
  '{',
  '${7*7}',
  '*',
  '.',
  '..',
  '/',
  '\\',
  '"',
  ',',
  ';',
  '\n',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e400',
  '-1',
  '-0',
  '1,50',
  '0x10',
  '1e3',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '[object Object]',
  '{"a":',
  '[]',
  '{}',
  '2026-02-30',
  '2026-13-45T99:99:99Z',
  '9999-12-31',
  '2999-12-31T23:59:59-14:00',
  '0000-01-01',
  '-000001-01-01',
  '+275760-09-13',
  '2026-11-23T24:00:00Z',
  '99999999999999999999',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '7zzzzzzzzzzzzzzzzzzzzzzzzz',
  'zzzzzzzzzzzzzzzzzzzzzzzzzz',
  'WyJhIl0',
  'W10',
];
const owning = (key: string, value: unknown): object => Object.defineProperty({}, key, { value, enumerable: true });
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  -1e-7,
  2 ** 31,
  2 ** 53,
  1e308,
  raw('1e400'),
  raw('-1e400'),
  raw('123456789012345678901234567890'),
  raw('NaN'),
  raw(nested(100)),
  raw(nested(10_000)),
  [],
  {},
  [[]],
  [null],
  ['a', 1, {}],
  ['a', 'a'],
  { a: { b: { c: {} } } },
  owning('__proto__', { polluted: true }),
  { constructor: { prototype: { polluted: true } } },
  { toString: 1, valueOf: null },
  { length: 5 },
  { '': '' },
  { 'a\0': '\ud800' },
];
const HOSTILE = fc.oneof(
  { arbitrary: fc.constantFrom(...TEXTS), weight: 6 },
  { arbitrary: fc.constantFrom(...VALUES), weight: 3 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 60 }), weight: 1 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
);
const CONTENT_TYPES = [
  '',
  'text/plain',
  'text/html',
  'application/xml',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'application/json; charset=utf-16',
  'application/merge-patch+json',
  'x'.repeat(300),
  ';;;',
];
const UNKNOWN = ['unknown', '__proto__', 'constructor', 'a[b]', 'ID'];
const IDEMPOTENCY_KEYS = ['one', 'two', 'with a space', 'x'.repeat(256)];
/** No body of these operations is described, since networks send whatever they like. */
const FORMS: Record<string, Schema> = {
  'application/x-www-form-urlencoded': { type: 'string', example: `cid=${real('clicks')}&payout=3&status=sale` },
  'application/json': {
    type: 'object',
    properties: { cid: { type: 'string' }, payout: { type: 'number' }, status: { type: 'string', example: 'sale' } },
    required: ['cid'],
  },
};

const bodiesOf = ({ method, path, bodies }: Operation): Record<string, Schema> =>
  method === 'POST' && path.startsWith('/postback') ? FORMS : bodies;

function ownValues(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const {
    type,
    format,
    pattern,
    minimum = 0,
    maximum = 1_000,
    minLength = 0,
    maxLength = 40,
    items = {},
    maxItems = 4,
    properties,
    required = [],
    additionalProperties,
  } = schema;
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number') return fc.integer({ min: minimum, max: maximum });
  if (type === 'array') return fc.uniqueArray(valuesOf(items), { maxLength: Math.min(maxItems, 4) });
  if (type === 'object' && properties !== undefined) return partly(properties, required);
  if (type === 'object')
    return fc.dictionary(
      fc.string({ minLength: 1, maxLength: 12 }),
      valuesOf(typeof additionalProperties === 'object' ? additionalProperties : { type: 'string' }),
      { maxKeys: 3 },
    );
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined) return matching(pattern);
  if (FITTING[name] !== undefined) return fc.constantFrom(...FITTING[name]);
  return fc.string({ minLength, maxLength: Math.min(maxLength, 40), unit: 'grapheme' });
}

/** Fitting the schema's type, format and example, or of something that exists. */
function valuesOf(given: Schema, name = '', kind = REAL_KINDS[name]): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  const { example, nullable = false } = schema;
  return fc.oneof(
    { arbitrary: ownValues(schema, name), weight: 2 },
    ...(example === undefined ? [] : [{ arbitrary: fc.constant(example), weight: 2 }]),
    ...(kind === undefined ? [] : [{ arbitrary: fc.nat(3).map((n) => real(kind, n)), weight: 5 }]),
    ...(nullable ? [{ arbitrary: fc.constant(null), weight: 1 }] : []),
  );
}

/** fast-check cannot do look-aheads and classes of Unicode: for those the schema has its example. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'), { size: '-1' });
  } catch {
    return fc.string({ minLength: 1, maxLength: 10 });
  }
}

function partly(
  schemas: Record<string, Schema>,
  required: readonly string[],
  kinds: Record<string, string | undefined> = {},
): fc.Arbitrary<Record<string, unknown>> {
  const optional = Object.keys(schemas).filter((name) => !required.includes(name));
  const all = fc.record(Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, valuesOf(schema, name, kinds[name])])));
  return fc
    .tuple(all, fc.subarray(optional, { maxLength: Math.min(MAX_OPTIONAL, optional.length) }))
    .map(([values, chosen]) =>
      Object.fromEntries(Object.entries(values).filter(([name]) => required.includes(name) || chosen.includes(name))),
    );
}

function plansOf(operation: Operation): fc.Arbitrary<Plan> {
  const { method, path, parameters } = operation;
  const [collection = '', own] = path.split('/{');
  const kinds: Record<string, string | undefined> = Object.fromEntries(parameters.map(({ name }) => [name, REAL_KINDS[name]]));
  if (own !== undefined) kinds[own.slice(0, own.indexOf('}'))] = collection.slice(collection.lastIndexOf('/') + 1);
  const bodies = Object.entries(bodiesOf(operation)).map(([type, schema]) =>
    valuesOf(schema, '', type.endsWith('json') ? undefined : `${path.slice(1).replaceAll('/', '-')}`).map((value) => ({ type, value })),
  );
  const seldom = <T>(values: readonly T[]): fc.Arbitrary<T | undefined> =>
    fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: fc.constantFrom(...values), weight: 1 });
  return fc.record({
    authorization: fc.oneof(
      { arbitrary: fc.constant(`Bearer ${ADMIN_KEY}`), weight: 18 },
      { arbitrary: fc.constantFrom(undefined, '', 'Bearer', 'Bearer wrong', 'Basic %%%', `bearer  ${ADMIN_KEY}`), weight: 2 },
    ),
    idempotencyKey: method === 'POST' ? seldom(IDEMPOTENCY_KEYS) : fc.constant(undefined),
    contentType: bodies.length === 0 ? fc.constant(undefined) : seldom(CONTENT_TYPES),
    parameters: partly(
      Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
      parameters.filter(({ required }) => required).map(({ name }) => name),
      kinds,
    ),
    body: bodies.length === 0 ? fc.constant(null) : fc.oneof(...bodies),
    spoils: fc.oneof(fc.constant<Spoil[]>([]), fc.array(fc.record({ slot: fc.nat(), value: HOSTILE }), { minLength: 1, maxLength: 2 })),
  });
}

function slotsOf(operation: Operation, body: Plan['body']): Slot[] {
  const parameters: Slot[] = [...operation.parameters.map(({ name }) => ({ parameter: name })), 'unknown parameter'];
  if (body === null) return parameters;
  if (!body.type.endsWith('json'))
    return [
      ...parameters,
      'body',
      ...String(body.value)
        .split(CELLS)
        .flatMap((_, i): Slot[] => (i % 2 === 0 ? [{ cell: i }] : [])),
    ];
  return [...parameters, 'body', 'unknown field', ...fieldsOf(bodiesOf(operation)[body.type] ?? {}).map((field) => ({ field }))];
}
const CELLS = /([,\n&=])/;
const ITEM = '[]';

/** Every field, and one level of what is in it. */
function fieldsOf(schema: Schema): string[][] {
  return Object.entries(resolved(schema).properties ?? {}).flatMap(([name, given]) => {
    const { type, properties } = resolved(given);
    const inner = type === 'array' ? [ITEM] : type === 'object' ? [...Object.keys(properties ?? {}), ...UNKNOWN.slice(0, 2)] : [];
    return [[name], ...inner.map((key) => [name, key])];
  });
}

function withField(node: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (key === ITEM) return [value];
  const copy: Record<string, unknown> = { ...(node as object) };
  return Object.defineProperty(copy, key, { value: withField(Object.hasOwn(copy, key) ? copy[key] : {}, rest, value), enumerable: true });
}

/** The plan with its spoils; a body that is spoiled as a whole is a text from here on. */
function spoiled(operation: Operation, plan: Plan): Plan {
  const slots = slotsOf(operation, plan.body);
  return plan.spoils.reduce((sofar, { slot: n, value }): Plan => {
    const unknown = UNKNOWN[n % UNKNOWN.length] ?? '';
    const named = slots[n % slots.length] as Slot;
    const slot = named === 'unknown parameter' ? { parameter: unknown } : named === 'unknown field' ? { field: [unknown] } : named;
    if (typeof slot === 'object' && 'parameter' in slot)
      return { ...sofar, parameters: withField(sofar.parameters, [slot.parameter], value) as Plan['parameters'] };
    if (sofar.body === null) return sofar;
    const { type, value: body } = sofar.body;
    if (typeof slot === 'object' && 'cell' in slot) return { ...sofar, body: { type, value: withCell(String(body), slot.cell, value) } };
    if (slot === 'body' || typeof body === 'string') return { ...sofar, body: { type, value: textOf(value) } };
    return { ...sofar, body: { type, value: withField(body, slot.field, value) } };
  }, plan);
}

/** Tried on every operation, whatever the seed: nothing wrong, then what is most likely to be forgotten in each place. */
function standing(operation: Operation, { parameters, body }: Plan): Plan[] {
  const plain: Plan = {
    authorization: `Bearer ${ADMIN_KEY}`,
    idempotencyKey: operation.method === 'POST' ? 'again' : undefined,
    contentType: undefined,
    parameters,
    body,
    spoils: [],
  };
  const slots = slotsOf(operation, body);
  const places = {
    cell: slots.findIndex((slot) => typeof slot === 'object' && 'cell' in slot),
    path: slots.findIndex((slot) => typeof slot === 'object' && 'parameter' in slot && operation.path.includes(`{${slot.parameter}}`)),
    field: slots.indexOf('unknown field'),
    body: slots.indexOf('body'),
  };
  const spoils: Spoil[] = [
    ...['%ZZ', '%00', 'x'.repeat(2_000)].map((value) => ({ slot: places.path, value })),
    ...[raw(nested(10_000)), null].map((value) => ({ slot: places.field, value })),
    ...['a"b', '"', '\0'].map((value) => ({ slot: places.cell, value })),
    ...[raw(nested(10_000)), [], 'x'.repeat(1_100_000)].map((value) => ({ slot: places.body, value })),
  ];
  return [plain, ...spoils.filter(({ slot }) => slot >= 0).map((spoil) => ({ ...plain, spoils: [spoil] }))];
}

const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/"?~raw~([^~"]*)~"?/g, '$1');
const withCell = (text: string, cell: number, value: unknown): string =>
  text
    .split(CELLS)
    .map((part, i) => (i === cell ? textOf(value) : part))
    .join('');

/** What begins with `%` goes as it is. A lone surrogate has no UTF-8, so it is written as if it had. */
function escaped(text: string): string {
  const ascii = [...text].map((c) => (/\p{Cs}/u.test(c) ? '%ED%A0%80' : encodeURIComponent(c))).join('');
  return (/^%[\x21-\x7e]*$/.test(text) ? text : ascii).slice(0, MAX_ESCAPED);
}

function pairs(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pairs(name, item));
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, item]) => pairs(`${name}[${key}]`, item));
  return [`${escaped(name)}=${escaped(textOf(value ?? 'null'))}`];
}

const placed = (text: string, world: World): string =>
  text.replaceAll(REAL_MARKER, (_, kind: string, n: string) => world[kind]?.at(Number(n) % world[kind].length) ?? `no-${kind}`);
const headerText = (value: unknown): string =>
  textOf(value)
    .replaceAll(/[^\x20-\x7e]/g, '')
    .slice(0, 1_000);

function wireOf(operation: Operation, original: Plan, world: World): Wire {
  const { authorization, idempotencyKey, contentType, parameters, body } = spoiled(operation, original);
  const places = new Map(operation.parameters.map(({ name, in: place }) => [name, place]));
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => escaped(textOf(parameters[name])) || '%20');
  const query = Object.entries(parameters)
    .filter(([name]) => (places.get(name) ?? 'query') === 'query')
    .flatMap(([name, value]) => pairs(name, value))
    .join('&');
  const headers = Object.entries(parameters)
    .filter(([name]) => places.get(name) === 'header')
    .map(([name, value]) => [name, placed(headerText(value), world)]);
  const extra = { authorization, 'idempotency-key': idempotencyKey, ...(body === null ? {} : contentOf(body, contentType)) };
  return {
    method: operation.method,
    target: placed(query === '' ? path : `${path}?${query}`, world),
    headers: Object.fromEntries([...headers, ...Object.entries(extra).filter(([, value]) => value !== undefined)]) as Record<
      string,
      string
    >,
    ...(body === null ? {} : { body: placed(bodyText(body), world) }),
  };
}

const BOUNDARY = 'boundary-of-the-form';
const contentOf = ({ type }: { type: string }, instead: string | undefined): Record<string, string> => ({
  'content-type': instead ?? (type === 'multipart/form-data' ? `${type}; boundary=${BOUNDARY}` : type),
});
function bodyText({ type, value }: { type: string; value: unknown }): string {
  if (type === 'multipart/form-data')
    return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n${textOf(value)}\r\n--${BOUNDARY}--\r\n`;
  return textOf(value);
}

const describedRequest = ({ method, target, headers, body }: Wire): string =>
  `${method} ${cut(target)}\n  ${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value === `Bearer ${ADMIN_KEY}` ? 'the admin key' : cut(value)}`)
    .join(', ')}\n  body: ${body === undefined ? 'none' : cut(body.toString())}`;
const describedAnswer = ({ status, mediaType, text }: Sent): string => `  answer: ${status} ${mediaType} ${cut(text)}`;

/** The first of each kind of violation, and how often it came. */
class Violations {
  private readonly kinds = new Map<string, { report: string; count: number }>();

  add(violation: string, wire: Wire, answer: Sent): void {
    const kind = violation.replaceAll(/\/\d+/g, '/n');
    const known = this.kinds.get(kind);
    if (known === undefined)
      this.kinds.set(kind, { report: `${violation}\n${describedRequest(wire)}\n${describedAnswer(answer)}`, count: 1 });
    else known.count += 1;
  }

  /** @throws Error that shows them */
  throwAny(): void {
    if (this.kinds.size > 0) throw new Error([...this.kinds.values()].map(({ report, count }) => `${count} × ${report}`).join('\n\n'));
  }
}

describe(`every operation against openapi.json (seed ${SEED}, ${RUNS} runs)`, () => {
  const description = new Description();
  let tracker: Tracker;
  let world: World | null = null;
  beforeAll(async () => {
    tracker = await Tracker.start('postgres');
  });
  afterAll(() => tracker.stop());
  beforeEach(async () => {
    world ??= await makeWorld();
  });

  const created = async <T = { id: string }>(path: string, body: object): Promise<T> => tracker.ok<T>('POST', path, body);

  /** New things of each kind: what was fuzzed may have changed or removed those before. */
  async function makeWorld(): Promise<World> {
    await Promise.all(QUEUE_NAMES.map((name) => tracker.ok('POST', `/queues/${name}/resume`)));
    const source = await created<{ id: string; postbackUrl: string }>('/offer-sources', {
      name: 'Fuzzed',
      cidParameter: 'clickid',
      defaultCurrency: 'EUR',
    });
    const spare = await created('/offer-sources', { name: 'Spare' });
    const offer = await created<{ id: string; key: string }>('/offers', {
      name: 'Fuzzed',
      url: 'https://shop.example/?clickid={clickid}',
      offerSourceId: source.id,
      payout: '7',
      currency: 'USD',
    });
    const spareOffer = await created<{ id: string; key: string }>('/offers', { name: 'Spare', url: 'https://shop.example/' });
    const cids = [await tracker.click(offer), await tracker.click(offer)];
    const token = new URL(source.postbackUrl).pathname.split('/').at(-1) ?? '';
    const postbacks = await Promise.all(
      cids.map(async (cid) => accepted(`/postback/${token}?cid=${cid}&payout=12.5&txid=T-${cid}&conversion_id=N-1&param1=a&event1=2`)),
    );
    const refused = await accepted('/postback?cid=a%20b');
    const conversions = await Promise.all(cids.map(conversionOf));
    const keys = await Promise.all(['a', 'b'].map((name) => created('/api-keys', { name, role: 'viewer' })));
    const { jobId } = await created<{ jobId: string }>('/postbacks/replay', { filter: { cid: cids[0] } });
    return {
      'offer-sources': [source.id, spare.id],
      offers: [offer.id, spareOffer.id],
      c: [offer.key, spareOffer.key],
      clicks: cids,
      conversions,
      postbacks: [...postbacks, refused],
      jobs: [jobId],
      postback: [token],
      'api-keys': keys.map(({ id }) => id),
      networks: ['affise', 'keitaro'],
      queues: [...QUEUE_NAMES],
      txids: cids.map((cid) => `T-${cid}`),
      'network-ids': ['N-1'],
      etags: ['"1"', '"2"', '*', 'W/"1"'],
      'api-v1-clicks-import': [`clickid,datetime,offer,sub_id_1\nimported-${cids[0]},2026-11-01 10:00:00,${offer.key},a`],
      'api-v1-conversions-import': [`cid,payout,currency,status,txid\n${cids[0]},12.50,USD,sale,T-1\n${cids[1]},1,EUR,hold,T-2`],
      'api-v1-conversions-reconcile': [`cid,status,payout,currency\n${cids[0]},approved,12.50,USD\n${cids[1]},rejected,1,EUR`],
      'api-v1-rates-import': ['currency,day,rate\nUSDT,2026-11-20,0.9998\nXTS,2026-11-20,2'],
    };
  }

  async function accepted(target: string): Promise<string> {
    return ((await (await tracker.get(target, { headers: { accept: 'application/json' } })).json()) as { id: string }).id;
  }

  async function conversionOf(cid: string): Promise<string> {
    let found: { id: string }[] = [];
    await until(async () => {
      found = (await tracker.ok<{ data: { id: string }[] }>('GET', `/conversions?cid=${cid}`)).data;
      return found.length > 0;
    });
    return found[0]?.id ?? '';
  }

  function send({ method, target, headers, body }: Wire, url = tracker.running.url): Promise<Sent> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
      const fail = (error: Error): void => resolve({ status: 0, mediaType: '', location: '', text: error.message });
      request({ agent: false, hostname, port, method, path: target, headers }, (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('error', fail)
          .on('end', () => {
            const mediaType = (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
            resolve({
              status: response.statusCode ?? 0,
              mediaType,
              location: response.headers.location ?? '',
              text: Buffer.concat(chunks).toString(),
            });
          });
      })
        .on('error', fail)
        .end(body);
    });
  }

  /** A list's second page begins after its first row. */
  async function cursorsOf({ path, parameters }: Operation): Promise<string[]> {
    if (!parameters.some(({ name }) => name === 'cursor')) return [];
    const { nextCursor } = await tracker.ok<{ nextCursor: string | null }>(
      'GET',
      `${path.replace('/api/v1', '')}?limit=1${path.endsWith('/reports') ? '&groupBy=offer' : ''}`,
    );
    return nextCursor === null ? [] : [nextCursor];
  }

  const isBusy = ({ status, text }: Sent): boolean => status === 503 && text.includes('"code":"busy"');

  const fuzzed = OPERATIONS.filter((operation) => !(nameOf(operation) in LEFT_OUT));
  const tried = new Map<string, boolean>();

  it.each(fuzzed.map((operation) => [nameOf(operation), operation] as const))('%s', async (name, operation) => {
    const violations = new Violations();
    const existing: World = { ...(world as World), cursors: await cursorsOf(operation) };
    if (operation.method !== 'GET') world = null;
    const plans = fc.sample(plansOf(operation), { seed: SEED + fuzzed.indexOf(operation), numRuns: RUNS });
    for (const plan of [...plans, ...standing(operation, plans[0] as Plan)]) {
      const wire = wireOf(operation, plan, existing);
      const answer = await send(wire);
      tried.set(name, tried.get(name) === true || (answer.status >= 200 && answer.status < 400));
      const found =
        answer.status >= 500 && !isBusy(answer)
          ? [`a server error ${answer.status}`]
          : description.violations(operation, answer.status, answer.mediaType, answer.text);
      for (const violation of found) violations.add(violation, wire, answer);
    }
    violations.throwAny();
  });

  it('gets through to most handlers', () => {
    expect([...tried.values()].filter(Boolean).length).toBeGreaterThanOrEqual(tried.size * 0.8);
  });

  it('leaves out only what exists', () => {
    expect(Object.keys(LEFT_OUT).filter((name) => !OPERATIONS.some((operation) => nameOf(operation) === name))).toEqual([]);
  });

  /** Of the query, raw; CID is a click's. */
  const QUERIES = [
    '',
    '?',
    '&',
    '=',
    '=&==&&&',
    'cid',
    'cid=',
    '=CID',
    '=CID&cid=CID',
    '?cid=CID',
    'cid=CID',
    'cid=CID&cid=CID',
    'cid=other&cid=CID',
    'cid[]=CID',
    'cid[0]=CID&cid[1]=x',
    'cid[a]=CID',
    'CID=cid&Cid=CID',
    'cid=CID#fragment',
    ...[
      '%00',
      'CID%00',
      '%ZZ',
      '%',
      '%E',
      '%ED%A0%80',
      '%FF%FE',
      '\xff\xfe',
      '%25%30%30',
      '<script>',
      "'%20OR%201=1--",
      '..%2F..',
      'x'.repeat(9_000),
    ].map((cid) => `cid=${cid}`),
    ...[
      '%00',
      '%00%00',
      '%ZZ',
      '%ED%A0%80',
      '%ED%A0%BD%ED%B8%80',
      '%FF',
      '\xff',
      '%C0%80',
      '%EF%BF%BE',
      '%0D%0ASet-Cookie:%20a',
      '<script>alert(1)</script>',
      "';DROP%20TABLE%20clicks;--",
      '{payout}',
      '%22',
      `${'x'.repeat(63)}%F0%9F%98%80`,
      `${'x'.repeat(190)}%F0%9F%98%80`,
      `${'x'.repeat(254)}%F0%9F%98%80`,
    ].flatMap((text) =>
      ['status', 'txid', 'conversion_id', 'currency', 'return', 'param1', 'event1', 'ts'].map((name) => `cid=CID&${name}=${text}`),
    ),
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '1e400',
      '1e-400',
      '1,50',
      '1.000,50',
      '1,000',
      '-0',
      '-5',
      '+5',
      '0x10',
      '1e3',
      '.',
      ',',
      '1_000',
      '0.0000001',
      '99999999999',
      '9'.repeat(400),
      '1.'.repeat(200),
      '%E2%82%AC5',
      '%D9%A3',
      '5%00',
    ].flatMap((amount) => ['payout', 'event1', 'add_event1', 'ts'].map((name) => `cid=CID&${name}=${amount}`)),
    ...[
      '2026-02-30',
      '9999-12-31T23:59:59Z',
      '0000-01-01',
      '+275760-09-13',
      '8640000000000001',
      '-1',
      '99999999999999999',
      '2026-11-23T25:00:00',
    ].map((ts) => `cid=CID&ts=${ts}`),
    '%ZZ=1&cid=CID',
    '%00=1&cid=CID',
    '%ED%A0%80=1&cid=CID',
    '__proto__=1&constructor=2&toString=3&cid=CID',
    '__proto__[cid]=x&cid=CID',
    'payout=1&payout=2&PAYOUT=3&amount=4&cid=CID',
    'add_event1=900000000&add_event1=900000000&cid=CID',
    `cid=CID&${'a&'.repeat(1_500)}`,
    `${'a&'.repeat(1_500)}cid=CID`,
    `cid=CID&${Array.from({ length: 1_500 }, (_, i) => `p${i}=${i}`).join('&')}`,
    `cid=CID&param1=${'x'.repeat(8_000)}`,
    `cid=CID&param1=${'x'.repeat(9_000)}`,
  ];
  const FORM = 'application/x-www-form-urlencoded';
  const JSON_TYPE = 'application/json';
  const MULTIPART = 'multipart/form-data; boundary=b';
  const part = (header: string, value: string): string => `--b\r\n${header}\r\n\r\n${value}\r\n`;
  const BROKEN_FORMS: readonly string[] = [
    '',
    '--b',
    '--b--',
    '--b--\r\n',
    'no part',
    part('Content-Disposition: form-data; name="cid"', 'CID'),
    `${part('Content-Disposition: form-data; name="cid"', 'CID')}--b--\r\n`,
    `${part('Content-Disposition: form-data; name=cid', 'CID')}--c--`,
    `${part('Content-Disposition: form-data', 'CID')}--b--`,
    `${part('no header', 'CID')}--b--`,
    `${part(`X: ${'x'.repeat(20_000)}`, 'CID')}--b--`,
    `${part('Content-Disposition: form-data; name="cid"; filename="a"', 'CID')}--b--`,
    `${part('Content-Disposition: form-data; name="cid"', 'CID')}${part('Content-Disposition: form-data; name="txid"', '\0')}${part('Content-Disposition: form-data; name="__proto__"', '%ZZ')}--b--`,
    `${part('Content-Disposition: form-data; name="a"', '1').repeat(500)}${part('Content-Disposition: form-data; name="cid"', 'CID')}--b--`,
    part('Content-Disposition: form-data; name="file"; filename="a.csv"', 'cid'),
  ];
  const BODIES: readonly (readonly [contentType: string, body: string | Buffer])[] = [
    [FORM, 'cid=CID&payout=1'],
    ['', 'cid=CID'],
    ['text/html', 'cid=CID'],
    ['text/plain', 'cid=CID'],
    ['text/csv', 'cid=CID'],
    ['application/octet-stream', 'cid=CID'],
    [JSON_TYPE, 'cid=CID'],
    [FORM, '{"cid":"CID"}'],
    [';;;', 'cid=CID'],
    [`${FORM}; charset=utf-16`, 'cid=CID'],
    ...[FORM, JSON_TYPE, 'text/plain', MULTIPART].map((type): [string, string] => [type, `cid=CID&param1=${'x'.repeat(70_000)}`]),
    [JSON_TYPE, JSON.stringify({ cid: 'CID', param1: 'x'.repeat(70_000) })],
    [JSON_TYPE, JSON.stringify({ cid: 'CID', param1: 'x'.repeat(60_000) })],
    [FORM, `cid=CID&${Array.from({ length: 1_500 }, (_, i) => `p${i}=${i}`).join('&')}`],
    [FORM, 'cid=CID&txid=%00&param1=%ZZ&param2=%ED%A0%80'],
    [FORM, Buffer.from('cid=CID&txid=\xff\xfe\0', 'latin1')],
    ...[
      '',
      '{',
      '}',
      'null',
      '[]',
      '"cid"',
      '1e400',
      'NaN',
      '{"cid":"CID"',
      '{"cid":"CID",}',
      "{'cid':'CID'}",
      '\ufeff{"cid":"CID"}',
      '{"cid":"CID","cid":"x"}',
      '{"":"","cid":"CID"}',
      '{"cid":["CID"]}',
      '{"cid":{"cid":"CID"}}',
      '{"cid":1e400}',
      '{"cid":null}',
      '{"cid":"CID","payout":1e400}',
      '{"cid":"CID","payout":NaN}',
      '{"cid":"CID","payout":-1e-400}',
      '{"cid":"CID","payout":12345678901234567890.123456789}',
      '{"cid":"CID","payout":"1,50"}',
      '{"cid":"CID","txid":"\\ud800"}',
      '{"cid":"CID","txid":"\\u0000"}',
      '{"cid":"CID\\u0000"}',
      '{"cid":"CID","\\ud800":"\\udfff"}',
      '{"cid":"CID","__proto__":{"payout":"1"}}',
      '{"__proto__":{"cid":"CID"}}',
      '{"cid":"CID","constructor":{"prototype":1},"toString":1}',
      '{"cid":"CID","return":"\\r\\nX: y"}',
      nested(10_000),
      `{"cid":"CID","a":${nested(10_000)}}`,
      `${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`,
      '['.repeat(10_000),
      `"${'\\'.repeat(9_999)}`,
    ].map((text): [string, string] => [JSON_TYPE, text]),
    [JSON_TYPE, Buffer.from('{"cid":"CID"}', 'utf16le')],
    [JSON_TYPE, Buffer.from('{"cid":"CID","txid":"\xff"}', 'latin1')],
    ...BROKEN_FORMS.map((text): [string, string] => [MULTIPART, text]),
    ['multipart/form-data', 'cid=CID'],
    ['multipart/form-data; boundary=', 'cid=CID'],
    [`multipart/form-data; boundary=${'b'.repeat(300)}`, '--b--'],
  ];
  /** Of uploads; some are refused for what they ask before their file is looked at. */
  const UPLOAD_QUERIES = [
    '',
    'columns=x',
    'offerSourceId=01973b50-3c20-7a10-9d2b-0f4c6b8e7d12',
    'offerSourceId=SOURCE',
    'offerSourceId=SOURCE&columns=x',
    'format=keitaro',
  ];
  const PATHS = [
    '%00',
    '%ZZ',
    '%',
    '%ED%A0%80',
    '%FF',
    '\xff',
    'TOKEN%00',
    '%2F',
    '..',
    '__proto__',
    'constructor',
    'TOKEN.gif',
    '.gif',
    'x'.repeat(1_000),
    'x'.repeat(2_000),
    'x'.repeat(9_000),
    '',
    'TOKEN/',
    'TOKEN/x',
  ];

  function corpus({ clicks: [cid = ''] = [], postback: [token = ''] = [], c: [key = ''] = [] }: World): Wire[] {
    const filled = (text: string): string => text.replaceAll('CID', cid).replaceAll('TOKEN', token);
    const headers = { accept: 'application/json', authorization: '' };
    const get = (target: string): Wire => ({ method: 'GET', target: filled(target), headers });
    const bodies = ['/postback', '/postback/TOKEN'].flatMap((path) =>
      BODIES.map(
        ([type, body]): Wire => ({
          method: 'POST',
          target: filled(path),
          headers: { ...headers, 'content-type': type },
          body: typeof body === 'string' ? filled(body) : Buffer.from(filled(body.toString('latin1')), 'latin1'),
        }),
      ),
    );
    const visited = (query: string): string =>
      query.replace('cid=CID&', '').replace('payout', 'cost').replace('param', 'sub').replace('txid', 'keyword');
    const told = (query: string, i: number): Wire =>
      i % 3 === 0
        ? get(`/postback?${query}`)
        : i % 3 === 1
          ? get(`/postback/TOKEN?${query}`)
          : { ...get(`/postback?${query}`), method: 'POST', body: '' };
    return [
      ...QUERIES.flatMap((query, i) => [told(query, i), get(`/c/${key}?${visited(query)}`)]),
      get(`/postback.gif?cid=CID`),
      ...bodies,
      ...PATHS.flatMap((path) => [get(`/postback/${path}?cid=CID`), get(`/c/${path.replace('TOKEN', key)}`)]),
    ];
  }

  const uploads = OPERATIONS.filter(({ bodies }) => bodies['multipart/form-data'] !== undefined);

  it('survives broken uploads', async () => {
    const violations = new Violations();
    const { 'offer-sources': [source = ''] = [] } = world as World;
    const start = (): Promise<TrackerProcess> => TrackerProcess.on('postgres', tracker.db.options.connectionString ?? '', { ROLE: 'api' });
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': MULTIPART };
    let running = await start();
    try {
      for (const operation of uploads) {
        for (const [query, body] of UPLOAD_QUERIES.flatMap((asked) =>
          BROKEN_FORMS.map((form) => [asked.replace('SOURCE', source), form] as const),
        )) {
          const wire = { method: 'POST', target: `${operation.path}?${query}`, headers, body };
          const answer = await send(wire, running.url);
          if (answer.status === 0 || (await send({ method: 'GET', target: '/healthz', headers: {} }, running.url)).status !== 200) {
            await running.end('SIGKILL');
            violations.add(`${nameOf(operation)}: the process answers no more`, wire, {
              ...answer,
              text: `${answer.text}\n  it printed: ${/^.*Error: .*$/m.exec(running.printed)?.[0] ?? 'no error'}`,
            });
            running = await start();
            break;
          }
          const found =
            answer.status >= 500
              ? [`a server error ${answer.status}`]
              : description.violations(operation, answer.status, answer.mediaType, answer.text);
          for (const violation of found) violations.add(`${nameOf(operation)}: ${violation}`, wire, answer);
        }
      }
    } finally {
      await running.end('SIGKILL');
    }
    violations.throwAny();
  });

  it('gives each raw postback and visit 200, a redirect or a refusal, and each accepted one a verdict', async () => {
    const violations = new Violations();
    const ids: string[] = [];
    const cids: string[] = [];
    for (const wire of corpus(world as World)) {
      const answer = await send(wire);
      const { status, mediaType, location, text } = answer;
      const isVisit = wire.target.startsWith('/c/');
      if (!(status >= 400 && status < 500) && status !== (isVisit ? 302 : 200))
        violations.add(`the answer ${status} is neither ${isVisit ? 302 : 200} nor a refusal`, wire, answer);
      if (status === 200 && mediaType === 'application/json') ids.push((JSON.parse(text) as { id: string }).id);
      const cid = status === 302 ? new URL(location).searchParams.get('clickid') : null;
      if (cid !== null) cids.push(cid);
    }
    violations.throwAny();
    expect(ids.length).toBeGreaterThan(250);
    expect(cids.length).toBeGreaterThan(150);

    await until(async () => (await unsettled()).length === 0).catch(() => undefined);
    expect(await unsettled()).toEqual([]);
    const settled = await tracker.db.query(
      `SELECT id FROM postbacks WHERE id = ANY($1) UNION SELECT id FROM inbox WHERE id = ANY($1) AND result = 'waiting_click'`,
      [ids],
    );
    expect(settled.rows.length).toBe(new Set(ids).size);
    expect((await tracker.db.query(`SELECT id, method, query, reason FROM postbacks WHERE result = 'failed'`)).rows).toEqual([]);
    const clicks = await tracker.db.query(`SELECT 1 FROM clicks WHERE click_id = ANY($1)`, [cids.map(cidToUuid)]);
    expect(clicks.rows.length).toBe(new Set(cids).size);
  });

  async function unsettled(): Promise<unknown[]> {
    return (
      await tracker.db.query(`SELECT id, result, attempts, method, left(query, 300) AS query FROM inbox WHERE result <> 'waiting_click'`)
    ).rows;
  }
});
