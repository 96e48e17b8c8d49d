/** The known name that is most like a text: at most two edits away, one for short names; separators do not count. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  const bare = name.replaceAll(/[_.-]/g, '');
  let nearest: string | null = null;
  let least = bare.length > 3 ? 3 : 2;
  for (const candidate of known) {
    const distance = editDistance(bare, candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(cell(last, j) + 1, cell(row, j - 1) + 1, cell(last, j - 1) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, cell(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return cell(last, b.length);
}

function cell(row: number[], at: number): number {
  return row[at] ?? Infinity;
}
