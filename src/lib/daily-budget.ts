const DAY_MS = 86_400_000;

/**
 * Bytes a day, in all and for each of those who spend them. Begins anew at midnight UTC. Bounded itself: of more spenders than
 * `maxSpenders` the further ones share one budget.
 */
export class DailyBudget {
  private day = -1;
  private readonly spent = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly bytesInAll: number,
    private readonly bytesEach: number,
    private readonly maxSpenders: number,
  ) {}

  /** Bytes spent today. */
  get used(): number {
    return this.total;
  }

  /** Spends, or says that there is not so much left. `at` in milliseconds. */
  take(spender: string, bytes: number, at: number): boolean {
    const day = Math.floor(at / DAY_MS);
    if (day !== this.day) {
      this.day = day;
      this.total = 0;
      this.spent.clear();
    }
    const name = this.spent.has(spender) || this.spent.size < this.maxSpenders ? spender : '';
    const own = (this.spent.get(name) ?? 0) + bytes;
    if (own > this.bytesEach || this.total + bytes > this.bytesInAll) return false;
    this.spent.set(name, own);
    this.total += bytes;
    return true;
  }
}
