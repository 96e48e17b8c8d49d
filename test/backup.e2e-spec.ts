import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../src/db/database.js';
import { cidToUuid } from '../src/lib/ids.js';
import { Postgres } from './chaos/stores.js';
import { environment } from './support/environment.js';
import { runScript, TrackerProcess } from './support/processes.js';
import { temporaryFolder } from './support/services.js';
import { until } from './support/until.js';

const SENT = 60;
/** What pg_basebackup leaves out: of no use to a restore, and some of it vanishes while it is copied. */
const LEFT_OUT =
  /\/(pg_(wal|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)\/.+|socket\/.+|postmaster\.(pid|opts)|pg_internal\.init.*|pgsql_tmp.*|.*\.tmp)$/;

/** As docs/operations.md has it: an archive of the write-ahead log, a base backup while the tracker runs, and a restore to a moment. */
describe('point-in-time recovery', () => {
  it('brings back what was there, and postbacks sent again are merged once', async () => {
    const folder = temporaryFolder('backup');
    const [archive, backup] = [join(folder, 'archive'), join(folder, 'backup')];
    for (const path of [archive, backup]) {
      mkdirSync(path);
      chmodSync(path, 0o777);
    }
    const first = await Postgres.start(temporaryFolder('backup-first'));
    const db = new pg.Client({ connectionString: first.url });
    await migrate(first.url, true);
    await db.connect();
    await db.query(`ALTER SYSTEM SET archive_mode = 'on'`);
    await db.query(`ALTER SYSTEM SET archive_command = 'cp %p ${archive}/%f'`);
    await db.end();
    await first.restart();

    const source = new pg.Client({ connectionString: first.url });
    await source.connect();
    let tracker = await TrackerProcess.spawn(environment('postgres', first.url));
    const offer = (await (
      await fetch(`${tracker.url}/api/v1/offers`, {
        method: 'POST',
        body: JSON.stringify({ name: 'Kept', url: 'https://shop.example/?clickid={clickid}' }),
        headers: { authorization: `Bearer ${environment('postgres', '').ADMIN_API_KEY}`, 'content-type': 'application/json' },
      })
    ).json()) as { key: string };
    // A busy machine may be too slow for one or the other: it is sent again, as networks do.
    const cids: string[] = [];
    while (cids.length < SENT) {
      const url = `${tracker.url}/c/${offer.key}`;
      const location = (await fetch(url, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 Chrome/140' } })).headers.get(
        'location',
      );
      const cid = new URL(location ?? '').searchParams.get('clickid') ?? '';
      if ((await source.query('SELECT FROM clicks WHERE click_id = $1', [cidToUuid(cid)])).rowCount === 1) cids.push(cid);
    }
    const send = async (some: readonly string[]): Promise<void> => {
      for (const cid of some)
        await until(
          async () => (await fetch(`${tracker.url}/postback?cid=${cid}&payout=2&currency=USD&txid=T&add_event1=1`)).status === 200,
        );
    };
    const counted = async (client: pg.Client): Promise<number> =>
      (await client.query(`SELECT coalesce(sum((events->>'event1')::int), 0)::int AS n FROM conversions`)).rows[0].n;

    await send(cids.slice(0, 20));
    // The base backup, by the low-level API that pg_basebackup uses as well.
    await source.query(`SELECT pg_backup_start('test', fast => true)`);
    const {
      rows: [where],
    } = await source.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`);
    cpSync(where?.dir ?? '', backup, { recursive: true, filter: (path) => !LEFT_OUT.test(path) });
    const {
      rows: [label],
    } = await source.query<{ labelfile: string; spcmapfile: string }>('SELECT labelfile, spcmapfile FROM pg_backup_stop()');
    writeFileSync(join(backup, 'backup_label'), label?.labelfile ?? '');

    await send(cids.slice(20, 40));
    await until(async () => (await counted(source)) === 40, 30_000);
    const {
      rows: [moment],
    } = await source.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await send(cids.slice(40));
    await until(async () => (await counted(source)) === 60, 30_000);
    // The file that the switch has completed, whatever is written meanwhile; and archived means wholly so.
    const {
      rows: [last],
    } = await source.query<{ file: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS file');
    const archived = async (): Promise<string> =>
      (await source.query<{ wal: string }>(`SELECT coalesce(last_archived_wal, '') AS wal FROM pg_stat_archiver`)).rows[0]?.wal ?? '';
    await until(async () => (await archived()) >= (last?.file ?? 'none'), 30_000);
    await source.end();
    await tracker.end('SIGKILL');
    const restored = temporaryFolder('backup-restored');
    await first.remove();

    // Another folder, another server: up to that moment, not further.
    cpSync(backup, join(restored, 'postgres'), { recursive: true });
    mkdirSync(join(restored, 'postgres', 'pg_wal'), { recursive: true });
    writeFileSync(join(restored, 'postgres', 'recovery.signal'), '');
    writeFileSync(
      join(restored, 'postgres', 'postgresql.auto.conf'),
      `restore_command = 'cp ${archive}/%f %p'\nrecovery_target_time = '${moment?.at}'\nrecovery_target_action = 'promote'\n`,
    );
    own(join(restored, 'postgres'));
    const second = await Postgres.start(restored);
    const copy = new pg.Client({ connectionString: second.url });
    await copy.connect();
    try {
      await until(async () => (await copy.query<{ r: boolean }>('SELECT pg_is_in_recovery() AS r')).rows[0]?.r === false, 30_000);
      expect(await counted(copy)).toBe(40);
      tracker = await TrackerProcess.spawn(environment('postgres', second.url));
      // The network sends all of it once more: what was restored is merged, the rest counts anew.
      await send(cids.slice(10));
      await until(async () => (await counted(copy)) >= 60);
      await until(async () => (await copy.query(`SELECT count(*)::int AS n FROM inbox WHERE result = 'accepted'`)).rows[0].n === 0);
      expect(await counted(copy)).toBe(60);
      expect((await copy.query('SELECT count(*)::int AS n FROM conversions')).rows[0].n).toBe(60);
      expect(await runScript('recount', environment('postgres', second.url), '--check')).toMatchObject({
        code: 0,
        printed: expect.stringContaining('All figures are equal.'),
      });
    } finally {
      await tracker.end('SIGKILL');
      await copy.end();
      await second.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});

/** As root the server runs as another user, to whom its folder must belong. */
function own(path: string): void {
  if (process.getuid?.() !== 0) return;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const [uid, gid] = [id('-u'), id('-g')];
  for (const entry of ['.', ...(readdirSync(path, { recursive: true }) as string[])]) chownSync(join(path, entry), uid, gid);
  chmodSync(path, 0o700);
}
