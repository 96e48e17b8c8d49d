import { BUCKETS } from '../../../src/offer-sources/vocabulary';
import { type Fact, factsSearch } from '../clicks/search';
import { filterOf, oneOf, type RawSearch, type TableSearch, tableSearch, textOf, textOfValues, valuesOf } from '../search';

/** What reports filter conversions by, besides the facts of their click. */
export const PARAMS = Array.from({ length: 20 }, (_, i) => `param${(i + 1) as ParamNumber}` as const);
type ParamNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20;
type Param = (typeof PARAMS)[number];

export interface ConversionsSearch extends TableSearch, Partial<Record<Fact | Param, string>> {
  /** `approved`, or several with commas between. */
  status?: string;
  offerId?: string;
  offerSourceId?: string;
  cid?: string;
  txid?: string;
  networkConversionId?: string;
  currency?: string;
  upsell?: 'true' | 'false';
  test?: 'true' | 'false';
  /** Which time the period is of; absent: the conversion’s own. */
  attribution?: 'click';
}

export const conversionsSearch = (raw: RawSearch): ConversionsSearch => ({
  ...tableSearch(raw),
  ...factsSearch(raw),
  ...Object.fromEntries(PARAMS.map((name) => [name, filterOf(raw[name])])),
  status: statusOf(textOf(raw.status)),
  offerId: textOf(raw.offerId),
  offerSourceId: filterOf(raw.offerSourceId),
  cid: textOf(raw.cid),
  txid: textOf(raw.txid),
  networkConversionId: textOf(raw.networkConversionId),
  currency: filterOf(raw.currency),
  upsell: oneOf(['true', 'false'], raw.upsell),
  test: oneOf(['true', 'false'], raw.test),
  attribution: oneOf(['click'], raw.attribution),
});

/** Only statuses there are: one that is none would be refused. */
function statusOf(text: string | undefined): string | undefined {
  const known = valuesOf(text ?? '').flatMap((value) => oneOf(BUCKETS, value.toLowerCase()) ?? []);
  return known.length === 0 ? undefined : textOfValues(known);
}
