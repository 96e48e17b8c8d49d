import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config.js';
import { messageOf } from '../lib/message-of.js';

/** npm run smoke [-- BASE_URL]: one offer, one click, one postback against a running tracker; prints the report's row. */

const TIMEOUT_MS = 10_000;

async function main(): Promise<void> {
  const config = loadConfig();
  const base = (process.argv[2] ?? `http://localhost:${config.port}`).replace(/\/+$/, '');
  const keyFile = join(config.dataDir, 'admin-key');
  const key = config.adminApiKey ?? (existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : null);
  if (key === null) throw new Error(`no admin key: set ADMIN_API_KEY, or run it where ${keyFile} is`);

  const request = async (step: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(`${base}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS), ...init }).catch(
      (error: Error) => {
        throw new Error(`${step}: ${base} does not answer (${messageOf(error)}); is the tracker running?`);
      },
    );
    if (answer.status >= 400) throw new Error(`${step}: answered ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const api = async <T>(step: string, path: string, body?: unknown): Promise<T> =>
    (await request(step, `/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    }).then((answer) => answer.json())) as T;

  const offer = await api<{ id: string; key: string }>('creating an offer', '/offers', {
    name: 'smoke',
    url: 'https://example.com/?cid={clickid}',
    payout: '1',
    currency: config.baseCurrency,
  });
  const click = await request('the tracking link', `/c/${offer.key}`, {
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) smoke test' },
  });
  const cid = new URL(click.headers.get('location') ?? 'http://none').searchParams.get('cid');
  if (cid === null) throw new Error(`the tracking link: no click id in ${click.headers.get('location')}`);
  await request('the postback', `/postback?cid=${cid}&status=approved&txid=smoke`);

  const end = Date.now() + TIMEOUT_MS;
  for (;;) {
    const { data } = await api<{ data: unknown[] }>('the conversion', `/conversions?cid=${cid}`);
    if (data.length > 0) break;
    if (Date.now() > end) throw new Error('the postback was accepted, but there is no conversion after 10 s: is a worker running?');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rows } = await api<{ rows: unknown[] }>('the report', `/reports?groupBy=offer&filter[offer]=${offer.id}`);
  await fetch(`${base}/api/v1/offers/${offer.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (rows[0] === undefined) throw new Error('the report: there is a conversion, but no row of this offer');
  console.log(JSON.stringify(rows[0], null, 2));
}

main().catch((error: Error) => {
  console.error(`Smoke test failed at ${messageOf(error)}`);
  process.exitCode = 1;
});
