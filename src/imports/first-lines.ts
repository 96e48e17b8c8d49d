/** The first lines of a file among those that are handed in, in whatever order. */
export class FirstLines<T extends { line: number }> {
  private kept: T[] = [];

  constructor(private readonly limit: number) {}

  add(item: T): void {
    this.kept.push(item);
    if (this.kept.length > 2 * this.limit) this.kept = this.all();
  }

  all(): T[] {
    return this.kept.toSorted((a, b) => a.line - b.line).slice(0, this.limit);
  }
}
