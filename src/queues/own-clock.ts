import type { Queue } from 'bullmq';
import type { Troubles } from '../lib/troubles.js';

const TICK_MS = 1_000;
const SOON_MS = 200;
/** After it has found work it looks often for this long, before it goes back to looking once in a while. */
const AWAKE_MS = 10_000;
const ASK_MS = 500;

/**
 * Keeps a worker going when its queue says nothing: a wake-up was lost, or Redis is away, wholly or only the master that
 * holds the queue, or full, or has lost everything. When no job has come for a while, the process does the work by its own
 * clock. Any number of processes may do so at once: what each of them claims is locked in PostgreSQL.
 */
export class OwnClock {
  private heardAt = performance.now();
  private foundAt = Number.NEGATIVE_INFINITY;
  private jobs = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private paused = false;
  private asked: Promise<void> | null = null;

  /**
   * @param work resolves with whether there was anything to do; then it is done again soon
   * @param quietMs how long the queue must have said nothing
   */
  constructor(
    private readonly queue: Pick<Queue, 'name' | 'isPaused'>,
    private readonly troubles: Troubles,
    private readonly work: () => Promise<boolean>,
    private readonly quietMs: number,
  ) {}

  start(): void {
    this.next(TICK_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Does a job that the queue has brought: the clock stands still meanwhile. */
  async job<T>(work: () => Promise<T>): Promise<T> {
    this.jobs += 1;
    try {
      return await work();
    } finally {
      this.jobs -= 1;
      this.heardAt = performance.now();
    }
  }

  private next(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.tick(), ms);
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    let found = false;
    try {
      if (this.jobs === 0 && performance.now() - this.heardAt >= this.quietMs && !(await this.isPaused())) {
        found = await this.work();
        const now = performance.now();
        if (found) this.foundAt = now;
        else if (now - this.foundAt > AWAKE_MS) this.heardAt = now;
      }
    } catch (error) {
      this.troubles.say(`Work of the queue ${this.queue.name} failed`, error);
    }
    this.next(found ? SOON_MS : TICK_MS);
  }

  /** Somebody may have paused the queue; while it cannot be asked, what it said last holds. */
  private async isPaused(): Promise<boolean> {
    this.asked ??= this.queue
      .isPaused()
      .then(
        (paused) => void (this.paused = paused),
        () => undefined,
      )
      .finally(() => (this.asked = null));
    await Promise.race([this.asked, new Promise((resolve) => setTimeout(resolve, ASK_MS).unref())]);
    return this.paused;
  }
}
