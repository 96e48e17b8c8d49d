import type { Column } from './Table';

/** Of a digit and of a capital letter at the size of a cell, in bold; and what lies beside them. */
const LETTER_PX = 8;
const PADDING_PX = 22;

/** As wide as the longest of a column of figures is drawn: its greatest, its least, or the one written longest. */
export function neededWidth<Row>(column: Pick<Column<Row>, 'value' | 'cell' | 'text' | 'total'>, rows: readonly Row[]): number {
  let greatest: Row | undefined;
  let least: Row | undefined;
  let longest: Row | undefined;
  let [most, fewest, letters] = [-Infinity, Infinity, 0];
  for (const row of rows) {
    const value = column.value(row);
    if (value === null || value === undefined) continue;
    const number = Number(value);
    if (number > most) [most, greatest] = [number, row];
    if (number < fewest) [fewest, least] = [number, row];
    if (String(value).length > letters) [letters, longest] = [String(value).length, row];
  }
  const texts = [greatest, least, longest].flatMap((row) => (row === undefined ? [] : [textOf(column, row)]));
  if (typeof column.total === 'string') texts.push(column.total);
  return PADDING_PX + LETTER_PX * Math.max(0, ...texts.map(({ length }) => length));
}

function textOf<Row>({ text, cell, value }: Pick<Column<Row>, 'value' | 'cell' | 'text'>, row: Row): string {
  if (text !== undefined) return text(row);
  const shown = cell === undefined ? value(row) : cell(row);
  return typeof shown === 'string' || typeof shown === 'number' ? String(shown) : '';
}
