/** What measurements give and the runner prints and writes. */

export interface Figure {
  /** Which of the measurements. */
  measurement: string;
  what: string;
  unit: '/s' | 'µs' | 'ms' | 's' | 'MB' | 'KB' | 'B' | '×' | '';
  /** One per round. */
  values: number[];
  /** What the median must hold (docs/performance.md). */
  holds?: { atLeast: number } | { atMost: number };
  /** Below this the run fails: half of what must hold, so that a noisy machine does not fail it and a lost batch does. */
  floor?: number;
}

/** Figures of one measurement, gathered round by round. */
export class Figures {
  private readonly figures = new Map<string, Figure>();

  constructor(private readonly measurement: string) {}

  add(what: string, unit: Figure['unit'], value: number, bars: Pick<Figure, 'holds' | 'floor'> = {}): void {
    const figure = this.figures.get(what) ?? { measurement: this.measurement, what, unit, values: [], ...bars };
    this.figures.set(what, figure);
    figure.values.push(value);
  }

  /** In the order they came first. */
  all(): Figure[] {
    return [...this.figures.values()];
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function doesHold({ values, holds }: Figure): boolean | null {
  if (holds === undefined) return null;
  return 'atLeast' in holds ? median(values) >= holds.atLeast : median(values) <= holds.atMost;
}

export const isBelowFloor = ({ values, floor }: Figure): boolean => floor !== undefined && !(median(values) >= floor);

/** A table for a terminal, which is Markdown too. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { values, unit } = figure;
    const range = values.length === 1 ? '' : `${shown(Math.min(...values), unit)}–${shown(Math.max(...values), unit)}`;
    return [figure.measurement, figure.what, `${shown(median(values), unit)} ${unit}`, range, bar(figure)];
  });
  const all = [['measurement', 'what', 'median', 'min–max', 'to hold'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, i) => (i === 2 || i === 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n');
}

function bar(figure: Figure): string {
  if (figure.holds === undefined) return '';
  const wanted = 'atLeast' in figure.holds ? `≥ ${figure.holds.atLeast}` : `≤ ${figure.holds.atMost}`;
  return `${wanted} ${doesHold(figure) === true ? 'holds' : 'MISSED'}`;
}

function shown(value: number, unit: Figure['unit']): string {
  if (unit === '/s') return Math.round(value).toLocaleString('en');
  if (unit === 'MB') return value.toFixed(0);
  if (unit === '') return value.toFixed(4);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
