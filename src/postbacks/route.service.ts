import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { FILE_MARK, type Postback, type Rules } from '../conversions/conversion.js';
import type { ClickRow } from '../conversions/find-clicks.query.js';
import type { Case } from '../conversions/ledger.service.js';
import type { Refusal, Result } from '../conversions/results.js';
import { RulesService } from '../conversions/rules.service.js';
import { cidToUuid, uuidTime } from '../lib/ids.js';
import { LiveSourcesService, type LiveSource, type Parsing } from '../offer-sources/live-sources.service.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import type { InboxRow } from './drain.query.js';
import { parsePostback, type ParsedPostback } from './parse-postback.js';
import { routeSource } from './route-source.js';

/** A request on its way to its verdict. */
export interface Item {
  row: InboxRow;
  parsed: ParsedPostback;
}

/** One that ends before any decision. */
export interface Unmatched {
  item: Item;
  clickId: string | null;
  source: LiveSource | null;
  result: Extract<Result, 'ignored_status' | 'waiting_click' | 'click_not_found'>;
}
/** One that is decided with its click, by the rules of its source. */
export interface Decided extends Item {
  source: LiveSource | null;
}
export interface Refused {
  item: Item;
  click: ClickRow;
  source: LiveSource | null;
  result: Extract<Result, 'source_mismatch' | 'source_disabled' | 'rejected'>;
  reason: Refusal | null;
}
export interface Routed {
  cases: Case[];
  /** The requests of the cases' arrivals, by id. */
  decided: Map<string, Decided>;
  refused: Refused[];
  unmatched: Unmatched[];
}

/** Imports are an admin's: what a source asks of its network does not bind them. */
export const IMPORT_METHOD = 'IMPORT';
const WAITING_WINDOW_MS = 3_600_000;
const ROUTED_AT_ONCE = 1_000;

/** Sorts requests by what becomes of them, once their clicks are found. */
@Injectable()
export class RouteService {
  constructor(
    private readonly sources: LiveSourcesService,
    private readonly rules: RulesService,
    private readonly meanings: MeaningsService,
  ) {}

  parse(row: InboxRow): Item {
    return { row, parsed: parsePostback(row, this.sources.parsing(row.tokenSourceId)) };
  }

  /** Sorts requests by what becomes of them: decided with their click, refused for the source's sake, or without a click. */
  async route(items: readonly Item[], clicks: ReadonlyMap<string, ClickRow>): Promise<Routed> {
    const routed: Routed = { cases: [], decided: new Map(), refused: [], unmatched: [] };
    const cases = new Map<string, Case>();
    const caseOf = (click: ClickRow, own: string | null): Case => {
      let found = cases.get(click.clickId);
      if (found === undefined) {
        found = { click, source: this.sources.byId(own), arrivals: [] };
        cases.set(click.clickId, found);
        routed.cases.push(found);
      }
      return found;
    };
    for (const [i, item] of items.entries()) {
      // Previews of files bring thousands of one click.
      if (i % ROUTED_AT_ONCE === ROUTED_AT_ONCE - 1) await setImmediate();
      const { row } = item;
      const click = clicks.get(row.cid);
      if (click === undefined) {
        routed.unmatched.push(this.unmatched(item));
        continue;
      }
      const offer = await this.rules.offerOf(click.offerId);
      const {
        own,
        source: sourceId,
        mismatch,
      } = routeSource({
        token: row.tokenSourceId,
        tokenOffer: row.tokenOfferId,
        click: click.offerSourceId,
        clickOffer: click.offerId,
        offer: offer?.offerSourceId ?? null,
      });
      const source = this.sources.byId(sourceId);
      const refusal = refusalOf(row, source, mismatch);
      const parsed = this.readFor(item, source);
      if (refusal !== null) {
        routed.refused.push({ item: { row, parsed }, click, source, ...refusal });
        if (row.replayed) {
          // It may have counted before.
          const found = caseOf(click, own);
          found.refold = { remap: () => false };
          (found.withdrawn ??= []).push(row.id);
        }
        continue;
      }
      const found = caseOf(click, own);
      found.arrivals.push({
        postback: this.postbackOf(row, parsed, source, own === null && source !== null ? this.rules.rulesOf(source, offer) : null),
        cid: row.cid,
        source,
        tokenSourceId: row.tokenSourceId,
      });
      routed.decided.set(row.id, { row, parsed, source });
      if (row.replayed) found.refold = { remap: () => false };
    }
    return routed;
  }

