const EXPONENT = /^([+-]?)(\d+)(?:[.,](\d+))?e([+-]?\d{1,2})$/i;

/** Excel writes 0.0005 as `5E-04`: the same number without its exponent. Any other text stays as it is. */
export function withoutExponent(text: string): string {
  const match = EXPONENT.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', places = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  const digits = (whole + places).padEnd(point, '0').padStart(whole.length + places.length + Math.max(0, 1 - point), '0');
  const at = Math.max(1, point);
  return `${sign}${digits.slice(0, at)}${digits.length > at ? `.${digits.slice(at)}` : ''}`;
}

/** A long number that Excel has shortened, as `1.23457E+12`: its last digits are lost. */
export const isShortened = (text: string): boolean => /^\d(?:[.,]\d+)?E\+\d+$/i.test(text);

/** What spreadsheets write where they have no value, in the languages they speak: `#N/A`, `#REF!`, `#ИМЯ?`, `#####`. */
const SHEET_ERROR = /^#(?:#+|N\/A|NV|N\/D|Н\/Д|[\p{Lu}/0]+[!?])$/u;

/** What makes a text no id that somebody gave; null when nothing does. */
export function brokenId(name: string, text: string): string | null {
  if (isShortened(text)) return `${name} ${text} has lost its last digits in Excel: format the column as text and export it again`;
  if (SHEET_ERROR.test(text)) return `${name} ${text} is an error of the spreadsheet`;
  return text.startsWith('=') ? `${name} ${text.slice(0, 40)} is a formula: export its value` : null;
}
