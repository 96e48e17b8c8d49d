import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { OwnClock } from './own-clock.js';
import { QUEUE_AWAY, QUEUE_TROUBLES } from './queues.js';

/** A worker whose troubles with the queue are said once a minute. */
export abstract class QuietWorker extends WorkerHost {
  @OnWorkerEvent('error')
  onError(error: Error): void {
    QUEUE_TROUBLES.say(QUEUE_AWAY, error);
  }
}

/** A worker of a queue that only wakes: it goes on by its own clock when the queue says nothing. */
export abstract class ClockedWorker extends QuietWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly clock: OwnClock;

  /** @param quietMs how long the queue must have said nothing */
  constructor(queue: Queue, quietMs: number) {
    super();
    this.clock = new OwnClock(queue, QUEUE_TROUBLES, () => this.sweep(), quietMs);
  }

  onApplicationBootstrap(): void {
    this.clock.start();
  }

  onModuleDestroy(): void {
    this.clock.stop();
  }

  process(job: Job): Promise<unknown> {
    return this.clock.job(() => this.work(job));
  }

  /** What a job of the queue asks for. */
  protected abstract work(job: Job): Promise<unknown>;

  /** What is due, without a job. Resolves with whether there was anything. */
  protected abstract sweep(): Promise<boolean>;
}
