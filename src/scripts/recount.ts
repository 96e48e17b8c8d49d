import { Connection } from '../db/connection.js';
import { openDatabase } from '../boot.js';
import { loadConfig } from '../config.js';
import { isRace } from '../db/deadline.js';
import { createIdMaker } from '../lib/ids.js';
import { randomBytes } from 'node:crypto';
import {
  COMPARED,
  CONTRADICTIONS,
  type Difference,
  DIFFERENCES,
  KEPT_SINCE,
  REPAIR_COUNTERS,
  REPAIR_ROLLUPS,
} from '../reporting/recount.query.js';

/**
 * `npm run recount -- --check` proves, in one snapshot and while the tracker runs, that the reports' counters equal the
 * raw rows; `--fix` puts them right and leaves an audit row.
 */
const MAX_SHOWN = 100;
const ATTEMPTS = 5;

const [, , mode] = process.argv;
if ((mode !== '--check' && mode !== '--fix') || process.argv.length > 3) {
  console.error(
    'Usage: npm run recount -- --check | --fix\nCounts the raw rows again and compares them with the counters of the reports. --check changes nothing and exits 1 when they differ; --fix corrects the counters and leaves an audit row.',
  );
  process.exit(2);
}

interface Findings {
  since: string;
  differences: Difference[];
  contradictions: { kind: string; rows: string | number }[];
}

const database = await openDatabase(loadConfig(), false);
const client = new Connection({ connectionString: database.directUrl, application_name: 'cidra recount' });
try {
  await client.connect();
  const found = await inSnapshot('READ ONLY', compare);
  show(found);
  const isEqual = found.differences.length === 0 && found.contradictions.length === 0;
  if (isEqual) console.log('All figures are equal.');
  else if (mode === '--check') process.exitCode = 1;
  else {
    const { counters, rollups } = await inSnapshot('READ WRITE', repair);
    console.log(`FIXED ${counters} counters by what they lacked and ${rollups} rows of roll-ups.`);
    const { contradictions } = await inSnapshot('READ ONLY', compare);
    for (const { rows, kind } of contradictions) console.log(`NOT FIXED ${rows} ${kind}: no counter can mend that`);
    if (contradictions.length > 0) process.exitCode = 1;
  }
} finally {
  await client.end();
  await database.stop();
}

/** On one snapshot; again when somebody else changed a counter that is being corrected. */
async function inSnapshot<T>(access: 'READ ONLY' | 'READ WRITE', work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ ${access}`);
      const result = await work();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      if (!isRace(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function keptSince(): Promise<string> {
  const kept = await client.query<{ since: string | null }>(KEPT_SINCE);
  return kept.rows[0]?.since ?? new Date().toISOString();
}

async function compare(): Promise<Findings> {
  const since = await keptSince();
  const compared = (await client.query<Record<'clicks' | 'conversions' | 'counters' | 'deltas', string | number>>(COMPARED, [since]))
    .rows[0];
  console.log(`Range: clicks since ${since} (the oldest partition kept), all conversions.`);
  console.log(
    `Compared ${compared?.clicks} clicks and ${compared?.conversions} conversions with ${compared?.counters} counters and ${compared?.deltas} deltas.`,
  );
  return {
    since,
    differences: (await client.query<Difference>(DIFFERENCES, [since])).rows,
    contradictions: (await client.query<Findings['contradictions'][number]>(CONTRADICTIONS, [since])).rows,
  };
}

async function repair(): Promise<{ counters: number; rollups: number }> {
  const since = await keptSince();
  const { rows: differences } = await client.query<Difference>(DIFFERENCES, [since]);
  // First: what the counters lack goes to them as deltas, whose fold reaches the roll-ups too.
  let rollups = 0;
  for (const statement of REPAIR_ROLLUPS) rollups += (await client.query(statement)).rowCount ?? 0;
  const counters = (await client.query(REPAIR_COUNTERS, [since])).rowCount ?? 0;
  const makeId = createIdMaker(() => Date.now(), randomBytes);
  await client.query('INSERT INTO audit_log (id, at, actor, action, subject, details) VALUES ($1, now(), $2, $3, NULL, $4)', [
    makeId(),
    'script recount',
    'counters.fix',
    JSON.stringify({ counters, rollups, differences: differences.slice(0, MAX_SHOWN) }),
  ]);
  return { counters, rollups };
}

function show({ differences, contradictions }: Findings): void {
  for (const d of differences.slice(0, MAX_SHOWN)) {
    const figures = Object.keys(d.raw).filter((column) => d.raw[column] !== d.counted[column]);
    console.log(
      `DIFFERENT ${d.quarter} by ${d.axis} time, offer ${d.offerId}, source ${d.offerSourceId ?? 'none'}: ${figures.map((column) => `${column} is ${d.raw[column]} in the raw rows and ${d.counted[column]} in the counters`).join('; ')}`,
    );
  }
  if (differences.length > MAX_SHOWN) console.log(`… and ${differences.length - MAX_SHOWN} more differences`);
  for (const { rows, kind } of contradictions) console.log(`CONTRADICTION ${rows} ${kind}`);
}
