/** A look from the beginning is taken after so many times what the last one took. */
const SHARE = 20;
/** Transactions end in another order than they begin. */
const MARGIN_MS = 200;

/**
 * Where looks at a queue in a table begin. A row that is taken out of such a table leaves its entry in the index for as long as
 * any snapshot might still see it, and a backup or a long report holds one for minutes or hours: a look from the beginning
 * then walks over all that has been taken since. So a look begins where the last one ended, and at the beginning only as
 * often as that is cheap: for rows that were stored late, or that another process took and gave back.
 */
export class LookFrom {
  private from: number | null = null;
  private wholeEndedAt = Number.NEGATIVE_INFINITY;
  private wholeTook = 0;

  /** @param clock milliseconds that only ever grow */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** From which of the queue's times on to look; null: from the beginning. */
  next(): number | null {
    return this.clock() - this.wholeEndedAt >= SHARE * this.wholeTook ? null : this.from;
  }

  /** Something that was taken has been given back: the next look begins at the beginning. */
  givenBack(): void {
    this.from = null;
  }

  /**
   * @param from what `next` gave
   * @param until everything before this time of the queue's, in milliseconds, is taken
   */
  looked(from: number | null, until: number, tookMs: number): void {
    this.from = until - MARGIN_MS;
    if (from !== null) return;
    this.wholeEndedAt = this.clock();
    this.wholeTook = tookMs;
  }
}
