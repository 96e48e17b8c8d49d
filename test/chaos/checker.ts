import { Agent } from 'node:http';
import type { Conversion, Postback } from '../../src/conversions/conversion.js';
import { fold } from '../../src/conversions/decide.js';
import { parsePostback } from '../../src/postbacks/parse-postback.js';
import { resolveStatus } from '../../src/statuses/resolve-status.js';
import { BUNDLED_RATES } from '../../src/rates/bundled-rates.js';
import { createRateTable } from '../../src/rates/rate-table.js';
import { CONTRADICTIONS, DIFFERENCES, KEPT_SINCE } from '../../src/reporting/recount.query.js';
import { cidToUuid, uuidTime, uuidToCid } from '../../src/lib/ids.js';
import { ask, type Load, type Op } from './load.js';
import { PLAIN_RULES } from '../support/rules.js';
import type { World } from './world.js';

/** What was found after a row: numbers, and a sentence for everything that is not as promised. */
export interface Findings {
  sent: number;
  acked: number;
  refused: number;
  unknown: number;
  /** Acknowledged and not stored. */
  lost: number;
  /** Counted more or less often than once. */
  double: number;
  violations: string[];
}

const SETTLE_MS = 60_000;
/** With a guard gone some things never come about. */
const BROKEN_SETTLE_MS = 8_000;
const RESEND_MS = 30_000;
const LOOK_MS = 100;
const SHOWN = 5;
const RATES = createRateTable('USD', BUNDLED_RATES);

