import { Injectable } from '@nestjs/common';

/** Does one kind of background work. `progress` says how far it is, in units of its own, of how many where that is known. */
export type Handler = (data: never, progress: Progress) => Promise<unknown>;
export type Progress = (done: number, total: number | null) => Promise<void>;

/** Kinds of work by queue: `store` by who wrote the rows, `bulk` by the kind of the job, `cron` by its schedule; `before` and `after` by what is about to happen or has. */
export type HandlerKey = `${'store' | 'bulk' | 'cron' | 'before' | 'after'}:${string}`;

/**
 * Which service does the work of which queue. Services of the folders above register here when they are made, so that this
 * folder imports none of them.
 */
@Injectable()
export class HandlersService {
  private readonly handlers = new Map<HandlerKey, Handler>();

  /** @throws Error when two register for the same work */
  on<Data>(key: HandlerKey, handler: (data: Data, progress: Progress) => Promise<unknown>): void {
    if (this.handlers.has(key)) throw new Error(`Two handlers for ${key}`);
    this.handlers.set(key, handler as Handler);
  }

  /** @throws Error when no service has registered for this work */
  run(key: HandlerKey, data: unknown, progress: Progress = async () => undefined): Promise<unknown> {
    const handler = this.handlers.get(key);
    if (handler === undefined) throw new Error(`No handler for ${key}`);
    return handler(data as never, progress);
  }
}
