import { MACRO, type LinkRows } from '../../../src/offer-sources/postback-url';
import type { StatusMeaning } from '../../../src/offer-sources/vocabulary';

/** What a network would send for a click of ours: its macros replaced, those of which nothing is known left out. */
export function testPostback(
  path: string,
  rows: LinkRows,
  facts: { cid: string; payout: string; currency: string | null; statusMap: Readonly<Record<string, StatusMeaning>>; txid: string },
): string {
  const approved = Object.entries(facts.statusMap).find(([, meaning]) => meaning === 'approved')?.[0] ?? 'approved';
  const values: Record<string, string> = { payout: facts.payout, status: approved, txid: facts.txid, currency: facts.currency ?? '' };
  const query = new URLSearchParams({ cid: facts.cid });
  for (const [name, text] of Object.entries(rows)) {
    if (name === 'cid' || text.trim() === '') continue;
    const isConstant = text.replaceAll(MACRO, '') === text;
    const value = isConstant ? text.trim() : (values[name] ?? '');
    if (value !== '') query.set(name, value);
  }
  // A URL of one status each has its status as a constant; the sale's is sent.
  if (!query.has('status')) query.set('status', approved);
  return `${path}?${query.toString()}`;
}
