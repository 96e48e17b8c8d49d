import { BUCKETS, type Bucket } from '../../../src/offer-sources/vocabulary';
import { oneOf, type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

export interface ConversionsSearch extends TableSearch {
  status?: Bucket;
  offerId?: string;
  offerSourceId?: string;
  cid?: string;
  txid?: string;
  networkConversionId?: string;
  currency?: string;
  country?: string;
  source?: string;
  keyword?: string;
  sub1?: string;
  test?: 'true' | 'false';
}

export const conversionsSearch = (raw: RawSearch): ConversionsSearch => ({
  ...tableSearch(raw),
  status: oneOf(BUCKETS, raw.status),
  offerId: textOf(raw.offerId),
  offerSourceId: textOf(raw.offerSourceId),
  cid: textOf(raw.cid),
  txid: textOf(raw.txid),
  networkConversionId: textOf(raw.networkConversionId),
  currency: textOf(raw.currency),
  country: textOf(raw.country),
  source: textOf(raw.source),
  keyword: textOf(raw.keyword),
  sub1: textOf(raw.sub1),
  test: oneOf(['true', 'false'], raw.test),
});
