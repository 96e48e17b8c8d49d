import { Injectable } from '@nestjs/common';
import { NO_VALUES, type PostbackValues } from '../conversions/conversion.js';
import { RETRY_GUARDING } from '../conversions/decide.js';
import { ReadsService } from '../db/reads.service.js';
import { uuidAt, uuidTime } from '../lib/ids.js';
import { bounded } from '../lib/sql.js';
import { LiveOffersService } from '../offers/live-offers.service.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import type { StatusMeaning } from '../offer-sources/vocabulary.js';
import { MeaningsService } from '../statuses/meanings.service.js';
import { lastTry } from './drain.service.js';
import { explain, type Facts } from './explain.js';
import * as sql from './explain.query.js';
import { parsePostback, readTexts, type RawPostback } from './parse-postback.js';
import type { PostbackAnswer } from './postback-log.dto.js';
import { toPostback, type PostbackLogRow } from './postback-log.query.js';
import type { PreviewVerdict } from './preview.service.js';
import { IMPORT_METHOD } from './route.service.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MAPS = ['source', 'template', 'account'] as const;

/** Puts the sentence of explain.ts to rows of the log, a few statements for a whole page, when they are read. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly reads: ReadsService,
    private readonly sources: LiveSourcesService,
    private readonly offers: LiveOffersService,
    private readonly meanings: MeaningsService,
  ) {}

  /** The rows as they are shown. @throws ReadRefused */
  async answers(rows: readonly PostbackLogRow[]): Promise<PostbackAnswer[]> {
    const [contexts, waits] = await Promise.all([this.contexts(rows), this.waits(rows)]);
    const [clicks, earlier] = await Promise.all([this.clicks(rows, contexts), this.earlier(rows, contexts)]);
    return rows.map((row) => {
      const context = contexts.get(row.id);
      const click = row.clickId === null ? undefined : clicks.get(row.clickId);
      const offerId = context?.offerId ?? click?.offerId ?? null;
      const source = this.sources.byId(row.offerSourceId);
      const raw = { query: row.query, contentType: row.contentType, body: row.body };
      const parsing = this.sources.byId(row.tokenSourceId ?? row.offerSourceId)?.parsing ?? this.sources.plainParsing;
      const request = context?.request ?? null;
      const values = request === null ? parsePostback(raw, parsing).values : { ...NO_VALUES, ...request.values };
      const facts: Facts = {
        ...this.factsOf({ ...row, values, raw, source, meaning: request?.meaning ?? null }),
        reason: row.reason,
        click:
          offerId === null
            ? null
            : this.clickOf(
                offerId,
                context?.offerId ? context.offerSourceId : (click?.offerSourceId ?? null),
                context?.clickedAt ?? click?.at ?? null,
              ),
        change: row.change === null ? null : { ...row.change, rateDate: context?.rateDate ?? null },
        conversion: context?.status ? { status: context.status, payout: context.payout, currency: context.currency } : null,
        earlier: earlier.get(row.id) ?? null,
        isOfFile: row.method === IMPORT_METHOD,
        waits: waits.get(row.id) ?? null,
      };
      const waitsUntil = row.result === 'waiting_click' ? (facts.waits?.until ?? null) : null;
      return { ...toPostback(row), explanation: explain(facts), waitsUntil };
    });
  }

  /** What a dry run says of its verdict. */
  preview(
    { result, reason, warnings, parsed, source, click, entry, before, after }: PreviewVerdict,
    request: RawPostback & {
      receivedAt: number;
      cid: string;
      ip: string | null;
      tokenSourceId: string | null;
      tokenOfferId: string | null;
    },
  ): string {
    const receivedAt = new Date(request.receivedAt).toISOString();
    const until = new Date(lastTry(0, request.receivedAt)).toISOString();
    const conversion = after ?? before;
    return explain({
      ...this.factsOf({ ...request, receivedAt, result, warnings, values: parsed.values, raw: request, source, meaning: null }),
      reason,
      click: click === null ? null : this.clickOf(click.offerId, click.offerSourceId, new Date(click.clickedAt).toISOString()),
      change: entry === null ? null : { ...entry, rateDate: entry.rate?.date ?? null },
      conversion,
      waits: result === 'waiting_click' ? { next: receivedAt, until } : null,
    });
  }

  /** What a dry run says of a request that would be refused at the door. */
  refusal(
    reason: string,
    request: RawPostback & { ip: string | null; tokenSourceId: string | null; tokenOfferId: string | null },
    source: LiveSource | null,
    values: PostbackValues | null,
    warnings: Facts['warnings'],
  ): string {
    return explain({
      ...this.factsOf({
        ...request,
        receivedAt: new Date().toISOString(),
        cid: values?.cid ?? null,
        result: 'rejected',
        warnings,
        values: values ?? NO_VALUES,
        raw: request,
        source,
        meaning: null,
      }),
      reason,
    });
  }

  private factsOf(
    of: Pick<Facts, 'result' | 'warnings' | 'receivedAt' | 'cid' | 'ip' | 'values'> & {
      raw: RawPostback;
      source: LiveSource | null;
      tokenSourceId: string | null;
      tokenOfferId: string | null;
      /** As the maps said when it was decided. */
      meaning: StatusMeaning | null;
    },
  ): Facts {
    const { result, warnings, receivedAt, cid, ip, values, source, tokenSourceId, tokenOfferId } = of;
    const now = values.status === null ? null : this.meanings.of(values.status, source);
    const meaning = of.meaning ?? now?.meaning ?? null;
    const mappedBy =
      now === null || now.meaning !== meaning
        ? null
        : typeof now.mappedBy === 'number'
          ? (MAPS[source === null ? 2 : now.mappedBy] ?? null)
          : now.mappedBy;
    const rules = source ?? this.sources.byId(tokenSourceId);
    return {
      result,
      reason: null,
      warnings,
      receivedAt,
      cid,
      ip,
      values,
      ...readTexts(of.raw, this.sources.byId(tokenSourceId)?.parsing ?? source?.parsing ?? this.sources.plainParsing),
      meaning: meaning === null ? null : { meaning, mappedBy },
      source:
        rules === null
          ? null
          : {
              name: rules.name,
              defaultStatus: rules.defaultStatus,
              retryWindowSeconds: rules.retryWindowSeconds,
              clickExpiryDays: rules.clickExpiryDays,
              allowedIps: rules.allowedIpTexts,
            },
      token:
        tokenOfferId !== null
          ? { of: 'offer', name: this.offerName(tokenOfferId) }
          : tokenSourceId !== null
            ? { of: 'source', name: this.sourceName(tokenSourceId) }
            : null,
      click: null,
      change: null,
      conversion: null,
      earlier: null,
      isOfFile: false,
      waits: null,
    };
  }

  private clickOf(offerId: string, sourceId: string | null, at: string | null): Facts['click'] {
    const offer = this.offers.byId(offerId);
    const own = sourceId ?? offer?.offerSourceId ?? null;
    const fixed = offer?.payoutMode === 'fixed' ? { payout: offer.payout } : null;
    return { at, offer: this.offerName(offerId), source: own === null ? null : this.sourceName(own), fixed };
  }

  private offerName(id: string): string {
    return this.offers.byId(id)?.name ?? id;
  }

  private sourceName(id: string): string {
    return this.sources.byId(id)?.name ?? id;
  }

  private async contexts(rows: readonly PostbackLogRow[]): Promise<Map<string, sql.ContextRow>> {
    const known = rows.filter((row) => row.clickId !== null);
    if (known.length === 0) return new Map();
    const values = [known.map((row) => row.id), known.map((row) => row.clickId), known.map((row) => row.conversionKey)];
    const found = await this.reads.rows<sql.ContextRow>({ text: sql.READ_CONTEXT, values });
    return new Map(found.map((row) => [row.id, row]));
  }

  /** Of rows that no conversion speaks for. */
  private async clicks(
    rows: readonly PostbackLogRow[],
    contexts: ReadonlyMap<string, sql.ContextRow>,
  ): Promise<Map<string, sql.ClickContext>> {
    const ids = new Set<string>();
    for (const { id, clickId } of rows) if (clickId !== null && !contexts.get(id)?.offerId) ids.add(clickId);
    if (ids.size === 0) return new Map();
    const found = await this.reads.rows<sql.ClickContext>({ text: sql.READ_CLICK_CONTEXT, values: bounded([...ids]) });
    return new Map(found.map((row) => [row.clickId, row]));
  }

  private async waits(rows: readonly PostbackLogRow[]): Promise<Map<string, NonNullable<Facts['waits']>>> {
    const ids = rows.filter((row) => row.decidedAt === null).map((row) => row.id);
    if (ids.length === 0) return new Map();
    const found = await this.reads.rows<{ id: string; attempts: number; nextAt: number }>({ text: sql.READ_WAITS, values: [ids] });
    return new Map(
      found.map(({ id, attempts, nextAt }) => [
        id,
        { next: new Date(nextAt).toISOString(), until: new Date(lastTry(attempts, nextAt)).toISOString() },
      ]),
    );
  }

  /** The requests that duplicates repeat, looked for where they can be: from the conversion's making, or within the retry window. */
  private async earlier(
    rows: readonly PostbackLogRow[],
    contexts: ReadonlyMap<string, sql.ContextRow>,
  ): Promise<Map<string, NonNullable<Facts['earlier']>>> {
    const wanted = rows.flatMap(
      (row): { row: PostbackLogRow; clickId: string; key: string | null; hash: string | null; since: number }[] => {
        const context = contexts.get(row.id);
        if (row.clickId === null || context === undefined) return [];
        const at = uuidTime(row.id);
        if (row.result === 'duplicate' && context.convertedAt !== null)
          return [{ row, clickId: row.clickId, key: row.conversionKey, hash: null, since: context.convertedAt - 6 * MINUTE_MS }];
        if (row.result === 'duplicate_request' && context.hash !== null)
          return [
            { row, clickId: row.clickId, key: null, hash: context.hash, since: row.method === IMPORT_METHOD ? 0 : at - DAY_MS - MINUTE_MS },
          ];
        return [];
      },
    );
    if (wanted.length === 0) return new Map();
    const [, , last] = bounded(wanted.map(({ row }) => row.id));
    const found = await this.reads.rows<sql.EarlierRow>({
      text: sql.READ_EARLIER,
      values: [
        wanted.map(({ clickId }) => clickId),
        uuidAt(Math.min(...wanted.map(({ since }) => since)), 'min'),
        last,
        wanted.map(({ key }) => key),
        wanted.map(({ hash }) => hash),
        RETRY_GUARDING,
      ],
    });
    const earlier = new Map<string, NonNullable<Facts['earlier']>>();
    for (const { row, clickId, key, hash } of wanted) {
      const first = found.find(
        (e) => e.clickId === clickId && e.id < row.id && (hash === null ? e.key === key && e.result === 'created' : e.hash === hash),
      );
      if (first !== undefined) earlier.set(row.id, { id: first.id, receivedAt: first.receivedAt });
    }
    return earlier;
  }
}