/** Everything the promise says (reliability.md, G1 to G5), asked of the stores once the fault is over. */
export async function check(world: World, load: Load, offerId: string, deadLetters = 0): Promise<Findings> {
  const violations: string[] = [];
  const must = (holds: boolean, sentence: string): void => {
    if (!holds) violations.push(sentence);
  };
  const { ops } = load;
  const count = (outcome: Op['outcome']): number => ops.filter((op) => op.outcome === outcome).length;
  const findings = { sent: ops.length, acked: count('acked'), refused: count('refused'), unknown: count('unknown') };
  const acked = ops.filter((op) => op.outcome === 'acked' && op.kind !== 'click');

  let limit = world.isWhole ? SETTLE_MS : BROKEN_SETTLE_MS;
  await settled(world, acked, limit).catch((error: Error) => {
    violations.push(error.message);
    // What has not come about with a guard gone is found: there is nothing more to wait for.
    if (!world.isWhole) limit = 0;
  });
  const lost = await notStored(world, acked);
  must(
    lost.length === 0,
    `${lost.length} acknowledged postbacks are not stored: ${lost
      .slice(0, SHOWN)
      .map((op) => `${op.path} (${op.id})`)
      .join(', ')}`,
  );
  // Sent again, as a network would, until it is told 200.
  await resend(
    world,
    ops.filter((op) => op.outcome !== 'acked' && op.kind !== 'poison' && op.kind !== 'click'),
    violations,
  );
  await settled(
    world,
    ops.filter((op) => op.outcome === 'acked' && op.kind !== 'click'),
    limit,
  ).catch((error: Error) => violations.push(error.message));

  const gone = await lostClicks(world, ops, limit);
  must(
    gone.length === 0,
    `${gone.length} visitors were sent on whose click is neither stored nor in the log of lost ones: ${gone.slice(0, SHOWN).join(', ')}`,
  );
  const wrong = await miscounted(world, ops, offerId);
  must(
    wrong.length === 0,
    `${wrong.length} conversions are not counted once for each distinct postback: ${wrong
      .slice(0, SHOWN)
      .map(({ sentence }) => sentence)
      .join('; ')}. The log says of these clicks: ${
      wrong.length === 0
        ? ''
        : await resultsOf(
            world,
            wrong.map(({ cid }) => cid),
          )
    }`,
  );
  violations.push(...(await unlikeTheFold(world, offerId)), ...(await recount(world)));
  const {
    rows: [found],
  } = await world.db.query<{ both: number; twice: number; failed: number }>(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM postbacks GROUP BY id HAVING count(*) > 1) AS t) AS twice, (SELECT count(*)::int FROM postbacks JOIN inbox USING (id)) AS both, (SELECT count(*)::int FROM postbacks WHERE result = 'failed' AND received_at >= to_timestamp($1 / 1000.0)) AS failed`,
    [Math.min(...ops.map((op) => op.sentAt)) - 1_000],
  );
  must(found?.both === 0, `${found?.both} postbacks are in the inbox and in the log`);
  must(found?.twice === 0, `${found?.twice} postbacks have two verdicts`);
  must(found?.failed === deadLetters, `${found?.failed} dead letters, ${deadLetters} expected`);
  const strangers = ops.filter((op) => op.status >= 500 && op.status !== 503);
  must(strangers.length === 0, `${strangers.length} answers were ${strangers[0]?.status}: ${strangers[0]?.path}`);
  const silent = ops.filter((op) => op.status === 503 && op.retryAfter === null && op.kind !== 'click');
  must(silent.length === 0, `${silent.length} answers 503 without Retry-After`);
  must(!/unhandled|uncaught/i.test(world.printed), 'a process reported an unhandled rejection');
  for (const [name, { child }] of world.trackers) must(child.exitCode === null && child.signalCode === null, `${name} is not running`);
  return { ...findings, lost: lost.length, double: wrong.length, violations };
}

/** Until everything acknowledged is stored and has a verdict, or waits for its click. */
async function settled(world: World, acked: readonly Op[], limit: number): Promise<void> {
  const ids = acked.map((op) => op.id);
  const end = Date.now() + limit;
  for (;;) {
    const {
      rows: [left],
    } = await world.db.query<{ waiting: number; stored: number }>(
      `SELECT (SELECT count(*)::int FROM inbox WHERE result = 'accepted') AS waiting,
         (SELECT count(*)::int FROM (SELECT id FROM inbox WHERE id = ANY($1::uuid[]) UNION SELECT id FROM postbacks WHERE id = ANY($1::uuid[])) AS s) AS stored`,
      [ids],
    );
    if (left?.waiting === 0 && left.stored === new Set(ids).size) return;
    if (Date.now() > end)
      throw new Error(
        `after ${limit / 1_000} s ${left?.waiting} postbacks are without a verdict and ${new Set(ids).size - (left?.stored ?? 0)} are nowhere`,
      );
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function notStored(world: World, acked: readonly Op[]): Promise<Op[]> {
  const ids = acked.map((op) => op.id);
  const { rows } = await world.db.query<{ id: string }>(
    'SELECT id FROM inbox WHERE id = ANY($1::uuid[]) UNION SELECT id FROM postbacks WHERE id = ANY($1::uuid[])',
    [ids],
  );
  const stored = new Set(rows.map((row) => row.id));
  return acked.filter((op) => !stored.has(op.id as string));
}

/**
 * Clicks answered with a redirect that are not stored (docs/reliability.md: then they are logged whole), and are not in the
 * log either. They come through the queue as postbacks do and have the same time for it: a job that failed while the
 * connections broke is tried again up to 5 s later.
 */
async function lostClicks(world: World, ops: readonly Op[], limit: number): Promise<string[]> {
  const cids = ops.filter((op) => op.kind === 'click' && op.outcome === 'acked').map((op) => op.id as string);
  const end = Date.now() + limit;
  for (;;) {
    const gone = await notStoredClicks(world, cids);
    if (gone.length === 0 || Date.now() > end) return gone;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function notStoredClicks(world: World, cids: readonly string[]): Promise<string[]> {
  const { rows } = await world.db.query<{ id: string }>('SELECT click_id AS id FROM clicks WHERE click_id = ANY($1::uuid[])', [
    cids.map(cidToUuid),
  ]);
  const stored = new Set(rows.map((row) => uuidToCid(row.id)));
  const { printed } = world;
  return cids.filter((cid) => !stored.has(cid) && !printed.includes(cid) && !printed.includes(cidToUuid(cid) as string));
}

async function resend(world: World, ops: readonly Op[], violations: string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const end = Date.now() + RESEND_MS;
  for (const op of ops) {
    if (op.status >= 400 && op.status < 500) continue;
    do {
      await ask(world.apis[0] as string, op, agent);
      if (op.outcome !== 'acked') await new Promise((resolve) => setTimeout(resolve, 200));
    } while (op.outcome !== 'acked' && Date.now() < end);
    if (op.outcome !== 'acked') violations.push(`sent again after the fault it is still answered ${op.status}: ${op.path}`);
  }
  agent.destroy();
}

/** Every postback of the load adds 1 to its conversion's first event: the sum says how many were applied. */
async function miscounted(world: World, ops: readonly Op[], offerId: string): Promise<{ cid: string; sentence: string }[]> {
  const expected = new Map<string, Set<string>>();
  for (const { key, path } of ops) if (key !== null) expected.set(key, (expected.get(key) ?? new Set()).add(path));
  const { rows } = await world.db.query<{ key: string; applied: number; rows: number }>(
    `SELECT cid || ' ' || txid AS key, sum((events->>'event1')::numeric)::int AS applied, count(*)::int AS rows FROM conversions WHERE offer_id = $1 AND txid IS NOT NULL GROUP BY 1`,
    [offerId],
  );
  const found = new Map(rows.map((row) => [row.key, row]));
  return [...expected].flatMap(([key, texts]) => {
    const row = found.get(key);
    return row?.applied === texts.size && row.rows === 1
      ? []
      : [
          {
            cid: key.split(' ', 1)[0] as string,
            sentence: `${key}: sent ${texts.size}, counted ${row?.applied ?? 0} on ${row?.rows ?? 0} conversions`,
          },
        ];
  });
}

async function resultsOf(world: World, cids: readonly string[]): Promise<string> {
  const { rows } = await world.db.query<{ result: string; n: number }>(
    `SELECT result, count(*)::int AS n FROM (SELECT result, cid FROM inbox UNION ALL SELECT result, cid FROM postbacks) AS p WHERE cid = ANY($1::text[]) GROUP BY 1`,
    [cids],
  );
  return rows.map(({ result, n }) => `${n} × ${result}`).join(', ');
}

/** A click's conversions are the fold of its postbacks: folded here once more, from the log. */
async function unlikeTheFold(world: World, offerId: string): Promise<string[]> {
  const { rows: log } = await world.db.query<{
    id: string;
    seq: number;
    receivedAt: number;
    clickId: string;
    query: string;
    contentType: string | null;
    body: Buffer | null;
  }>(
    `SELECT p.id, p.seq::int AS seq, (extract(epoch FROM p.received_at) * 1000)::float8 AS "receivedAt", p.click_id AS "clickId", p.query, p.content_type AS "contentType", p.body
     FROM postbacks p JOIN clicks c ON c.click_id = p.click_id WHERE c.offer_id = $1 AND p.seq IS NOT NULL AND p.result <> 'failed'`,
    [offerId],
  );
  const { rows: stored } = await world.db.query<{ clickId: string } & Essence>(
    `SELECT click_id AS "clickId", key, txid, status, trim_scale(payout)::text AS payout, currency, trim_scale(payout_base)::text AS "payoutBase", upsell, events FROM conversions WHERE offer_id = $1`,
    [offerId],
  );
  const byClick = grouped(log);
  const storedOf = grouped(stored);
  const unlike: string[] = [];
  for (const [clickId, rows] of byClick) {
    const postbacks: Postback[] = rows.map((row) => {
      const { values, warnings, identity } = parsePostback(row);
      return {
        id: row.id,
        seq: row.seq,
        receivedAt: row.receivedAt,
        values,
        meaning: values.status === null ? null : resolveStatus(values.status, []).meaning,
        warnings,
        hash: identity,
      };
    });
    const expected = fold(postbacks, { clickedAt: uuidTime(clickId) }, PLAIN_RULES, RATES).state.conversions.map(essence);
    const actual = (storedOf.get(clickId) ?? []).map(essence);
    const byKey = (list: readonly Essence[]): Map<string, string> =>
      new Map(list.map((conversion) => [conversion.key, JSON.stringify(conversion)]));
    const [is, should] = [byKey(actual), byKey(expected)];
    const key = [...new Set([...is.keys(), ...should.keys()])].find((one) => is.get(one) !== should.get(one));
    if (key !== undefined)
      unlike.push(`of click ${clickId} conversion ${key} is ${is.get(key)} and its postbacks come to ${should.get(key)}`);
  }
  return unlike.length === 0 ? [] : [`${unlike.length} of ${byClick.size} clicks are not the fold of their postbacks: ${unlike[0]}`];
}

function grouped<T extends { clickId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.clickId);
    if (group === undefined) groups.set(row.clickId, [row]);
    else group.push(row);
  }
  return groups;
}

type Essence = Pick<Conversion, 'key' | 'txid' | 'status' | 'payout' | 'currency' | 'payoutBase' | 'upsell' | 'events'>;
/** Object keys in one order, since jsonb has its own. */
function essence({ key, txid, status, payout, currency, payoutBase, upsell, events }: Essence): Essence {
  return {
    key,
    txid,
    status,
    payout,
    currency,
    payoutBase,
    upsell,
    events: Object.fromEntries(Object.entries(events).toSorted()) as Essence['events'],
  };
}

/** What `npm run recount -- --check` compares. */
async function recount(world: World): Promise<string[]> {
  const client = await world.db.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const {
      rows: [kept],
    } = await client.query<{ since: string | null }>(KEPT_SINCE);
    const since = [kept?.since ?? new Date().toISOString()];
    const differences = (await client.query<{ quarter: string }>(DIFFERENCES, since)).rows;
    const contradictions = (await client.query<{ kind: string; rows: string }>(CONTRADICTIONS, since)).rows;
    return [
      ...(differences.length === 0 ? [] : [`${differences.length} counters differ from the raw rows: ${JSON.stringify(differences[0])}`]),
      ...contradictions.map(({ kind, rows }) => `${rows} ${kind}`),
    ];
  } finally {
    await client.query('COMMIT');
    client.release();
  }
}