  /**
   * Only now it is known by whose rules a request counts. Without a token it is read as that source has it; with the token of
   * another source as that one writes it, but for the currency of amounts that come without: they are priced by the rules.
   */
  private readFor({ row, parsed }: Item, source: LiveSource | null): ParsedPostback {
    if (source === null || source.id === row.tokenSourceId) return parsed;
    const read = this.sources.parsing(row.tokenSourceId);
    const wanted = row.tokenSourceId === null ? source.parsing : { ...read, currency: source.parsing.currency };
    return isSame(wanted, read) ? parsed : parsePostback(row, wanted);
  }

  /** No click: a ping needs none, a fresh id may still arrive, anything else is not found. */
  private unmatched(item: Item): Unmatched {
    const { row, parsed } = item;
    const source = this.sources.byId(row.tokenSourceId);
    const clickId = cidToUuid(row.cid);
    const { status } = parsed.values;
    if (status !== null && this.meanings.of(status, source).meaning === 'ignored')
      return { item, clickId: null, source, result: 'ignored_status' };
    const fresh = clickId !== null && Math.abs(row.receivedAt - uuidTime(clickId)) <= WAITING_WINDOW_MS;
    return { item, clickId, source, result: fresh ? 'waiting_click' : 'click_not_found' };
  }

  private postbackOf(
    row: InboxRow,
    { values, warnings, identity }: ParsedPostback,
    source: LiveSource | null,
    rules: Rules | null,
  ): Postback {
    const postback: Postback = {
      id: row.id,
      seq: row.seq,
      receivedAt: row.receivedAt,
      values,
      meaning: values.status === null ? null : this.meanings.of(values.status, source).meaning,
      warnings,
      hash:
        row.method === IMPORT_METHOD
          ? FILE_MARK + hash('sha1', `${source?.id ?? ''}${identity}\n${values.ts ?? ''}`, 'base64')
          : hash('sha1', (source?.id ?? '') + identity, 'base64'),
    };
    if (rules !== null) postback.rules = rules;
    return postback;
  }
}

function isSame(a: Parsing, b: Parsing): boolean {
  const haveNone = Object.keys(a.aliases).length === 0 && Object.keys(b.aliases).length === 0;
  return a.currency === b.currency && a.legacyEncoding === b.legacyEncoding && (haveNone || a.aliases === b.aliases);
}

/** What is refused because of the source: its token, its address, a source that is switched off. The sender got its 200 and the row can be replayed. */
function refusalOf(row: InboxRow, source: LiveSource | null, mismatch: boolean): Pick<Refused, 'result' | 'reason'> | null {
  if (mismatch) return { result: 'source_mismatch', reason: null };
  if (source === null) return null;
  if (!source.enabled) return { result: 'source_disabled', reason: null };
  // What came with its source's token was held against its addresses at the door; a replay may have been refused there.
  if (row.method === IMPORT_METHOD || (row.tokenSourceId !== null && !row.replayed)) return null;
  if (source.requireToken && row.tokenSourceId === null && row.tokenOfferId === null)
    return { result: 'rejected', reason: 'token_required' };
  if (source.allowedIps !== null && !(row.ip !== null && source.allowedIps.contains(row.ip)))
    return { result: 'rejected', reason: 'ip_denied' };
  return null;
}
