import { RESULTS, type Result } from '../../../src/conversions/results';
import { oneOf, type RawSearch, type TableSearch, tableSearch, textOf } from '../search';

export interface PostbacksSearch extends TableSearch {
  result?: Result;
  reason?: string;
  offerSourceId?: string;
  cid?: string;
  /** Dead letters set aside, or not. */
  ignored?: 'true' | 'false';
  /** Absent: new requests come in as they are decided. */
  live?: 'paused';
  /** Of the dry run (`open=dry-run`). */
  url?: string;
}

export const postbacksSearch = (raw: RawSearch): PostbacksSearch => ({
  ...tableSearch(raw),
  result: oneOf(RESULTS, raw.result),
  reason: textOf(raw.reason),
  offerSourceId: textOf(raw.offerSourceId),
  cid: textOf(raw.cid),
  ignored: oneOf(['true', 'false'], raw.ignored),
  live: oneOf(['paused'], raw.live),
  url: textOf(raw.url),
});
