import 'reflect-metadata';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { SingleBar } from 'cli-progress';
import pg from 'pg';
import { AppModule, openPools, type Resources } from '../app.module.js';
import { openDatabase } from '../boot.js';
import { INSERT_CLICKS_ONCE, type NewClick } from '../clicks/clicks.query.js';
import { loadConfig, type Config } from '../config.js';
import { ChangesService } from '../db/changes.service.js';
import { PartitionsService } from '../db/partitions.service.js';
import { messageOf } from '../lib/message-of.js';
import { Offer } from '../offers/offer.entity.js';
import { CatalogService } from '../offer-sources/catalog.service.js';
import { findNetwork } from '../offer-sources/networks.js';
import { OfferSource } from '../offer-sources/offer-source.entity.js';
import { newSource } from '../offer-sources/source-rules.js';
import { TokensService } from '../offer-sources/tokens.service.js';
import { INSERT_LOG, type LogRow } from '../postbacks/drain.query.js';
import { DrainService } from '../postbacks/drain.service.js';
import { INSERT_INBOX_ONCE, type NewInboxRow } from '../postbacks/inbox.query.js';
import { queueBackend } from '../queues/queues.js';
import { FOLD, FOLD_LIMIT } from '../reporting/counters.query.js';
import { DAY_MS, DEMO_AGENTS, DEMO_DAYS, DEMO_OFFERS, DEMO_SOURCES, demoVisits, type DoorRow } from './demo.js';
import * as sql from './demo.query.js';

const HELP = `npm run seed [-- --clicks N] [-- --yes]   writes demo data: sources, offers, and ${DEMO_DAYS} days of clicks and postbacks until now
npm run seed -- --remove                  takes all of it back, and nothing else

  --clicks N   clicks of ${DEMO_DAYS} days, default 20000
  --yes        do not ask before writing beside other data
  --remove     removes the demo offers and sources, with everything that came to them
  --help       this

The same day and number of clicks give the same rows; a second run the same day adds what has come since. It writes to the
database of the settings (DATABASE_URL, or the embedded one in DATA_DIR), whether the tracker runs or not.`;

const BATCH = 1_000;
const DEFAULT_CLICKS = 20_000;
const MAX_CLICKS = 100_000_000;
const FOLD_TRIES = 100;
const OFFER_IDS = DEMO_OFFERS.map(({ id }) => id);
const SOURCE_IDS = DEMO_SOURCES.map(({ id }) => id);

interface Wanted {
  clicks: number;
  yes: boolean;
  remove: boolean;
  help: boolean;
}

