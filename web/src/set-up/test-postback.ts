import { MACRO, mergeRows } from '../../../src/offer-sources/postback-url';

interface Words {
  statusMap: Readonly<Record<string, unknown>>;
}
interface Source extends Words {
  linkBuilder: Readonly<Record<string, string>>;
  defaultCurrency: string | null;
}
interface Offer {
  linkBuilder: Readonly<Record<string, string>>;
  payout: string | null;
  currency: string | null;
}
interface Network extends Words {
  variants: readonly { status: string; word: string }[];
}

/** What the network would send of an approved sale: the parameters that the postback URL has, and no others. */
export function testPostback(
  source: Source,
  offer: Offer,
  network: Network | undefined,
  txid: string,
): Partial<Record<'status' | 'payout' | 'currency' | 'txid', string>> {
  const rows = mergeRows(source.linkBuilder, offer.linkBuilder);
  const word = network?.variants.find(({ status }) => status === 'approved')?.word;
  const currency = offer.currency ?? source.defaultCurrency;
  const samples = {
    status: approvedWord(source, network),
    payout: offer.payout ?? '1',
    currency: currency ?? '',
    txid,
  };
  const sent = Object.entries(samples).flatMap(([name, sample]) => {
    const text = (rows[name] ?? '').trim();
    // Without a macro for the status there is one URL per status, with the word in it.
    if (text === '') return name === 'status' && word !== undefined ? [[name, word]] : [];
    const value = text.search(MACRO) < 0 ? text : sample;
    return value === '' ? [] : [[name, value]];
  });
  return Object.fromEntries(sent);
}

/** A word of the network's template, as long as the source still takes it for approved; what was mapped by hand is none. */
function approvedWord({ statusMap }: Source, network: Network | undefined): string {
  const words = Object.entries(network?.statusMap ?? {}).filter(([, meaning]) => meaning === 'approved');
  return words.find(([word]) => (statusMap[word] ?? 'approved') === 'approved')?.[0] ?? 'approved';
}
