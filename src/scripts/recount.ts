import pg from 'pg';
import { openDatabase } from '../boot.js';
import { loadConfig } from '../config.js';
import { COMPARED, CONTRADICTIONS, type Difference, DIFFERENCES, KEPT_SINCE } from '../reporting/recount.query.js';

/** `npm run recount -- --check`: proves, in one snapshot and while the tracker runs, that the reports' counters equal the raw rows. */
const MAX_SHOWN = 100;

if (process.argv[2] !== '--check' || process.argv.length > 3) {
  console.error('Usage: npm run recount -- --check\nCounts the raw rows again and compares them with the counters of the reports; changes nothing. Exits 1 when they differ.');
  process.exit(2);
}

const database = await openDatabase(loadConfig(), false);
const client = new pg.Client({ connectionString: database.url, application_name: 'cidra recount' });
try {
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const kept = await client.query<{ since: string | null }>(KEPT_SINCE);
  const since = kept.rows[0]?.since ?? new Date().toISOString();
  const compared = (await client.query<Record<'clicks' | 'conversions' | 'counters' | 'deltas', string | number>>(COMPARED, [since])).rows[0];
  const differences = (await client.query<Difference>(DIFFERENCES, [since])).rows;
  const contradictions = (await client.query<{ kind: string; rows: string | number }>(CONTRADICTIONS, [since])).rows;
  await client.query('COMMIT');

  console.log(`Range: clicks since ${since} (the oldest partition kept), all conversions.`);
  console.log(`Compared ${compared?.clicks} clicks and ${compared?.conversions} conversions with ${compared?.counters} counters and ${compared?.deltas} deltas.`);
  for (const d of differences.slice(0, MAX_SHOWN)) {
    const figures = Object.keys(d.raw).filter((column) => d.raw[column] !== d.counted[column]);
    console.log(`DIFFERENT ${d.quarter} by ${d.axis} time, offer ${d.offerId}, source ${d.offerSourceId ?? 'none'}: ${figures.map((column) => `${column} is ${d.raw[column]} in the raw rows and ${d.counted[column]} in the counters`).join('; ')}`);
  }
  if (differences.length > MAX_SHOWN) console.log(`… and ${differences.length - MAX_SHOWN} more differences`);
  for (const { rows, kind } of contradictions) console.log(`CONTRADICTION ${rows} ${kind}`);
  if (differences.length > 0 || contradictions.length > 0) process.exitCode = 1;
  else console.log('All figures are equal.');
} finally {
  await client.end();
  await database.stop();
}
