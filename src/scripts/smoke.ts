import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, type Config } from '../config.js';
import { messageOf } from '../lib/message-of.js';

const HELP = `npm run smoke [-- BASE_URL]   one click and one postback through a running tracker; prints the report's row of it

  BASE_URL   where it answers, default http://localhost:PORT
  --help     this

The key is ADMIN_API_KEY or the one in DATA_DIR. The click is a test click, sent to an offer of its own that is archived
afterwards; with it all test clicks and their conversions are removed, so that nothing of it stays in reports.`;

const TIMEOUT_MS = 10_000;
const POLL_MS = 100;
const NAME = 'smoke test';

interface Offer {
  id: string;
  key: string;
  name: string;
  postbackUrl: string | null;
}
type Api = <T>(step: string, method: string, path: string, body?: unknown) => Promise<T>;
type Get = (step: string, path: string, init?: RequestInit) => Promise<Response>;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  if (values.help === true) return console.log(HELP);
  const config = loadConfig();
  const base = (positionals[0] ?? `http://localhost:${config.port}`).replace(/\/+$/, '');
  const key = keyOf(config);
  const get: Get = async (step, path, init = {}) => {
    const answer = await fetch(`${base}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS), ...init }).catch(
      (error: Error) => {
        throw new Error(
          `${step}: ${base} does not answer (${messageOf(error)}); is the tracker running? If it was started with another PORT: npm run smoke -- http://localhost:PORT`,
        );
      },
    );
    if (answer.status >= 400) throw new Error(`${step}: answered ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const api: Api = async <T>(step: string, method: string, path: string, body?: unknown) =>
    (await get(step, `/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    }).then((answer) => answer.json())) as T;

  const offer = await ownOffer(api, config.baseCurrency);
  let row: unknown;
  try {
    row = await tryOut(api, get, offer);
  } finally {
    await api('removing the test click', 'DELETE', '/test-data');
    await api('archiving the offer', 'PATCH', `/offers/${offer.id}`, { status: 'archived' });
  }
  if ((await rowsOf(api, offer)).length > 0) throw new Error('removing the test click: the report still has it');
  console.log(JSON.stringify(row, null, 2));
  console.log('It works: one click and one postback came through to the report, as above, and are removed again.');
}

function keyOf({ adminApiKey, dataDir }: Config): string {
  const file = join(dataDir, 'admin-key');
  const key = adminApiKey ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : null);
  if (key === null) throw new Error(`no admin key: set ADMIN_API_KEY, or run it where ${file} is`);
  return key;
}

/** The one of an earlier run, or a new one: offers that were used are archived, never deleted. */
async function ownOffer(api: Api, currency: string): Promise<Offer> {
  const { data } = await api<{ data: Offer[] }>('looking for the offer', 'GET', `/offers?archived=true&name=${encodeURIComponent(NAME)}`);
  const known = data.find(({ name }) => name === NAME);
  const fields = { url: 'https://example.com/?cid={clickid}', payout: '1', currency, status: 'active', offerSourceId: null };
  return known === undefined
    ? api<Offer>('creating an offer', 'POST', '/offers', { name: NAME, ...fields })
    : api<Offer>('opening the offer again', 'PATCH', `/offers/${known.id}`, fields);
}

/** Click, postback, conversion, report. */
async function tryOut(api: Api, get: Get, offer: Offer): Promise<unknown> {
  if (offer.postbackUrl === null) throw new Error('the offer: its token cannot be read; was SECRET_KEY changed?');
  const test = await api<{ parameter: string; token: string }>('asking for a test token', 'POST', '/test-token');
  const click = await get('the tracking link', `/c/${offer.key}?${test.parameter}=${test.token}`, {
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) smoke test' },
  });
  const cid = new URL(click.headers.get('location') ?? 'http://none').searchParams.get('cid');
  if (cid === null) throw new Error(`the tracking link: no click id in ${click.headers.get('location')}`);
  await get('the postback', `${new URL(offer.postbackUrl).pathname}?cid=${cid}&status=approved&txid=smoke`);
  for (const end = Date.now() + TIMEOUT_MS; ; ) {
    const { data } = await api<{ data: unknown[] }>('the conversion', 'GET', `/conversions?cid=${cid}`);
    if (data.length > 0) break;
    if (Date.now() > end) throw new Error('the postback was accepted, but there is no conversion after 10 s: is a worker running?');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const [row] = await rowsOf(api, offer);
  if (row === undefined) throw new Error('the report: there is a conversion, but no row of this offer');
  return row;
}

async function rowsOf(api: Api, { id }: Offer): Promise<unknown[]> {
  return (await api<{ rows: unknown[] }>('the report', 'GET', `/reports?groupBy=offer&filter[offer]=${id}`)).rows;
}

main().catch((error: unknown) => {
  console.error(`Smoke test failed at ${messageOf(error)}`);
  process.exitCode = 1;
});
