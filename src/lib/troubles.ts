import { messageOf } from './message-of.js';

const REPEAT_MS = 60_000;

/**
 * Says a trouble that comes again and again once a minute, and how often it came since: while Redis is away every queue and
 * every worker meets the same error several times a second.
 */
export class Troubles {
  private readonly said = new Map<string, { at: number; since: number }>();

  constructor(
    private readonly log: { warn: (line: string) => void },
    private readonly now = (): number => performance.now(),
  ) {}

  /** `what` is in trouble. */
  say(what: string, error: unknown): void {
    const message = messageOf(error).split('\n')[0];
    const key = `${what}: ${message}`;
    const before = this.said.get(key);
    if (before !== undefined && this.now() - before.at < REPEAT_MS) {
      before.since += 1;
      return;
    }
    this.said.set(key, { at: this.now(), since: 0 });
    // What is over is forgotten.
    for (const [one, { at }] of this.said) if (this.now() - at >= 2 * REPEAT_MS) this.said.delete(one);
    this.log.warn(before === undefined || before.since === 0 ? key : `${key} (${before.since} times more in the last minute)`);
  }
}
