import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Conversion, HistoryEntry } from '../conversions/conversion.js';
import { findClicks, type ClickRow } from '../conversions/find-clicks.query.js';
import { LedgerService } from '../conversions/ledger.service.js';
import type { Result, Warning } from '../conversions/results.js';
import type { LiveSource } from '../offer-sources/live-sources.service.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';
import type { InboxRow } from './drain.query.js';
import type { ParsedPostback } from './parse-postback.js';
import { RouteService, type Decided, type Item } from './route.service.js';

/** What a request would do. */
export interface PreviewVerdict {
  id: string;
  result: Result;
  reason: string | null;
  warnings: Warning[];
  key: string | null;
  before: Conversion | null;
  after: Conversion | null;
  parsed: ParsedPostback;
  /** null when it is not found. */
  click: ClickRow | null;
  source: LiveSource | null;
  /** What a request without a status word means. */
  defaultStatus: StatusMeaning;
  entry: HistoryEntry | null;
}

/** So many are parsed before others' requests get a turn. */
const PARSED_AT_ONCE = 500;

/** What requests would do, if they came: dry runs and previews of imports. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly routes: RouteService,
    private readonly ledger: LedgerService,
  ) {}

  /** What these requests would do, each after the ones before it. Locks nothing, writes nothing. In the order given. */
  async preview(client: pg.ClientBase, rows: readonly InboxRow[]): Promise<PreviewVerdict[]> {
    const items: Item[] = [];
    for (const row of rows) {
      items.push(this.routes.parse(row));
      if (items.length % PARSED_AT_ONCE === 0) await setImmediate();
    }
    const { cases, decided, refused, unmatched } = await this.routes.route(
      items,
      await findClicks(
        client,
        rows.map((r) => r.cid),
        false,
      ),
    );
    const verdicts = new Map<string, PreviewVerdict>();
    const undecided = { key: null, before: null, after: null, entry: null };
    for (const {
      item: { row, parsed },
      click,
      source,
      result,
      reason,
    } of refused) {
      verdicts.set(row.id, {
        id: row.id,
        result,
        reason,
        warnings: parsed.warnings,
        ...undecided,
        parsed,
        click,
        source,
        defaultStatus: source?.defaultStatus ?? 'approved',
      });
    }
    for (const {
      item: { row, parsed },
      source,
      result,
    } of unmatched) {
      verdicts.set(row.id, {
        id: row.id,
        result,
        reason: null,
        warnings: parsed.warnings,
        ...undecided,
        parsed,
        click: null,
        source,
        defaultStatus: source?.defaultStatus ?? 'approved',
      });
    }
    for (const {
      case: { click, arrivals },
      before,
      after,
      entries,
    } of await this.ledger.settle(client, cases)) {
      const entryOf = new Map(entries.map((entry) => [entry.postbackId, entry]));
      const [byKeyBefore, byKeyAfter] = [byKey(before), byKey(after.conversions)];
      for (const { postback } of arrivals) {
        const { row, parsed, source } = decided.get(postback.id) as Decided;
        const entry = entryOf.get(row.id) as HistoryEntry;
        verdicts.set(row.id, {
          id: row.id,
          result: entry.result,
          reason: entry.note,
          warnings: entry.warnings,
          key: entry.key,
          before: byKeyBefore.get(entry.key) ?? null,
          after: byKeyAfter.get(entry.key) ?? null,
          entry,
          parsed,
          click,
          source,
          defaultStatus: source?.defaultStatus ?? 'approved',
        });
      }
    }
    return rows.map((row) => verdicts.get(row.id) as PreviewVerdict);
  }
}

const byKey = (conversions: readonly Conversion[]): ReadonlyMap<string | null, Conversion> => new Map(conversions.map((c) => [c.key, c]));