/** @throws Error that says what is wrong */
function wanted(args: string[]): Wanted {
  const { values } = parseArgs({
    args,
    options: { clicks: { type: 'string' }, yes: { type: 'boolean' }, remove: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  const clicks = Number(values.clicks ?? DEFAULT_CLICKS);
  if (!Number.isInteger(clicks) || clicks < 1 || clicks > MAX_CLICKS)
    throw new Error(`--clicks takes a whole number from 1 to ${MAX_CLICKS}`);
  return { clicks, yes: values.yes === true, remove: values.remove === true, help: values.help === true };
}

async function main(): Promise<void> {
  const { clicks, yes, remove, help } = wanted(process.argv.slice(2));
  if (help) return console.log(HELP);
  const config = loadConfig({ ...process.env, ROLE: 'api', LOG_LEVEL: process.env.LOG_LEVEL ?? 'error' });
  const database = await openDatabase(config, false);
  try {
    const db = new pg.Client({ connectionString: database.directUrl });
    await db.connect();
    try {
      if (remove) return await removeDemo(db);
      if (!(await mayWrite(db, yes))) return;
    } finally {
      await db.end();
    }
    await seed(config, database, clicks);
  } finally {
    await database.stop();
  }
}

/** @throws Error where nobody can be asked, or older demo data is there */
async function mayWrite(db: pg.Client, yes: boolean): Promise<boolean> {
  const { rows: old } = await db.query<{ since: Date | null }>(sql.SINCE, [OFFER_IDS]);
  const since = old[0]?.since?.getTime() ?? startOf(Date.now());
  if (since < startOf(Date.now()))
    throw new Error(
      `demo data since ${new Date(since).toISOString().slice(0, 10)} is there already: npm run seed -- --remove takes it back`,
    );
  if (yes || !(await db.query<{ shared: boolean }>(sql.IS_SHARED, [OFFER_IDS, SOURCE_IDS])).rows[0]?.shared) return true;
  if (!process.stdin.isTTY)
    throw new Error(
      'there is other data than demo data here, and no terminal to ask at: nothing was written. --yes writes beside it, and --remove takes it back later',
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    'There are offers, sources or clicks here that are not demo data. Write demo data beside them? (yes/no) ',
  );
  terminal.close();
  const agreed = /^y(es)?$/i.test(answer.trim());
  if (!agreed) console.log('Nothing was written.');
  return agreed;
}

const startOf = (now: number): number => Math.floor(now / DAY_MS) * DAY_MS - DEMO_DAYS * DAY_MS;

async function seed(config: Config, database: { url: string; directUrl: string }, clicks: number): Promise<void> {
  const resources: Resources = {
    config,
    databaseUrl: database.url,
    directUrl: database.directUrl,
    queues: queueBackend(config, database.directUrl),
    pools: openPools(database.url),
  };
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(resources), { logger: ['error', 'warn'] });
  try {
    const until = Date.now();
    const start = startOf(until);
    const partitions = app.get(PartitionsService);
    await partitions.ensure('clicks', start, until);
    await partitions.ensure('postbacks', start, until);
    await makeCatalogue(app);
    const bar = new SingleBar({
      format: 'clicks {bar} {value}/{total} | {eta_formatted} left',
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
    });
    bar.start(clicks, 0);
    let done = 0;
    let batch: NewClick[] = [];
    let postbacks: NewInboxRow[] = [];
    let refused: DoorRow[] = [];
    const flush = async (): Promise<void> => {
      await store(resources, batch, postbacks, refused);
      done += batch.length;
      bar.setTotal(Math.max(clicks, done));
      bar.update(done);
      [batch, postbacks, refused] = [[], [], []];
    };
    for (const visit of demoVisits(start, until, clicks)) {
      batch.push(visit.click);
      postbacks.push(...visit.postbacks);
      refused.push(...visit.refused);
      if (batch.length === BATCH) await flush();
    }
    await flush();
    bar.stop();
    const report = await app.get(DrainService).drain();
    console.log(
      `${done} clicks since ${new Date(start).toISOString().slice(0, 10)}; ${report.rows} postbacks decided now: ${JSON.stringify(report.results)}`,
    );
    console.log('npm run seed -- --remove takes all of it back.');
  } finally {
    await app.close();
    await Promise.allSettled([resources.queues.close(), ...Object.values(resources.pools).map((pool) => pool.end())]);
  }
}

/** Sources and offers with their tokens, where they are not there yet. */
async function makeCatalogue(app: INestApplicationContext): Promise<void> {
  const tokens = app.get(TokensService);
  await app.get(CatalogService).change(async (db) => {
    for (const { id, template, fields } of DEMO_SOURCES) {
      const network = findNetwork(template);
      if (network === null) throw new Error(`there is no network ${template}`);
      if (await db.existsBy(OfferSource, { id })) continue;
      await db.save(db.create(OfferSource, { id, archivedAt: null, ...newSource(network, fields) }));
      await tokens.add(db, 'offerSourceId', id);
    }
    for (const { weight: _weight, converts: _converts, ...fields } of DEMO_OFFERS) {
      if (await db.existsBy(Offer, { id: fields.id })) continue;
      const slug = fields.name.replace(' (demo)', '').toLowerCase().replaceAll(' ', '-');
      await db.save(
        db.create(Offer, {
          ...fields,
          url: `https://shop.example/${slug}${fields.offerSourceId === null ? '?cid={clickid}' : ''}`,
          linkBuilder: {},
          payoutMode: 'auto',
          status: 'active',
          fallbackUrl: null,
        }),
      );
      if (fields.offerSourceId === null) await tokens.add(db, 'offerId', fields.id);
    }
  });
}

/** By the statements that real traffic uses; what is there already is left alone. */
async function store({ pools }: Resources, clicks: NewClick[], postbacks: NewInboxRow[], refused: DoorRow[]): Promise<void> {
  if (clicks.length > 0) await pools.ingest.query({ ...INSERT_CLICKS_ONCE, values: INSERT_CLICKS_ONCE.values(clicks) });
  if (postbacks.length > 0) await pools.ingest.query({ ...INSERT_INBOX_ONCE, values: INSERT_INBOX_ONCE.values(postbacks) });
  if (refused.length === 0) return;
  const known = await pools.ingest.query<{ id: string }>('SELECT id FROM postbacks WHERE id = ANY($1::uuid[])', [
    refused.map((r) => r.inbox.id),
  ]);
  const ids = new Set(known.rows.map(({ id }) => id));
  const rows = refused
    .filter((row) => !ids.has(row.inbox.id))
    .map(
      (row): LogRow => ({
        ...row,
        decidedAt: row.inbox.receivedAt,
        clickId: null,
        conversionKey: null,
        result: 'rejected',
      }),
    );
  if (rows.length > 0) await pools.ingest.query({ name: INSERT_LOG.name, text: INSERT_LOG.text, values: INSERT_LOG.values(rows) });
}

/** One transaction for the facts; what they added to the counters is taken off in it as well, and folded in afterwards. */
async function removeDemo(db: pg.Client): Promise<void> {
  await db.query('SET statement_timeout = 0');
  await db.query('BEGIN');
  const sources = (await db.query<{ id: string }>(sql.OWN_SOURCES, [OFFER_IDS, SOURCE_IDS])).rows.map(({ id }) => id);
  for (const statement of sql.COLLECT) await db.query(statement, statement.includes('$1') ? [OFFER_IDS] : []);
  await db.query(sql.TAKE_OFF, [OFFER_IDS]);
  const gone: Record<string, number> = {};
  for (const [what, statement] of sql.DELETE_FACTS) {
    const values = [...(statement.includes('$1') ? [OFFER_IDS] : []), ...(statement.includes('$2') ? [sources] : [])];
    const text = statement.includes('$1') ? statement : statement.replaceAll('$2', '$1');
    gone[what] = (await db.query(text, values)).rowCount ?? 0;
  }
  await db.query(sql.DELETE_AGENTS, [DEMO_AGENTS]);
  await db.query(sql.FORGET_CURRENCIES);
  await ChangesService.announce(db, 'catalog');
  await db.query('COMMIT');
  await takeOffCounters(db);
  const { clicks = 0, postbacks = 0, conversions = 0, offers = 0 } = gone;
  console.log(
    offers + clicks + postbacks === 0
      ? 'There is no demo data here.'
      : `Removed ${offers} offers and ${gone.sources ?? 0} sources with ${clicks} clicks, ${postbacks} postbacks and ${conversions} conversions.`,
  );
  const kept = SOURCE_IDS.length - sources.length;
  if (offers > 0 && kept > 0) console.log(`${kept} demo sources stay: other offers use them.`);
}

async function takeOffCounters(db: pg.Client): Promise<void> {
  for (let tries = 0; tries < FOLD_TRIES; tries++) {
    const { deltas = 0 } = (await db.query<{ deltas: number }>(FOLD)).rows[0] ?? {};
    if (deltas === FOLD_LIMIT) continue;
    const left = (await db.query<{ n: number }>(sql.LEFT_DELTAS, [OFFER_IDS])).rows[0]?.n ?? 0;
    if (left === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const statement of sql.DELETE_COUNTERS) await db.query(statement, [OFFER_IDS]);
  await db.query(sql.DELETE_EMPTY_TOTALS);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`npm run seed: ${messageOf(error)}`);
    process.exit(1);
  },
);
