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
