const EXPONENT = /^([+-]?)(\d+)(?:[.,](\d+))?e([+-]?\d{1,2})$/i;

/** Excel writes 0.0005 as `5E-04`, and JSON encoders 0.00000546 as `5.46e-6`: the same number without its exponent. Any other text stays as it is. */
export function withoutExponent(text: string): string {
  const match = EXPONENT.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', places = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  const digits = (whole + places).padEnd(point, '0').padStart(whole.length + places.length + Math.max(0, 1 - point), '0');
  const at = Math.max(1, point);
  return `${sign}${digits.slice(0, at)}${digits.length > at ? `.${digits.slice(at)}` : ''}`;
}
