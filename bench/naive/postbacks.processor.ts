import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { DataSource, type EntityManager } from 'typeorm';
import { multiply } from '../../src/lib/money.js';
import { resolveStatus } from '../../src/statuses/resolve-status.js';
import { BUNDLED_RATES } from '../../src/rates/bundled-rates.js';
import { createRateTable } from '../../src/rates/rate-table.js';
import { Click, Conversion, ConversionHistory, PostbackLog } from './entities.js';
import type { PostbackDto } from './postback.dto.js';

interface PostbackJob {
  postback: PostbackDto;
  receivedAt: number;
}

/** Jobs at a time, each with its connection: one is what a worker does that nobody has tuned; of 4, 10 and 20 none is faster than ten. */
export const CONCURRENCY = Number(process.env.CONCURRENCY ?? 1);

@Processor(process.env.QUEUE ?? 'postbacks', { concurrency: CONCURRENCY })
export class PostbacksProcessor extends WorkerHost {
  private readonly rates = createRateTable('USD', BUNDLED_RATES);

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async process({ data }: Job<PostbackJob>): Promise<void> {
    const { postback, receivedAt } = data;
    await this.dataSource.transaction(async (manager) => {
      const result = await this.apply(manager, postback);
      await manager.insert(PostbackLog, { cid: postback.cid, query: postback, result, receivedAt: new Date(receivedAt) });
    });
  }

  private async apply(
    manager: EntityManager,
    { cid, txid = '', status: word = 'approved', payout, currency = 'USD' }: PostbackDto,
  ): Promise<string> {
    // The lock keeps two postbacks of one click from overwriting each other.
    const click = await manager.findOne(Click, { where: { cid }, lock: { mode: 'pessimistic_write' } });
    if (click === null) return 'click_not_found';
    const { meaning: status } = resolveStatus(word, []);
    const existing = await manager.findOneBy(Conversion, { cid, txid });
    if (existing !== null && existing.status === status && Number(existing.payout) === Number(payout ?? existing.payout))
      return 'no_change';
    if (existing !== null && existing.status === 'approved' && status === 'pending') return 'stale_status';

    const before = existing === null ? null : { ...existing };
    const conversion = existing ?? manager.create(Conversion, { cid, txid, offerId: click.offerId });
    conversion.status = status;
    if (payout !== undefined && !['rejected', 'trash', 'reversed'].includes(status)) {
      const rate = this.rates.find(currency, new Date().toISOString().slice(0, 10));
      conversion.payout = payout;
      conversion.currency = currency;
      conversion.payoutBase = rate === null ? null : multiply(payout, rate.rate, 6);
    }
    await manager.save(conversion);
    await manager.insert(ConversionHistory, {
      conversionId: conversion.id,
      fromStatus: before?.status ?? null,
      toStatus: status,
      payout: conversion.payout,
    });

    const revenueOf = (c: Conversion | null): number => (c?.status === 'approved' ? Number(c.payoutBase ?? 0) : 0);
    const hour = new Date(click.createdAt);
    hour.setUTCMinutes(0, 0, 0);
    await manager.query(
      `INSERT INTO hourly_stat AS s (hour, "offerId", conversions, approved, revenue) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (hour, "offerId") DO UPDATE SET conversions = s.conversions + EXCLUDED.conversions, approved = s.approved + EXCLUDED.approved, revenue = s.revenue + EXCLUDED.revenue`,
      [
        hour,
        click.offerId,
        before === null ? 1 : 0,
        Number(status === 'approved') - Number(before?.status === 'approved'),
        (revenueOf(conversion) - revenueOf(before)).toFixed(6),
      ],
    );
    return before === null ? 'created' : 'updated';
  }
}
