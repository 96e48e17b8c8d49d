import { parsePostback } from '../postbacks/parse-postback.js';
import { withoutExponent } from './read-number.js';

/** An amount of a file, read as a postback's payout is; null when it is none. */
export function readAmount(text: string, currency: string | undefined): { amount: string; currency: string | null } | null {
  const query = `payout=${encodeURIComponent(withoutExponent(text))}${currency === undefined ? '' : `&currency=${encodeURIComponent(currency)}`}`;
  const { values, warnings } = parsePostback({ query, contentType: null, body: null });
  if (values.payout === null || warnings.includes('bad_currency')) return null;
  return { amount: values.payout, currency: values.currency };
}
