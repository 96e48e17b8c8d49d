import { InjectQueue, Processor } from '@nestjs/bullmq';
import { Inject, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Job, Queue, RepeatOptions } from 'bullmq';
import type pg from 'pg';
import { CONFIG, type Config } from '../config.js';
import { PartitionsService, type KeepOfMonth } from '../db/partitions.service.js';
import { QuietWorker } from './clocked.worker.js';
import { QUEUE_TROUBLES, WORKER_OPTIONS } from './queues.js';
import { HandlersService } from './handlers.service.js';
import { ADMIN_POOL } from '../db/tokens.js';

/** The ECB publishes at about 16:00 CET on working days. */
const RATES_SCHEDULE = { pattern: '20 16 * * *', tz: 'Europe/Berlin' };
const NIGHTLY = { pattern: '10 0 * * *', tz: 'UTC' };
const KEEP_MS = 60_000;
/** A visitor is unique by UTC day; yesterday's are kept for clicks that the queue brings late. */
const VISITORS_KEPT_DAYS = 2;

/** Runs the scheduled jobs. Each is safe to run twice. */
@Processor('cron', { ...WORKER_OPTIONS, concurrency: 1 })
export class CronWorker extends QuietWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @InjectQueue('cron') private readonly queue: Queue,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly partitions: PartitionsService,
    private readonly handlers: HandlersService,
  ) {
    super();
  }

  /** Not awaited at the start, since the queue may be away then. */
  onApplicationBootstrap(): void {
    this.quietly(async () => {
      await this.queue.upsertJobScheduler('nightly', NIGHTLY, { name: 'nightly' });
      if (this.config.ratesUrl === null) await this.queue.removeJobScheduler('rates');
      else {
        await this.queue.upsertJobScheduler('rates', RATES_SCHEDULE, { name: 'rates' });
        await this.queue.add('rates', {});
      }
      this.timer = setInterval(() => this.quietly(() => this.keepSchedules()), KEEP_MS);
      this.timer.unref();
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** A Redis that has lost its data has lost the schedules as well. */
  private async keepSchedules(): Promise<void> {
    const keep = async (id: string, schedule: RepeatOptions): Promise<void> => {
      if ((await this.queue.getJobScheduler(id)) === undefined) await this.queue.upsertJobScheduler(id, schedule, { name: id });
    };
    await keep('nightly', NIGHTLY);
    if (this.config.ratesUrl !== null) await keep('rates', RATES_SCHEDULE);
  }

  private quietly(work: () => Promise<void>): void {
    work().catch((error: unknown) => QUEUE_TROUBLES.say('The clockwork could not be set', error));
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
