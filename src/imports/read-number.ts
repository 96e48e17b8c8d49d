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
