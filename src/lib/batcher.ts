/**
 * Group commit: items handed in one by one are flushed in groups, at once while nothing is being flushed, else gathered until
 * that is done. No timers: an idle system flushes a lone item immediately, a busy one makes groups as large as its flushes
 * are slow. One flush at a time, since two make twice as many groups of half the size.
 */

export interface BatcherOptions<T, R> {
  /**
   * Stores one group, in the order of arrival. Its results answer the items by position, an Error rejects its item; without
   * results each item is answered undefined. When it throws, all items of the group are rejected with that error.
   */
  flush: (items: T[]) => Promise<(R | Error)[] | void>;
  /** Bytes an item adds to a group; without it groups and buffer are bounded by number only. */
  sizeOf?: (item: T) => number;
  /** Items of a group. */
  maxItems?: number;
  /** Bytes of a group; a larger item makes a group of its own. */
  maxBytes?: number;
  /** Items that may wait for a flush. */
  maxBuffered: number;
  /** Bytes that may wait for a flush. */
  maxBufferedBytes?: number;
}

/** The buffer is full, or the batcher closed: nothing of the item is kept. The sender should try again later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

interface Group<T, R> {
  items: T[];
  bytes: number;
  resolve: ((result: R) => void)[];
  reject: ((error: unknown) => void)[];
}

const MIB = 1024 * 1024;

export class Batcher<T, R = void> {
  /** Groups that wait, filled in order; only the last one has room. */
  private readonly waiting: Group<T, R>[] = [];
  private waitingItems = 0;
  private waitingBytes = 0;
  private flushing = false;
  private startIsDue = false;
  private closed = false;
  private drained: (() => void)[] = [];

  private readonly flush: (items: T[]) => Promise<(R | Error)[] | void>;
  private readonly sizeOf: ((item: T) => number) | undefined;
  private readonly maxItems: number;
  private readonly maxBytes: number;
  private readonly maxBuffered: number;
  private readonly maxBufferedBytes: number;

  constructor(options: BatcherOptions<T, R>) {
    this.flush = options.flush;
    this.sizeOf = options.sizeOf;
    this.maxItems = options.maxItems ?? 500;
    this.maxBytes = options.maxBytes ?? MIB;
    this.maxBuffered = options.maxBuffered;
    this.maxBufferedBytes = options.maxBufferedBytes ?? 64 * MIB;
  }

  /**
   * Resolves with the item's result once its group is flushed.
   * @throws Overloaded, at once, when too much waits already or after close()
   */
  add(item: T): Promise<R> {
    const bytes = this.sizeOf === undefined ? 0 : this.sizeOf(item);
    if (this.closed) return Promise.reject(new Overloaded('shutting down'));
    if (this.waitingItems >= this.maxBuffered || this.waitingBytes + bytes > this.maxBufferedBytes) {
      return Promise.reject(new Overloaded('too many items are waiting to be stored'));
    }
    let group = this.waiting[this.waiting.length - 1];
    if (group === undefined || group.items.length >= this.maxItems || group.bytes + bytes > this.maxBytes) {
      group = { items: [], bytes: 0, resolve: [], reject: [] };
      this.waiting.push(group);
    }
    const { resolve, reject } = group;
    group.items.push(item);
    group.bytes += bytes;
    this.waitingItems++;
    this.waitingBytes += bytes;
    if (!this.startIsDue && !this.flushing) {
      // Not in this tick, so that requests read from the sockets together share a group. Measured over HTTP against the
      // same tick: rates and latencies alike at 8, 64 and 256 connections.
      this.startIsDue = true;
      setImmediate(this.start);
    }
    return new Promise<R>((onResult, onError) => {
      resolve.push(onResult);
      reject.push(onError);
    });
  }

  /** Items that wait for a flush to begin. */
  get depth(): number {
    return this.waitingItems;
  }

  /** From now on nothing is taken in; what was taken in is still flushed. */
  close(): void {
    this.closed = true;
  }

  /** Resolves as soon as nothing waits and nothing is being flushed, whether the flushes succeeded or not. */
  drain(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.drained.push(resolve));
  }

  private isIdle(): boolean {
    return !this.flushing && this.waitingItems === 0;
  }

  private readonly start = (): void => {
    this.startIsDue = false;
    const group = this.waiting.shift();
    if (group === undefined) return;
    this.waitingItems -= group.items.length;
    this.waitingBytes -= group.bytes;
    this.flushing = true;
    void this.run(group);
  };

  private async run(group: Group<T, R>): Promise<void> {
    try {
      const results = await this.flush(group.items);
      // A missing result must not look like a success.
      if (results !== undefined && results.length !== group.resolve.length) {
        throw new Error(`flush gave ${results.length} results for ${group.resolve.length} items`);
      }
      for (let i = 0; i < group.resolve.length; i++) {
        const result = results === undefined ? (undefined as R) : results[i];
        if (result instanceof Error) group.reject[i]?.(result);
        else group.resolve[i]?.(result as R);
      }
    } catch (error) {
      for (const reject of group.reject) reject(error);
    }
    this.flushing = false;
    this.start();
    if (this.isIdle()) {
      for (const resolve of this.drained) resolve();
      this.drained = [];
    }
  }
}
