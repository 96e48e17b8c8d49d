import { Injectable } from '@nestjs/common';

/** How many checks of passwords may wait for their turn; each takes some 30 ms. */
const MAX_WAITING = 50;

/**
 * Passwords by argon2id. Only one is checked at a time in a process: a check takes 19 MiB of memory, and guesses that
 * are sent at the same time are slowed like guesses that come one after the other.
 */
@Injectable()
export class PasswordsService {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private nobodys: string | null = null;

  async hash(password: string): Promise<string> {
    return (await argon2()).hash(password);
  }

  /** Takes as long for a person who does not exist, or has no password yet, as for a wrong password. */
  async verify(hash: string | null, password: string): Promise<boolean> {
    const { verify } = await argon2();
    if (hash !== null) return verify(hash, password);
    this.nobodys ??= await this.hash('a password that nobody has');
    await verify(this.nobodys, password);
    return false;
  }

  /** Runs `attempt` when those before it are done; null when too many wait. */
  async inTurn<T>(attempt: () => Promise<T>): Promise<T | null> {
    if (this.waiting >= MAX_WAITING) return null;
    this.waiting += 1;
    const turn = this.last.then(attempt, attempt);
    this.last = turn.catch(() => undefined);
    return turn.finally(() => (this.waiting -= 1));
  }
}

/** Loaded when the first person signs in: a tracker that is only called by programs has no need of it. */
const argon2 = (): Promise<typeof import('@node-rs/argon2')> => import('@node-rs/argon2');
