import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { PartitionsService, type KeepOfMonth } from '../db/partitions.service.js';
import { WORKER_OPTIONS } from './queues.js';
import { HandlersService } from './handlers.service.js';
import { ADMIN_POOL } from '../db/tokens.js';

/** The ECB publishes at about 16:00 CET on working days. */
const RATES_SCHEDULE = { pattern: '20 16 * * *', tz: 'Europe/Berlin' };
const NIGHTLY = { pattern: '10 0 * * *', tz: 'UTC' };
/** A visitor is unique by UTC day; yesterday's are kept for clicks that the queue brings late. */
const VISITORS_KEPT_DAYS = 2;

/** Clockwork. Each job is safe to run twice. */
@Processor('cron', { ...WORKER_OPTIONS, concurrency: 1 })
export class CronWorker extends WorkerHost implements OnApplicationBootstrap {
  constructor(
    @InjectQueue('cron') private readonly queue: Queue,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly partitions: PartitionsService,
    private readonly handlers: HandlersService,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.upsertJobScheduler('nightly', NIGHTLY, { name: 'nightly' });
    if (this.config.ratesUrl === null) await this.queue.removeJobScheduler('rates');
    else {
      await this.queue.upsertJobScheduler('rates', RATES_SCHEDULE, { name: 'rates' });
      await this.queue.add('rates', {});
    }
  }

  process({ name }: Job): Promise<unknown> {
    return name === 'nightly' ? this.nightly() : this.handlers.run(`cron:${name}`, null);
  }

  private async nightly(): Promise<Record<string, unknown>> {
    const { retentionClicksDays, retentionPostbacksDays, retentionStatisticsDays } = this.config;
    const keep: KeepOfMonth | undefined = retentionStatisticsDays === null ? undefined : (month) => this.handlers.run('before:drop', month);
    const made = await this.partitions.ensureAhead();
    const dropped = [
      ...(retentionClicksDays === null ? [] : await this.partitions.dropOlder('clicks', retentionClicksDays, Date.now(), keep)),
      ...(retentionPostbacksDays === null ? [] : await this.partitions.dropOlder('postbacks', retentionPostbacksDays)),
    ];
    const visitors = await this.pool.query(`DELETE FROM visitors WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::int`, [
      VISITORS_KEPT_DAYS,
    ]);
    const answers = await this.pool.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`);
    return { made, dropped, visitors: visitors.rowCount, answers: answers.rowCount };
  }
}
