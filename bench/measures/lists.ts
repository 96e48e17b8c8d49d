import type { Bench, Measurement } from '../bench.js';
import { Figures } from '../figures.js';
import { LARGE_SOURCE, makeHistory, makeLog, prepareHistory } from '../history.js';
import type { Running } from '../processes.js';
import { encodeCursor } from '../../src/lib/cursor.js';
import { uuidAt } from '../../src/lib/ids.js';

const DAY_MS = 86_400_000;
const MILLION = 1_000_000;
const JOB_LIMIT_MS = 1_800_000;
/** Nobody's. */
const UNKNOWN = '01900000-0000-7000-8000-0000000000ff';

interface Asked {
  what: string;
  path: string;
  body?: unknown;
}

/** What may be rare, or nowhere: the worst there is for a list that looks for it from the newest on. */
function asked(): readonly Asked[] {
  const deep = `cursor=${encodeCursor([uuidAt(Date.now() - 45 * DAY_MS, 'min')])}`;
  return [
    ...['', deep, 'result=created', 'result=failed', 'result=click_expired', 'reason=ip_denied', `offerSourceId=${UNKNOWN}`].map((filter) =>
      list('postbacks', filter),
    ),
    list('postbacks', `result=click_not_found&offerSourceId=${UNKNOWN}&${deep}`),
    ...['', deep, 'country=de', 'country=XX', 'externalId=nobody', 'bot=true', 'sub3=zone-49999', `offerId=${UNKNOWN}&sub1=x&${deep}`].map(
      (filter) => list('clicks', filter),
    ),
    ...['', 'status=trash', 'currency=XXX', `offerId=${UNKNOWN}`, 'txid=nobody', `sub3=zone-49999&offerSourceId=${LARGE_SOURCE}`].map(
      (filter) => list('conversions', filter),
    ),
    ...['statuses/unmapped', 'postbacks/unmatched', 'attention', 'search?q=nobody'].map((path) => ({ what: path, path })),
    { what: 'count of a replay by source', path: 'postbacks/replay', body: { dryRun: true, filter: { offerSourceId: UNKNOWN } } },
    { what: 'count of a replay by result', path: 'postbacks/replay', body: { dryRun: true, filter: { result: 'click_not_found' } } },
  ];
}

const list = (name: string, filter: string): Asked => ({
  what: `${name}, ${
    filter === ''
      ? 'all'
      : filter
          .replace(/cursor=\S+/, 'from 45 days ago on')
          .replaceAll(UNKNOWN, 'nobody’s')
          .replaceAll(LARGE_SOURCE, 'the largest')
  }`,
  path: `${name}?${filter}`,
});

/** Lists by filters and what else reads the log, as the tables grow: a page costs the same at any size. */
export const lists: Measurement = {
  name: 'lists',
  slow: true,
  async run(bench: Bench) {
    const figures = new Figures('lists');
    const { db, options } = bench;
    await prepareHistory(db);
    let stored = 0;
    for (const millions of options.millions) {
      const size = `${millions} M`;
      await makeHistory(db, stored, millions * MILLION - stored);
      await makeLog(db, stored, millions * MILLION - stored);
      stored = millions * MILLION;
      await db.query('VACUUM ANALYZE');
      const began = performance.now();
      const api = await bench.cidra('api');
      figures.add(`${size}: an api’s start`, 's', (performance.now() - began) / 1_000);
      const worker = await bench.cidra('worker');
      for (const question of asked()) {
        const times: number[] = [];
        // The first one reads from disk.
        for (let round = 0; round <= options.rounds; round++) times.push(await timed(bench, api, question));
        for (const ms of times.slice(1)) figures.add(`${size}: ${question.what}`, 'ms', ms, { holds: { atMost: 300 } });
      }
      figures.add(`${size}: a word mapped and the past decided anew`, 's', await reapplied(bench, api));
      await bench.stop(api, worker);
    }
    return figures.all();
  },
};

async function timed(bench: Bench, api: Running, { path, body }: Asked): Promise<number> {
  const began = performance.now();
  await answer(bench, api, body === undefined ? 'GET' : 'POST', path, body);
  return performance.now() - began;
}

/** Seconds until the job of a changed map is done. */
async function reapplied(bench: Bench, api: Running): Promise<number> {
  const began = performance.now();
  const { jobId } = await answer<{ jobId: string }>(bench, api, 'PUT', 'statuses/map', { statusMap: { odd1: 'rejected' }, reapply: true });
  for (;;) {
    const { state } = await answer<{ state: string }>(bench, api, 'GET', `jobs/${jobId}`);
    const seconds = (performance.now() - began) / 1_000;
    if (state === 'done') return seconds;
    if (state === 'failed' || seconds * 1_000 > JOB_LIMIT_MS) throw new Error(`the job is ${state} after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function answer<T>(bench: Bench, api: Running, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${bench.adminKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text.slice(0, 200)}`);
  return JSON.parse(text) as T;
}
